//! The servers of the corpus on ports of this machine, and what they are to answer.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Once},
    time::Duration,
};

use reqwest::Url;
use scs_client::{Client, Connection, Library, Login, Proxy};
use scs_types::library::{NewCollection, NewContainer, NewEntity, NewImage};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sifter_testkit::http::{Answer, HttpServer, Request};
use transfer::{Limits, Retry};

use crate::corpus;

/// What the corpus calls its servers, and the server here that stands for each.
const HOSTS: [(&str, &str); 9] = [
    ("https://library.example.org", "library"),
    ("http://localhost:8780", "library"),
    ("https://objects.example.org", "objects"),
    ("https://keys.example.org", "keys"),
    ("https://auth.example.org", "auth"),
    ("https://cloud.example.org", "cloud"),
    ("https://build.example.org", "build"),
    ("https://registry.example.org", "registry"),
    ("https://evil.example.com", "evil"),
];

/// Something that is to be asked, and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    request: Value,
    answer: Answer,
    used: usize,
}

#[derive(Default)]
struct Script {
    steps: Vec<Step>,
    order: Vec<String>,
    complaints: Vec<String>,
    origins: BTreeMap<&'static str, String>,
}

pub(crate) struct World {
    pub(crate) folder: PathBuf,
    /// A server that asks for a longer wait is not waited for.
    pub(crate) patience: Duration,
    servers: BTreeMap<&'static str, HttpServer>,
    script: Arc<Mutex<Script>>,
}

impl World {
    pub(crate) async fn new(folder: &Path) -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let mut servers = BTreeMap::new();
        for (_, name) in HOSTS {
            let script = script.clone();
            let server =
                HttpServer::start(move |request| script.lock().unwrap().answer(name, request));
            servers.insert(name, server.await);
        }
        for (name, server) in &servers {
            script.lock().unwrap().origins.insert(name, server.url(""));
        }
        Self {
            folder: folder.to_owned(),
            patience: Retry::default().patience,
            servers,
            script,
        }
    }

    pub(crate) fn url(&self, server: &str) -> String {
        self.servers[server].url("")
    }

    pub(crate) fn seen(&self, server: &str) -> Vec<Request> {
        self.servers[server].seen()
    }

    /// A file with its servers on this machine.
    pub(crate) fn read(&self, name: &str) -> Value {
        let text = corpus::read(&self.folder, name).to_string();
        let text = HOSTS.iter().fold(text, |text, (host, server)| {
            text.replace(host, &self.url(server))
        });
        serde_json::from_str(&text).unwrap()
    }

    /// Lets the servers answer as in these files, in their order.
    pub(crate) fn expect<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            let exchange = self.read(name);
            self.expect_exchange(name, &exchange);
        }
    }

    pub(crate) fn expect_exchange(&self, name: &str, exchange: &Value) {
        self.script.lock().unwrap().steps.push(Step {
            name: name.to_owned(),
            request: exchange["request"].clone(),
            answer: corpus::answer(&exchange["response"]),
            used: 0,
        });
    }

    /// Lets the first step of this name be answered otherwise at first.
    pub(crate) fn before(&self, name: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut script = self.script.lock().unwrap();
        let at = script
            .steps
            .iter()
            .position(|step| step.name == name)
            .unwrap();
        let request = script.steps[at].request.clone();
        let steps: Vec<_> = answers
            .into_iter()
            .map(|answer| Step {
                name: format!("before {name}"),
                request: request.clone(),
                answer,
                used: 0,
            })
            .collect();
        script.steps.splice(at..at, steps);
    }

    /// How often each step was used.
    pub(crate) fn used(&self, name: &str) -> usize {
        let script = self.script.lock().unwrap();
        let steps = script.steps.iter().filter(|step| step.name == name);
        steps.map(|step| step.used).sum()
    }

    /// The names of steps in the order in which they were first used.
    pub(crate) fn order(&self) -> Vec<String> {
        self.script.lock().unwrap().order.clone()
    }

    /// What was asked otherwise than in the files.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.script.lock().unwrap().complaints.clone()
    }

    pub(crate) fn client(&self) -> Client {
        let limits = Limits {
            connect: Duration::from_secs(10),
            head: Duration::from_secs(20),
            idle: Duration::from_secs(20),
        };
        open_with(limits, self.patience)
    }

    pub(crate) fn login(&self) -> Option<Login> {
        Some(Login::Token(corpus::token(&self.folder).into()))
    }

    pub(crate) fn library(&self) -> Library {
        Library::new(&self.client(), &self.url("library"), self.login()).unwrap()
    }
}

pub(crate) fn provide() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

pub(crate) fn open(limits: Limits) -> Client {
    open_with(limits, Retry::default().patience)
}

fn open_with(limits: Limits, patience: Duration) -> Client {
    thread_local! {
        // Each one reads all the certificates of the system, which takes longer than most of what is tested.
        static OPEN: RefCell<Vec<(Limits, Duration, Client)>> = const { RefCell::new(Vec::new()) };
    }
    provide();
    OPEN.with_borrow_mut(|open| {
        let known = open.iter().find(|(its_limits, its_patience, _)| {
            (*its_limits, *its_patience) == (limits, patience)
        });
        if let Some((_, _, client)) = known {
            return client.clone();
        }
        let connection = Connection {
            proxy: Proxy::None,
            limits,
            retry: Retry {
                base: Duration::from_micros(50),
                cap: Duration::from_millis(1),
                patience,
                ..Retry::default()
            },
            ..Connection::default()
        };
        let client = connection.open().unwrap();
        open.push((limits, patience, client.clone()));
        client
    })
}

impl Script {
    fn answer(&mut self, server: &'static str, request: &Request) -> Answer {
        let url: Url = format!("{}{}", self.origins[server], request.path)
            .parse()
            .unwrap();
        let fitting: Vec<usize> = (0..self.steps.len())
            .filter(|index| fits(&self.steps[*index].request, &url, request))
            .collect();
        let unused = || {
            fitting
                .iter()
                .copied()
                .filter(|index| self.steps[*index].used == 0)
        };
        let same = unused().find(|index| same_body(&self.steps[*index].request, request));
        let repeated = || {
            let is_question = matches!(request.method.as_str(), "GET" | "HEAD");
            fitting.last().copied().filter(|_| is_question)
        };
        let Some(index) = same.or_else(|| unused().next()).or_else(repeated) else {
            self.complaints
                .push(format!("nobody expected {} {url}", request.method));
            return Answer::new(599, "");
        };
        let step = &mut self.steps[index];
        step.used += 1;
        if step.used == 1 {
            self.order.push(step.name.clone());
        }
        if let Err(complaint) = compare(&step.request, request) {
            self.complaints.push(format!("{}: {complaint}", step.name));
        }
        step.answer.clone()
    }
}

/// Whether `request` to `url` is the one that a file describes, but for what `compare` looks at.
fn fits(expected: &Value, url: &Url, request: &Request) -> bool {
    let Some(text) = expected["url"].as_str() else {
        return false;
    };
    let mut wanted: Url = text.parse().unwrap();
    for (name, value) in expected["query"].as_object().into_iter().flatten() {
        wanted
            .query_pairs_mut()
            .append_pair(name, value.as_str().unwrap());
    }
    let pairs = |url: &Url| {
        let mut pairs: Vec<_> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), lower_id(&value)))
            .collect();
        pairs.sort();
        pairs
    };
    let range = expected["headers"]["Range"].as_str();
    request.method == expected["method"].as_str().unwrap()
        && wanted.origin() == url.origin()
        && wanted.path() == url.path()
        && pairs(&wanted) == pairs(url)
        && (range.is_none() || request.header("range") == range)
}

/// Ids of keys in lower case and with their leading zeros: servers take both.
fn lower_id(text: &str) -> String {
    match scs_types::keystore::KeySearch::read(text) {
        id @ scs_types::keystore::KeySearch::Id(_) => id.text(),
        scs_types::keystore::KeySearch::Text(text) => text,
    }
}

fn same_body(expected: &Value, request: &Request) -> bool {
    let Some(json) = expected.get("bodyJson") else {
        return false;
    };
    serde_json::from_slice::<Value>(&request.body).is_ok_and(|body| body == *json)
}

fn compare(expected: &Value, request: &Request) -> Result<(), String> {
    let authorization = expected["headers"]["Authorization"].as_str();
    // The scheme alone stands for nobody.
    let authorization = authorization.filter(|text| *text != "Bearer");
    if request.header("authorization") != authorization {
        return Err(format!(
            "Authorization is {:?}",
            request.header("authorization").is_some()
        ));
    }
    for name in ["x-amz-content-sha256", "content-type"] {
        let wanted = expected["headers"].as_object().into_iter().flatten();
        let wanted = wanted
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .find_map(|(_, value)| value.as_str());
        let is_json = request.header(name) == Some("application/json");
        if request.header(name) != wanted && !is_json {
            return Err(format!("{name} is {:?}", request.header(name)));
        }
    }
    let body = corpus::body(expected);
    // Parts of large files are the same or wrong; there is nothing in them to understand.
    if body == request.body || meaning(expected, &body) == meaning(expected, &request.body) {
        return Ok(());
    }
    let sent = String::from_utf8_lossy(&request.body);
    let sent: String = sent.chars().take(400).collect();
    Err(format!("the body is {sent}"))
}

/// What a body says, whatever a client writes around it.
fn meaning(expected: &Value, body: &[u8]) -> Value {
    fn as_read<T: Serialize + DeserializeOwned>(body: &[u8]) -> Value {
        serde_json::to_value(serde_json::from_slice::<T>(body).unwrap()).unwrap()
    }
    let path = expected["url"].as_str().unwrap_or_default();
    let is_new = expected["method"] == "POST";
    match path.rsplit_once('/').map(|(_, last)| last) {
        Some("entities") if is_new => as_read::<NewEntity>(body),
        Some("collections") if is_new => as_read::<NewCollection>(body),
        Some("containers") if is_new => as_read::<NewContainer>(body),
        Some("images") if is_new => as_read::<NewImage>(body),
        Some("add") => form(body),
        _ if expected.get("bodyJson").is_some() => {
            serde_json::from_slice(body).unwrap_or(Value::Null)
        }
        _ => Value::String(sha256(body)),
    }
}

fn form(body: &[u8]) -> Value {
    let mut url: Url = "http://h/".parse().unwrap();
    url.set_query(Some(std::str::from_utf8(body).unwrap()));
    let pairs: Vec<_> = url
        .query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Value::from(pairs)
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A client that trusts one more certificate.
pub(crate) fn trusting(root: Vec<u8>) -> Client {
    provide();
    let connection = Connection {
        proxy: Proxy::None,
        roots: vec![root],
        ..Connection::default()
    };
    connection.open().unwrap()
}
