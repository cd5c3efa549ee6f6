//! Pushes into a registry that were cut off by the end of the program.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, mpsc},
};

use sha2::{Digest as _, Sha256};
use sifter_api::{
    library::{PushRequest, PushTarget},
    tasks::TaskState,
    units::TaskId,
};
use sifter_testkit::{
    http::{Answer, HttpServer, Request},
    images,
};

use crate::{
    desk::PATIENCE,
    lab::Person,
    transfers::{ended, push_item, put_image},
};

/// The length of the pieces.
const PIECE: usize = 64 << 20;

/// What a registry has.
#[derive(Default)]
struct Store {
    /// The bytes of the one upload, and its number.
    upload: Vec<u8>,
    opened: usize,
    blobs: BTreeSet<String>,
    /// The places of the pieces that came.
    pieces: Vec<String>,
    /// The first request for the second piece waits here.
    gate: Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>,
}

impl Store {
    fn at_upload(&self, status: u16) -> Answer {
        let place = format!("/v2/lab/tool/blobs/uploads/{}?state=1", self.opened);
        let last = self.upload.len().saturating_sub(1);
        Answer::new(status, "")
            .with("Location", place)
            .with("Range", format!("0-{last}"))
    }
}

fn answer(request: &Request, store: &Mutex<Store>) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut store = store.lock().unwrap();
    let own = format!("/v2/lab/tool/blobs/uploads/{}", store.opened);
    match (request.method.as_str(), path) {
        (_, "/v2/") => Answer::new(200, "{}"),
        ("PUT", _) if path.contains("/manifests/") => Answer::new(201, ""),
        ("POST", _) => {
            store.opened += 1;
            store.upload.clear();
            store.at_upload(202)
        }
        ("PATCH", path) if path == own => {
            let place = request.header("content-range").unwrap_or_default();
            store.pieces.push(place.to_owned());
            if !place.starts_with("0-")
                && let Some((came, opened)) = store.gate.take()
            {
                came.send(()).unwrap();
                let _ = opened.recv();
                return Answer::new(500, "");
            }
            store.upload.extend_from_slice(&request.body);
            store.at_upload(202)
        }
        ("GET", path) if path == own => store.at_upload(204),
        ("PUT", path) if path == own => {
            let bytes = [&store.upload[..], &request.body].concat();
            let digest = format!("sha256%3A{}", hex::encode(Sha256::digest(bytes)));
            if !query.contains(&digest) {
                return Answer::new(400, "");
            }
            store.blobs.insert(digest.replace("%3A", ":"));
            Answer::new(201, "")
        }
        ("HEAD", _) if store.blobs.iter().any(|blob| path.ends_with(blob)) => Answer::new(200, ""),
        _ => Answer::new(404, ""),
    }
}

/// A push of two pieces, of which the registry has one; the second waits until the gate is dropped.
struct Halfway {
    person: Person,
    store: Arc<Mutex<Store>>,
    task: TaskId,
    length: usize,
    server: HttpServer,
    gate: mpsc::Sender<()>,
}

impl Halfway {
    async fn new() -> Self {
        let (came, comes) = mpsc::channel();
        let (gate, opened) = mpsc::channel();
        let store = Arc::new(Mutex::new(Store {
            gate: Some((came, opened)),
            ..Store::default()
        }));
        let asked = Arc::clone(&store);
        let server = HttpServer::start(move |request| answer(request, &asked)).await;
        let host = server.url("").trim_start_matches("http://").to_owned();
        let person = Person::new();
        let bytes = images::with_partition(&vec![7; PIECE]);
        let image = put_image(&person, "tool.sif", &bytes).await;
        let request = PushRequest {
            target: PushTarget::Registry {
                repository: format!("{host}/lab"),
            },
            items: vec![push_item(image, "tool", &["1"])],
        };
        let plan = person.sifter.plan_push(request).await.unwrap();
        let task = person.sifter.run_push(plan.plan, None, true).await.unwrap();
        tokio::task::spawn_blocking(move || comes.recv_timeout(PATIENCE))
            .await
            .unwrap()
            .unwrap();
        Self {
            person,
            store,
            task,
            length: bytes.len(),
            server,
            gate,
        }
    }

    /// The program ends and starts again.
    async fn restart(self) -> Cut {
        assert!(self.person.sifter.suspend_tasks(PATIENCE).await.unwrap());
        drop(self.gate);
        Cut {
            person: self.person.restart(),
            store: self.store,
            task: self.task,
            length: self.length,
            _server: self.server,
        }
    }
}

/// A push that was cut off by the end of the program.
struct Cut {
    person: Person,
    store: Arc<Mutex<Store>>,
    task: TaskId,
    length: usize,
    _server: HttpServer,
}

impl Cut {
    /// Lets it go on, and returns the places of the pieces that came since.
    async fn go_on(&self) -> Vec<String> {
        self.store.lock().unwrap().pieces.clear();
        self.person.sifter.watch().await.unwrap();
        let view = ended(&self.person.sifter, self.task).await;
        assert!(view.interrupted, "{view:?}");
        assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
        self.store.lock().unwrap().pieces.clone()
    }

    fn second(&self) -> String {
        format!("{PIECE}-{}", self.length - 1)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_push_into_a_registry_goes_on_where_it_was() {
    let cut = Halfway::new().await.restart().await;
    assert_eq!(cut.go_on().await, [cut.second()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_push_that_the_registry_forgot_begins_anew_by_itself() {
    let cut = Halfway::new().await.restart().await;
    cut.store.lock().unwrap().opened += 1;
    let first = format!("0-{}", PIECE - 1);
    assert_eq!(cut.go_on().await, [first, cut.second()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_push_that_is_cancelled_is_forgotten_by_the_registry() {
    let halfway = Halfway::new().await;
    let sifter = &halfway.person.sifter;
    sifter.cancel_task(halfway.task).await.unwrap();
    drop(halfway.gate);
    let state = ended(sifter, halfway.task).await.state;
    assert_eq!(state, TaskState::Cancelled);
    let last = halfway.server.seen().pop().unwrap();
    assert_eq!(last.method, "DELETE", "{}", last.path);
    assert!(last.path.contains("/blobs/uploads/1"), "{}", last.path);
}
