//! Reading along: what of a download is in its file already.

use std::{
    fs::File,
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::parts::Parts;

/// A file that still arrives. Who reads it waits here until the bytes are there.
///
/// It is of one run of a download: where that starts again from nothing, or ends without all bytes, those who wait get an
/// error and have to read what comes of a later run.
#[derive(Debug, Default)]
pub struct Arriving {
    known: Mutex<Known>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Known {
    file: Option<PathBuf>,
    parts: Option<Parts>,
    /// Nothing comes any more.
    is_over: bool,
    /// Other bytes come now than those that somebody may have read.
    is_another: bool,
    promise: Option<Promise>,
}

/// The digest of the whole file, which who reads along finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    Given,
    Kept([u8; 32]),
}

/// Whoever reads all of the file along can hash it on the way: then the download need not read it once more. If this is
/// dropped, it does.
#[derive(Debug)]
pub struct DigestPromise(Arc<Arriving>);

impl DigestPromise {
    /// The SHA-256 of the whole file.
    pub fn keep(self, sha256: [u8; 32]) {
        self.0
            .change(|known| known.promise = Some(Promise::Kept(sha256)));
    }
}

impl Drop for DigestPromise {
    fn drop(&mut self) {
        self.0.change(|known| {
            known.promise = known.promise.filter(|promise| *promise != Promise::Given);
        });
    }
}

impl Arriving {
    /// Promises the digest of the whole file. To be done before the download begins.
    #[must_use]
    pub fn promise_digest(self: &Arc<Self>) -> DigestPromise {
        self.change(|known| known.promise = Some(Promise::Given));
        DigestPromise(Arc::clone(self))
    }

    /// Whether somebody hashes what arrives.
    pub(crate) fn is_hashed(&self) -> bool {
        let known = self.known();
        known.promise.is_some() && !known.is_another && !known.is_over
    }

    /// The digest that was promised. Waits for it; none if it does not come.
    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        let is_settled = |known: &Known| known.promise != Some(Promise::Given);
        match self.wait_until(is_settled).ok()?.promise? {
            Promise::Kept(sha256) => Some(sha256),
            Promise::Given => None,
        }
    }

    /// Opens the file for reading, as soon as there is one. Waits for that.
    ///
    /// # Errors
    ///
    /// Nothing will come, or the file cannot be opened.
    pub fn open(&self) -> io::Result<File> {
        let known = self.wait_until(|known| known.parts.is_some())?;
        let path = known.file.clone().ok_or_else(ended)?;
        drop(known);
        File::open(path)
    }

    /// The length of the whole file, in bytes. Waits until it is known.
    ///
    /// # Errors
    ///
    /// Nothing will come.
    pub fn size(&self) -> io::Result<u64> {
        let known = self.wait_until(|known| known.parts.is_some())?;
        known.parts.as_ref().map(Parts::size).ok_or_else(ended)
    }

    /// Waits until the bytes of `range` are in the file; what is behind its end is not waited for.
    ///
    /// # Errors
    ///
    /// They will not come.
    pub fn wait_for(&self, range: &Range<u64>) -> io::Result<()> {
        let is_there = |known: &Known| {
            let parts = known.parts.as_ref();
            parts.is_some_and(|parts| parts.has(range))
        };
        self.wait_until(is_there).map(drop)
    }

    /// Nothing comes any more. Whoever waits for what is not there is told so.
    pub fn end(&self) {
        self.change(|known| known.is_over = true);
    }

    /// These parts of the file at `path` are there.
    pub(crate) fn are(&self, path: &Path, parts: &Parts) {
        self.change(|known| {
            known.file = Some(path.to_owned());
            known.parts = Some(parts.clone());
        });
    }

    /// Part `index` is there too.
    pub(crate) fn add(&self, index: usize) {
        self.change(|known| {
            if let Some(parts) = &mut known.parts {
                parts.add(index);
            }
        });
    }

    /// The bytes are not to be used: others will come instead.
    pub(crate) fn forget(&self) {
        self.change(|known| {
            known.is_another |= known.parts.is_some();
        });
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known());
        self.changed.notify_all();
    }

    fn wait_until(&self, is_true: impl Fn(&Known) -> bool) -> io::Result<MutexGuard<'_, Known>> {
        let mut known = self.known();
        loop {
            if known.is_another {
                return Err(ended());
            }
            if is_true(&known) {
                return Ok(known);
            }
            if known.is_over {
                return Err(ended());
            }
            let waited = self.changed.wait(known);
            known = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> io::Error {
    io::Error::other("the download ended before")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn whoever_reads_waits_for_the_bytes() {
        let arriving = Arriving::default();
        thread::scope(|scope| {
            let size = scope.spawn(|| arriving.size());
            let middle = scope.spawn(|| arriving.wait_for(&(5..15)));
            let end = scope.spawn(|| arriving.wait_for(&(20..1000)));
            arriving.are(Path::new("x.part"), &Parts::cut(25, 10));
            for index in [2, 1, 0] {
                assert!(!middle.is_finished());
                arriving.add(index);
            }
            assert_eq!(size.join().unwrap().unwrap(), 25);
            middle.join().unwrap().unwrap();
            end.join().unwrap().unwrap();
        });
        arriving.end();
        arriving.wait_for(&(0..25)).expect("it is whole");
    }

    #[test]
    fn nobody_waits_for_what_does_not_come() {
        let ends: [fn(&Arriving); 3] = [
            Arriving::end,
            |arriving| {
                arriving.are(Path::new("x.part"), &Parts::cut(25, 10));
                arriving.end();
            },
            |arriving| {
                arriving.are(Path::new("x.part"), &Parts::cut(25, 10));
                arriving.forget();
                arriving.are(Path::new("x.part"), &Parts::cut(3, 10));
            },
        ];
        for end in ends {
            let arriving = Arriving::default();
            thread::scope(|scope| {
                let waits = scope.spawn(|| arriving.wait_for(&(5..15)));
                end(&arriving);
                waits.join().unwrap().unwrap_err();
            });
        }
    }
}
