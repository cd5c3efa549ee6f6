//! The sequences of the corpus, played by a client against this cloud: every recorded request, with our identities and
//! URLs in the place of the recorded ones, must get the recorded status and a body of the recorded shape.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{Said, Server, start};

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SIFTER_CORPUS").map_or(beside, PathBuf::from);
    let folder = ["scs", "."]
        .iter()
        .map(|inner| folder.join(inner))
        .find(|inner| inner.join("vars.json").exists());
    if folder.is_none() {
        println!("SKIPPED: scs sequences: the corpus is not there");
    }
    folder
}

struct Player<'a> {
    server: &'a Server,
    folder: PathBuf,
    /// Recorded texts and ours.
    ours: BTreeMap<String, String>,
}

impl Player<'_> {
    fn read(&self, name: &str) -> Value {
        let text = std::fs::read_to_string(self.folder.join(format!("{name}.json"))).unwrap();
        let vars: Value =
            serde_json::from_str(&std::fs::read_to_string(self.folder.join("vars.json")).unwrap())
                .unwrap();
        let text = vars["vars"]
            .as_object()
            .unwrap()
            .iter()
            .fold(text, |text, (name, value)| {
                let value = if name == "<TOKEN>" {
                    &self.server.token
                } else {
                    value.as_str().unwrap()
                };
                text.replace(name, value)
            });
        serde_json::from_str(&text).unwrap()
    }

    fn translate(&self, text: &str) -> String {
        self.ours
            .iter()
            .fold(text.to_owned(), |text, (recorded, ours)| {
                text.replace(recorded, ours)
            })
    }

    async fn play(&mut self, name: &str) {
        let exchange = self.read(name);
        let request = &exchange["request"];
        let url = request["url"].as_str().unwrap();
        let known = self
            .ours
            .get(&format!("{url}{}", query_of(&request["query"])));
        let path = match known {
            Some(ours) => ours.clone(),
            None => {
                let path = url.splitn(4, '/').nth(3).unwrap_or_default();
                // The recorded services have paths of their own, ours are all at the root.
                let path = path
                    .trim_start_matches("token/")
                    .trim_start_matches("consent/");
                self.translate(&format!("/{path}{}", query_of(&request["query"])))
            }
        };
        let mut sent = self
            .server
            .request(request["method"].as_str().unwrap(), &path);
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            sent = sent.header(name, value.as_str().unwrap());
        }
        if let Some(body) = body_of(request, |text| self.translate(text)) {
            sent = sent.body(body);
        }
        let said = Said::read(sent.send().await.unwrap()).await;
        self.compare(name, &exchange["response"], &said);
    }

    fn compare(&mut self, name: &str, recorded: &Value, said: &Said) {
        let status = recorded["status"].as_u64().unwrap();
        let told = || format!("{name}: {}", String::from_utf8_lossy(&said.body));
        // Ours takes both ways to one kind of answer.
        let is_same = u64::from(said.status) == status || (status == 303 && said.status == 200);
        assert!(is_same, "{} instead of {status}: {}", said.status, told());
        if let Some(body) = recorded.get("bodyJson") {
            let ours = said.json();
            self.learn(body, &ours);
            same_shape(name, body, &ours);
        }
        if let Some(etag) = recorded["headers"]["ETag"].as_str() {
            let ours = said.header("etag").trim_matches('"');
            self.ours
                .insert(etag.trim_matches('"').to_owned(), ours.to_owned());
        }
    }

    /// Remembers what stands in the place of recorded identities and URLs.
    fn learn(&mut self, recorded: &Value, ours: &Value) {
        for member in ["id", "uploadID", "uploadURL", "presignedURL"] {
            if let (Some(recorded), Some(ours)) = (
                recorded["data"][member].as_str(),
                ours["data"][member].as_str(),
            ) {
                self.ours.insert(recorded.to_owned(), ours.to_owned());
            }
        }
    }
}

fn query_of(query: &Value) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs: Vec<String> = query
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            format!(
                "{}={}",
                encode(name).replace("%2D", "-"),
                encode(value.as_str().unwrap())
            )
        })
        .collect();
    if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", pairs.join("&"))
    }
}

fn body_of(request: &Value, translate: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    if let Some(body) = request.get("bodyJson") {
        return Some(translate(&body.to_string()).into_bytes());
    }
    if let Some(body) = request["bodyText"].as_str() {
        return Some(body.as_bytes().to_vec());
    }
    let pattern = request.get("bodyPattern")?;
    let first = pattern["firstIndex"].as_u64().unwrap();
    let length = pattern["length"].as_u64().unwrap();
    Some(
        (first..first + length)
            .map(|at| (31 * at + (at >> 8)) as u8)
            .collect(),
    )
}

/// What may be missing: facts that only a real image has, and what not every server says.
const OPTIONAL: [&str; 12] = [
    "arch",
    "signed",
    "encrypted",
    "fingerprints",
    "blob",
    "deletedBy",
    "updatedBy",
    "tags",
    "message",
    "options",
    "oidc_user_meta",
    "builderAPI",
];

fn same_shape(name: &str, recorded: &Value, ours: &Value) {
    let (Some(recorded), Some(ours)) = (recorded.as_object(), ours.as_object()) else {
        return;
    };
    for (member, value) in recorded {
        // Maps of tags have names of their own.
        if OPTIONAL.contains(&member.as_str()) || matches!(member.as_str(), "amd64" | "arm64") {
            continue;
        }
        let Some(found) = ours.get(member) else {
            // Clients read three members of a user; the recorded one has those of a registry too.
            let may_differ = name.starts_with("tags-") || name == "user-current";
            assert!(
                may_differ || value.is_null() || member == "registryUri",
                "{name}: `{member}` is missing"
            );
            continue;
        };
        let kinds =
            [value, found].map(|value| (value.is_string(), value.is_number(), value.is_boolean()));
        assert!(
            kinds[0] == kinds[1] || value.is_null() || found.is_null(),
            "{name}: `{member}`: {value} and {found}"
        );
        if !member.ends_with("Tags") {
            same_shape(name, value, found);
        }
    }
}

/// Steps whose recorded state differs from ours by what a sequence of its own assumes.
const OTHER_STATE: [&str; 2] = ["version-library-v1only", "multipart-start"];

async fn sequence(name: &str, before: &[&str]) {
    let Some(folder) = corpus() else {
        return;
    };
    let server = start().await;
    let mut player = Player {
        server: &server,
        folder,
        // The recorded deletion is of an image that no sequence pushes.
        ours: BTreeMap::from([("hello:0.9".to_owned(), "hello:1.0".to_owned())]),
    };
    let mut played = 0;
    for sequence in before.iter().chain([&name]) {
        for step in player.read(sequence)["steps"].as_array().unwrap() {
            let step = step.as_str().unwrap().to_owned();
            // The recorded state has entities that must be made first: reading them is still checked.
            let create = step.replace("-get", "-create");
            if before.is_empty() && OTHER_STATE.contains(&step.as_str()) {
                continue;
            }
            if step.ends_with("-get")
                && before.is_empty()
                && player.folder.join(format!("{create}.json")).exists()
            {
                player.play(&create).await;
            }
            player.play(&step).await;
            played += 1;
        }
    }
    println!("{name}: {played} exchanges");
}

#[tokio::test]
async fn push_in_one_piece() {
    sequence("seq-push-v2-single", &[]).await;
}

#[tokio::test]
async fn push_to_an_old_server() {
    sequence("seq-push-v1", &[]).await;
}

#[tokio::test]
async fn push_in_parts() {
    sequence("seq-push-v2-multipart", &["seq-push-v2-single"]).await;
}

#[tokio::test]
async fn pull_in_one_stream() {
    sequence("seq-pull-200", &["seq-push-v2-single"]).await;
}

#[tokio::test]
async fn delete() {
    sequence("seq-delete", &["seq-push-v2-single"]).await;
}

#[tokio::test]
async fn keys() {
    sequence("seq-key-push-search-pull", &[]).await;
}

#[tokio::test]
async fn sign_in() {
    sequence("seq-remote-login", &[]).await;
}

#[tokio::test]
async fn status() {
    sequence("seq-remote-status", &["seq-remote-login"]).await;
}
