//! Deleting an image.

use reqwest::Method;
use scs_types::library::ContainerPath;

use super::{Library, images::arch_query};
use crate::{error::Error, wire::Ask};

const DELETING: &str = "deleting the image";

impl Library {
    /// Deletes the image under a tag or hash, with every tag that leads to it.
    ///
    /// # Errors
    ///
    /// [`crate::Cause::Missing`], [`crate::Cause::Forbidden`], or a fault on the way.
    pub async fn delete_image(
        &self,
        path: &ContainerPath,
        tag: &str,
        arch: Option<&str>,
    ) -> Result<(), Error> {
        let url = self
            .base
            .at(&format!("v1/images/{path}:{tag}"), &arch_query(arch))?;
        let mut ask = Ask {
            method: Method::DELETE,
            repeats: false,
            ..self.base.get(DELETING, url)
        };
        match self.base.send(&ask).await {
            Ok(_) => return Ok(()),
            Err(error) if error.may_pass() => tracing::debug!("deleting again: {error}"),
            Err(error) => return Err(error),
        }
        // Whoever asks twice finds it gone.
        ask.repeats = true;
        match self.base.send(&ask).await {
            Err(error) if !error.is_missing() => Err(error),
            _ => Ok(()),
        }
    }
}
