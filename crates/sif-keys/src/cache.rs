//! Passphrases that are remembered for a while. The time is passed in; nothing is remembered longer than asked.

use std::collections::HashMap;

use crate::fingerprint::Fingerprint;
use crate::secret::Passphrase;

/// How long a passphrase is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Not beyond the action that asked for it: it is not stored at all.
    ThisAction,
    /// So many seconds.
    Seconds(u32),
    /// Until the program ends or is locked.
    UntilQuit,
}

/// Remembered passphrases. They are wiped when they are forgotten; `Debug` shows only how many there are.
#[derive(Default)]
pub struct PassphraseCache {
    entries: HashMap<Fingerprint, (Passphrase, Option<i64>)>,
}

impl std::fmt::Debug for PassphraseCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PassphraseCache({})", self.entries.len())
    }
}

impl PassphraseCache {
    /// Remembers a passphrase that has just opened the key, in place of an older one.
    pub fn remember(&mut self, key: Fingerprint, passphrase: Passphrase, keep: Keep, now: i64) {
        let until = match keep {
            Keep::ThisAction => {
                self.forget(key);
                return;
            }
            Keep::Seconds(seconds) => Some(now.saturating_add(i64::from(seconds))),
            Keep::UntilQuit => None,
        };
        self.entries.insert(key, (passphrase, until));
    }

    /// Returns the passphrase of a key if it is still remembered at `now`.
    pub fn get(&mut self, key: Fingerprint, now: i64) -> Option<&Passphrase> {
        self.expire(now);
        self.entries.get(&key).map(|(passphrase, _)| passphrase)
    }

    /// Forgets what is over at `now`.
    pub fn expire(&mut self, now: i64) {
        self.entries
            .retain(|_, (_, until)| until.is_none_or(|until| now < until));
    }

    /// Forgets the passphrase of one key, for instance when it no longer opens it.
    pub fn forget(&mut self, key: Fingerprint) {
        self.entries.remove(&key);
    }

    /// Forgets everything.
    pub fn lock_now(&mut self) {
        self.entries.clear();
    }

    /// Returns when the next passphrase is forgotten, so that the caller can call [`PassphraseCache::expire`] then.
    pub fn next_expiry(&self) -> Option<i64> {
        self.entries.values().filter_map(|(_, until)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_last_as_long_as_asked() {
        let [once, short, long] = [1, 2, 3].map(|byte| Fingerprint::from_v4([byte; 20]));
        let mut cache = PassphraseCache::default();
        cache.remember(once, "a".into(), Keep::ThisAction, 100);
        cache.remember(short, "b".into(), Keep::Seconds(60), 100);
        cache.remember(long, "c".into(), Keep::UntilQuit, 100);
        assert!(cache.get(once, 100).is_none());
        assert!(cache.get(short, 159).is_some());
        assert_eq!(cache.next_expiry(), Some(160));
        assert!(cache.get(short, 160).is_none());
        assert!(cache.get(short, 159).is_none(), "forgotten for good");
        assert!(cache.get(long, i64::MAX).is_some());
        cache.lock_now();
        assert!(cache.get(long, 100).is_none());
    }

    #[test]
    fn nothing_is_printed() {
        let mut cache = PassphraseCache::default();
        cache.remember(
            Fingerprint::from_v4([1; 20]),
            "hunter2".into(),
            Keep::UntilQuit,
            0,
        );
        assert_eq!(format!("{cache:?}"), "PassphraseCache(1)");
        assert_eq!(
            format!("{:?}", Passphrase::from("hunter2")),
            "Passphrase(…)"
        );
    }
}
