//! The settings file and the policy file: JSON objects by the settings' names.
//!
//! A setting that cannot be read counts as not set, so that one bad value never costs the others. Names that this
//! version does not know are kept when the file is written.

use std::{fs, io, path::Path};

use serde_json::{Map, Value};

use super::{Settings, SettingsView, WITHOUT_EFFECT};
use crate::{
    Result,
    error::{ApiError, ErrorCode, io_error, name_of},
    files,
};

type Object = Map<String, Value>;

/// What was read, and what is in effect.
#[derive(Debug, Clone)]
pub(crate) struct SettingsFile {
    stored: Object,
    policy: Object,
}

impl SettingsFile {
    /// Reads both files. The second value tells what a person must know: a settings file that is no JSON object is
    /// moved aside, and what a policy says in vain.
    pub(crate) fn read(path: &Path, policy: &Path) -> Result<(Self, Vec<ApiError>)> {
        let (policy, mut told) = read_policy(policy);
        match read_object(path) {
            Ok(stored) => Ok((
                Self {
                    stored: stored.unwrap_or_default(),
                    policy,
                },
                told,
            )),
            Err(_) => {
                let aside = files::free_name(&path.with_extension("damaged.json"));
                fs::rename(path, &aside).map_err(|error| io_error(path, &error))?;
                let message = format!(
                    "the settings could not be read and are the defaults again; the old file is kept as `{}`",
                    name_of(&aside)
                );
                told.push(ApiError::new(ErrorCode::StateReplaced, message));
                Ok((
                    Self {
                        stored: Object::new(),
                        policy,
                    },
                    told,
                ))
            }
        }
    }

    pub(crate) fn view(&self) -> SettingsView {
        let mut effective = defaults();
        let mut locked = Vec::new();
        overlay(&mut effective, &self.stored);
        for name in overlay(&mut effective, &self.policy) {
            locked.push(name);
        }
        SettingsView {
            settings: read_settings(&effective),
            defaults: Settings::default(),
            locked,
            without_effect: WITHOUT_EFFECT.iter().map(|name| (*name).into()).collect(),
        }
    }

    /// Takes `wanted` over; returns an error and changes nothing if a locked setting differs or a value is absurd.
    pub(crate) fn change(&mut self, wanted: &Settings) -> Result<()> {
        let now = self.view();
        let old = as_object(&now.settings);
        let new = as_object(wanted);
        for (name, value) in &new {
            if now.locked.contains(name) && old.get(name) != Some(value) {
                let message = format!("`{name}` is set by your administrator");
                return Err(ApiError::new(ErrorCode::SettingLocked, message));
            }
        }
        check(wanted)?;
        let defaults = defaults();
        for (name, value) in new {
            if now.locked.contains(&name) {
                continue;
            }
            if defaults.get(&name) == Some(&value) {
                self.stored.remove(&name);
            } else {
                self.stored.insert(name, value);
            }
        }
        Ok(())
    }

    pub(crate) fn finish_first_run(&mut self) {
        self.stored.insert("firstRunDone".into(), Value::Bool(true));
    }

    /// Takes settings back to their defaults; all of them if no names are given.
    pub(crate) fn reset(&mut self, names: &[String]) -> Result<()> {
        let known = defaults();
        if let Some(name) = names.iter().find(|name| !known.contains_key(*name)) {
            return Err(ApiError::new(
                ErrorCode::InputInvalid,
                format!("`{name}` is not a setting"),
            ));
        }
        // Not a setting that a person sees.
        let first_run = self.stored.get("firstRunDone").cloned();
        if names.is_empty() {
            self.stored.retain(|name, _| !known.contains_key(name));
            if let Some(done) = first_run {
                self.stored.insert("firstRunDone".into(), done);
            }
        }
        for name in names {
            self.stored.remove(name);
        }
        Ok(())
    }

    /// Takes over what another Sifter wrote since `before` was read, but for what was changed here. A file that is gone or
    /// damaged by now says nothing.
    pub(crate) fn keep_what_others_wrote(&mut self, before: &Self, path: &Path) {
        let Ok(Some(mut theirs)) = read_object(path) else {
            return;
        };
        for name in before.stored.keys().chain(self.stored.keys()) {
            match self.stored.get(name) {
                now if now == before.stored.get(name) => {}
                Some(changed) => drop(theirs.insert(name.clone(), changed.clone())),
                None => drop(theirs.remove(name)),
            }
        }
        self.stored = theirs;
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut text =
            serde_json::to_vec_pretty(&self.stored).map_err(|error| ApiError::internal(&error))?;
        text.push(b'\n');
        files::write_atomic(path, &text)
    }
}

/// A policy that is not in force must not look as if it were: what cannot be taken from it is told.
fn read_policy(path: &Path) -> (Object, Vec<ApiError>) {
    let name = name_of(path);
    let tell = |message: String| {
        tracing::warn!("{message}");
        vec![ApiError::new(ErrorCode::InputInvalid, message)]
    };
    match read_object(path) {
        Ok(policy) => {
            let policy = policy.unwrap_or_default();
            let taken = overlay(&mut defaults(), &policy);
            let vain: Vec<String> = policy
                .keys()
                .filter(|key| !taken.contains(key))
                .map(|key| format!("`{key}`"))
                .collect();
            let told = if vain.is_empty() {
                Vec::new()
            } else {
                tell(format!(
                    "the administrator's `{name}` has no effect on {}: no such setting, or no such value",
                    vain.join(", ")
                ))
            };
            (policy, told)
        }
        Err(error) => (
            Object::new(),
            tell(format!(
                "the administrator's `{name}` cannot be read, so nothing in it applies: {error}"
            )),
        ),
    }
}

fn check(settings: &Settings) -> Result<()> {
    let refuse = |what: &str| Err(ApiError::new(ErrorCode::InputInvalid, what));
    if !(80..=300).contains(&settings.zoom) {
        return refuse("`zoom` is from 80 to 300");
    }
    if !(1..=3650).contains(&settings.history_days) {
        return refuse("`historyDays` is from 1 to 3650");
    }
    if !matches!(settings.language.as_str(), "en" | "pseudo") {
        return refuse("`language` is `en` or `pseudo`");
    }
    if !matches!(
        settings.profile.as_str(),
        "automatic" | "singularity" | "apptainer"
    ) {
        return refuse("`profile` is `automatic`, `singularity` or `apptainer`");
    }
    if !(1..=8).contains(&settings.transfers_at_once) {
        return refuse("`transfersAtOnce` is from 1 to 8");
    }
    if !is_proxy(&settings.proxy) {
        return refuse(
            "`proxy` is an address like http://proxy.example.org:3128, without a password",
        );
    }
    Ok(())
}

/// Empty, or the address of a proxy. A password would lie in a plain file.
fn is_proxy(text: &str) -> bool {
    text.is_empty()
        || url::Url::parse(text).is_ok_and(|url| {
            let is_known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
            is_known && url.has_host() && url.username().is_empty() && url.password().is_none()
        })
}

/// Puts each value of `over` that fits into `base`, and returns the names of those.
fn overlay(base: &mut Object, over: &Object) -> Vec<String> {
    let mut taken = Vec::new();
    for (name, value) in over {
        if !base.contains_key(name) {
            continue;
        }
        let mut tried = base.clone();
        tried.insert(name.clone(), value.clone());
        let fits = serde_json::from_value::<Settings>(Value::Object(tried.clone()))
            .is_ok_and(|settings| check(&settings).is_ok());
        if fits {
            *base = tried;
            taken.push(name.clone());
        }
    }
    taken
}

fn read_settings(object: &Object) -> Settings {
    serde_json::from_value(Value::Object(object.clone())).unwrap_or_default()
}

fn defaults() -> Object {
    as_object(&Settings::default())
}

fn as_object(settings: &Settings) -> Object {
    match serde_json::to_value(settings) {
        Ok(Value::Object(object)) => object,
        _ => Object::new(),
    }
}

fn read_object(path: &Path) -> io::Result<Option<Object>> {
    /// Settings are small; anything larger is not a settings file.
    const LIMIT: u64 = 1 << 20;
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() || metadata.len() > LIMIT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let text = fs::read(path)?;
    if text.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(stored: &str, policy: &str) -> (tempfile::TempDir, SettingsFile, Vec<ApiError>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (settings, rules) = (
            folder.path().join("settings.json"),
            folder.path().join("policy.json"),
        );
        fs::write(&settings, stored).expect("written");
        fs::write(&rules, policy).expect("written");
        let (file, told) = SettingsFile::read(&settings, &rules).expect("read");
        (folder, file, told)
    }

    #[test]
    fn one_bad_value_does_not_cost_the_others() {
        let (_folder, file, told) = with(r#"{"zoom": 5000, "density": "compact", "theme": 7}"#, "");
        let view = file.view();
        assert_eq!(told, []);
        assert_eq!(view.settings.zoom, 100);
        assert_eq!(view.settings.theme, super::super::Theme::System);
        assert_eq!(view.settings.density, super::super::Density::Compact);
    }

    #[test]
    fn a_file_that_is_no_settings_is_kept_aside() {
        let (folder, file, told) = with("not json", "");
        assert_eq!(file.view().settings, Settings::default());
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].code, ErrorCode::StateReplaced);
        assert_eq!(
            fs::read(folder.path().join("settings.damaged.json")).expect("kept"),
            b"not json"
        );
    }

    #[test]
    fn the_policy_wins_and_locks() {
        let (_folder, mut file, _) = with(
            r#"{"historyDays": 5}"#,
            r#"{"historyDays": 30, "unknown": 1, "zoom": 1}"#,
        );
        let view = file.view();
        assert_eq!(
            (view.settings.history_days, view.locked.clone()),
            (30, vec!["historyDays".to_owned()])
        );
        let mut wanted = view.settings;
        wanted.history_days = 31;
        let error = file.change(&wanted).expect_err("locked");
        assert_eq!(
            (error.code, error.message.as_str()),
            (
                ErrorCode::SettingLocked,
                "`historyDays` is set by your administrator"
            )
        );
        wanted.history_days = 30;
        wanted.zoom = 150;
        file.change(&wanted).expect("zoom is free");
        assert_eq!(file.view().settings.zoom, 150);
    }

    #[test]
    fn a_policy_that_is_not_in_force_is_told() {
        let cases = [
            ("{}", None),
            (r#"{"requireEverySignature": true}"#, None),
            ("{\"requireEverySignature\": true", Some("cannot be read")),
            ("[]", Some("cannot be read")),
            (
                r#"{"zoom": 1, "requireEverySignature": true, "verifyUpto": 0}"#,
                Some("no effect on `verifyUpto`, `zoom`"),
            ),
        ];
        for (policy, told) in cases {
            let (_folder, file, notices) = with("", policy);
            let messages: Vec<&str> = notices.iter().map(|one| one.message.as_str()).collect();
            match told {
                None => assert_eq!(messages, Vec::<&str>::new(), "{policy}"),
                Some(words) => assert!(
                    messages.len() == 1 && messages[0].contains(words),
                    "{policy}: {messages:?}"
                ),
            }
            let strict = policy.ends_with('}') && policy.contains("requireEverySignature");
            assert_eq!(file.view().settings.require_every_signature, strict);
        }
    }

    #[test]
    fn only_a_system_that_tells_of_its_sleep_offers_to_lock_on_it() {
        let (_folder, file, _) = with("", "");
        let view = file.view();
        let is_offered = !view.without_effect.contains(&"lockOnSleep".to_owned());
        assert_eq!(is_offered, cfg!(target_os = "linux"));
        let names = as_object(&view.settings);
        assert!(
            view.without_effect
                .iter()
                .all(|name| names.contains_key(name))
        );
    }

    #[test]
    fn unknown_names_survive_a_change() {
        let (folder, mut file, _) = with(r#"{"ofTomorrow": [1], "zoom": 120}"#, "");
        file.reset(&[]).expect("reset");
        let path = folder.path().join("settings.json");
        file.write(&path).expect("written");
        let text = fs::read_to_string(path).expect("there");
        assert!(
            text.contains("ofTomorrow") && !text.contains("zoom"),
            "{text}"
        );
    }
}
