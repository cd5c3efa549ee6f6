//! What a push would do.

use futures_util::{StreamExt as _, stream};
use scs_client::Step;

use super::{PlannedTag, PushJob, behind, gate, planned::Planned, registry, target};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    library::{
        PushGate, PushItem, PushPlanView, PushRequest, PushSums, PushTarget, QuotaView, SignFirst,
        TagChange, TagEffect, place::Place,
    },
    tasks::Job,
    units::{ByteCount, PlanId, TaskId},
};

/// Files that are read at once.
pub(super) const AT_ONCE: usize = 2;
/// Images of one push.
const MOST: usize = 500;

/// A push that was shown.
#[derive(Clone, Debug)]
pub(in crate::library) struct PushPlan {
    job: PushJob,
    /// Images that are not signed, by their place in the job.
    unsigned: Vec<usize>,
    /// Whether there is room for the images as they are, and for those that are signed first.
    fits: bool,
    fits_signed: bool,
}

/// Shows what a push would do. On the threads of the network.
pub(crate) async fn plan(sifter: &Sifter, request: PushRequest) -> Result<PushPlanView> {
    check_count(&request)?;
    let planned: Vec<Result<Planned>> = match &request.target {
        PushTarget::Library { remote, collection } => {
            let steps = target::collection(collection)?;
            let place = sifter.library_of(remote).await?;
            if !place.may_write() {
                return Err(ApiError::plain(ErrorCode::TokenMissing));
            }
            let (place, steps) = (&place, &steps);
            let items = stream::iter(request.items.clone());
            let planned =
                items.map(|item| async move { in_library(sifter, place, steps, &item).await });
            planned.buffered(AT_ONCE).collect().await
        }
        PushTarget::Registry { repository } => {
            let items = stream::iter(request.items.clone());
            let planned =
                items.map(|item| async move { registry::plan(sifter, repository, &item).await });
            planned.buffered(AT_ONCE).collect().await
        }
    };
    let planned = planned.into_iter().collect::<Result<Vec<_>>>()?;
    let (view, plan) = summed(&request.target, without_doubles(planned));
    let plan = sifter.inner.library.pushes.keep(plan);
    Ok(PushPlanView { plan, ..view })
}

pub(super) fn check_count(request: &PushRequest) -> Result<()> {
    if (1..=MOST).contains(&request.items.len()) {
        return Ok(());
    }
    let why = format!("between one and {MOST} images are expected");
    Err(ApiError::new(ErrorCode::InputInvalid, why))
}

async fn in_library(
    sifter: &Sifter,
    place: &Place,
    [entity, collection]: &[String; 2],
    item: &PushItem,
) -> Result<Planned> {
    let found = match gate::look(sifter, item.image).await {
        Ok(found) => found,
        Err(refused) => return Ok(Planned::refused(item, *refused)),
    };
    let named = target::container(item, &found.name)
        .and_then(|container| Ok((container, target::tags(item)?)));
    let (container, tags) = match named {
        Ok(named) => named,
        Err(error) => return Ok(Planned::of_no_name(item, &found, error)),
    };
    let may_be_signed = found.gate == PushGate::Unsigned;
    let path = format!("{entity}/{collection}");
    let reference = target::reference(&path, &container, &tags)?;
    let registry = behind::registry(place, &reference).await?;
    let plan = match &registry {
        Some(registry) => {
            behind::plan(
                sifter,
                (place, registry),
                &reference,
                (&found.arch, &found.digests),
            )
            .await?
        }
        None => {
            let (sha256, size) = (found.digests.sha256, found.digests.size);
            let asked = place
                .library
                .plan_push(&reference, &found.arch, sha256, size);
            asked.await.map_err(|error| place.fault(error))?
        }
    };
    let mut effects = Vec::new();
    for tag in &plan.tags {
        let old_date = match &tag.from {
            Some(_) if !tag.is_there || may_be_signed => {
                date_of(place, &reference, &tag.tag, &found.arch).await
            }
            _ => None,
        };
        effects.push(TagEffect {
            tag: tag.tag.clone(),
            effect: match (&tag.from, tag.is_there) {
                (None, _) => TagChange::New,
                (Some(_), true) => TagChange::Stays,
                (Some(_), false) => TagChange::Moves,
            },
            old_hash: tag.from_hash.clone(),
            old_date,
        });
    }
    let mut planned = Planned::of(item, &found, container, effects);
    planned.view.container_is_new = plan.makes.is_some();
    planned.view.is_there = plan.to_send == 0;
    planned.view.leaves_signatures = found.is_oci_sif;
    planned.sends(plan.to_send);
    planned.quota = plan.quota.map(|quota| QuotaView {
        used: ByteCount(u64::try_from(quota.quota_usage).unwrap_or(0)),
        total: u64::try_from(quota.quota_total)
            .ok()
            .filter(|total| *total > 0)
            .map(ByteCount),
    });
    planned.makes = match plan.makes {
        Some(Step::Entity) => vec![entity.clone(), path],
        Some(Step::Collection) => vec![path],
        _ => Vec::new(),
    };
    if plan.is_read_only {
        planned.block(ApiError::plain(ErrorCode::LibraryReadOnly));
    } else if let Some(item) = &mut planned.item {
        item.tags = plan.tags.iter().map(PlannedTag::of).collect();
        item.through_registry = registry.is_some();
    }
    Ok(planned)
}

/// When the image was pushed that a tag leads to now; nothing where that cannot be learned.
async fn date_of(
    place: &Place,
    reference: &scs_types::library::PushRef,
    tag: &str,
    arch: &str,
) -> Option<crate::units::Timestamp> {
    let reference = scs_types::library::LibraryRef {
        host: None,
        path: reference.path.clone(),
        tags: vec![tag.to_owned()],
    };
    let image = place.library.image(&reference, Some(arch)).await.ok()?;
    crate::library::rows::moment(image.audit.created_at)
}

impl PlannedTag {
    pub(super) fn of(tag: &scs_client::TagMove) -> Self {
        Self {
            tag: tag.tag.clone(),
            from: tag.from.as_ref().map(|id| id.as_str().to_owned()),
            from_hash: tag.from_hash.clone(),
        }
    }

    /// Nobody knows yet where it leads.
    pub(super) fn unasked(tag: String) -> Self {
        Self {
            tag,
            from: None,
            from_hash: None,
        }
    }
}

/// Two images cannot have one tag of one container for one architecture.
pub(super) fn without_doubles(mut planned: Vec<Planned>) -> Vec<Planned> {
    let mut taken: Vec<(String, String, String)> = Vec::new();
    for one in &mut planned {
        let Some(item) = &one.item else { continue };
        let places: Vec<_> = item
            .tags
            .iter()
            .map(|tag| (item.container.clone(), item.arch.clone(), tag.tag.clone()))
            .collect();
        if let Some((container, _, tag)) = places.iter().find(|place| taken.contains(place)) {
            let why = format!("another image of this push gets the tag `{container}:{tag}`");
            one.block(ApiError::new(ErrorCode::InputInvalid, why));
            continue;
        }
        taken.extend(places);
    }
    planned
}

/// Puts the items together; the view has no plan yet.
pub(super) fn summed(to: &PushTarget, planned: Vec<Planned>) -> (PushPlanView, PushPlan) {
    let quota = planned.iter().find_map(|one| one.quota);
    let sums = |bytes: fn(&Planned) -> u64| {
        let upload = planned.iter().map(bytes).fold(0, u64::saturating_add);
        let fits = quota.is_none_or(|quota| {
            let total = quota.total.map_or(u64::MAX, |total| total.0);
            quota.used.0.saturating_add(upload) <= total
        });
        PushSums {
            upload: ByteCount(upload),
            fits,
        }
    };
    let (as_is, signed) = (sums(|one| one.to_send), sums(|one| one.to_send_signed));
    let mut makes: Vec<String> = Vec::new();
    for step in planned.iter().flat_map(|one| &one.makes) {
        if !makes.contains(step) {
            makes.push(step.clone());
        }
    }
    let (mut views, mut items, mut unsigned) = (Vec::new(), Vec::new(), Vec::new());
    for one in planned {
        if let Some(item) = one.item {
            if one.view.gate == PushGate::Unsigned {
                unsigned.push(items.len());
            }
            items.push(item);
        }
        views.push(one.view);
    }
    let job = PushJob {
        id: uuid::Uuid::new_v4().to_string(),
        target: to.clone(),
        items,
        sign: None,
    };
    let view = PushPlanView {
        items: views,
        upload: as_is.upload,
        quota,
        fits: as_is.fits,
        if_signed: (!unsigned.is_empty()).then_some(signed),
        makes,
        plan: PlanId(String::new()),
    };
    let plan = PushPlan {
        job,
        unsigned,
        fits: as_is.fits,
        fits_signed: signed.fits,
    };
    (view, plan)
}

/// Starts a push as it was shown. Blocks.
pub(in crate::library) fn start(
    sifter: &Sifter,
    id: &PlanId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
) -> Result<TaskId> {
    let job = decided(sifter, id, sign, unsigned_too)?;
    let subject = subject_of(sifter, &job)?;
    sifter.inner.tasks.start(Job::Push(job), subject, None)
}

/// Returns the work of a plan that was shown, with what the person decided. The plan is used up. Blocks.
pub(crate) fn decided(
    sifter: &Sifter,
    id: &PlanId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
) -> Result<PushJob> {
    let plan = sifter.inner.library.pushes.get(id)?;
    let job = plan.decided(sifter, sign, unsigned_too)?;
    sifter.inner.library.pushes.forget(id);
    sifter
        .inner
        .library
        .take_settings(&sifter.settings_now().settings);
    Ok(job)
}

pub(super) fn subject_of(sifter: &Sifter, job: &PushJob) -> Result<String> {
    let first = job.items.first();
    let first = first.ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
    Ok(crate::error::name_of(&sifter.record(first.image)?.path))
}

impl PushPlan {
    /// Returns the work, where everything is decided and as it was shown.
    pub(super) fn decided(
        mut self,
        sifter: &Sifter,
        sign: Option<SignFirst>,
        unsigned_too: bool,
    ) -> Result<PushJob> {
        let fits = match sign {
            Some(_) => self.fits_signed,
            None => self.fits,
        };
        if !fits {
            return Err(ApiError::plain(ErrorCode::QuotaExceeded));
        }
        if !self.unsigned.is_empty() && sign.is_none() && !unsigned_too {
            let why = "an image is not signed: sign it first, or push it unsigned";
            return Err(ApiError::new(ErrorCode::InputInvalid, why));
        }
        if self.job.items.is_empty() {
            let why = "there is no image that can be pushed";
            return Err(ApiError::new(ErrorCode::InputInvalid, why));
        }
        for item in &self.job.items {
            super::item::as_planned(sifter, item)?;
        }
        if let Some(sign) = sign.filter(|_| !self.unsigned.is_empty()) {
            check_key(sifter, &sign.fingerprint)?;
            self.job.sign = Some(sign.fingerprint);
            for place in self.unsigned {
                if let Some(item) = self.job.items.get_mut(place) {
                    item.sign = true;
                }
            }
        }
        Ok(self.job)
    }
}

/// The key must be one's own, before anything starts.
fn check_key(sifter: &Sifter, fingerprint: &str) -> Result<()> {
    let parsed = fingerprint
        .parse()
        .map_err(|error: sif_keys::FingerprintError| {
            ApiError::new(ErrorCode::InputInvalid, error.to_string())
        })?;
    sifter.key_set()?.secret(parsed).map(drop)
}
