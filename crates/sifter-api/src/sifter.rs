//! The one object that a front end holds.

use std::sync::{Arc, Mutex};

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::{
    Result,
    error::ApiError,
    events::{ApiEvent, EventStream, Listeners},
    homes::{Clock, Homes},
    images::{Drops, Watch},
    keychain::Keychain,
    keys::{ImportPlans, Unlocked},
    library::LibraryState,
    network::Network,
    profile::Profile,
    remotes::RemotesState,
    settings::{SettingsFile, SettingsView},
    sign::Plans,
    store::Store,
    tasks::Tasks,
};

/// Everything that a user can ask for. A clone is cheap and means the same.
#[derive(Clone, Debug)]
pub struct Sifter {
    pub(crate) inner: Arc<Inner>,
}

/// What all functions share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) homes: Homes,
    pub(crate) keychain: Arc<dyn Keychain>,
    pub(crate) clock: Clock,
    pub(crate) listeners: Listeners,
    pub(crate) store: Store,
    pub(crate) settings: Mutex<SettingsFile>,
    pub(crate) profile: Mutex<Option<Profile>>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) drops: Drops,
    pub(crate) watch: Watch,
    pub(crate) imports: ImportPlans,
    pub(crate) plans: Plans,
    pub(crate) unlocked: Unlocked,
    pub(crate) library: LibraryState,
    pub(crate) network: Network,
    pub(crate) remotes: RemotesState,
    pub(crate) keyring_seen: Mutex<Option<String>>,
    /// That the settings were damaged and are new.
    pub(crate) settings_notices: Vec<ApiError>,
}

impl Sifter {
    /// Returns Sifter at work in `homes`. Reads settings, starts no program and opens no connection; the database is
    /// opened when something asks for it.
    ///
    /// # Errors
    /// A damaged settings file cannot be moved aside.
    pub fn start(homes: Homes, keychain: Arc<dyn Keychain>, clock: Clock) -> Result<Self> {
        let (settings, settings_notices) =
            SettingsFile::read(&homes.config.join("settings.json"), &homes.policy)?;
        let store = Store::below(&homes.data);
        let inner = Inner {
            homes,
            keychain,
            clock,
            listeners: Listeners::default(),
            store,
            settings: Mutex::new(settings),
            profile: Mutex::default(),
            tasks: Arc::default(),
            drops: Drops::default(),
            watch: Watch::default(),
            imports: ImportPlans::default(),
            plans: Plans::default(),
            unlocked: Unlocked::default(),
            library: LibraryState::default(),
            network: Network::default(),
            remotes: RemotesState::default(),
            keyring_seen: Mutex::default(),
            settings_notices,
        };
        let sifter = Self {
            inner: Arc::new(inner),
        };
        sifter.inner.tasks.belong_to(&sifter);
        Ok(sifter)
    }

    /// Begins what the first picture waits for, on a thread of its own: opens the database and finds the command line.
    /// A window calls this before it is made. What fails is told to whoever asks next.
    pub fn warm_up(&self) {
        let sifter = self.clone();
        let work = move || {
            if let Err(error) = sifter.inner.store.open() {
                tracing::warn!(code = ?error.code, "the database could not be opened ahead");
            }
            sifter.profile();
        };
        // Without a thread it is done when it is asked for.
        let _ = std::thread::Builder::new()
            .name("warm up".into())
            .spawn(work);
    }

    /// Begins to watch folders and keyrings, and lets unfinished transfers go on. A command line that runs once does not call this.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn watch(&self) -> Result<()> {
        self.off(|sifter| {
            sifter.inner.watch.start(sifter);
            for folder in sifter.inner.store.folders()? {
                sifter.inner.watch.watch_path(&folder.path);
            }
            sifter.look_at_keyrings();
            let profile = sifter.profile();
            for folder in [&profile.keyring_folder, &profile.config_folder] {
                sifter.inner.watch.watch_path(folder);
            }
            sifter.inner.tasks.go_on()
        })
        .await
    }

    /// Returns a stream of everything that happens from now on.
    #[must_use]
    pub fn events(&self) -> EventStream {
        self.inner.listeners.subscribe()
    }

    /// Returns the folders that Sifter uses.
    #[must_use]
    pub fn homes(&self) -> &Homes {
        &self.inner.homes
    }

    pub(crate) fn tell(&self, event: &ApiEvent) {
        self.inner.listeners.send(event);
    }

    /// Does what a change of settings asks for beyond keeping it.
    pub(crate) fn settings_took_effect(&self, settings: &SettingsView) {
        self.inner.library.take_settings(&settings.settings);
        self.inner.tasks.look_for_room();
        let before = crate::lock(&self.inner.profile).take();
        if before.is_some_and(|before| before != self.profile()) {
            self.tell(&ApiEvent::KeysChanged);
        }
    }

    /// Runs blocking `work` off the async threads. Where there is only one thread it runs at once: whoever has a
    /// runtime like that, a command line, waits for the answer and for nothing else.
    pub(crate) async fn off<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return work(self);
        }
        let sifter = self.clone();
        tokio::task::spawn_blocking(move || work(&sifter)).await?
    }
}
