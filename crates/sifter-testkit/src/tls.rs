//! Servers that prove who they are by a certificate of their own: one that always says the same, and one that stands in
//! front of another server, as a proxy does that ends TLS.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring::default_provider, pki_types::PrivatePkcs8KeyDer},
    server::TlsStream,
};

/// A server with a certificate. It ends when it is dropped.
#[derive(Debug)]
pub struct TlsServer {
    /// Where it listens, on this machine.
    pub port: u16,
    /// Its certificate, as a file of authorities has it.
    pub certificate: String,
    task: JoinHandle<()>,
}

impl TlsServer {
    /// One that answers everybody with `answer`, head and body, and is called `name` until `year`.
    ///
    /// # Panics
    ///
    /// If no port of this machine can be had.
    pub async fn answering(name: &str, year: i32, answer: String) -> Self {
        Self::start(&[name], year, move |stream| tell(stream, answer.clone())).await
    }

    /// One that stands in front of a server of this machine, and passes on every byte.
    ///
    /// # Panics
    ///
    /// If no port of this machine can be had.
    pub async fn before(port: u16, names: &[&str]) -> Self {
        Self::start(names, 2100, move |stream| pass_on(stream, port)).await
    }

    async fn start<F>(
        names: &[&str],
        year: i32,
        serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let (acceptor, certificate) = identity(names, year);
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a port of this machine");
        let port = listener.local_addr().expect("a bound port").port();
        let task = tokio::spawn(async move {
            // Its tasks end with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // Who does not trust it says so and goes.
                if let Ok(stream) = acceptor.accept(stream).await {
                    let serving = serve(stream);
                    connections.spawn(async move {
                        let _ = serving.await;
                    });
                }
            }
        });
        Self {
            port,
            certificate,
            task,
        }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn identity(names: &[&str], year: i32) -> (TlsAcceptor, String) {
    let key = KeyPair::generate().expect("a new key");
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(year, 1, 1);
    let certificate = params.self_signed(&key).expect("a certificate");
    let secret = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret.into())
        .expect("a certificate and its key");
    (TlsAcceptor::from(Arc::new(config)), certificate.pem())
}

async fn tell(mut stream: TlsStream<TcpStream>, answer: String) -> std::io::Result<()> {
    let mut head = [0; 4096];
    let _ = stream.read(&mut head).await?;
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

async fn pass_on(mut outside: TlsStream<TcpStream>, port: u16) -> std::io::Result<()> {
    let mut inside = TcpStream::connect(("127.0.0.1", port)).await?;
    copy_bidirectional(&mut outside, &mut inside)
        .await
        .map(drop)
}
