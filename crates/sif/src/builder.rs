//! Making a new image.

use std::io::Read;

use uuid::Uuid;
use zerocopy::little_endian::I64;

use crate::editor::Editor;
use crate::header::{Header, TablePlace};
use crate::raw::{DESCRIPTOR_SIZE, LAUNCH_SIZE, MAGIC, RawHeader, VERSION};
use crate::{Architecture, Error, Image, MAX_DESCRIPTORS, ObjectInput, Storage, UnixTime};

/// Where the descriptor table of a new image starts.
const TABLE_OFFSET: u64 = 4096;
/// Descriptors of a new image unless told otherwise.
pub const DEFAULT_CAPACITY: u32 = 48;

/// The settings of a new image.
#[derive(Debug, Clone)]
pub struct ImageBuilder {
    id: Uuid,
    created: UnixTime,
    launch_script: Vec<u8>,
    capacity: u32,
}

impl ImageBuilder {
    /// Returns the settings of an image with this UUID and this time of creation.
    #[must_use]
    pub fn new(id: Uuid, created: UnixTime) -> Self {
        Self {
            id,
            created,
            launch_script: Vec::new(),
            capacity: DEFAULT_CAPACITY,
        }
    }

    /// Returns the settings of a deterministic image: nil UUID, no times. The same objects give the same
    /// bytes.
    #[must_use]
    pub fn deterministic() -> Self {
        Self::new(Uuid::nil(), UnixTime::ZERO)
    }

    /// Sets the launch script, at most 31 bytes.
    #[must_use]
    pub fn launch_script(self, script: impl Into<Vec<u8>>) -> Self {
        Self {
            launch_script: script.into(),
            ..self
        }
    }

    /// Sets how many objects the image can hold, at most [`MAX_DESCRIPTORS`].
    #[must_use]
    pub fn capacity(self, capacity: u32) -> Self {
        Self { capacity, ..self }
    }

    /// Writes the image with these objects to `storage`, whose content is lost, and returns the storage.
    ///
    /// After an error the storage holds no image.
    ///
    /// # Errors
    /// [`Error::LaunchScriptTooLarge`], [`Error::CapacityTooLarge`] before anything is written; those of
    /// [`Editor::add`].
    pub fn write<S: Storage, R: Read>(
        &self,
        mut storage: S,
        objects: impl IntoIterator<Item = ObjectInput<R>>,
    ) -> Result<S, Error> {
        let header = self.header()?;
        let data_offset = u64::try_from(header.data_offset.get()).map_err(|_| Error::TooLarge)?;
        storage.set_len(0).map_err(Error::Write)?;
        storage.set_len(data_offset).map_err(Error::Write)?;
        let mut editor = Editor::create(storage, header, self.table());
        for object in objects {
            editor.place(object, self.created)?;
        }
        editor.finish()
    }

    fn table(&self) -> TablePlace {
        let window = u64::from(self.capacity) * DESCRIPTOR_SIZE as u64;
        TablePlace {
            offset: TABLE_OFFSET,
            window,
            total: self.capacity,
        }
    }

    fn header(&self) -> Result<RawHeader, Error> {
        if self.capacity > MAX_DESCRIPTORS {
            return Err(Error::CapacityTooLarge(self.capacity));
        }
        if self.launch_script.len() >= LAUNCH_SIZE {
            return Err(Error::LaunchScriptTooLarge(self.launch_script.len()));
        }
        let mut launch = [0; LAUNCH_SIZE];
        launch[..self.launch_script.len()].copy_from_slice(&self.launch_script);
        let table = self.table();
        let number = |value: u64| {
            i64::try_from(value)
                .map(I64::new)
                .map_err(|_| Error::TooLarge)
        };
        Ok(RawHeader {
            launch,
            magic: MAGIC,
            version: VERSION,
            architecture: Architecture::UNKNOWN.bytes(),
            id: *self.id.as_bytes(),
            created: I64::new(self.created.0),
            modified: I64::new(self.created.0),
            descriptors_free: I64::new(i64::from(self.capacity)),
            descriptors_total: I64::new(i64::from(self.capacity)),
            descriptors_offset: number(table.offset)?,
            descriptors_size: number(table.window)?,
            data_offset: number(table.end())?,
            data_size: I64::new(0),
        })
    }
}

impl<S: Storage> Editor<S> {
    /// Starts an image in a storage of zeros that reaches to the data offset. All is written at the end,
    /// so that the storage holds no image until it is whole.
    fn create(storage: S, raw: RawHeader, table: TablePlace) -> Self {
        let length = table.end();
        let image = Image::from_parts(Header::new(raw, table), Vec::new(), length);
        let mut editor = Self::with_image(storage, image);
        editor.start_from_zeros();
        editor
    }
}
