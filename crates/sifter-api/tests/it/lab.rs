//! A remote of an institute: the real server, on this machine; and a person with a keychain that outlives a restart.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
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
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::JoinHandle,
};

/// A remote with all services, without encryption as it is on this machine.
pub(crate) struct Lab {
    pub(crate) cloud: Cloud,
    pub(crate) address: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    folder: TempHome,
}

impl Lab {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// One at the far end of a line, which is where it is reached.
    pub(crate) async fn at_a_line() -> (Self, Line) {
        // Another address of this machine: the port is the same, as the server looks at the port that it is asked at.
        let near = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = near.local_addr().unwrap().port();
        let far = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), port));
        let listener = TcpListener::bind(far).await.unwrap();
        let lab = Self::serve(port, vec![listener], |_| {});
        (lab, Line::lay(near, far))
    }

    /// One with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let listeners = bind_loopback(0).await.unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        Self::serve(port, listeners, change)
    }

    fn serve(port: u16, listeners: Vec<TcpListener>, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempHome::new();
        let mut settings = Settings::new(folder.path().join("cloud"));
        change(&mut settings);
        let cloud = Cloud::open(settings).unwrap();
        cloud.ensure_user("anna").unwrap();
        let address = format!("127.0.0.1:{port}");
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
            folder,
        }
    }

    /// Ends it; nobody answers at its address afterwards.
    pub(crate) async fn end(self) {
        let _ = self.stop.send(());
        self.served.await.unwrap();
    }

    /// Where it keeps its things.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("cloud")
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

/// A line to a server: while it is cut, whoever connects is turned away, and whoever is connected is cut off.
pub(crate) struct Line {
    up: watch::Sender<bool>,
    /// Connections that were made.
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Line {
    fn lay(near: TcpListener, far: SocketAddr) -> Self {
        let (up, seen) = watch::channel(true);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((mut client, _)) = near.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let mut seen = seen.clone();
                if !*seen.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(far).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = seen.wait_for(|up| !up) => {}
                    }
                });
            }
        });
        Self { up, asked, serving }
    }

    pub(crate) fn cut(&self) {
        self.up.send(false).unwrap();
    }

    pub(crate) fn mend(&self) {
        self.up.send(true).unwrap();
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A person with a home and a keychain.
pub(crate) struct Person {
    pub(crate) home: TempHome,
    pub(crate) keychain: Arc<MemoryKeychain>,
    pub(crate) sifter: Sifter,
    environment: HashMap<String, OsString>,
    clock: Clock,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self::with_environment(HashMap::new())
    }

    /// One whose pauses before another try are over at once.
    pub(crate) fn without_waiting() -> Self {
        Self::with(HashMap::new(), Clock::system().without_waiting())
    }

    pub(crate) fn with_environment(environment: HashMap<String, OsString>) -> Self {
        Self::with(environment, Clock::system())
    }

    fn with(environment: HashMap<String, OsString>, clock: Clock) -> Self {
        let home = TempHome::new();
        let keychain = Arc::new(MemoryKeychain::default());
        let sifter = start(home.path(), &keychain, &environment, &clock);
        Self {
            home,
            keychain,
            sifter,
            environment,
            clock,
        }
    }

    /// Quits and starts again: what is in memory only is gone.
    pub(crate) fn restart(self) -> Self {
        let Self {
            home,
            keychain,
            sifter,
            environment,
            clock,
        } = self;
        drop(sifter);
        let sifter = start(home.path(), &keychain, &environment, &clock);
        Self {
            home,
            keychain,
            sifter,
            environment,
            clock,
        }
    }

    /// A second program of the same person.
    pub(crate) fn another(&self) -> Sifter {
        start(
            self.home.path(),
            &self.keychain,
            &self.environment,
            &self.clock,
        )
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
    clock: &Clock,
) -> Sifter {
    let mut homes = Homes::below(home);
    homes.environment.clone_from(environment);
    Sifter::start(homes, Arc::clone(keychain) as _, clock.clone()).unwrap()
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
