//! Settings: what a person chose, and what a policy file locks.

mod calls;
mod file;

pub(crate) use file::SettingsFile;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::units::{ByteCount, Timestamp};

/// All settings. Each has a default; applied at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    pub theme: Theme,
    pub density: Density,
    /// 80–300 percent.
    pub zoom: u32,
    pub reduce_motion: bool,
    /// `en` or `pseudo`.
    pub language: String,
    pub require_every_signature: bool,
    /// Verify by itself up to this size.
    pub verify_up_to: ByteCount,
    pub keep_passphrase: crate::keys::KeepPassphrase,
    pub lock_on_sleep: bool,
    pub notify_task_ended: bool,
    pub notify_needs_you: bool,
    pub notify_tampered: bool,
    /// Do not disturb: no notifications until then.
    pub quiet_until: Option<Timestamp>,
    pub close_behaviour: CloseBehaviour,
    pub single_key_shortcuts: bool,
    /// Command id → keys, only those that differ from the default.
    pub shortcuts: Vec<Shortcut>,
    /// Days that finished tasks stay in Activity.
    pub history_days: u32,
    pub log_level: LogLevel,
    /// `automatic`, or the name of a profile.
    pub profile: String,
    pub first_run_done: bool,
    pub verify_after_pull: bool,
    /// Transfers that run at once: 1 to 8.
    pub transfers_at_once: u32,
    /// Bytes a second for all transfers together; 0: no limit.
    pub bandwidth: ByteCount,
    /// Empty: as the environment says. Otherwise an address; never with a password in it.
    pub proxy: String,
    /// The name of a file with certificates of further authorities; empty: none.
    pub ca_file: String,
    /// Whether `library://` links are opened with Sifter.
    pub open_library_links: bool,
    /// The handle of the remote that screens use.
    pub current_remote: crate::units::RemoteId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Shortcut {
    pub command: String,
    pub keys: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    System,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Density {
    Comfortable,
    Compact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CloseBehaviour {
    Ask,
    KeepWorking,
    StopAndQuit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LogLevel {
    Error,
    Info,
    Debug,
}

/// What does nothing on this system: only Linux tells Sifter that the computer goes to sleep.
pub(crate) const WITHOUT_EFFECT: &[&str] = if cfg!(target_os = "linux") {
    &[]
} else {
    &["lockOnSleep"]
};

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            density: Density::Comfortable,
            zoom: 100,
            reduce_motion: false,
            language: "en".into(),
            require_every_signature: false,
            verify_up_to: ByteCount(2_000_000_000),
            keep_passphrase: crate::keys::KeepPassphrase::FifteenMinutes,
            lock_on_sleep: true,
            notify_task_ended: true,
            notify_needs_you: true,
            notify_tampered: true,
            quiet_until: None,
            close_behaviour: CloseBehaviour::Ask,
            single_key_shortcuts: true,
            shortcuts: Vec::new(),
            history_days: 90,
            log_level: LogLevel::Info,
            profile: "automatic".into(),
            first_run_done: false,
            verify_after_pull: true,
            transfers_at_once: 3,
            bandwidth: ByteCount(0),
            proxy: String::new(),
            ca_file: String::new(),
            open_library_links: false,
            current_remote: crate::units::RemoteId::this_computer(),
        }
    }
}

/// The settings as a screen shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    pub settings: Settings,
    pub defaults: Settings,
    /// Names (camel case) that the policy file locks.
    pub locked: Vec<String>,
    /// Names (camel case) of those that do nothing on this system, and are not offered.
    pub without_effect: Vec<String>,
}
