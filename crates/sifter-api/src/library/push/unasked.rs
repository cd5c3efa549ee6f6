//! A push whose server cannot be asked: what is known without it.

use futures_util::{StreamExt as _, stream};

use super::{
    PlannedTag, gate,
    plan::{AT_ONCE, check_count, subject_of, summed, without_doubles},
    planned::Planned,
    registry, target,
};
use crate::{
    Result, Sifter,
    files::Stamp,
    library::{PushItem, PushPlanView, PushRequest, PushTarget, SignFirst},
    units::PlanId,
};

/// Shows what of a push is known without its server. On the threads of the network; asks nobody.
pub(crate) async fn plan(sifter: &Sifter, request: PushRequest) -> Result<PushPlanView> {
    check_count(&request)?;
    if let PushTarget::Library { collection, .. } = &request.target {
        target::collection(collection)?;
    }
    let items = stream::iter(request.items.clone());
    let planned = items.map(|item| {
        let to = &request.target;
        async move { unasked(sifter, to, &item).await }
    });
    let planned: Vec<Result<Planned>> = planned.buffered(AT_ONCE).collect().await;
    let planned = planned.into_iter().collect::<Result<Vec<_>>>()?;
    let (view, plan) = summed(&request.target, without_doubles(planned));
    let plan = sifter.inner.library.unasked.keep((plan, request));
    Ok(PushPlanView { plan, ..view })
}

async fn unasked(sifter: &Sifter, to: &PushTarget, item: &PushItem) -> Result<Planned> {
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
    if let PushTarget::Registry { repository } = to {
        registry::check_names(repository, &container, &tags)?;
    }
    let mut planned = Planned::of(item, &found, container, Vec::new());
    if let Some(item) = &mut planned.item {
        item.tags = tags.into_iter().map(PlannedTag::unasked).collect();
    }
    planned.view.leaves_signatures = found.is_oci_sif && matches!(to, PushTarget::Library { .. });
    planned.sends(found.digests.size);
    Ok(planned)
}

/// A push that was shown without its server, with what the person decided.
#[derive(Debug)]
pub(crate) struct Unasked {
    pub(crate) request: PushRequest,
    /// In the order of the request.
    pub(crate) stamps: Vec<Stamp>,
    /// A file's name.
    pub(crate) subject: String,
    pub(crate) sign: Option<SignFirst>,
}

/// Takes a plan of [`plan`]. Blocks.
pub(crate) fn take(
    sifter: &Sifter,
    id: &PlanId,
    sign: Option<SignFirst>,
    unsigned_too: bool,
) -> Result<Unasked> {
    let (plan, mut request) = sifter.inner.library.unasked.get(id)?;
    let job = plan.decided(sifter, sign, unsigned_too)?;
    let is_pushed = |item: &PushItem| job.items.iter().any(|planned| planned.image == item.image);
    request.items.retain(is_pushed);
    sifter.inner.library.unasked.forget(id);
    Ok(Unasked {
        request,
        stamps: job.items.iter().map(|item| item.stamp).collect(),
        subject: subject_of(sifter, &job)?,
        sign: job.sign.map(|fingerprint| SignFirst { fingerprint }),
    })
}
