//! What is remembered of transfers while the program runs: plans that were shown, the limit of all transfers together,
//! links that wait, and what files were when they were read last.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::Mutex,
};

use transfer::{Bandwidth, FileDigests};

use super::{OpenedLink, PushRequest, pull::PullPlan, push::PushPlan};
use crate::{
    Result,
    error::{ApiError, ErrorCode},
    files::Stamp,
    settings::Settings,
    units::PlanId,
};

/// Plans that are remembered; a sheet makes a new one with every change.
const MOST_PLANS: usize = 64;
/// Digests that are remembered.
const MOST_FILES: usize = 256;
/// Links that wait for the page.
const MOST_LINKS: usize = 20;

#[derive(Debug, Default)]
pub(crate) struct LibraryState {
    pub(super) bandwidth: Bandwidth,
    pub(super) pulls: Plans<PullPlan>,
    pub(super) pushes: Plans<PushPlan>,
    /// Pushes whose server was not asked.
    pub(super) unasked: Plans<(PushPlan, PushRequest)>,
    links: Mutex<VecDeque<OpenedLink>>,
    files: Mutex<HashMap<PathBuf, (Stamp, FileDigests)>>,
}

impl LibraryState {
    /// Takes over what the settings say of transfers.
    pub(crate) fn take_settings(&self, settings: &Settings) {
        self.bandwidth.set(settings.bandwidth.0);
    }

    /// Returns the digests of a file that is as it was when it was read.
    pub(super) fn digests(&self, path: &Path, stamp: Stamp) -> Option<FileDigests> {
        let files = crate::lock(&self.files);
        let (of, digests) = files.get(path)?;
        (*of == stamp).then(|| digests.clone())
    }

    pub(super) fn keep_digests(&self, path: &Path, stamp: Stamp, digests: FileDigests) {
        let mut files = crate::lock(&self.files);
        if files.len() >= MOST_FILES {
            files.clear();
        }
        files.insert(path.to_path_buf(), (stamp, digests));
    }

    /// Lets a link wait; the oldest give way.
    pub(super) fn add_link(&self, link: OpenedLink) {
        let mut links = crate::lock(&self.links);
        if links.len() >= MOST_LINKS {
            links.pop_front();
        }
        links.push_back(link);
    }

    pub(super) fn take_links(&self) -> Vec<OpenedLink> {
        crate::lock(&self.links).drain(..).collect()
    }
}

/// Plans that were shown and not run yet.
#[derive(Debug)]
pub(super) struct Plans<P>(Mutex<VecDeque<(PlanId, P)>>);

impl<P> Default for Plans<P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<P: Clone> Plans<P> {
    pub(super) fn keep(&self, plan: P) -> PlanId {
        let id = PlanId(uuid::Uuid::new_v4().to_string());
        let mut plans = crate::lock(&self.0);
        if plans.len() >= MOST_PLANS {
            plans.pop_front();
        }
        plans.push_back((id.clone(), plan));
        id
    }

    pub(super) fn get(&self, id: &PlanId) -> Result<P> {
        let plans = crate::lock(&self.0);
        let found = plans.iter().find(|(known, _)| known == id);
        found.map(|(_, plan)| plan.clone()).ok_or_else(|| {
            ApiError::new(ErrorCode::HandleUnknown, "this plan is not known any more")
        })
    }

    pub(super) fn forget(&self, id: &PlanId) {
        crate::lock(&self.0).retain(|(known, _)| known != id);
    }
}
