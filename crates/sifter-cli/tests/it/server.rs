//! A cloud of this process, for the program to talk to.

use std::{path::PathBuf, thread::JoinHandle};

use scs_server::{Cloud, Settings, bind_loopback};
use secrecy::ExposeSecret as _;
use sifter_testkit::TempHome;
use tokio::{runtime::Runtime, sync::oneshot};

use crate::shell::Shell;

/// A running cloud with the user `alice`.
pub(crate) struct Server {
    pub(crate) cloud: Cloud,
    pub(crate) port: u16,
    pub(crate) token: String,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    // Goes last: the others use it.
    _folder: TempHome,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = TempHome::new();
        let cloud = Cloud::open(Settings::new(folder.path().join("cloud"))).unwrap();
        cloud.ensure_user("alice").unwrap();
        let token = cloud.issue("alice", "test", None).unwrap();
        let runtime = Runtime::new().unwrap();
        let listeners = runtime.block_on(bind_loopback(0)).unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = std::thread::spawn({
            let cloud = cloud.clone();
            move || {
                let stopped = async {
                    let _ = stopped.await;
                };
                runtime.block_on(cloud.serve(listeners, stopped)).unwrap();
            }
        });
        Self {
            cloud,
            port,
            token: token.secret.expose_secret().to_owned(),
            stop: Some(stop),
            serving: Some(serving),
            _folder: folder,
        }
    }

    /// Makes it the remote `lab` of the shell, and puts its token into the file `token`.
    pub(crate) fn be_remote_of(&self, shell: &Shell) -> PathBuf {
        let ran = shell.line(&format!(
            "remote add --insecure --no-login lab {}",
            self.address()
        ));
        assert_eq!(ran.code, 0, "{ran:?}");
        let ran = shell.line("remote use lab");
        assert_eq!(ran.code, 0, "{ran:?}");
        shell.put("token", format!("{}\n", self.token))
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}
