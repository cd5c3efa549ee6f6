//! Every single exchange of the corpus: our request is that of the file, and its answer ends as its status says.

use std::time::Duration;

use reqwest::Url;
use scs_client::{Cause, Error, Keyserver, Library, Login, Services, TokenState, Tokens, discover};
use scs_types::{ApiLevel, Frontend, Id, Service, keystore::KeySearch, library::Search};
use serde_json::{Value, json};

use crate::{
    corpus,
    pushing::{Pulling, Pushing},
    world::World,
};

/// What we never send, and why.
const NOT_SENT: &[(&str, &str)] = &[
    ("download-head", "a GET of one byte works with every server"),
    ("image-get-arch-encoded", "a mistake of an old client"),
    (
        "image-get-bad-name-400",
        "such a reference is refused before",
    ),
    ("tags-v1-set-lowercase", "another spelling"),
    ("tags-v1-set-map", "a very old spelling"),
    ("oci-redirect-old-client", "an old question"),
    (
        "search-short-400",
        "a text that is too short is not asked for",
    ),
    ("key-vindex", "nobody needs it"),
    ("key-op-501", "nobody needs it"),
    ("key-add-400", "there is always a key text"),
    ("download-range-416", "nobody asks for what is past the end"),
    ("multipart-start-400", "small files do not go in parts"),
];

/// Pushes that contain an exchange, by the start of its name.
const IN_PUSHES: &[(&str, &str)] = &[
    ("image-create-big", "seq-push-v2-multipart"),
    ("tags-v2-set-2.0", "seq-push-v2-multipart"),
    ("multipart-", "seq-push-v2-multipart"),
    ("tags-v1-set", "seq-push-v1"),
    ("upload-v1", "seq-push-v1"),
    ("version-library-v1only", "seq-push-v1"),
    ("tags-v2-set", "seq-push-v2-single"),
    ("upload-single", "seq-push-v2-single"),
    ("entity-create", "seq-push-v2-single"),
    ("collection-create", "seq-push-v2-single"),
    ("container-create", "seq-push-v2-single"),
    ("image-create", "seq-push-v2-single"),
    ("oci-redirect-push", "seq-push-v2-single"),
];

#[tokio::test]
async fn the_corpus() {
    let Some(folder) = corpus::folder() else {
        return;
    };
    let (mut passed, mut not_sent, mut failures) = (0, 0, Vec::new());
    for name in corpus::names(&folder, "") {
        let file = corpus::read(&folder, &name);
        let service = file["service"].as_str().unwrap();
        if ![
            "discovery",
            "version",
            "token",
            "library",
            "keystore",
            "error",
        ]
        .contains(&service)
        {
            continue;
        }
        if NOT_SENT.iter().any(|(start, _)| name.starts_with(start)) {
            not_sent += 1;
            continue;
        }
        match check(&folder, &name).await {
            Ok(()) => passed += 1,
            Err(failure) => failures.push(format!("{name}: {failure}")),
        }
    }
    println!(
        "corpus scs exchanges: {passed} passed, {} failed, {not_sent} never sent by us",
        failures.len()
    );
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(passed > 130, "{passed}");
}

async fn check(folder: &std::path::Path, name: &str) -> Result<(), String> {
    let mut world = World::new(folder).await;
    // What a server asks to wait is looked at, not waited for.
    world.patience = Duration::ZERO;
    let mut exchange = world.read(name);
    if exchange.get("request").is_none() {
        // Errors may come from anywhere.
        exchange["request"] = world.read("entity-list")["request"].clone();
    }
    let in_push = IN_PUSHES.iter().find(|(start, _)| name.starts_with(start));
    let ended = match in_push {
        Some((_, sequence)) => push(&world, name, &exchange, sequence).await,
        None => {
            adapt(name, &mut exchange);
            world.expect_exchange(name, &exchange);
            drive(&world, name, &exchange).await
        }
    };
    if world.used(name) == 0 {
        return Err(format!(
            "was not asked: {ended:?} {:?} {:?}",
            world.order(),
            world.complaints()
        ));
    }
    let complaints = world.complaints();
    if let Some(complaint) = complaints
        .iter()
        .find(|text| text.starts_with(&format!("{name}:")))
    {
        return Err(complaint.clone());
    }
    judge(name, &exchange, ended)
}

/// Where our own question differs on purpose.
fn adapt(name: &str, exchange: &mut Value) {
    if name.starts_with("key-index-page") {
        exchange["request"]["query"]["x-pagesize"] = json!("256");
    }
}

/// Refusals that are answered otherwise than by an error.
fn is_overcome(name: &str) -> bool {
    let starts = [
        "entity-create-409",
        "image-create-409",
        "multipart-part-410",
        "multipart-start-404",
        "multipart-complete-409",
        "upload-single-put-403",
        "oci-redirect",
        "version-library",
        "image-get-hash-404",
        "image-get-big-404",
        "entity-get-404",
        "collection-get-404",
        "container-get-404",
        "user-current-404",
        "token-status",
        "key-get-404",
        "key-get-short",
        "key-index-none",
    ];
    starts.iter().any(|start| name.starts_with(start))
}

fn judge(name: &str, exchange: &Value, ended: Result<(), Error>) -> Result<(), String> {
    let status = u16::try_from(exchange["response"]["status"].as_u64().unwrap_or(200)).unwrap();
    let is_bad = ["config-html", "key-index-short", "oci-redirect-bad"]
        .iter()
        .any(|start| name.starts_with(start));
    match ended {
        Ok(())
            if status < 400
                && !name.starts_with("config-html")
                && !name.starts_with("key-index-short") =>
        {
            Ok(())
        }
        Ok(()) if is_overcome(name) => Ok(()),
        Err(_) if is_bad || is_overcome(name) => Ok(()),
        Err(error) if status >= 400 => told(exchange, status, &error),
        other => Err(format!("ended with {other:?}")),
    }
}

/// The error has the status, the server's own words, and the cause that belongs to it.
fn told(exchange: &Value, status: u16, error: &Error) -> Result<(), String> {
    let words = exchange["response"]["bodyJson"]["error"]["message"].as_str();
    let has_words = words.is_none_or(|words| error.to_string().contains(words));
    let fits = match (status, error.cause()) {
        (401, Cause::SignIn { was_anonymous, .. }) => {
            // The scheme alone stands for nobody.
            let sent = exchange["request"]["headers"]["Authorization"].as_str();
            *was_anonymous == sent.is_none_or(|text| text == "Bearer")
        }
        (403, Cause::Forbidden { .. })
        | (404, Cause::Missing { .. })
        | (409 | 412, Cause::Exists { .. })
        | (413, Cause::TooLarge { .. } | Cause::Quota { .. })
        | (416, Cause::Range)
        | (422, Cause::Digest { .. } | Cause::Refused { .. })
        | (429, Cause::Busy { .. })
        | (503, Cause::Busy { .. } | Cause::Server { .. })
        | (507, Cause::Quota { .. })
        | (500..=502, Cause::Server { .. })
        | (400, Cause::Refused { .. } | Cause::OciImage)
        | (405 | 406 | 410, Cause::Refused { .. }) => true,
        _ => false,
    };
    let is_clear = matches!(error.cause(), Cause::OciImage | Cause::Range);
    let asked = exchange["response"]["headers"]["Retry-After"].as_str();
    let asked = asked.and_then(|text| text.parse().ok());
    if asked.is_some_and(|seconds| error.wait() != Some(Duration::from_secs(seconds))) {
        return Err(format!("the wait is {:?}", error.wait()));
    }
    (fits && (has_words || is_clear) && error.status == Some(status))
        .then_some(())
        .ok_or_else(|| format!("{error} {:?}", error.cause()))
}

/// A push in which `name` stands in the place of the step that asks the same.
async fn push(world: &World, name: &str, exchange: &Value, sequence: &str) -> Result<(), Error> {
    let file = world.read(sequence);
    let mut is_placed = false;
    let own = if name.contains("-own") { "-own" } else { "" };
    for step in file["steps"].as_array().unwrap() {
        let mut step = step.as_str().unwrap().to_owned();
        // What belongs together.
        if (step == "upload-single-start" || step == "upload-single-put") && !own.is_empty() {
            step.push_str(own);
        }
        if step == "multipart-start" && name == "multipart-part-noncompliant" {
            step = "multipart-start-noncompliant".into();
        }
        let other = world.read(&step);
        let is_bad_tag = name == "tags-v2-set-400" && step == "tags-v2-set-latest";
        if !is_placed && (is_bad_tag || asks_same(&other["request"], &exchange["request"])) {
            is_placed = true;
            let mut exchange = exchange.clone();
            if exchange["response"]["status"].as_u64().unwrap() >= 400
                && other["request"].get("bodyJson").is_some()
            {
                // What was refused was something else; we ask for the same as always.
                exchange["request"]["bodyJson"] = other["request"]["bodyJson"].clone();
            }
            world.expect_exchange(name, &exchange);
            if name != step && !name.starts_with("image-create-dedup") {
                // What was refused may be asked again.
                world.expect_exchange(&step, &other);
            }
        } else {
            world.expect_exchange(&step, &other);
        }
    }
    match name {
        "multipart-abort" => world.expect_exchange(name, exchange),
        "upload-single-put-403" => world.expect(["upload-single-start"]),
        "multipart-part-noncompliant" => {
            let mut part = world.read("multipart-put-1");
            part["request"]["url"] =
                exchange["response"]["bodyJson"]["data"]["presignedURL"].clone();
            part["request"]["headers"]["x-amz-content-sha256"] = Value::Null;
            world.expect_exchange("its part", &part);
        }
        _ => {}
    }
    let pushing = Pushing::new(
        file["input"]["ref"].as_str().unwrap(),
        &corpus::pattern(&file["input"]["body"]),
    );
    let library = world.library();
    let pushed = pushing.run(&library).await.map(|_| ());
    if name == "multipart-abort" {
        pushed?;
        let state = pushing.kept.lock().unwrap().clone().unwrap();
        return library.forget_push(&state).await;
    }
    pushed
}

fn asks_same(one: &Value, other: &Value) -> bool {
    let part = |request: &Value| {
        let body = &request["bodyJson"];
        (body["partNumber"].clone(), body["Tag"].clone())
    };
    one["method"] == other["method"]
        && one["url"] == other["url"]
        && one["query"] == other["query"]
        && part(one) == part(other)
}

async fn drive(world: &World, name: &str, exchange: &Value) -> Result<(), Error> {
    let request = &exchange["request"];
    let url: Url = request["url"].as_str().unwrap().parse().unwrap();
    let steps: Vec<&str> = url.path().split('/').skip(1).collect();
    let query = |key: &str| request["query"][key].as_str();
    let login = request["headers"]["Authorization"].as_str().map(login_of);
    let library = Library::new(&world.client(), &world.url("library"), login.clone()).unwrap();
    let arch = query("arch");
    match steps.as_slice() {
        ["assets", ..] => config(world, &url, name).await,
        [.., "version"] => version(world, &library, &url).await,
        [.., "token-status"] => token_status(world, name, login).await,
        [.., "current"] => library.current_user().await.map(|_| ()),
        ["v1", "entities"] => library.entities().await.map(|_| ()),
        ["v1", "entities", entity] => library.entity(entity).await.map(|_| ()),
        ["v1", "collections", entity, collection] => {
            library.collection(entity, collection).await.map(|_| ())
        }
        ["v1", "containers", ..] => {
            let path = steps[2..].join("/").parse().unwrap();
            library.container(&path).await.map(|_| ())
        }
        ["v1", "images", ..] => image(&library, &steps[2..].join("/"), arch, request).await,
        ["v1" | "v2", "tags", container] => {
            let level = if steps[0] == "v2" {
                ApiLevel::ArchTags
            } else {
                ApiLevel::V1
            };
            library.tags(&Id::new(*container), level).await.map(|_| ())
        }
        ["v1", "search"] => {
            let search = Search {
                value: query("value").unwrap().to_owned(),
                architectures: arch.map(str::to_owned).into_iter().collect(),
                only_signed: query("signed").is_some(),
            };
            library.search(&search).await.map(|_| ())
        }
        ["v1", "imagefile", ..] | ["images", ..] | ["v1", "oci-redirect"] => {
            pull(world, &library, name, &steps).await
        }
        _ => keys(world, name, exchange, login).await,
    }
}

async fn config(world: &World, url: &Url, name: &str) -> Result<(), Error> {
    let frontend = url.origin().ascii_serialization().parse().unwrap();
    let services = discover(&world.client(), &frontend).await?;
    assert_eq!(services.library().is_err(), name == "config-bad-empty-uri");
    Ok(())
}

async fn version(world: &World, library: &Library, url: &Url) -> Result<(), Error> {
    let base = url.as_str().strip_suffix("/version").unwrap();
    if base == world.url("library") {
        return library.api_level().await.map(|_| ());
    }
    let services = Services {
        frontend: url.clone(),
        document: Frontend {
            consent: Some(Service::at(base)),
            ..Frontend::default()
        },
    };
    services
        .versions(&world.client())
        .await
        .consent
        .unwrap()
        .map(|_| ())
}

async fn token_status(world: &World, name: &str, login: Option<Login>) -> Result<(), Error> {
    let base = format!("{}/token", world.url("auth"));
    let state = Tokens::new(&world.client(), &base, login)
        .unwrap()
        .state()
        .await;
    match (name, state) {
        ("token-status-ok", TokenState::Valid)
        | (
            "token-status-401" | "token-status-invalid" | "token-status-empty-bearer",
            TokenState::Invalid(_),
        )
        | ("token-status-500", TokenState::Unknown(_)) => Ok(()),
        (_, state) => panic!("{name}: {state:?}"),
    }
}

async fn image(
    library: &Library,
    place: &str,
    arch: Option<&str>,
    request: &Value,
) -> Result<(), Error> {
    let (path, tag) = place.split_once(':').unwrap();
    let path = path.parse().unwrap();
    if request["method"] == "DELETE" {
        return library.delete_image(&path, tag, arch).await;
    }
    let reference = scs_types::library::LibraryRef {
        host: None,
        path,
        tags: vec![tag.to_owned()],
    };
    let image = library.image(&reference, arch).await?;
    assert!(!image.id.is_empty());
    Ok(())
}

async fn pull(world: &World, library: &Library, name: &str, steps: &[&str]) -> Result<(), Error> {
    let place = match steps {
        ["v1", "imagefile", rest @ ..] => rest.join("/"),
        _ if name == "oci-redirect-no-name" => "alpine:latest".into(),
        _ => "alice/tools/hello:latest".into(),
    };
    let mut image = world.read(if place.starts_with("alpine") {
        "image-get-short-name"
    } else {
        "image-get-tag"
    });
    let base = world.url("library");
    image["request"]["url"] = format!("{base}/v1/images/{place}").into();
    if library.is_anonymous() && !steps.contains(&"images") {
        image["request"]["headers"]["Authorization"] = Value::Null;
    }
    world.expect_exchange("the image", &image);
    let library = if steps[0] == "images" {
        &world.library()
    } else {
        library
    };
    if steps[0] == "images" {
        world.expect(["download-303"]);
    }
    for range in ["download-range-1", "download-range-2", "download-range-3"] {
        let mut range = world.read(range);
        if name == "download-303-relative" {
            let relative = world.read(name)["response"]["headers"]["Location"].clone();
            let base: Url = world.url("library").parse().unwrap();
            range["request"]["url"] = base
                .join(relative.as_str().unwrap())
                .unwrap()
                .as_str()
                .into();
            // It is the origin that the token is for.
            range["request"]["headers"]["Authorization"] =
                format!("Bearer {}", corpus::token(&world.folder)).into();
        }
        world.expect_exchange("a part", &range);
    }
    Pulling::new(&place).run(library).await.map(|_| ())
}

async fn keys(
    world: &World,
    name: &str,
    exchange: &Value,
    login: Option<Login>,
) -> Result<(), Error> {
    let request = &exchange["request"];
    let query = |key: &str| request["query"][key].as_str();
    let server = Keyserver::new(&world.client(), &world.url("keys"), login).unwrap();
    if name.starts_with("keyserver-login") {
        return server.check_login().await;
    }
    if name.starts_with("key-add") {
        let form = request["bodyText"].as_str().unwrap();
        let url: Url = format!("http://h/?{form}").parse().unwrap();
        let (_, armour) = url.query_pairs().next().unwrap();
        let said = server.add(&armour).await?;
        assert_eq!(said.is_some(), name == "key-add-hagrid", "{said:?}");
        return Ok(());
    }
    let search = KeySearch::read(query("search").unwrap());
    if query("op") == Some("get") {
        let got = server.get(&search).await?;
        let wanted = exchange["response"]["bodyText"].as_str();
        assert_eq!(got.as_deref(), wanted.filter(|text| text.contains("BEGIN")));
        return Ok(());
    }
    let page = server.search(&search, query("x-pagetoken")).await?;
    assert_eq!(page.next.is_some(), name == "key-index-page-1");
    assert_eq!(page.keys.is_empty(), name == "key-index-none");
    Ok(())
}

/// The login that makes this header.
fn login_of(header: &str) -> Login {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let Some(packed) = header.strip_prefix("Basic ") else {
        let token = header.strip_prefix("Bearer").unwrap().trim();
        return Login::Token(token.to_owned().into());
    };
    let pair = String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap();
    let (user, password) = pair.split_once(':').unwrap();
    Login::Password {
        user: user.to_owned(),
        password: password.to_owned().into(),
    }
}
