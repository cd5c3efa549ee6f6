//! Which cloud is meant where no window is: its folder, and the storage of its bytes.

use std::path::{Path, PathBuf};

use scs_server::{BadCredentials, Beside, Cloud, Credentials, S3, Settings, Storage};

use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error},
    network::{CloudPlace, told},
};

/// Which cloud.
#[derive(Clone, Debug, Default)]
pub struct CloudAt {
    /// Its folder; absent: the one of this computer.
    pub folder: Option<PathBuf>,
    /// The bucket that holds its images; absent: its folder does.
    pub bucket: Option<BucketAt>,
    /// The user of whoever runs it; absent: the name of this person.
    pub user: Option<String>,
}

/// A place in storage that speaks S3.
#[derive(Clone, Debug, Default)]
pub struct BucketAt {
    /// As `https://s3.example.org`; empty: at Amazon.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    /// What the names of all objects begin with.
    pub prefix: String,
    /// A file with the key; absent: the environment has it.
    pub credentials: Option<PathBuf>,
    /// Whether the name of the bucket is part of the host.
    pub is_virtual_hosted: bool,
    /// Whether plain http is allowed beyond this machine.
    pub is_plain_http: bool,
}

impl Sifter {
    pub(super) fn settings_of(&self, at: &CloudAt) -> Result<Settings> {
        let mut settings = self.cloud_settings();
        if let Some(folder) = &at.folder {
            settings.folder.clone_from(folder);
        }
        if let Some(bucket) = &at.bucket {
            settings.storage = Storage::S3(Box::new(self.s3(bucket)?));
        }
        Ok(settings)
    }

    /// The settings of a cloud that is there: whoever looks at one by a wrong name is told so, and makes none.
    pub(super) fn settings_of_existing(&self, at: &CloudAt) -> Result<Settings> {
        let settings = self.settings_of(at)?;
        if Cloud::is_in(&settings.folder) {
            return Ok(settings);
        }
        let message = format!("there is no library in `{}`", settings.folder.display());
        let error = ApiError::new(ErrorCode::FileMissing, message);
        Err(error.with_hint("check the name of the folder"))
    }

    fn s3(&self, bucket: &BucketAt) -> Result<S3> {
        let variable = |name: &str| {
            let value = self.inner.homes.variable(name)?;
            Some(value.to_string_lossy().into_owned())
        };
        let credentials = match &bucket.credentials {
            Some(path) => Credentials::from_file(path),
            None => Credentials::from_variables(variable),
        };
        Ok(S3 {
            endpoint: bucket.endpoint.clone(),
            region: bucket.region.clone(),
            bucket: bucket.bucket.clone(),
            prefix: bucket.prefix.clone(),
            credentials: credentials.map_err(|error| no_key(&error))?,
            is_virtual_hosted: bucket.is_virtual_hosted,
            is_plain_http: bucket.is_plain_http,
        })
    }

    pub(super) fn kept_place(&self, at: &CloudAt) -> Result<Option<CloudPlace>> {
        match at.folder {
            Some(_) => Ok(None),
            None => self.cloud_place(),
        }
    }

    pub(super) fn user_of(&self, at: &CloudAt, kept: Option<&CloudPlace>) -> String {
        let kept = kept.map(|place| place.user.clone());
        at.user.clone().or(kept).unwrap_or_else(|| self.person())
    }

    /// The rows of a cloud, which is made if there is none. Whoever serves it need not end.
    pub(super) fn cloud_rows(&self, at: &CloudAt) -> Result<Beside> {
        let settings = self.settings_of(&CloudAt {
            bucket: None,
            ..at.clone()
        })?;
        match Beside::open(&settings) {
            Ok(rows) => Ok(rows),
            // There is none, or it is of an older version.
            Err(_) => {
                drop(Cloud::open(settings.clone()).map_err(told)?);
                Beside::open(&settings).map_err(told)
            }
        }
    }
}

pub(super) async fn opened(settings: Settings) -> Result<Cloud> {
    tokio::task::spawn_blocking(move || Cloud::open(settings))
        .await?
        .map_err(told)
}

fn no_key(error: &BadCredentials) -> ApiError {
    match error {
        BadCredentials::Unreadable { path, source } => io_error(Path::new(path), source),
        _ => ApiError::new(ErrorCode::InputInvalid, "the storage needs a key").because(error),
    }
}
