//! Our own server on a port of this machine.

use std::path::Path;

use scs_client::{Client, Keyserver, Library, Login, Services, Tokens, discover, frontend_url};
use scs_server::{Cloud, Settings, bind_loopback};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::world::open;

/// A running server with the users `alice` and `bob`.
pub(crate) struct Service {
    pub(crate) cloud: Cloud,
    pub(crate) client: Client,
    pub(crate) services: Services,
    folder: TempDir,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Service {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cloud = Cloud::open(Settings::new(folder.path().join("cloud"))).unwrap();
        cloud.ensure_user("alice").unwrap();
        cloud.ensure_user("bob").unwrap();
        let listeners = bind_loopback(0).await.unwrap();
        let address = listeners[0].local_addr().unwrap();
        let serving = {
            let cloud = cloud.clone();
            tokio::spawn(async move {
                cloud
                    .serve(listeners, std::future::pending())
                    .await
                    .unwrap();
            })
        };
        let client = open(transfer::Limits::default());
        let frontend = frontend_url(&address.to_string(), true).unwrap();
        let services = discover(&client, &frontend).await.unwrap();
        Self {
            cloud,
            client,
            services,
            folder,
            serving,
        }
    }

    pub(crate) fn token(&self, user: &str) -> SecretString {
        self.cloud.issue(user, "test", None).unwrap().secret
    }

    fn login(&self, user: &str) -> Option<Login> {
        (!user.is_empty()).then(|| Login::Token(self.token(user)))
    }

    /// The library as a user sees it, or nobody in particular.
    pub(crate) fn library(&self, user: &str) -> Library {
        let uri = self.services.library().unwrap();
        Library::new(&self.client, uri, self.login(user)).unwrap()
    }

    pub(crate) fn tokens(&self, token: Option<SecretString>) -> Tokens {
        let uri = self.services.token().unwrap();
        Tokens::new(&self.client, uri, token.map(Login::Token)).unwrap()
    }

    pub(crate) fn keyserver(&self, user: &str) -> Keyserver {
        let uri = self.services.keystore().unwrap();
        Keyserver::new(&self.client, uri, self.login(user)).unwrap()
    }

    /// The files of uploads that are not done.
    pub(crate) fn open_uploads(&self) -> usize {
        entries(&self.folder.path().join("cloud/uploads"))
    }
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}
