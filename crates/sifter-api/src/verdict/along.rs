//! Verifying an image while it arrives, so that its verdict is there with its last byte.

use std::{
    fs::{self, File},
    io,
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use sif::{Image, Source};
use sif_integrity::Progress;
use transfer::{Arriving, DigestPromise};

use super::{VerdictView, VerifyRequest, check::Examined};
use crate::{
    Result, Sifter,
    files::Stamp,
    store::CheckedState,
    tasks::{TaskContext, TaskPhase},
    units::ImageId,
};

/// A verification beside a download. Where it comes to nothing, for whatever reason, the image is to be verified again
/// once it is there: that says why.
pub(crate) struct Along {
    arriving: Arc<Arriving>,
    meter: Arc<Meter>,
    thread: Option<JoinHandle<Option<Seen>>>,
}

/// What was found, and of which state of file and keyrings.
struct Seen {
    image: Image,
    examined: Examined,
    keyring: String,
    stamp: Stamp,
}

impl Along {
    /// Begins to verify what arrives for the name `target`.
    pub(crate) fn start(sifter: &Sifter, target: &Path) -> Self {
        let arriving = Arc::new(Arriving::default());
        let promise = arriving.promise_digest();
        let meter = Arc::new(Meter::default());
        // What is read of the keyrings from now on may be newer than this, and never older.
        let keyring = sifter.keyring_version();
        let work = {
            let (sifter, target) = (sifter.clone(), target.to_path_buf());
            let (arriving, meter) = (Arc::clone(&arriving), Arc::clone(&meter));
            move || see(&sifter, (&target, keyring), (&arriving, promise), &meter).ok()
        };
        let thread = std::thread::Builder::new().name("verify along".into());
        Self {
            arriving,
            meter,
            // Without a thread it is verified afterwards.
            thread: thread.spawn(work).ok(),
        }
    }

    /// What the download tells of its bytes.
    pub(crate) fn arriving(&self) -> Arc<Arriving> {
        Arc::clone(&self.arriving)
    }

    /// Returns the verdict of the image that arrived and is at `path` now, and keeps it; none if it has to be verified.
    ///
    /// # Errors
    /// `cancelled`, and those of the store.
    pub(crate) fn verdict(
        mut self,
        sifter: &Sifter,
        task: &Arc<TaskContext>,
        (id, path): (ImageId, &Path),
    ) -> Result<Option<VerdictView>> {
        self.meter.show(task);
        let seen = self.thread.take().and_then(|thread| thread.join().ok());
        task.check()?;
        let Some(seen) = seen.flatten() else {
            return Ok(None);
        };
        if !seen.holds(path, &sifter.keyring_version()) {
            return Ok(None);
        }
        let request = VerifyRequest::default();
        let verdict = sifter.conclude(id, path, &request, &seen.image, &seen.examined);
        let checked = CheckedState {
            stamp: seen.stamp,
            keyring: seen.keyring,
            verdict: verdict.clone(),
        };
        sifter.inner.store.set_checked(id, &checked)?;
        Ok(Some(verdict))
    }
}

impl Seen {
    /// Whether the file at `path` and the keyrings are those that were seen.
    fn holds(&self, path: &Path, keyring: &str) -> bool {
        let is_same = |now: &fs::Metadata| Stamp::of(now) == self.stamp;
        fs::metadata(path).is_ok_and(|now| is_same(&now)) && self.keyring == keyring
    }
}

impl Drop for Along {
    fn drop(&mut self) {
        self.arriving.end();
        if let Some(thread) = self.thread.take() {
            // It holds a handle of the file until it ends, which it does at its next read.
            let _ = thread.join();
        }
    }
}

fn see(
    sifter: &Sifter,
    (target, keyring): (&Path, String),
    (arriving, promise): (&Arriving, DigestPromise),
    meter: &Meter,
) -> std::result::Result<Seen, Box<dyn std::error::Error>> {
    let source = ReadAlong {
        file: arriving.open()?,
        size: arriving.size()?,
        arriving,
    };
    let image = Image::read(&source)?;
    let request = VerifyRequest::default();
    let size = Some(source.size);
    let examined = sifter.examine(&source, target, &image, &request, size, meter)?;
    // Nobody writes after the last byte, and all of them were read.
    let stamp = Stamp::of(&source.file.metadata()?);
    let whole_file = examined.found.whole_file.as_ref();
    if let Some(sha256) = whole_file.and_then(|digest| digest.bytes().try_into().ok()) {
        promise.keep(sha256);
    }
    Ok(Seen {
        image,
        examined,
        keyring,
        stamp,
    })
}

/// A file whose bytes are waited for.
struct ReadAlong<'a> {
    file: File,
    size: u64,
    arriving: &'a Arriving,
}

impl Source for ReadAlong<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let end = offset.saturating_add(buffer.len() as u64);
        self.arriving.wait_for(&(offset..end))?;
        self.file.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }
}

/// Tells a task how far the verification is, once the download is done.
#[derive(Default)]
struct Meter {
    task: OnceLock<Arc<TaskContext>>,
    has_total: AtomicBool,
}

impl Meter {
    fn show(&self, task: &Arc<TaskContext>) {
        task.begin(TaskPhase::Verify, None);
        // Nobody sets it twice.
        let _ = self.task.set(Arc::clone(task));
    }
}

impl Progress for Meter {
    fn step(&self, done: u64, total: u64) -> ControlFlow<()> {
        let Some(task) = self.task.get() else {
            return ControlFlow::Continue(());
        };
        if !self.has_total.swap(true, Ordering::Relaxed) {
            task.begin(TaskPhase::Verify, Some(total));
        }
        if task.advance(done).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

#[cfg(test)]
mod tests {
    use sif_integrity::Silent;

    use super::*;
    use crate::{Clock, Homes, images::open_image, keychain::MemoryKeychain};

    #[test]
    fn what_was_seen_holds_as_long_as_nothing_changed() {
        let home = sifter_testkit::TempHome::new();
        let keychain = Arc::new(MemoryKeychain::default());
        let sifter = Sifter::start(Homes::below(home.path()), keychain, Clock::system());
        let sifter = sifter.expect("a Sifter");
        let path = home.file("x.sif");
        sifter_testkit::images::put(&path, &sifter_testkit::images::plain());
        let (open, image) = open_image(&path).expect("an image");
        let request = VerifyRequest::default();
        let examined = sifter.examine(&open.file, &path, &image, &request, None, &Silent);
        let keyring = sifter.keyring_version();
        let seen = Seen {
            image,
            examined: examined.expect("facts"),
            keyring: keyring.clone(),
            stamp: open.stamp,
        };
        assert!(seen.holds(&path, &keyring));
        assert!(!seen.holds(&path, &format!("{keyring} and a key")));
        let moved = home.file("moved.sif");
        fs::rename(&path, &moved).expect("a rename");
        assert!(seen.holds(&moved, &keyring), "a new name changes nothing");
        assert!(!seen.holds(&path, &keyring), "nothing is there");
        let mut bytes = fs::read(&moved).expect("bytes");
        bytes.push(0);
        fs::write(&moved, bytes).expect("a change");
        assert!(!seen.holds(&moved, &keyring), "another program changed it");
    }
}
