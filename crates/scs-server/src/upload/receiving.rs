//! The bytes of an upload on their way: written at their place, and hashed in order while they come.
//!
//! The hash follows the bytes as far as they are there without a gap. What came before its turn is read back when its
//! turn comes, from memory as a rule. A part that is sent again takes the hash back to where the part begins.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{File, OpenOptions},
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};

use super::{Upload, hashing::Hashing};
use crate::{
    database::lock,
    steps::{Step, Steps},
};

/// An upload that bytes come for.
pub(crate) struct Receiving {
    upload: Upload,
    file: File,
    steps: Steps,
    /// Parts that are whole.
    done: Mutex<BTreeSet<u32>>,
    turns: Mutex<Turns>,
    hashing: Mutex<Hashing>,
    /// Held by the one who ends the upload.
    ending: Mutex<()>,
}

/// Who may write.
#[derive(Debug, Default)]
struct Turns {
    /// Nobody: the upload is being ended.
    sealed: bool,
    /// By part, the last one who began.
    parts: BTreeMap<u32, Arc<Turn>>,
}

#[derive(Debug, Default)]
struct Turn {
    newest: AtomicU64,
    writing: Mutex<()>,
}

/// Writes one part.
#[derive(Debug)]
pub(crate) struct PartWriter {
    receiving: Arc<Receiving>,
    turn: Arc<Turn>,
    number: u32,
    mine: u64,
    start: u64,
    length: u64,
    written: u64,
    digest: Option<Sha256>,
}

impl fmt::Debug for Receiving {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Receiving({})", self.upload.id)
    }
}

impl Receiving {
    /// Goes on with an upload of which the parts in `done` are there.
    pub(crate) fn open(
        path: &Path,
        upload: Upload,
        done: BTreeSet<u32>,
        steps: Steps,
    ) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Self {
            upload,
            file,
            steps,
            done: Mutex::new(done),
            turns: Mutex::default(),
            ending: Mutex::default(),
            hashing: Mutex::default(),
        })
    }

    /// Begins part `number`, whoever else is writing it. None if there is no such part, or the upload is being ended.
    pub(crate) fn begin(self: &Arc<Self>, number: u32, with_digest: bool) -> Option<PartWriter> {
        let (start, length) = self.upload.part(number)?;
        let mut turns = lock(&self.turns);
        if turns.sealed {
            return None;
        }
        let turn = Arc::clone(turns.parts.entry(number).or_default());
        let writing = lock(&turn.writing);
        let mine = turn.newest.fetch_add(1, Ordering::SeqCst) + 1;
        lock(&self.done).remove(&number);
        lock(&self.hashing).go_back_to(start);
        drop(writing);
        drop(turns);
        Some(PartWriter {
            receiving: Arc::clone(self),
            turn,
            number,
            mine,
            start,
            length,
            written: 0,
            digest: with_digest.then(Sha256::new),
        })
    }

    /// Runs `end` while nobody else ends the upload and nobody writes to it. If it fails, writing may go on.
    pub(crate) fn ending<T, E>(&self, end: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let _ending = lock(&self.ending);
        self.seal();
        let ended = end();
        if ended.is_err() {
            lock(&self.turns).sealed = false;
        }
        ended
    }

    fn seal(&self) {
        let mut turns = lock(&self.turns);
        turns.sealed = true;
        for turn in turns.parts.values() {
            let _writing = lock(&turn.writing);
            turn.newest.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The digest of the whole file, as it was received. Reads what has not been hashed yet.
    pub(crate) fn digest(&self) -> io::Result<[u8; 32]> {
        let mut hashing = lock(&self.hashing);
        hashing.read_back(&self.file, self.upload.size)?;
        Ok(hashing.digest())
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn upload(&self) -> &Upload {
        &self.upload
    }

    /// How many bytes were hashed as they came or soon after.
    #[cfg(test)]
    pub(crate) fn hashed(&self) -> u64 {
        lock(&self.hashing).frontier()
    }

    fn catch_up(&self) -> io::Result<()> {
        let mut hashing = lock(&self.hashing);
        loop {
            let next = hashing.frontier() / self.upload.part_size.max(1) + 1;
            let Ok(next) = u32::try_from(next) else {
                return Ok(());
            };
            let Some((start, length)) = self.upload.part(next) else {
                return Ok(());
            };
            if start + length <= hashing.frontier() || !lock(&self.done).contains(&next) {
                return Ok(());
            }
            hashing.remember(start);
            hashing.read_back(&self.file, start + length)?;
        }
    }
}

/// Why a part cannot be written on.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The part is sent once more by somebody else.
    Replaced,
    /// More bytes came than the part has.
    TooLong,
    /// The disk.
    File(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl PartWriter {
    /// Writes the next bytes of the part.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Stopped> {
        let count = bytes.len() as u64;
        if count > self.length - self.written {
            return Err(Stopped::TooLong);
        }
        self.receiving.steps.reach(Step::PartBytes)?;
        let writing = lock(&self.turn.writing);
        self.check_turn()?;
        let offset = self.start + self.written;
        // A second handle to the same file: positions are given with each call.
        let mut file = &self.receiving.file;
        write_all_at(&mut file, bytes, offset)?;
        lock(&self.receiving.hashing).follow(&self.receiving.file, self.start, offset, bytes)?;
        drop(writing);
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
        self.written += count;
        Ok(())
    }

    /// Whether all bytes of the part came.
    pub(crate) fn is_whole(&self) -> bool {
        self.written == self.length
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The digest of the part, if it was asked for.
    pub(crate) fn digest(&mut self) -> Option<[u8; 32]> {
        self.digest.take().map(|digest| digest.finalize().into())
    }

    /// Ends the part: `record` makes it known for good. Nobody else can begin it meanwhile.
    pub(crate) fn finish<E: From<io::Error> + From<Stopped>>(
        self,
        record: impl FnOnce(&Upload, u32) -> Result<(), E>,
    ) -> Result<(), E> {
        let writing = lock(&self.turn.writing);
        self.check_turn()?;
        self.receiving.steps.reach(Step::PartWritten)?;
        record(&self.receiving.upload, self.number)?;
        lock(&self.receiving.done).insert(self.number);
        drop(writing);
        Ok(self.receiving.catch_up()?)
    }

    fn check_turn(&self) -> Result<(), Stopped> {
        if self.turn.newest.load(Ordering::SeqCst) == self.mine {
            Ok(())
        } else {
            Err(Stopped::Replaced)
        }
    }
}

#[cfg(unix)]
fn write_all_at(file: &mut &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(*file, bytes, offset)
}

#[cfg(not(unix))]
fn write_all_at(file: &mut &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    sif::Storage::write_all_at(&mut file.try_clone()?, bytes, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiving(size: u64, part_size: u64) -> (tempfile::TempDir, Arc<Receiving>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upload");
        File::create(&path).unwrap().set_len(size).unwrap();
        let upload = Upload {
            id: "u".into(),
            image: "i".into(),
            size,
            part_size,
            parts: u32::try_from(size.div_ceil(part_size)).unwrap(),
            md5: String::new(),
        };
        let open = Receiving::open(&path, upload, BTreeSet::new(), Steps::default());
        (folder, Arc::new(open.unwrap()))
    }

    fn send(receiving: &Arc<Receiving>, number: u32, bytes: &[u8]) {
        let mut writer = receiving.begin(number, false).unwrap();
        for chunk in bytes.chunks(7) {
            writer.write(chunk).unwrap();
        }
        assert!(writer.is_whole());
        writer.finish::<Ended>(|_, _| Ok(())).unwrap();
    }

    #[derive(Debug)]
    struct Ended;
    impl From<io::Error> for Ended {
        fn from(_: io::Error) -> Self {
            Self
        }
    }
    impl From<Stopped> for Ended {
        fn from(_: Stopped) -> Self {
            Self
        }
    }

    #[test]
    fn every_order_gives_the_same_hash() {
        let content: Vec<u8> = (0..250u32).map(|byte| byte as u8).collect();
        let expected: [u8; 32] = Sha256::digest(&content).into();
        for order in [
            [1, 2, 3],
            [3, 2, 1],
            [2, 1, 3],
            [3, 1, 2],
            [1, 3, 2],
            [2, 3, 1],
        ] {
            let (_folder, receiving) = receiving(250, 100);
            for number in order {
                let start = (number as usize - 1) * 100;
                send(&receiving, number, &content[start..250.min(start + 100)]);
            }
            assert_eq!(receiving.hashed(), 250, "{order:?}");
            assert_eq!(receiving.digest().unwrap(), expected, "{order:?}");
        }
    }

    #[test]
    fn the_last_one_who_sends_a_part_wins() {
        let content = [5_u8; 250];
        let (_folder, receiving) = receiving(250, 100);
        send(&receiving, 1, &[1; 100]);
        send(&receiving, 2, &[2; 100]);
        send(&receiving, 3, &[3; 50]);
        let mut old = receiving.begin(2, false).unwrap();
        old.write(&[9; 60]).unwrap();
        for (number, length) in [(2, 100), (3, 50), (1, 100)] {
            send(&receiving, number, &content[..length]);
        }
        assert!(matches!(old.write(&[9; 40]), Err(Stopped::Replaced)));
        let expected: [u8; 32] = Sha256::digest(content).into();
        assert_eq!(receiving.digest().unwrap(), expected);
    }

    #[test]
    fn nobody_writes_to_an_upload_that_is_being_ended() {
        let (_folder, receiving) = receiving(250, 100);
        let mut writer = receiving.begin(1, false).unwrap();
        let failed = receiving.ending(|| {
            assert!(receiving.begin(2, false).is_none());
            assert!(matches!(writer.write(&[1]), Err(Stopped::Replaced)));
            Err::<(), ()>(())
        });
        assert!(failed.is_err() && receiving.begin(2, false).is_some());
        receiving.ending(|| Ok::<(), ()>(())).unwrap();
        assert!(receiving.begin(2, false).is_none());
    }

    #[test]
    fn parts_have_their_length_and_number() {
        let (_folder, receiving) = receiving(250, 100);
        assert!(receiving.begin(0, false).is_none());
        assert!(receiving.begin(4, false).is_none());
        let mut writer = receiving.begin(3, false).unwrap();
        assert!(matches!(writer.write(&[0; 51]), Err(Stopped::TooLong)));
    }
}
