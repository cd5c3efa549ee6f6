//! The end of an upload. The server may take long to put parts together and to hash them, and its answer may get lost.

use reqwest::Method;
use scs_types::library::Completed;
use serde::Serialize;

use super::{PUSHING, send::Sending, until};
use crate::error::{Cause, Error};

pub(crate) const FINISHING: &str = "finishing the upload";
/// So many times longer than usual the answer may take.
const PATIENCE: u32 = 3;

impl Sending<'_> {
    /// Tells the server that all bytes are there. If its answer is lost the image says whether it heard it; if not, it is
    /// told once more.
    pub(crate) async fn finish(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<Option<Completed>, Error> {
        let first = match self.finish_once(path, body).await {
            Err(error) if error.is_unclear() => error,
            result => return result,
        };
        tracing::debug!("finishing again: {first}");
        if self.is_uploaded().await? {
            return Ok(None);
        }
        self.pause(&first).await?;
        match self.finish_once(path, body).await {
            // The first may have been heard after the question.
            Err(_) if self.is_uploaded().await? => Ok(None),
            result => result,
        }
    }

    async fn finish_once(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<Option<Completed>, Error> {
        let base = &self.library.base;
        let mut ask = base.with_body(FINISHING, Method::PUT, path, body)?;
        ask.repeats = false;
        ask.patience = PATIENCE;
        match until(&self.push.stop, PUSHING, base.send(&ask)).await {
            Ok(answer) => answer.data(),
            // Some servers count only at the end, and call it so.
            Err(error) => Err(match error.cause() {
                Cause::TooLarge { said } => {
                    let said = said.clone();
                    error.with(Cause::Quota {
                        said,
                        total: None,
                        used: None,
                    })
                }
                _ => error,
            }),
        }
    }
}
