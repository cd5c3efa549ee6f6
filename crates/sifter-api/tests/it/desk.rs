//! A Sifter in a temporary home, with everything that a test needs at hand.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sif_keys::SecretCertificate;
use sifter_api::{
    Clock, Homes, Secret, Sifter,
    images::{ImageView, SignPlanView},
    keychain::MemoryKeychain,
    keys::{Comparison, ImportSource, KeepPassphrase},
    sign::{SignRequest, SignWhat},
    tasks::{TaskOutcome, TaskState, TaskView},
    units::{ImageId, TaskId, Timestamp},
    verdict::VerdictView,
};
use sifter_testkit::{TempHome, images};

/// Long enough for a busy machine; only a failure waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The present in tests: 1 January 2025, 12:00.
pub(crate) const NOW: i64 = 1_735_732_800;

pub(crate) struct Desk {
    pub(crate) home: TempHome,
    pub(crate) sifter: Sifter,
    pub(crate) keychain: Arc<MemoryKeychain>,
    time: Arc<AtomicI64>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::in_home(TempHome::new())
    }

    pub(crate) fn in_home(home: TempHome) -> Self {
        let homes = Homes::below(home.path());
        Self::with_homes(home, homes)
    }

    /// One that takes a lock of another program for held as soon as it has asked often enough.
    pub(crate) fn without_waiting() -> Self {
        let home = TempHome::new();
        let homes = Homes::below(home.path());
        Self::with_clock(home, homes, Clock::without_waiting)
    }

    pub(crate) fn with_homes(home: TempHome, homes: Homes) -> Self {
        Self::with_clock(home, homes, |clock| clock)
    }

    fn with_clock(home: TempHome, homes: Homes, change: fn(Clock) -> Clock) -> Self {
        let keychain = Arc::new(MemoryKeychain::default());
        let time = Arc::new(AtomicI64::new(NOW));
        let shown = Arc::clone(&time);
        let clock =
            Clock::from_fn(move || Timestamp(shown.load(Ordering::SeqCst)).to_system_time());
        let sifter = Sifter::start(homes, Arc::clone(&keychain) as _, change(clock)).unwrap();
        Self {
            home,
            sifter,
            keychain,
            time,
        }
    }

    /// Quits and starts again in the same home.
    pub(crate) fn restart(self) -> Self {
        let Self { home, sifter, .. } = self;
        drop(sifter);
        Self::in_home(home)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Writes a file and puts it into the list.
    pub(crate) async fn image(&self, name: &str, bytes: &[u8]) -> ImageId {
        let path = self.home.file(name);
        images::put(&path, bytes);
        self.open(&path).await
    }

    pub(crate) async fn open(&self, path: &Path) -> ImageId {
        self.sifter.add_image(path.to_path_buf()).await.unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.file(name)
    }

    /// Imports a key with its secret part, so that it is an own one. Returns its fingerprint.
    pub(crate) async fn own(&self, key: &SecretCertificate) -> String {
        self.import(key.to_armored().to_string()).await;
        key.fingerprint().to_string()
    }

    /// Imports the public part of a key. Returns its fingerprint.
    pub(crate) async fn other(&self, key: &SecretCertificate) -> String {
        self.import(key.certificate().to_armored()).await;
        key.fingerprint().to_string()
    }

    pub(crate) async fn import(&self, text: String) -> Vec<String> {
        let plan = self
            .sifter
            .plan_key_import(ImportSource::Text(text))
            .await
            .unwrap();
        self.sifter
            .run_key_import(plan.plan, None)
            .await
            .unwrap()
            .taken
    }

    pub(crate) async fn trust(&self, fingerprint: &str) {
        self.sifter
            .trust_key(fingerprint.into(), Comparison::Pasted)
            .await
            .unwrap();
    }

    pub(crate) async fn plan(
        &self,
        images: &[ImageId],
        fingerprint: &str,
        copy: bool,
    ) -> SignPlanView {
        let request = SignRequest {
            images: images.to_vec(),
            fingerprint: fingerprint.into(),
            what: SignWhat::All,
            copy,
        };
        self.sifter.plan_signing(request).await.unwrap()
    }

    /// Signs all of an image, in place.
    pub(crate) async fn sign(&self, image: ImageId, fingerprint: &str) -> TaskView {
        let plan = self.plan(&[image], fingerprint, false).await;
        let task = self
            .sifter
            .run_signing(
                plan.plan,
                Some(passphrase()),
                KeepPassphrase::ThisAction,
                true,
            )
            .await
            .unwrap();
        self.ended(task).await
    }

    pub(crate) async fn verify(&self, image: ImageId) -> VerdictView {
        let task = self.sifter.verify_images(vec![image]).await.unwrap();
        let task = self.ended(task).await;
        match &task.state {
            TaskState::Done {
                outcome: TaskOutcome::Verified { items },
            } => {
                assert_eq!(items[0].error, None, "verified without an error");
            }
            other => panic!("{other:?}"),
        }
        self.sifter
            .get_verdict(image)
            .await
            .unwrap()
            .expect("a verdict that holds")
    }

    pub(crate) async fn inspect(&self, image: ImageId) -> ImageView {
        self.sifter.inspect_image(image).await.unwrap()
    }

    /// Waits for the end of all tasks and returns this one.
    pub(crate) async fn ended(&self, task: TaskId) -> TaskView {
        assert!(
            self.sifter.wait_for_tasks(PATIENCE).await.unwrap(),
            "tasks end"
        );
        self.sifter.get_task(task).await.unwrap()
    }
}

pub(crate) fn passphrase() -> Secret {
    Secret::new(sifter_testkit::keys::PASSPHRASE.into())
}

/// Returns the code as it crosses to a front end.
pub(crate) fn code(error: &sifter_api::ApiError) -> String {
    serde_json::to_value(error.code)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}
