//! Whole sequences of the corpus: what is asked, in which order, with which credentials and bodies.

use scs_client::{Keyserver, Pulled, Pushed, TokenState, Tokens, Verdict, discover, first_with};
use scs_types::keystore::KeySearch;
use serde_json::Value;

use crate::{
    corpus,
    pushing::{Pulling, Pushing},
    world::World,
};

/// Sequences of the builder, which is another room, and the rest.
const ELSEWHERE: &str = "seq-build-";

/// Steps that are left out: asked twice by the official client, or only to warn.
fn is_left_out(sequence: &str, step: &str) -> bool {
    // Whatever follows the answer that names a registry belongs to the registry client.
    let is_registry =
        sequence.ends_with("-oci") && step.starts_with("oci-") && !step.contains("redirect");
    is_registry || (sequence.starts_with("seq-pull-") && step == "version-library")
}

#[tokio::test]
async fn the_corpus() {
    let Some(folder) = corpus::folder() else {
        return;
    };
    let (mut passed, mut failures) = (0, Vec::new());
    for name in corpus::names(&folder, "seq-") {
        if name.starts_with(ELSEWHERE) {
            continue;
        }
        match replay(&folder, &name).await {
            Ok(()) => passed += 1,
            Err(failure) => failures.push(format!("{name}: {failure}")),
        }
    }
    println!(
        "corpus scs sequences: {passed} passed, {} failed",
        failures.len()
    );
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(passed, 13);
}

async fn replay(folder: &std::path::Path, name: &str) -> Result<(), String> {
    let sequence = corpus::read(folder, name);
    let world = World::new(folder).await;
    let mut wanted: Vec<String> = Vec::new();
    for step in sequence["steps"].as_array().unwrap() {
        let step = step.as_str().or_else(|| step["use"].as_str()).unwrap();
        if !is_left_out(name, step) && !wanted.iter().any(|before| before == step) {
            wanted.push(step.to_owned());
        }
    }
    for step in &wanted {
        let mut exchange = world.read(step);
        if name == "seq-remote-status" && step.starts_with("version-") {
            // Nobody has to sign in to hear a version, so no token goes out for it.
            exchange["request"]["headers"]["Authorization"] = Value::Null;
        }
        world.expect_exchange(step, &exchange);
    }
    let ended = match name {
        "seq-remote-login" => login(&world).await,
        "seq-remote-status" => status(&world).await,
        "seq-key-push-search-pull" => keys(&world).await,
        "seq-verify-two-keyservers" => two_keyservers(&world).await,
        "seq-delete" => delete(&world).await,
        name if name.starts_with("seq-pull") => pull(&world, &sequence).await,
        _ => push(&world, &sequence).await,
    };
    let complaints = world.complaints();
    if !complaints.is_empty() {
        return Err(format!("{complaints:?}"));
    }
    ended?;
    if name == "seq-verify-two-keyservers" {
        return Ok(());
    }
    let mut order = world.order();
    // These go at the same time.
    if ["status", "ranged", "multipart"]
        .iter()
        .any(|word| name.contains(word))
    {
        order.sort();
        wanted.sort();
    }
    (order == wanted)
        .then_some(())
        .ok_or_else(|| format!("asked {order:?}"))
}

async fn login(world: &World) -> Result<(), String> {
    let client = world.client();
    let frontend = world.url("cloud").parse().unwrap();
    let services = discover(&client, &frontend).await.map_err(text)?;
    let tokens = Tokens::new(&client, services.token().unwrap(), world.login()).unwrap();
    match tokens.state().await {
        TokenState::Valid => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

async fn status(world: &World) -> Result<(), String> {
    let client = world.client();
    let frontend = world.url("cloud").parse().unwrap();
    let services = discover(&client, &frontend).await.map_err(text)?;
    let versions = services.versions(&client).await;
    for version in [
        versions.library,
        versions.keystore,
        versions.builder,
        versions.token,
        versions.consent,
    ] {
        version.ok_or("no version")?.map_err(text)?;
    }
    let user = world.library().current_user().await.map_err(text)?;
    user.ok_or("no user")?;
    login(world).await
}

async fn keys(world: &World) -> Result<(), String> {
    let server = Keyserver::new(&world.client(), &world.url("keys"), world.login()).unwrap();
    let key = world.read("key-get-fpr")["response"]["bodyText"].clone();
    let sent = world.read("key-add")["request"]["bodyText"].clone();
    let armour: reqwest::Url = format!("http://h/?{}", sent.as_str().unwrap())
        .parse()
        .unwrap();
    let (_, armour) = armour.query_pairs().next().unwrap();
    server.add(&armour).await.map_err(text)?;
    let found = server
        .search(&KeySearch::Text("example.org".into()), None)
        .await
        .map_err(text)?;
    let search = KeySearch::read(&found.keys[0].fingerprint);
    let got = server.get(&search).await.map_err(text)?.ok_or("no key")?;
    (key.as_str() == Some(&got))
        .then_some(())
        .ok_or_else(|| "another key".into())
}

async fn two_keyservers(world: &World) -> Result<(), String> {
    // Both files are of one server here: the first is asked without a token.
    let client = world.client();
    let key = world.read("key-get-keyid");
    let mut busy = world.read("key-get-503");
    let first = world.url("build");
    busy["request"]["url"] = format!("{first}/pks/lookup").into();
    busy["request"]["query"] = key["request"]["query"].clone();
    world.expect_exchange("another server", &busy);
    let servers = [
        Keyserver::new(&client, &first, None).unwrap(),
        Keyserver::new(&client, &world.url("keys"), world.login()).unwrap(),
    ];
    let id = key["request"]["query"]["search"].as_str().unwrap();
    let found = first_with(&servers, &KeySearch::read(id)).await;
    found.armour.ok_or("no key")?;
    let [(_, Verdict::Failed(_)), (_, Verdict::Found)] = found.verdicts.as_slice() else {
        return Err(format!("{:?}", found.verdicts));
    };
    // What stands for the first step was asked at another place.
    (world.order() == ["another server", "key-get-keyid"])
        .then_some(())
        .ok_or_else(|| format!("{:?}", world.order()))
}

async fn delete(world: &World) -> Result<(), String> {
    let path = "alice/tools/hello".parse().unwrap();
    let library = world.library();
    let deleted = library.delete_image(&path, "0.9", Some("amd64"));
    deleted.await.map_err(text)
}

async fn pull(world: &World, sequence: &Value) -> Result<(), String> {
    let reference = sequence["input"]["ref"]
        .as_str()
        .unwrap_or("alice/tools/hello:latest");
    let pulling = Pulling::new(reference);
    let pulled = pulling.run(&world.library()).await.map_err(text)?;
    let is_registry = sequence["name"] == "seq-pull-oci";
    match pulled {
        Pulled::Done { .. } if !is_registry => {}
        Pulled::NeedsRegistry { registry, .. } if is_registry => {
            assert_eq!(registry.name, "library/alice/tools/hello");
            return Ok(());
        }
        other => return Err(format!("{other:?}")),
    }
    let small = serde_json::json!({"firstIndex": 0, "length": 36864});
    (pulling.bytes() == corpus::pattern(&small))
        .then_some(())
        .ok_or_else(|| "other bytes".into())
}

async fn push(world: &World, sequence: &Value) -> Result<(), String> {
    let input = &sequence["input"];
    let small = serde_json::json!({"firstIndex": 0, "length": 36864});
    let bytes = corpus::pattern(input.get("body").unwrap_or(&small));
    let pushing = Pushing::new(
        input["ref"].as_str().unwrap_or("alice/tools/hello:latest"),
        &bytes,
    );
    let pushed = pushing.run(&world.library()).await.map_err(text)?;
    let is_registry = sequence["name"] == "seq-push-oci";
    match pushed {
        Pushed::Done(done) if !is_registry => {
            assert_eq!(done.was_there, sequence["name"] == "seq-push-dedup");
            Ok(())
        }
        Pushed::NeedsRegistry { .. } if is_registry => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn text(error: scs_client::Error) -> String {
    error.to_string()
}
