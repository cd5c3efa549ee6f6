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
            Err(error) if may_be_done(&error) => error,
            result => return result,
        };
        tracing::debug!("is it finished: {first}");
        if self.is_uploaded().await? {
            return Ok(None);
        }
        if !first.is_unclear() {
            return Err(first);
        }
        self.pause(&first).await?;
        match self.finish_once(path, body).await {
            // The first may have been heard after the question.
            Err(error) if may_be_done(&error) && self.is_uploaded().await? => Ok(None),
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

/// Whether the image may be complete although the server did not say so: it may do the work and fail to answer, or not know
/// an upload any more that it has completed.
fn may_be_done(error: &Error) -> bool {
    let is_gone = matches!(
        error.cause(),
        Cause::Missing { .. }
            | Cause::Exists { .. }
            | Cause::Refused { .. }
            | Cause::Answer(_)
            | Cause::NotAService
    );
    is_gone || error.is_unclear()
}
