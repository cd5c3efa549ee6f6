//! What a push would do, without doing it.

use scs_types::{
    Id,
    library::{ContainerPath, Entity, ImageHash, PushRef, Quota},
};

use crate::{
    error::{Cause, Error},
    library::{Library, tags::target},
};

const PLANNING: &str = "planning the push";

/// A step of the path that a push would make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The entity and what is below.
    Entity,
    /// The collection and what is below.
    Collection,
    /// The container.
    Container,
}

/// A tag, and where it leads before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagMove {
    /// The tag.
    pub tag: String,
    /// The image it led to; none if it is new.
    pub from: Option<Id>,
    /// The hash of that image, where it was asked for.
    pub from_hash: Option<String>,
    /// Whether it leads to the new image already.
    pub is_there: bool,
}

/// What a push would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPlan {
    /// The hash that the image will have.
    pub hash: ImageHash,
    /// How many bytes would be sent: none if they are there.
    pub to_send: u64,
    /// The widest step of the path that would be made.
    pub makes: Option<Step>,
    /// The tags.
    pub tags: Vec<TagMove>,
    /// The room of the entity, if it says so; a total of 0 is no limit.
    pub quota: Option<Quota>,
    /// Whether the container refuses images.
    pub is_read_only: bool,
}

impl TagMove {
    pub(crate) fn new(tag: &str, from: Option<Id>, image: &Id) -> Self {
        Self {
            tag: tag.to_owned(),
            is_there: from.as_ref() == Some(image),
            from,
            from_hash: None,
        }
    }
}

impl PushPlan {
    /// Whether the entity has room for what would be sent, as far as the library says.
    #[must_use]
    pub fn fits_quota(&self) -> bool {
        let total = self.quota.map_or(0, |quota| quota.quota_total);
        let used = self.quota.map_or(0, |quota| quota.quota_usage);
        let to_send = i64::try_from(self.to_send).unwrap_or(i64::MAX);
        total <= 0 || used.saturating_add(to_send) <= total
    }
}

impl Library {
    /// What a push of a file of `size` bytes with this digest would do. Nothing is written.
    ///
    /// # Errors
    ///
    /// The path may not be seen, or a fault on the way.
    pub async fn plan_push(
        &self,
        reference: &PushRef,
        arch: &str,
        sha256: [u8; 32],
        size: u64,
    ) -> Result<PushPlan, Error> {
        let hash = ImageHash::Sha256(sha256);
        let new = reference
            .tags
            .iter()
            .map(|tag| TagMove::new(tag, None, &Id::default()));
        let mut plan = PushPlan {
            hash,
            to_send: size,
            makes: Some(Step::Entity),
            tags: new.collect(),
            quota: None,
            is_read_only: false,
        };
        let wrong = || Error::local(PLANNING, Cause::Address(reference.path.to_string()));
        let [entity, collection, _] = reference.path.whole().ok_or_else(wrong)?;
        let Some(found) = self.entity(entity).await? else {
            return Ok(plan);
        };
        plan.quota = Some(quota_of(&found));
        plan.makes = Some(Step::Collection);
        if self.collection(entity, collection).await?.is_none() {
            return Ok(plan);
        }
        plan.makes = Some(Step::Container);
        let Some(container) = self.container(&reference.path).await? else {
            return Ok(plan);
        };
        plan.makes = None;
        plan.is_read_only = container.read_only;
        self.plan_image(&mut plan, reference, arch, &container.id)
            .await?;
        Ok(plan)
    }

    async fn plan_image(
        &self,
        plan: &mut PushPlan,
        reference: &PushRef,
        arch: &str,
        container: &Id,
    ) -> Result<(), Error> {
        let path = &reference.path;
        let image = self
            .find_image(path, &plan.hash.to_string(), Some(arch))
            .await?;
        if image.as_ref().is_some_and(|image| image.uploaded) {
            plan.to_send = 0;
        }
        let image = image.map(|image| image.id).unwrap_or_default();
        let level = self.api_level().await?;
        let tags = self.tags(container, level).await?;
        for planned in &mut plan.tags {
            let from = target(&tags, arch, &planned.tag).cloned();
            let mut moved = TagMove::new(&planned.tag, from, &image);
            if moved.from.is_some() {
                moved.from_hash = self.hash_under(path, &planned.tag, arch).await?;
            }
            *planned = moved;
        }
        Ok(())
    }

    async fn hash_under(
        &self,
        path: &ContainerPath,
        tag: &str,
        arch: &str,
    ) -> Result<Option<String>, Error> {
        let image = self.find_image(path, tag, Some(arch)).await?;
        Ok(image
            .map(|image| image.hash)
            .filter(|hash| !hash.is_empty()))
    }
}

/// The room of an entity.
pub(crate) const fn quota_of(entity: &Entity) -> Quota {
    Quota {
        quota_total: entity.quota,
        quota_usage: entity.size,
    }
}
