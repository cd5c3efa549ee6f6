//! Pushing to a library that takes its images only through the registry behind it: Debian's own, with tokens.

use std::sync::{Arc, Mutex, OnceLock};

use serde_json::json;
use sifter_api::{
    ErrorCode, Secret,
    library::{PushPlanView, PushRequest, PushTarget, TagChange},
    remotes::KeepLogin,
    tasks::{TaskOutcome, TaskState},
    units::{ImageId, RemoteId},
};
use sifter_testkit::{
    http::{Answer, HttpServer, Request},
    images,
    issuer::TokenIssuer,
    registry::Registry,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    lab::Person,
    transfers::{ended, push_item, put_image},
};

/// The place in the registry that the library gives for its container.
const MAPPED: &str = "mapped/lab/tools/tool";
const TOKEN: &str = "of-the-library";

/// Seconds for which the tokens of a library are good, one after the other; the last for all that follow.
type Lives = &'static [i64];

struct Shelf {
    person: Person,
    remote: RemoteId,
    library: HttpServer,
    registry: Registry,
    /// What the library says of its registry; nothing: it has none any more.
    has_registry: Arc<Mutex<bool>>,
    issuer: Arc<TokenIssuer>,
}

impl Shelf {
    /// A library, its registry, and a person who is signed in there; nothing where there is no registry.
    async fn new(lives: Lives) -> Option<Self> {
        let issuer = Arc::new(TokenIssuer::start().await);
        let registry = Registry::with_tokens(&issuer)?;
        let has_registry = Arc::new(Mutex::new(true));
        let own = Arc::new(OnceLock::<String>::new());
        let library = {
            let (issuer, has_registry, own) = (issuer.clone(), has_registry.clone(), own.clone());
            let url = format!("http://{}", registry.host);
            let given = Mutex::new(lives.iter());
            let last = *lives.last().unwrap();
            HttpServer::start(move |request| {
                let token = || {
                    let life = given.lock().unwrap().next().copied().unwrap_or(last);
                    issuer.given(MAPPED, life)
                };
                let has_registry = *has_registry.lock().unwrap();
                let redirect = || json!({"token": token(), "url": url, "name": MAPPED});
                answer(
                    request,
                    own.get().unwrap(),
                    has_registry.then_some(&redirect),
                )
            })
            .await
        };
        own.set(library.url("")).unwrap();
        let person = Person::new();
        let remote = person.add("lab", &library.url("")).await;
        person
            .sifter
            .sign_in(
                remote.clone(),
                Secret::new(TOKEN.into()),
                KeepLogin::Keychain,
            )
            .await
            .unwrap();
        Some(Self {
            person,
            remote,
            library,
            registry,
            has_registry,
            issuer,
        })
    }

    async fn plan(&self, image: ImageId, tags: &[&str]) -> sifter_api::Result<PushPlanView> {
        let request = PushRequest {
            target: PushTarget::Library {
                remote: self.remote.clone(),
                collection: "lab/tools".into(),
            },
            items: vec![push_item(image, "tool", tags)],
        };
        self.person.sifter.plan_push(request).await
    }

    async fn push(&self, image: ImageId, tags: &[&str]) -> TaskState {
        let plan = self.plan(image, tags).await.unwrap();
        self.run(plan).await
    }

    async fn run(&self, plan: PushPlanView) -> TaskState {
        let sifter = &self.person.sifter;
        let task = sifter.run_push(plan.plan, None, true).await.unwrap();
        ended(sifter, task).await.state
    }

    /// What the registry has under a name, as text.
    async fn manifest(&self, name: &str) -> String {
        let kinds =
            "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
        let token = self.issuer.given(MAPPED, 300);
        let request = format!(
            "GET /v2/{MAPPED}/manifests/{name} HTTP/1.0\r\nAccept: {kinds}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(&self.registry.host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{name}: {head}");
        body.to_owned()
    }
}

/// What such a library answers: of images it knows nothing until somebody looks into its registry.
fn answer(
    request: &Request,
    own: &str,
    redirect: Option<&dyn Fn() -> serde_json::Value>,
) -> Answer {
    let is_known = request.header("authorization") == Some(&format!("Bearer {TOKEN}"));
    let path = request.path.split('?').next().unwrap_or_default();
    let json = |value: serde_json::Value| Answer::new(200, value.to_string());
    match (path, redirect) {
        ("/assets/config/config.prod.json", _) => json(json!({
            "libraryAPI": {"uri": own}, "tokenAPI": {"uri": own},
        })),
        ("/v1/token-status", _) if is_known => Answer::new(200, ""),
        ("/v1/oci-redirect", Some(redirect)) if is_known => {
            assert!(
                request.path.contains("accessTypes=pull%2Cpush"),
                "{}",
                request.path
            );
            assert!(
                request.path.contains("namespace=lab%2Ftools%2Ftool"),
                "{}",
                request.path
            );
            json(redirect())
        }
        ("/v1/entities/lab", _) => json(json!({"data": {
            "id": "1", "name": "lab", "quota": 1_000_000_000_000_i64, "size": 5,
        }})),
        _ => Answer::new(404, r#"{"error":{"code":404,"message":"not here"}}"#),
    }
}

fn error_of(state: TaskState) -> sifter_api::ApiError {
    match state {
        TaskState::Failed { error } => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_goes_to_the_registry_that_the_library_names() {
    let Some(shelf) = Shelf::new(&[300]).await else {
        return;
    };
    let bytes = images::two_groups();
    let image = put_image(&shelf.person, "tool.sif", &bytes).await;
    let plan = shelf.plan(image, &["1.0", "latest"]).await.unwrap();
    let (shown, size) = (&plan.items[0], bytes.len() as u64);
    let effects: Vec<_> = shown.tags.iter().map(|tag| tag.effect).collect();
    assert_eq!(effects, [TagChange::New, TagChange::New]);
    assert!(shown.container_is_new && !shown.is_there);
    assert_eq!((plan.upload.0, plan.quota.unwrap().used.0), (size, 5));
    let TaskState::Done {
        outcome: TaskOutcome::Pushed { items },
    } = shelf.run(plan).await
    else {
        panic!("not pushed");
    };
    assert_eq!(items[0].error, None);
    assert!(
        items[0].reference.ends_with("/lab/tools/tool:1.0"),
        "{items:?}"
    );
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    let manifest = shelf.manifest(&format!("sha256.{hash}")).await;
    assert!(manifest.contains(&hash), "{manifest}");
    for tag in ["1.0", "latest"] {
        let index = shelf.manifest(tag).await;
        assert!(index.contains(r#""architecture":"amd64""#), "{index}");
    }
    // Nothing of the library's own login went to the registry, and no image was announced to the library.
    let asked = shelf.library.seen();
    assert!(asked.iter().all(|request| request.method == "GET"));

    // Once more: the bytes are there, and only a new tag is set.
    let plan = shelf.plan(image, &["1.0", "2.0"]).await.unwrap();
    let effects: Vec<_> = plan.items[0].tags.iter().map(|tag| tag.effect).collect();
    assert_eq!(effects, [TagChange::Stays, TagChange::New]);
    assert!(plan.items[0].is_there && plan.upload.0 == 0);
    assert!(matches!(shelf.run(plan).await, TaskState::Done { .. }));
    // Another image under the tag: it moves, and the old one is named.
    let other = put_image(&shelf.person, "other.sif", &images::plain()).await;
    let plan = shelf.plan(other, &["1.0"]).await.unwrap();
    let tag = &plan.items[0].tags[0];
    assert_eq!(tag.effect, TagChange::Moves);
    assert_eq!(tag.old_hash, Some(format!("sha256.{hash}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_too_old_is_asked_for_anew() {
    // The plan has a good one; the first of the push is too old.
    let Some(shelf) = Shelf::new(&[300, -7_200, 300]).await else {
        return;
    };
    let image = put_image(&shelf.person, "tool.sif", &images::plain()).await;
    let state = shelf.push(image, &["1.0"]).await;
    assert!(matches!(state, TaskState::Done { .. }), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_takes_no_token_of_its_library_is_told() {
    let Some(shelf) = Shelf::new(&[300, -7_200]).await else {
        return;
    };
    let image = put_image(&shelf.person, "tool.sif", &images::plain()).await;
    let error = error_of(shelf.push(image, &["1.0"]).await);
    assert_eq!(error.code, ErrorCode::Forbidden, "{error:?}");
    assert!(
        error.message.contains("registry behind the library"),
        "{error:?}"
    );
    // So is it where the plan finds out.
    let error = shelf.plan(image, &["1.0"]).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_changed_its_way_wants_a_new_plan() {
    let Some(shelf) = Shelf::new(&[300]).await else {
        return;
    };
    let image = put_image(&shelf.person, "tool.sif", &images::plain()).await;
    let plan = shelf.plan(image, &["1.0"]).await.unwrap();
    *shelf.has_registry.lock().unwrap() = false;
    let error = error_of(shelf.run(plan).await);
    assert_eq!(error.code, ErrorCode::PlanOutdated, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_moved_meanwhile_is_not_moved_again() {
    let Some(shelf) = Shelf::new(&[300]).await else {
        return;
    };
    let image = put_image(&shelf.person, "tool.sif", &images::plain()).await;
    let other = put_image(&shelf.person, "other.sif", &images::two_groups()).await;
    let planned = shelf.plan(image, &["1.0"]).await.unwrap();
    let state = shelf.push(other, &["1.0"]).await;
    assert!(matches!(state, TaskState::Done { .. }), "{state:?}");
    let error = error_of(shelf.run(planned).await);
    assert_eq!(error.code, ErrorCode::PlanOutdated, "{error:?}");
}
