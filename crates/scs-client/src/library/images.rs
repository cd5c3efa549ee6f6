//! Images: what the library knows of one file.

use scs_types::{
    Id,
    library::{ContainerPath, Image, ImageHash, LibraryRef, NewImage},
};

use super::Library;
use crate::error::Error;

const LOOKING: &str = "looking for the image";
const MAKING: &str = "announcing the image";

impl Library {
    /// What the library knows of the image that `reference` names; for a tag, of the one for `arch`.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`], [`Cause::SignIn`], [`Cause::OciImage`], or a fault on the way.
    pub async fn image(&self, reference: &LibraryRef, arch: Option<&str>) -> Result<Image, Error> {
        let at = format!("v1/images/{}:{}", reference.path, reference.tag());
        self.base.data(LOOKING, &at, &arch_query(arch)).await
    }

    /// The image under a tag or hash; none if there is none.
    pub(crate) async fn find_image(
        &self,
        path: &ContainerPath,
        tag: &str,
        arch: Option<&str>,
    ) -> Result<Option<Image>, Error> {
        let at = format!("v1/images/{path}:{tag}");
        self.base.find(LOOKING, &at, &arch_query(arch)).await
    }

    /// The image with this hash, announced if it is not known yet.
    pub(crate) async fn make_image(
        &self,
        path: &ContainerPath,
        container: &Id,
        hash: &ImageHash,
        (arch, description): (&str, &str),
    ) -> Result<Image, Error> {
        let new = NewImage {
            hash: hash.to_string(),
            description: description.to_owned(),
            container: container.clone(),
        };
        let hash = hash.to_string();
        let find = || self.find_image(path, &hash, Some(arch));
        let create = || self.create(MAKING, "v1/images", &new);
        self.find_or_create(find, create).await
    }
}

/// The query for an architecture, or none.
pub(crate) fn arch_query(arch: Option<&str>) -> Vec<(&'static str, String)> {
    arch.map(|arch| ("arch", arch.to_owned()))
        .into_iter()
        .collect()
}
