//! What a task does, in a form that can be kept, so that it can be done again.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Ended, TaskContext, TaskKind};
use crate::{
    Result, Sifter, images,
    keys::{self, NewKey},
    later::Later,
    library::{self, PullJob, PushJob},
    sign::{self, SignJob},
    units::ImageId,
    verdict,
};

/// The work of a task. Holds no passphrase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Job {
    Verify {
        images: Vec<ImageId>,
    },
    Sign(SignJob),
    CreateKey {
        key: NewKey,
    },
    Export {
        image: ImageId,
        part: u32,
        to: PathBuf,
    },
    ReadFolder {
        folder: u32,
    },
    Pull(PullJob),
    Push(PushJob),
    /// Done when there is a network.
    Later(Later),
}

/// Tasks that wait for each other. A slow line must not keep a verification waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// Work on this computer.
    Local,
    /// Bytes over the network.
    Transfers,
}

impl Job {
    pub(crate) fn kind(&self) -> TaskKind {
        match self {
            Self::Verify { .. } => TaskKind::Verify,
            Self::Sign(_) => TaskKind::Sign,
            Self::CreateKey { .. } => TaskKind::CreateKey,
            Self::Export { .. } => TaskKind::Export,
            Self::ReadFolder { .. } => TaskKind::ReadFolder,
            Self::Pull(_) => TaskKind::Pull,
            Self::Push(_) => TaskKind::Push,
            Self::Later(later) => later.kind(),
        }
    }

    pub(crate) fn images(&self) -> Vec<ImageId> {
        match self {
            Self::Verify { images } => images.clone(),
            Self::Sign(job) => job.images(),
            Self::Export { image, .. } => vec![*image],
            Self::Push(job) => job.images(),
            Self::Later(later) => later.images(),
            Self::CreateKey { .. } | Self::ReadFolder { .. } | Self::Pull(_) => Vec::new(),
        }
    }

    /// Returns the files that a pull is going to make.
    pub(crate) fn pull_targets(&self) -> Vec<PathBuf> {
        match self {
            Self::Pull(job) => job.items.iter().map(|item| item.target.clone()).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn pool(&self) -> Pool {
        match self {
            Self::Pull(_) | Self::Push(_) | Self::Later(_) => Pool::Transfers,
            _ => Pool::Local,
        }
    }

    /// Making a key needs a passphrase that is not kept, and an export asks first where to write.
    pub(crate) fn can_retry(&self) -> bool {
        !matches!(self, Self::CreateKey { .. })
    }

    pub(crate) fn can_pause(&self) -> bool {
        matches!(
            self,
            Self::Verify { .. }
                | Self::Sign(_)
                | Self::Export { .. }
                | Self::Pull(_)
                | Self::Push(_)
        )
    }

    pub(crate) fn run(&self, sifter: &Sifter, task: &Arc<TaskContext>) -> Result<Ended> {
        let outcome = match self {
            Self::Verify { images } => verdict::verify_all(sifter, task, images),
            Self::Sign(job) => sign::run(sifter, task, job),
            Self::CreateKey { key } => keys::make(sifter, task, key),
            Self::Export { image, part, to } => images::export(sifter, task, *image, *part, to),
            Self::ReadFolder { folder } => images::read_folder(sifter, task, *folder),
            Self::Pull(job) => library::run_pull(sifter, task, job),
            Self::Push(job) => library::run_push(sifter, task, job),
            Self::Later(later) => return later.run(sifter, task),
        };
        outcome.map(Ended::Done)
    }
}
