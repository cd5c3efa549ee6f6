//! What goes wrong on the way to a server: names, certificates, proxies, and servers that do not serve.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use sifter_api::ApiError;
use sifter_testkit::{
    faults,
    http::{Answer, HttpServer},
};

use crate::{
    lab::{Person, plain},
    tls::frontend,
};

const FRONTEND: &str = "lab.example.org";

async fn probe(person: &Person, address: String) -> Option<ApiError> {
    person.sifter.probe_remote(address, false).await.err()
}

/// Asks a frontend at `localhost` with a certificate for `name`, whose authority is known if `is_known`.
async fn probe_tls(name: &str, year: i32, is_known: bool) -> Option<ApiError> {
    let server = frontend(name, year).await;
    let person = Person::new();
    if is_known {
        let path = person.home.file("site.pem");
        fs::write(&path, &server.certificate).unwrap();
        person.sifter.use_ca_file(path).await.unwrap();
    }
    probe(&person, format!("localhost:{}", server.port)).await
}

pub(super) async fn other_name() -> Option<ApiError> {
    probe_tls("elsewhere.example.org", 2100, true).await
}

pub(super) async fn unknown_issuer() -> Option<ApiError> {
    probe_tls("localhost", 2100, false).await
}

pub(super) async fn expired_certificate() -> Option<ApiError> {
    probe_tls("localhost", 2001, true).await
}

pub(super) async fn proxy_refuses() -> Option<ApiError> {
    let proxy = HttpServer::start(|_| Answer::new(407, "")).await;
    let person = Person::new();
    let mut settings = person.sifter.get_settings().await.unwrap().settings;
    settings.proxy = proxy.url("").trim_end_matches('/').to_owned();
    person.sifter.change_settings(settings).await.unwrap();
    probe(&person, FRONTEND.to_owned()).await
}

pub(super) async fn nobody_listens() -> Option<ApiError> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap().to_string();
    drop(port);
    probe(&Person::new(), address).await
}

/// A library that answers its discovery, and everything else as `answer` says.
pub(super) async fn library_server(
    answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
) -> HttpServer {
    HttpServer::start(move |request| {
        let base = format!("http://{}", request.header("host").unwrap_or_default());
        match request.path.as_str() {
            "/assets/config/config.prod.json" => {
                Answer::new(200, format!("{{\"libraryAPI\":{{\"uri\":\"{base}\"}}}}"))
            }
            path => answer(path),
        }
    })
    .await
}

async fn library_that_says(answer: Answer) -> Option<ApiError> {
    let server = library_server(move |_| answer.clone()).await;
    let person = Person::new();
    let remote = person
        .sifter
        .add_remote(plain("Lab", &server.url("")))
        .await;
    let listed = person
        .sifter
        .list_library(remote.unwrap(), String::new())
        .await;
    listed.err()
}

pub(super) async fn server_fails() -> Option<ApiError> {
    library_that_says(Answer::new(500, "")).await
}

pub(super) async fn too_many_requests() -> Option<ApiError> {
    library_that_says(Answer::new(429, "").with("Retry-After", 0)).await
}

/// Without any network.
pub(super) async fn offline() -> Option<ApiError> {
    in_namespace("exec \"$@\"").await
}

/// With a network, where no name server answers: the way to all others leads back here.
pub(super) async fn unknown_host() -> Option<ApiError> {
    in_namespace(
        "set -e
        ip link set lo up
        ip route add 192.0.2.0/24 dev lo
        echo nameserver 127.0.0.1 > \"$SIFTER_TEST_ANSWER.resolv\"
        mount --bind \"$SIFTER_TEST_ANSWER.resolv\" /etc/resolv.conf
        exec \"$@\"",
    )
    .await
}

/// Where the child writes the error that it met.
const ANSWER: &str = "SIFTER_TEST_ANSWER";

/// Has [`a_program_without_the_usual_network`] ask from a network of its own that `setup` prepares.
async fn in_namespace(setup: &'static str) -> Option<ApiError> {
    let home = sifter_testkit::TempHome::new();
    let answer = home.file("answer.json");
    let mut command = Command::new("unshare");
    command
        .args([
            "--map-root-user",
            "--net",
            "--mount",
            "sh",
            "-c",
            setup,
            "sh",
        ])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "causes::network::a_program_without_the_usual_network",
        ])
        .env(ANSWER, &answer)
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    match output.unwrap() {
        Ok(output) if answer.is_file() => {
            assert!(output.status.success(), "{output:?}");
            let text = fs::read_to_string(&answer).unwrap();
            Some(serde_json::from_str(&text).unwrap())
        }
        failed => {
            faults::skip("a network of one's own", &format!("{failed:?}"));
            None
        }
    }
}

/// The child of the causes above. By itself it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_the_usual_network() {
    let Some(answer) = std::env::var_os(ANSWER).map(PathBuf::from) else {
        return;
    };
    let error = probe(&Person::new(), FRONTEND.to_owned()).await;
    fs::write(answer, serde_json::to_string(&error.unwrap()).unwrap()).unwrap();
}
