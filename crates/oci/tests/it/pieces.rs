//! Files that go to a registry in pieces: what a broken connection costs, and registries that take no pieces.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use oci::{Cause, Digest, Error, Push, PushState, Pushed};
use sifter_testkit::http::{Answer, HttpServer, Request};
use tempfile::TempDir;
use transfer::{Bandwidth, CancellationToken, Progress};

use crate::twin::{BASIC, Door, Store, Twin, bytes, password};

const PIECE: u64 = 4096;

/// How far a push was, each time that it said so.
#[derive(Default)]
struct Heard(Mutex<Vec<u64>>);

impl Progress for Heard {
    fn advanced(&self, done: u64, _total: Option<u64>) {
        self.0.lock().unwrap().push(done);
    }
}

struct Case {
    twin: Twin,
    folder: TempDir,
    file: Vec<u8>,
    heard: Arc<Heard>,
    stop: CancellationToken,
    /// What would be kept for a restart.
    kept: Mutex<Option<PushState>>,
    resume: Option<PushState>,
}

impl Case {
    async fn new(
        door: Door,
        before: impl Fn(&Request, &mut Store) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let folder = TempDir::with_prefix("sifter-oci-").unwrap();
        let file = bytes(18_000);
        std::fs::write(folder.path().join("blast.sif"), &file).unwrap();
        Self {
            twin: Twin::with(door, before).await,
            folder,
            file,
            heard: Arc::default(),
            stop: CancellationToken::new(),
            kept: Mutex::default(),
            resume: None,
        }
    }

    async fn push(&self, door: &Door) -> Result<Pushed, Error> {
        let login = (*door == Door::Basic).then(password).flatten();
        let push = Push {
            repository: &self.twin.reference("lab/blast").repository,
            tags: &["1".to_owned()],
            file: &self.folder.path().join("blast.sif"),
            form: oci::Form::Artifact { title: "blast.sif" },
            size: self.file.len() as u64,
            digest: Digest::of(&self.file),
            piece_size: PIECE,
            resume: self.resume.clone(),
            on_state: &|state| *self.kept.lock().unwrap() = Some(state.clone()),
            bandwidth: Bandwidth::unlimited(),
            progress: self.heard.clone(),
            stop: self.stop.clone(),
        };
        self.twin.registry(login).push(&push).await
    }

    fn is_whole(&self) -> bool {
        let store = self.twin.store.lock().unwrap();
        store.blobs.get(&Digest::of(&self.file).to_string()) == Some(&self.file)
            && store.manifests.contains_key("1")
    }

    /// The places of the pieces that were sent, as they were told.
    fn places(&self) -> Vec<String> {
        let seen = self.twin.server.seen().into_iter();
        seen.filter(|request| request.method == "PATCH")
            .map(|request| request.header("content-range").unwrap_or("-").to_owned())
            .collect()
    }

    /// How many requests brought the file at once.
    fn at_once(&self) -> usize {
        let seen = self.twin.server.seen();
        seen.iter()
            .filter(|request| request.method == "PUT" && request.body.len() == self.file.len())
            .count()
    }
}

fn is_piece(request: &Request) -> bool {
    request.method == "PATCH"
}

const ALL: [&str; 5] = [
    "0-4095",
    "4096-8191",
    "8192-12287",
    "12288-16383",
    "16384-17999",
];

#[tokio::test]
async fn a_long_file_goes_in_pieces() {
    let case = Case::new(Door::Basic, |_, _| None).await;
    case.push(&Door::Basic).await.unwrap();
    assert!(case.is_whole());
    assert_eq!(
        (case.places(), case.at_once()),
        (ALL.map(str::to_owned).to_vec(), 0)
    );
    let heard = case.heard.0.lock().unwrap().clone();
    assert!(
        heard.is_sorted() && heard.last() == Some(&18_000),
        "{heard:?}"
    );
    assert!(heard.len() >= 5, "{heard:?}");
    let seen = case.twin.server.seen();
    let pieces = seen.iter().filter(|request| is_piece(request));
    assert!(pieces.clone().count() == 5);
    assert!(
        pieces
            .clone()
            .all(|request| request.header("authorization") == Some(BASIC))
    );
}

/// What may happen to the third piece, and from where it then goes on.
#[tokio::test]
async fn a_piece_that_failed_costs_only_itself() {
    type Fault = fn(&Request, &mut Store) -> Answer;
    let cases: [(&str, Fault, &[&str]); 4] = [
        ("a failing server", |_, _| Answer::new(503, ""), &ALL[2..]),
        (
            "half of it is there",
            |request, store| {
                store.upload.extend_from_slice(&request.body[..1000]);
                Answer::new(502, "<html>")
            },
            &["9192-13287", "13288-17383", "17384-17999"],
        ),
        (
            "all of it is there and the answer is lost",
            |request, store| {
                store.upload.extend_from_slice(&request.body);
                Answer::new(504, "")
            },
            &ALL[3..],
        ),
        (
            "the upload is gone",
            |_, store| {
                store.upload.clear();
                store.opened += 1;
                Answer::new(404, "")
            },
            &ALL,
        ),
    ];
    for (name, fault, then) in cases {
        let count = AtomicUsize::new(0);
        let case = Case::new(Door::Open, move |request, store| {
            let is_third = is_piece(request) && count.fetch_add(1, Ordering::Relaxed) == 2;
            is_third.then(|| fault(request, store))
        })
        .await;
        case.push(&Door::Open).await.unwrap();
        assert!(case.is_whole(), "{name}");
        let expected: Vec<&str> = ALL[..3].iter().chain(then).copied().collect();
        assert_eq!(
            (case.places(), case.at_once()),
            (expected.iter().map(|&one| one.to_owned()).collect(), 0),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_registry_without_pieces_gets_the_file_at_once() {
    let elsewhere = HttpServer::start(|_| Answer::new(201, "")).await;
    let bucket = elsewhere.url("/bucket?signature=x");
    type Odd = Box<dyn Fn(&Request) -> Option<Answer> + Send + Sync>;
    let odd: Vec<(&str, Odd, usize)> = vec![
        (
            "does not know the method",
            Box::new(|request| is_piece(request).then(|| Answer::new(405, ""))),
            1,
        ),
        (
            "does not take pieces",
            Box::new(|request| is_piece(request).then(|| Answer::new(400, ""))),
            1,
        ),
        (
            "counts otherwise",
            Box::new(|request| {
                is_piece(request).then(|| Answer::new(202, "").with("Range", "5-7"))
            }),
            1,
        ),
        (
            "puts the pieces together wrongly",
            Box::new(|request| {
                let is_end = request.method == "PUT" && request.body.is_empty();
                is_end.then(|| Answer::new(400, ""))
            }),
            1,
        ),
        (
            "leads to storage",
            Box::new(move |request| {
                let is_start = request.method == "POST";
                is_start.then(|| Answer::new(202, "").with("Location", &bucket))
            }),
            0,
        ),
    ];
    for (name, answer, at_once) in odd {
        let case = Case::new(Door::Open, move |request, _| answer(request)).await;
        case.push(&Door::Open).await.unwrap();
        assert_eq!(case.at_once(), at_once, "{name}");
        assert!(at_once == 0 || case.is_whole(), "{name}");
    }
    let sent = elsewhere.seen();
    assert!(sent.iter().any(|request| request.body.len() == 18_000));
    assert!(sent.iter().all(|request| !is_piece(request)));
}

#[tokio::test]
async fn a_server_before_the_registry_may_want_shorter_pieces() {
    let case = Case::new(Door::Open, |request, _| {
        let is_long = is_piece(request) && request.body.len() > 1 << 20;
        is_long.then(|| Answer::new(413, ""))
    })
    .await;
    let file = bytes(5 << 20);
    std::fs::write(case.folder.path().join("blast.sif"), &file).unwrap();
    let push = Push {
        repository: &case.twin.reference("lab/blast").repository,
        tags: &[],
        file: &case.folder.path().join("blast.sif"),
        form: oci::Form::Artifact { title: "blast.sif" },
        size: file.len() as u64,
        digest: Digest::of(&file),
        piece_size: 4 << 20,
        resume: None,
        on_state: &|_| {},
        bandwidth: Bandwidth::unlimited(),
        progress: case.heard.clone(),
        stop: case.stop.clone(),
    };
    case.twin.registry(None).push(&push).await.unwrap();
    assert_eq!(case.places().len(), 2 + 5, "{:?}", case.places());
}

#[tokio::test]
async fn a_refusal_in_the_middle_ends_it_and_nothing_is_tagged() {
    for (status, expected) in [(403, "one has to sign in"), (413, "too large")] {
        let count = AtomicUsize::new(0);
        let case = Case::new(Door::Open, move |request, _| {
            let is_late = is_piece(request) && count.fetch_add(1, Ordering::Relaxed) >= 2;
            is_late.then(|| Answer::new(status, ""))
        })
        .await;
        let error = case.push(&Door::Open).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{status}: {error}");
        assert!(case.twin.store.lock().unwrap().manifests.is_empty());
    }
}

#[tokio::test]
async fn a_registry_that_forgets_everything_is_given_up() {
    let case = Case::new(Door::Open, |request, store| {
        if is_piece(request) && !store.upload.is_empty() {
            store.upload.clear();
            return Some(Answer::new(404, ""));
        }
        (request.method == "PUT" && request.path.contains("/uploads/"))
            .then(|| Answer::new(400, ""))
    })
    .await;
    let error = case.push(&Door::Open).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Refused { .. }), "{error}");
    assert!(case.places().len() < 40, "{:?}", case.places());
}

#[tokio::test]
async fn a_stop_is_silent_on_the_wire() {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let mut case = Case::new(Door::Open, move |request, _| {
        if request.header("content-range") == Some("4096-8191") {
            stopping.cancel();
        }
        None
    })
    .await;
    case.stop = stop;
    let error = case.push(&Door::Open).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    assert_eq!(case.places(), ALL[..2]);
    assert!(case.twin.store.lock().unwrap().manifests.is_empty());
}

/// A push that was stopped while its third piece was on the way, and what was kept of it.
async fn stopped() -> (Case, PushState) {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let mut case = Case::new(Door::Basic, move |request, _| {
        if request.header("content-range") == Some("8192-12287") {
            stopping.cancel();
        }
        None
    })
    .await;
    case.stop = stop;
    case.push(&Door::Basic).await.unwrap_err();
    case.stop = CancellationToken::new();
    let kept = case.kept.lock().unwrap().clone().expect("a state");
    // As it comes back from a file.
    let text = serde_json::to_string(&kept).unwrap();
    (case, serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_push_of_another_day_goes_on_where_the_registry_is() {
    let (mut case, kept) = stopped().await;
    case.resume = Some(kept);
    case.push(&Door::Basic).await.unwrap();
    assert!(case.is_whole());
    assert_eq!((case.places(), case.at_once()), (owned(&ALL), 0));
    let heard = case.heard.0.lock().unwrap().clone();
    assert!(heard.contains(&12_288), "{heard:?}");
}

#[tokio::test]
async fn a_push_that_the_registry_forgot_begins_anew() {
    let (mut case, kept) = stopped().await;
    case.resume = Some(kept);
    {
        let mut store = case.twin.store.lock().unwrap();
        store.upload.clear();
        store.opened += 1;
    }
    case.push(&Door::Basic).await.unwrap();
    assert!(case.is_whole());
    let all = [&ALL[..3], &ALL[..]].concat();
    assert_eq!((case.places(), case.at_once()), (owned(&all), 0));
}

#[tokio::test]
async fn what_was_kept_of_another_push_is_not_used() {
    let elsewhere = HttpServer::start(|_| Answer::new(204, "").with("Range", "0-4095")).await;
    for (member, value) in [
        ("digest", Digest::of(b"another").to_string()),
        ("repository", "lab/another".to_owned()),
        ("upload", elsewhere.url("/v2/lab/blast/blobs/uploads/1")),
        ("upload", "no address".to_owned()),
    ] {
        let (mut case, kept) = stopped().await;
        let mut changed = serde_json::to_value(&kept).unwrap();
        changed[member] = value.into();
        case.resume = Some(serde_json::from_value(changed).unwrap());
        case.push(&Door::Basic).await.unwrap();
        assert!(case.is_whole());
        let all = [&ALL[..3], &ALL[..]].concat();
        assert_eq!(case.places(), owned(&all), "{member}");
    }
    assert!(elsewhere.seen().is_empty(), "nobody else sees the login");
}

#[tokio::test]
async fn a_push_that_is_given_up_is_forgotten_by_the_registry() {
    let (case, kept) = stopped().await;
    let registry = case.twin.registry(password());
    registry.forget_push(&kept).await.unwrap();
    let seen = case.twin.seen();
    let last = seen.last().unwrap();
    assert_eq!(
        *last,
        format!("DELETE /v2/lab/blast/blobs/uploads/1 {BASIC}")
    );
    assert!(!format!("{kept:?}").contains("uploads"), "{kept:?}");
}

fn owned(places: &[&str]) -> Vec<String> {
    places.iter().map(|&place| place.to_owned()).collect()
}
