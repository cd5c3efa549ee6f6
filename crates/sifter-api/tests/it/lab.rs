//! A remote of an institute: the real server, on this machine; and a person with a keychain that outlives a restart.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use scs_server::{Cloud, Settings, bind_loopback};
use secrecy::ExposeSecret as _;
use sifter_api::{
    Clock, Homes, Secret, Sifter,
    keychain::MemoryKeychain,
    remotes::{KeepLogin, LoginView, NewRemote, RemoteView},
    units::RemoteId,
};
use sifter_testkit::TempHome;
use tokio::{sync::oneshot, task::JoinHandle};

/// A remote with all services, without encryption as it is on this machine.
pub(crate) struct Lab {
    pub(crate) cloud: Cloud,
    pub(crate) address: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    _folder: TempHome,
}

impl Lab {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// One with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempHome::new();
        let mut settings = Settings::new(folder.path().join("cloud"));
        change(&mut settings);
        let cloud = Cloud::open(settings).unwrap();
        cloud.ensure_user("anna").unwrap();
        let listeners = bind_loopback(0).await.unwrap();
        let address = format!("127.0.0.1:{}", listeners[0].local_addr().unwrap().port());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = cloud.clone();
        let served = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            served.serve(listeners, until).await.unwrap();
        });
        Self {
            cloud,
            address,
            stop,
            served,
            _folder: folder,
        }
    }

    /// Ends it; nobody answers at its address afterwards.
    pub(crate) async fn end(self) {
        let _ = self.stop.send(());
        self.served.await.unwrap();
    }

    /// A token that is good until it is taken back.
    pub(crate) fn token(&self) -> String {
        self.named_token().1
    }

    /// Its name and the token.
    pub(crate) fn named_token(&self) -> (String, String) {
        let token = self.cloud.issue("anna", "test", None).unwrap();
        (token.id, token.secret.expose_secret().to_owned())
    }
}

/// A person with a home and a keychain.
pub(crate) struct Person {
    pub(crate) home: TempHome,
    pub(crate) keychain: Arc<MemoryKeychain>,
    pub(crate) sifter: Sifter,
    environment: HashMap<String, OsString>,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self::with_environment(HashMap::new())
    }

    pub(crate) fn with_environment(environment: HashMap<String, OsString>) -> Self {
        let home = TempHome::new();
        let keychain = Arc::new(MemoryKeychain::default());
        let sifter = start(home.path(), &keychain, &environment);
        Self {
            home,
            keychain,
            sifter,
            environment,
        }
    }

    /// Quits and starts again: what is in memory only is gone.
    pub(crate) fn restart(self) -> Self {
        let Self {
            home,
            keychain,
            sifter,
            environment,
        } = self;
        drop(sifter);
        let sifter = start(home.path(), &keychain, &environment);
        Self {
            home,
            keychain,
            sifter,
            environment,
        }
    }

    /// A second program of the same person.
    pub(crate) fn another(&self) -> Sifter {
        start(self.home.path(), &self.keychain, &self.environment)
    }

    /// The list of remotes that the command line has.
    pub(crate) fn file(&self) -> PathBuf {
        self.home.path().join("home/.singularity/remote.yaml")
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap_or_default()
    }

    pub(crate) fn write(&self, text: &str) {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        fs::write(self.file(), text).unwrap();
    }

    /// Adds a remote on this machine.
    pub(crate) async fn add(&self, name: &str, address: &str) -> RemoteId {
        self.sifter.add_remote(plain(name, address)).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, id: &RemoteId, token: &str) -> LoginView {
        self.sifter
            .sign_in(id.clone(), Secret::new(token.into()), KeepLogin::Keychain)
            .await
            .unwrap()
    }

    pub(crate) async fn view(&self, id: &RemoteId) -> RemoteView {
        let all = self.sifter.list_remotes().await.unwrap();
        let mut remotes = all.remotes.into_iter();
        remotes.find(|remote| remote.id == *id).unwrap()
    }
}

/// A remote that is marked for plain http.
pub(crate) fn plain(name: &str, address: &str) -> NewRemote {
    NewRemote {
        name: name.into(),
        address: address.into(),
        is_plain_http: true,
        make_active: false,
    }
}

fn start(
    home: &Path,
    keychain: &Arc<MemoryKeychain>,
    environment: &HashMap<String, OsString>,
) -> Sifter {
    let mut homes = Homes::below(home);
    homes.environment.clone_from(environment);
    Sifter::start(homes, Arc::clone(keychain) as _, Clock::system()).unwrap()
}

/// All files below a folder that have `text` in them.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        {
            found.push(path);
        }
    }
    found
}
