//! One image of a push that was looked at, and what would happen to it.

use super::{
    PlannedTag, PushJobItem,
    gate::{Candidate, Refused},
};
use crate::{
    error::ApiError,
    library::{PushGate, PushItem, PushPlanItem, QuotaView, TagChange, TagEffect},
    units::ByteCount,
};

/// Digits of a short hash.
const SHORT: usize = 12;
/// Bytes that a signature adds, about.
const SIGNATURE: u64 = 2_048;

/// One image that was looked at, and what the server says of it.
pub(super) struct Planned {
    pub(super) view: PushPlanItem,
    pub(super) item: Option<PushJobItem>,
    pub(super) to_send: u64,
    /// The same where the image is signed first.
    pub(super) to_send_signed: u64,
    pub(super) quota: Option<QuotaView>,
    pub(super) makes: Vec<String>,
}

impl Planned {
    pub(super) fn refused(item: &PushItem, refused: Refused) -> Self {
        Self {
            view: PushPlanItem {
                image: item.image,
                container: item.container.clone().unwrap_or_default(),
                container_is_new: false,
                arch: refused.arch,
                size: ByteCount(refused.size),
                hash: None,
                is_there: false,
                tags: Vec::new(),
                tags_if_signed: None,
                leaves_signatures: false,
                badge: refused.badge,
                gate: PushGate::Blocked {
                    error: refused.error,
                },
                name: refused.name,
            },
            item: None,
            to_send: 0,
            to_send_signed: 0,
            quota: None,
            makes: Vec::new(),
        }
    }

    pub(super) fn of_no_name(item: &PushItem, found: &Candidate, error: ApiError) -> Self {
        let container = item.container.clone().unwrap_or_default();
        let mut planned = Self::of(item, found, container, Vec::new());
        planned.block(error);
        planned
    }

    pub(super) fn of(
        item: &PushItem,
        found: &Candidate,
        container: String,
        tags: Vec<TagEffect>,
    ) -> Self {
        let hash = hex::encode(found.digests.sha256);
        let untold = |effect: &TagEffect| PlannedTag {
            tag: effect.tag.clone(),
            from: None,
            from_hash: effect.old_hash.clone(),
        };
        let job = PushJobItem {
            image: item.image,
            stamp: found.stamp,
            container: container.clone(),
            tags: tags.iter().map(untold).collect(),
            arch: found.arch.clone(),
            description: item.description.trim().to_owned(),
            sign: false,
            through_registry: false,
        };
        Self {
            view: PushPlanItem {
                image: item.image,
                name: found.name.clone(),
                container,
                container_is_new: false,
                arch: Some(found.arch.clone()),
                size: ByteCount(found.digests.size),
                hash: hash.get(..SHORT).map(str::to_owned),
                is_there: false,
                tags_if_signed: (found.gate == PushGate::Unsigned).then(|| signed_first(&tags)),
                tags,
                leaves_signatures: false,
                badge: found.badge,
                gate: found.gate.clone(),
            },
            item: Some(job),
            to_send: 0,
            to_send_signed: 0,
            quota: None,
            makes: Vec::new(),
        }
    }

    /// Notes how many bytes are sent. A signed image is another file, of which nothing is there.
    pub(super) fn sends(&mut self, bytes: u64) {
        self.to_send = bytes;
        self.to_send_signed = match self.view.gate {
            PushGate::Unsigned => self.view.size.0.saturating_add(SIGNATURE),
            _ => bytes,
        };
    }

    pub(super) fn block(&mut self, error: ApiError) {
        self.view.gate = PushGate::Blocked { error };
        self.view.tags_if_signed = None;
        self.item = None;
        self.sends(0);
    }
}

/// What happens to tags when the image gets other bytes first: none leads to it already.
fn signed_first(tags: &[TagEffect]) -> Vec<TagEffect> {
    let moved = |tag: &TagEffect| TagEffect {
        effect: match tag.effect {
            TagChange::Stays => TagChange::Moves,
            other => other,
        },
        ..tag.clone()
    };
    tags.iter().map(moved).collect()
}
