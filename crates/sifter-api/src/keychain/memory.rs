//! A keychain in memory: for tests, and for a person who wants nothing kept.

use std::{collections::HashMap, sync::Mutex};

use super::{Keychain, KeychainError};
use crate::secret::Secret;

/// How the keychain behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    #[default]
    Open,
    /// It is locked.
    Locked,
    /// There is none.
    Missing,
    /// It refuses.
    Denying,
}

/// Keeps secrets until it is dropped, and can be told to fail like the real ones.
#[derive(Debug, Default)]
pub struct MemoryKeychain {
    items: Mutex<HashMap<String, Secret>>,
    mood: Mutex<Mood>,
    /// In units of UTF-16; none is no limit.
    longest: Option<usize>,
}

impl MemoryKeychain {
    /// One that takes no item longer than so many units of UTF-16, like that of Windows.
    #[must_use]
    pub fn with_longest(longest: usize) -> Self {
        Self {
            longest: Some(longest),
            ..Self::default()
        }
    }

    /// Changes how it behaves from now on.
    pub fn set_mood(&self, mood: Mood) {
        *crate::lock(&self.mood) = mood;
    }

    /// Returns the accounts that something is kept for, sorted.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut names: Vec<_> = crate::lock(&self.items).keys().cloned().collect();
        names.sort();
        names
    }

    fn ask(&self) -> Result<(), KeychainError> {
        match *crate::lock(&self.mood) {
            Mood::Open => Ok(()),
            Mood::Locked => Err(KeychainError::Locked),
            Mood::Missing => Err(KeychainError::Missing),
            Mood::Denying => Err(KeychainError::Denied("told to".into())),
        }
    }
}

impl Keychain for MemoryKeychain {
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError> {
        self.ask()?;
        Ok(crate::lock(&self.items).get(account).cloned())
    }

    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError> {
        self.ask()?;
        let length = secret.expose().encode_utf16().count();
        if self.longest.is_some_and(|longest| length > longest) {
            return Err(KeychainError::Denied("the item is too long".into()));
        }
        crate::lock(&self.items).insert(account.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.ask()?;
        crate::lock(&self.items).remove(account);
        Ok(())
    }
}
