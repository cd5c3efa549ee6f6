//! What whoever runs a cloud does beside serving it: tokens, rules, the record of changes, tidying up, checking, saving.
//!
//! It is the cloud of this computer unless a folder is named. What is in rows can be changed while another process serves
//! it; what touches the bytes needs it to be at rest.

use std::path::PathBuf;

use scs_server::{AuditEntry, Depth, Rule};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::{CloudAt, CloudToken, cloud, cloud_at::opened};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    network::told,
};

/// What is set for an owner of images or for a container; what is absent stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloudRules {
    /// How many bytes an owner may have; 0 is no limit.
    pub quota: Option<u64>,
    /// Whether only its owner sees a container; of an owner, whether new collections are so.
    pub private: Option<bool>,
    /// Whether a container refuses new images.
    pub read_only: Option<bool>,
}

/// What tidying up removed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectedView {
    pub uploads: usize,
    pub images: usize,
    pub files: usize,
    pub bytes: u64,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckedView {
    /// Files that were looked at.
    pub files: u64,
    /// Empty in a good cloud.
    pub problems: Vec<String>,
    /// Files that nobody knows: harmless, and removed by tidying up.
    pub orphans: Vec<String>,
}

/// A line of the record of changes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedView {
    /// In milliseconds, as `2026-03-01T09:30:00.125Z`.
    pub time: String,
    /// The name of a user, `anonymous`, or `owner` for what was done on this machine without a request.
    pub who: String,
    /// As `image.upload`.
    pub what: String,
    /// To what.
    pub subject: String,
    /// What the request is called; the answer to it said so.
    pub request: Option<String>,
}

impl Sifter {
    /// Makes a token, also while another process serves the cloud. The caller hands it over and forgets it.
    ///
    /// # Errors
    /// `input-invalid`, the codes of files.
    pub async fn issue_cloud_token(
        &self,
        at: CloudAt,
        name: String,
        days: Option<u32>,
    ) -> Result<(CloudToken, Secret)> {
        let name = cloud::checked_name(&name)?;
        self.off(move |sifter| {
            let (now, expires) = cloud::times(sifter, days)?;
            let rows = sifter.cloud_rows(&at)?;
            let user = sifter.user_of(&at, sifter.kept_place(&at)?.as_ref());
            rows.ensure_user(&user).map_err(told)?;
            let token = rows.issue(&user, &name, expires).map_err(told)?;
            let view = cloud::new_token_view(&token, name, now, expires);
            Ok((view, Secret::new(token.secret.expose_secret().to_owned())))
        })
        .await
    }

    /// Returns the tokens that are still good, of all users.
    ///
    /// # Errors
    /// The codes of files.
    pub async fn list_cloud_tokens(&self, at: CloudAt) -> Result<Vec<CloudToken>> {
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            let mut tokens = sifter.cloud_rows(&at)?.list().map_err(told)?;
            tokens.retain(cloud::is_of_a_person);
            Ok(tokens.iter().map(cloud::token_view).collect())
        })
        .await
    }

    /// Makes a token worthless, at once.
    ///
    /// # Errors
    /// `handle-unknown`, the codes of files.
    pub async fn end_cloud_token(&self, at: CloudAt, id: String) -> Result<()> {
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            sifter.cloud_rows(&at)?.revoke(&id).map_err(told)
        })
        .await
    }

    /// Sets rules for an owner, or for a container as `owner/collection/container`; also while the cloud is served.
    ///
    /// # Errors
    /// `file-missing`, `input-invalid` for what is not there or has no such rule, the codes of files.
    pub async fn set_cloud_rules(
        &self,
        at: CloudAt,
        name: String,
        rules: CloudRules,
    ) -> Result<()> {
        let rules = [
            rules.quota.map(Rule::Quota),
            rules.private.map(Rule::Private),
            rules.read_only.map(Rule::ReadOnly),
        ];
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            let rows = sifter.cloud_rows(&at)?;
            for rule in rules.into_iter().flatten() {
                if !rows.set(&name, rule).map_err(told)? {
                    return Err(no_such(&name, rule));
                }
            }
            Ok(())
        })
        .await
    }

    /// Returns the last `most` changes, newest first; also while another process serves the cloud.
    ///
    /// # Errors
    /// `file-missing`, the codes of files.
    pub async fn cloud_record(&self, at: CloudAt, most: u32) -> Result<Vec<RecordedView>> {
        self.off(move |sifter| {
            sifter.settings_of_existing(&at)?;
            let lines = sifter.cloud_rows(&at)?.audit(most).map_err(told)?;
            let view = |line: AuditEntry| RecordedView {
                time: line.time.to_string(),
                who: line.who,
                what: line.what,
                subject: line.subject,
                request: line.request,
            };
            Ok(lines.into_iter().map(view).collect())
        })
        .await
    }

    /// Removes what nobody can use any more.
    ///
    /// # Errors
    /// `file-missing`, `cloud-in-use`, the codes of files and of storage.
    pub async fn collect_cloud(&self, at: CloudAt) -> Result<CollectedView> {
        let cloud = opened(self.settings_of_existing(&at)?).await?;
        self.off(move |_| {
            let collected = cloud.gc().map_err(told)?;
            Ok(CollectedView {
                uploads: collected.uploads,
                images: collected.images,
                files: collected.files,
                bytes: collected.bytes,
            })
        })
        .await
    }

    /// Checks that everything that is shown is there, and whole if `bytes`.
    ///
    /// # Errors
    /// `file-missing`, `cloud-in-use`, the codes of files and of storage.
    pub async fn check_cloud(&self, at: CloudAt, bytes: bool) -> Result<CheckedView> {
        let cloud = opened(self.settings_of_existing(&at)?).await?;
        self.off(move |_| {
            let depth = if bytes { Depth::Bytes } else { Depth::Lengths };
            let checked = cloud.fsck(depth).map_err(told)?;
            Ok(CheckedView {
                files: checked.files,
                problems: checked.problems.iter().map(ToString::to_string).collect(),
                orphans: checked.orphans,
            })
        })
        .await
    }

    /// Copies a cloud into a new folder, from which it can be served.
    ///
    /// # Errors
    /// `file-missing`, `cloud-in-use`, `file-exists` if the folder is not empty, the codes of files and of storage.
    pub async fn back_up_cloud(&self, at: CloudAt, folder: PathBuf) -> Result<()> {
        let cloud = opened(self.settings_of_existing(&at)?).await?;
        self.off(move |_| cloud.backup(&folder).map_err(told)).await
    }
}

fn no_such(name: &str, rule: Rule) -> ApiError {
    let what = match rule {
        Rule::Quota(_) => "owner",
        Rule::ReadOnly(_) => "container",
        Rule::Private(_) => "owner or container",
    };
    let message = format!("there is no {what} `{name}`");
    ApiError::new(ErrorCode::InputInvalid, message)
        .with_hint("name an owner as `anna`, a container as `anna/tools/blast`")
}
