//! A session bus, a keychain and a notification server, private to one test.

use std::{
    collections::HashMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use zbus::{Connection, conn, interface, object_server::SignalEmitter, proxy, zvariant};

use super::{Environment, process::Group, wait_until};

/// Which keychain the session has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keychain {
    Unlocked,
    Locked,
    None,
}

const BUS_NAME_OF_SECRETS: &str = "org.freedesktop.secrets";

/// A bus without services that start by themselves: what is there, was put there.
pub(crate) fn start_bus(folder: &Path) -> (Group, String) {
    let configuration = folder.join("bus.conf");
    let text = format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
         <busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
         <allow own=\"*\"/></policy></busconfig>",
        folder.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let mut command = Command::new("dbus-daemon");
    command
        .arg("--nofork")
        .arg("--print-address=1")
        .arg(format!("--config-file={}", configuration.display()));
    let (group, address) = Group::start_and_read_line(&mut command);
    (group, address.expect("the bus says its address"))
}

/// Starts gnome-keyring, unlocked by its passphrase, and locks it again if asked to.
pub(crate) async fn start_keychain(
    environment: &Environment,
    bus: &Connection,
    keychain: Keychain,
) -> Group {
    let mut command = environment.command("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    let mut group = Group::start(
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    group
        .child()
        .stdin
        .take()
        .unwrap()
        .write_all(b"keychain passphrase")
        .unwrap();
    wait_until("the keychain is on the bus", async || {
        has_owner(bus, BUS_NAME_OF_SECRETS).await
    })
    .await;
    let secrets = SecretsProxy::new(bus).await.unwrap();
    wait_until("the keychain has a collection", async || {
        default_collection(&secrets).await.is_some()
    })
    .await;
    if keychain == Keychain::Locked {
        let collection = default_collection(&secrets).await.unwrap();
        secrets.lock(&[collection]).await.unwrap();
    }
    group
}

async fn has_owner(bus: &Connection, name: &str) -> bool {
    let daemon = zbus::fdo::DBusProxy::new(bus).await.unwrap();
    daemon
        .name_has_owner(name.try_into().unwrap())
        .await
        .unwrap_or(false)
}

async fn default_collection(secrets: &SecretsProxy<'_>) -> Option<zvariant::OwnedObjectPath> {
    let alias = secrets.read_alias("default").await.ok()?;
    (alias.as_str() != "/").then_some(alias)
}

#[proxy(
    interface = "org.freedesktop.Secret.Service",
    default_service = "org.freedesktop.secrets",
    default_path = "/org/freedesktop/secrets"
)]
trait Secrets {
    fn lock(
        &self,
        objects: &[zvariant::OwnedObjectPath],
    ) -> zbus::Result<(Vec<zvariant::OwnedObjectPath>, zvariant::OwnedObjectPath)>;
    fn read_alias(&self, name: &str) -> zbus::Result<zvariant::OwnedObjectPath>;
}

/// A notification that was shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) body: String,
}

/// A server that shows nothing and remembers everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notifications(Arc<Mutex<Vec<Shown>>>);

impl Notifications {
    const PATH: &'static str = "/org/freedesktop/Notifications";

    /// Serves on the bus at `address` for as long as the returned connection lives.
    pub(crate) async fn serve(&self, address: &str) -> Connection {
        let builder = conn::Builder::address(address).unwrap();
        builder
            .serve_at(Self::PATH, self.clone())
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .build()
            .await
            .unwrap()
    }

    /// What was shown until now.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.0.lock().unwrap().clone()
    }

    /// Clicks on a notification.
    pub(crate) async fn click(bus: &Connection, id: u32) {
        let server = bus
            .object_server()
            .interface::<_, Self>(Self::PATH)
            .await
            .unwrap();
        Self::action_invoked(server.signal_emitter(), id, "default")
            .await
            .unwrap();
    }
}

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "the interface is a standard")]
    fn notify(
        &self,
        _app_name: String,
        _replaces: u32,
        _icon: String,
        title: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, zvariant::OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut shown = self.0.lock().unwrap();
        let id = u32::try_from(shown.len()).unwrap() + 1;
        shown.push(Shown { id, title, body });
        id
    }

    fn close_notification(&self, _id: u32) {}

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into(), "actions".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".into(), "Sifter".into(), "1".into(), "1.2".into())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, key: &str) -> zbus::Result<()>;
}
