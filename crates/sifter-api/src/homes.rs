//! Where Sifter's own files live, what the environment says, what time it is: all given from outside, so that a test
//! never touches a real home.

use std::{
    collections::HashMap,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use etcetera::{AppStrategy, AppStrategyArgs, app_strategy::choose_native_strategy};

use crate::{
    error::{ApiError, ErrorCode},
    units::Timestamp,
};

/// The folders and variables that Sifter uses.
#[derive(Clone, Debug)]
pub struct Homes {
    /// The person's home folder; the command lines' folders are below it.
    pub home: PathBuf,
    /// Sifter's own data: database, sample image, backups of keyrings.
    pub data: PathBuf,
    /// Sifter's own settings.
    pub config: PathBuf,
    /// Sifter's logs.
    pub logs: PathBuf,
    /// The file by which an administrator locks settings.
    pub policy: PathBuf,
    /// The environment variables.
    pub environment: HashMap<String, OsString>,
}

impl Homes {
    /// Returns the homes of the person who runs the program.
    ///
    /// # Errors
    /// `internal` if the system does not say where the home folder is.
    pub fn of_this_user() -> Result<Self, ApiError> {
        let strategy = choose_native_strategy(AppStrategyArgs {
            top_level_domain: "app".into(),
            author: "Sifter".into(),
            app_name: "sifter".into(),
        })
        .map_err(|_| {
            ApiError::new(
                ErrorCode::Internal,
                "the system does not say where the home folder is",
            )
        })?;
        let data = strategy.data_dir();
        Ok(Self {
            home: strategy.home_dir().to_path_buf(),
            logs: strategy
                .state_dir()
                .unwrap_or_else(|| data.clone())
                .join("logs"),
            config: strategy.config_dir(),
            policy: policy_path(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| name.into_string().ok().map(|name| (name, value)))
                .collect(),
            data,
        })
    }

    /// Returns homes below `folder`, with an empty environment: for tests and for trying things out.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self {
            home: folder.join("home"),
            data: folder.join("data"),
            config: folder.join("config"),
            logs: folder.join("logs"),
            policy: folder.join("policy.json"),
            environment: HashMap::new(),
        }
    }

    /// Returns the value of an environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OsString> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }
}

#[cfg(unix)]
fn policy_path() -> PathBuf {
    PathBuf::from("/etc/sifter/policy.json")
}

#[cfg(windows)]
fn policy_path() -> PathBuf {
    let folder = std::env::var_os("ProgramData").unwrap_or_else(|| "C:\\ProgramData".into());
    PathBuf::from(folder).join("Sifter").join("policy.json")
}

/// What time it is, and how time passes.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    waits: bool,
}

impl Clock {
    /// Returns the system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(SystemTime::now)
    }

    /// Returns a clock that asks `now`.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            now: Arc::new(now),
            waits: true,
        }
    }

    /// Returns the clock with pauses that are over at once: for a test in which nobody is waited for in vain.
    #[must_use]
    pub fn without_waiting(self) -> Self {
        Self {
            waits: false,
            ..self
        }
    }

    /// Lets a pause pass.
    pub(crate) fn wait(&self, pause: Duration) {
        std::thread::sleep(self.length_of(pause));
    }

    /// Returns how long a pause really is.
    pub(crate) fn length_of(&self, pause: Duration) -> Duration {
        if self.waits { pause } else { Duration::ZERO }
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.now)()
    }

    /// Returns the time in Unix seconds.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::of(self.now())
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Clock")
    }
}

impl Timestamp {
    /// Returns the Unix seconds of `time`.
    #[must_use]
    pub fn of(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(i64::try_from(after.as_secs()).unwrap_or(i64::MAX)),
            Err(before) => Self(
                i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
            ),
        }
    }

    /// Returns the moment, or the epoch where the number is none that the system knows.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        let distance = Duration::from_secs(self.0.unsigned_abs());
        let moment = if self.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        moment.unwrap_or(UNIX_EPOCH)
    }
}
