//! A library in the neighbourhood: a cloud as another machine would serve it, with a person and a token of its own.

use std::net::Ipv4Addr;

use scs_server::{Cloud, Settings, bind_loopback};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::line::Line;

/// Whose account it is.
pub(crate) const ACCOUNT: &str = "ruiz";

/// A running library; gone with it.
#[derive(Debug)]
pub(crate) struct Lab {
    address: String,
    token: String,
    cloud: Cloud,
    token_id: String,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Lab {
    /// Starts it on a free port of this machine.
    pub(crate) async fn start() -> Self {
        let listeners = bind_loopback(0).await.unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        Self::serve(port, listeners)
    }

    /// Starts it at the far end of a line, which is where it is reached.
    pub(crate) async fn start_at_a_line() -> (Self, Line) {
        // Another address of this machine: the port is the same, as the library looks at the port that it is asked at.
        let (line, far) = Line::lay(Ipv4Addr::new(127, 0, 0, 2)).await;
        let listener = TcpListener::bind(far).await.unwrap();
        (Self::serve(line.port(), vec![listener]), line)
    }

    fn serve(port: u16, listeners: Vec<TcpListener>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cloud = Cloud::open(Settings::new(folder.path())).unwrap();
        cloud.ensure_user(ACCOUNT).unwrap();
        let token = cloud.issue(ACCOUNT, "a journey", None).unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = cloud.clone();
        let serving = tokio::spawn(async move {
            let until = async {
                // Ends also when the sender is gone.
                let _ = stopped.await;
            };
            served.serve(listeners, until).await.unwrap();
        });
        Self {
            address: format!("127.0.0.1:{port}"),
            token: token.secret.expose_secret().to_owned(),
            cloud,
            token_id: token.id,
            stop: Some(stop),
            serving: Some(serving),
            _folder: folder,
        }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A token of the account.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Makes the token worthless.
    pub(crate) fn revoke(&self) {
        self.cloud.revoke(&self.token_id).unwrap();
    }

    /// Makes another token of the account.
    pub(crate) fn another_token(&self) -> String {
        let token = self.cloud.issue(ACCOUNT, "another", None).unwrap();
        token.secret.expose_secret().to_owned()
    }

    /// Ends it, so that it can no longer be reached.
    pub(crate) async fn stop(&mut self) {
        self.stop.take();
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }
}
