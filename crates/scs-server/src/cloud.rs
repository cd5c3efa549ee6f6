//! The embedded cloud as the program holds it: opening, users, tokens. What clients ask for is below `routes`.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use fs4::fs_std::FileExt;
use jiff::Timestamp;

use crate::{
    AuditEntry, Error, NewToken, Rule, Settings, TokenEntry, Totals,
    answer::{Answer, Refusal},
    audit, beside,
    blobs::{Blobs, Folder, OWNER_FILE, S3Blobs, Storage, make_folder},
    database::{self, Database, lock},
    maintenance,
    request_id::carried,
    rules, tokens,
    upload::Receiving,
};

/// Whose doing a line of the record is when nobody asked over the network.
pub(crate) const OWNER: &str = "owner";

/// The embedded cloud: library, keystore and tokens. Copies are the same cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) blobs: Box<dyn Blobs>,
    /// Uploads that bytes came for since the start.
    pub(crate) receiving: Mutex<HashMap<String, Arc<Receiving>>>,
    /// Held while a file and its row change together.
    pub(crate) changing_blobs: Mutex<()>,
    /// Held while the file of an upload is there and its row is not yet.
    pub(crate) starting_upload: Mutex<()>,
    /// While it is set, files of deleted images stay for `gc`.
    pub(crate) backing_up: AtomicBool,
    /// Keeps other processes out.
    _lock: File,
}

impl Cloud {
    /// The cloud in the folder of the settings. It is made if there is none.
    ///
    /// # Errors
    ///
    /// The folder cannot be used, another process uses it, or its database is of a newer version.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        let folder = settings.folder.clone();
        make_folder(&folder).map_err(Error::file(&folder))?;
        let held = take_lock(&folder.join("lock"))?;
        let uploads = folder.join("uploads");
        make_folder(&uploads).map_err(Error::file(&uploads))?;
        let database = Database::open(&folder)?;
        let blobs = open_blobs(&settings, &database)?;
        let cloud = Self {
            inner: Arc::new(Inner {
                database,
                blobs,
                receiving: Mutex::default(),
                changing_blobs: Mutex::default(),
                starting_upload: Mutex::default(),
                backing_up: AtomicBool::new(false),
                settings,
                _lock: held,
            }),
        };
        cloud.inner.expire_uploads()?;
        cloud.inner.drop_lost_uploads()?;
        Ok(cloud)
    }

    /// Whether there is a cloud in `folder`.
    #[must_use]
    pub fn is_in(folder: &std::path::Path) -> bool {
        folder.join(database::FILE).is_file()
    }

    /// Makes a user unless there is one of this name.
    ///
    /// # Errors
    ///
    /// Nobody can be called so, or the database fails.
    pub fn ensure_user(&self, name: &str) -> Result<(), Error> {
        let inner = &self.inner;
        beside::ensure_user(&inner.database, &inner.settings.clock, name)
    }

    /// Makes a token for a user. It is good until `expires`, or until it is taken back.
    ///
    /// # Errors
    ///
    /// There is no such user, or the database fails.
    pub fn issue(
        &self,
        user: &str,
        label: &str,
        expires: Option<Timestamp>,
    ) -> Result<NewToken, Error> {
        let inner = &self.inner;
        beside::issue(&inner.database, &inner.settings.clock, user, label, expires)
    }

    /// All tokens, oldest first, without their secrets.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn list(&self) -> Result<Vec<TokenEntry>, Error> {
        self.inner.database.read(tokens::list)
    }

    /// Takes a token back, at once and for good.
    ///
    /// # Errors
    ///
    /// There is no such token, or the database fails.
    pub fn revoke(&self, id: &str) -> Result<(), Error> {
        beside::revoke(&self.inner.database, &self.inner.settings.clock, id)
    }

    /// How much there is.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn totals(&self) -> Result<Totals, Error> {
        self.inner.database.read(maintenance::totals)
    }

    /// The last `most` lines of the record of changes, newest first.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn audit(&self, most: u32) -> Result<Vec<AuditEntry>, Error> {
        self.inner.database.read(|rows| audit::list(rows, most))
    }

    /// Sets a rule for an owner, or for a container by its whole path. Returns whether there is something of this name that
    /// can have it. A user who owns nothing yet can have one before the first push.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn set(&self, name: &str, rule: Rule) -> Result<bool, Error> {
        let inner = &self.inner;
        rules::set(&inner.database, &inner.settings.clock, (name, rule))
    }
}

impl Inner {
    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        (self.settings.clock)().as_millisecond()
    }

    pub(crate) fn upload_path(&self, upload: &str) -> PathBuf {
        self.settings.folder.join("uploads").join(upload)
    }

    /// Runs what waits for the disk where nobody else waits.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let inner = Arc::clone(self);
        match tokio::task::spawn_blocking(carried(move || work(&inner))).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a request failed");
                Err(Refusal::broken())
            }
        }
    }

    pub(crate) fn forget_upload(&self, upload: &str) {
        lock(&self.receiving).remove(upload);
    }

    pub(crate) fn is_backing_up(&self) -> bool {
        self.backing_up.load(Ordering::SeqCst)
    }
}

/// The store of the settings, unless the bytes of this cloud are in another.
fn open_blobs(settings: &Settings, database: &Database) -> Result<Box<dyn Blobs>, Error> {
    let folder = &settings.folder;
    let is_elsewhere = folder.join(OWNER_FILE).exists();
    match &settings.storage {
        Storage::Folder if is_elsewhere => Err(Error::OtherStorage),
        Storage::Folder => Ok(Box::new(Folder::open(folder.join("blobs"))?)),
        Storage::S3(_) if !is_elsewhere && has_blobs(database)? => Err(Error::OtherStorage),
        Storage::S3(place) => Ok(Box::new(S3Blobs::open(place, folder)?)),
    }
}

fn has_blobs(database: &Database) -> Result<bool, Error> {
    database.read(|rows| {
        let found = rows.query_row("SELECT EXISTS (SELECT 1 FROM blobs)", [], |row| row.get(0));
        Ok(found?)
    })
}

fn take_lock(path: &std::path::Path) -> Result<File, Error> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Error::file(path))?;
    match FileExt::try_lock_exclusive(&file) {
        Ok(true) => Ok(file),
        Ok(false) => Err(Error::InUse(path.to_owned())),
        Err(source) => Err(Error::file(path)(source)),
    }
}
