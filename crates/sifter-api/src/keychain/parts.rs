//! A secret that is longer than a keychain takes for one item, in several items. That of Windows takes 2560 bytes, and
//! tokens may be longer.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Keychain, KeychainError};
use crate::secret::Secret;

/// An item that begins so says only where the parts are.
const MARK: &str = "sifter-parts:";
/// No secret has more parts.
const MOST_PARTS: usize = 256;

/// A keychain whose items have a limit of length.
#[derive(Debug)]
pub struct InParts {
    keychain: Arc<dyn Keychain>,
    longest: usize,
}

/// Where the parts of a secret are: their number, and what all of them come to.
struct Head {
    count: usize,
    digest: String,
}

impl InParts {
    /// `keychain`, whose items have at most `longest` units of UTF-16.
    #[must_use]
    pub fn new(keychain: Arc<dyn Keychain>, longest: usize) -> Self {
        Self { keychain, longest }
    }

    fn head(&self, account: &str) -> Result<Option<Head>, KeychainError> {
        let item = self.keychain.read(account)?;
        Ok(item.and_then(|item| Head::read(item.expose())))
    }

    /// Removes parts that no item leads to any more.
    fn remove_parts(&self, account: &str, head: &Head) -> Result<(), KeychainError> {
        (0..head.count).try_for_each(|part| self.keychain.delete(&head.item(account, part)))
    }
}

impl Keychain for InParts {
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError> {
        let Some(item) = self.keychain.read(account)? else {
            return Ok(None);
        };
        let Some(head) = Head::read(item.expose()) else {
            return Ok(Some(item));
        };
        let mut whole =
            zeroize::Zeroizing::new(String::with_capacity(head.count * self.longest * 3));
        for part in 0..head.count {
            match self.keychain.read(&head.item(account, part))? {
                Some(part) => whole.push_str(part.expose()),
                // Half of a secret is none.
                None => return Ok(None),
            }
        }
        let is_whole = digest_of(&whole) == head.digest;
        Ok(is_whole.then(|| Secret::new(whole.to_string())))
    }

    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError> {
        let before = self.head(account)?;
        let parts = cut(secret.expose(), self.longest);
        let is_plain = parts.len() <= 1 && !secret.expose().starts_with(MARK);
        let head = (!is_plain).then(|| Head {
            count: parts.len(),
            digest: digest_of(secret.expose()),
        });
        if parts.len() > MOST_PARTS {
            return Err(KeychainError::Denied("the secret is too long".into()));
        }
        match &head {
            None => self.keychain.write(account, secret)?,
            // The item that leads to them comes last: until then it is the old secret.
            Some(head) => {
                for (number, part) in parts.iter().enumerate() {
                    let item = head.item(account, number);
                    self.keychain
                        .write(&item, &Secret::new((*part).to_owned()))?;
                }
                self.keychain.write(account, &Secret::new(head.written()))?;
            }
        }
        let is_same = |before: &&Head| {
            head.as_ref()
                .is_some_and(|head| head.digest == before.digest)
        };
        match before.as_ref().filter(|before| !is_same(before)) {
            Some(before) => self.remove_parts(account, before),
            None => Ok(()),
        }
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        let head = self.head(account)?;
        self.keychain.delete(account)?;
        head.map_or(Ok(()), |head| self.remove_parts(account, &head))
    }
}

impl Head {
    fn read(text: &str) -> Option<Self> {
        let (count, digest) = text.strip_prefix(MARK)?.split_once(':')?;
        let count = count.parse().ok().filter(|count| *count <= MOST_PARTS)?;
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| Self {
            count,
            digest: digest.to_owned(),
        })
    }

    fn written(&self) -> String {
        format!("{MARK}{}:{}", self.count, self.digest)
    }

    /// The account of one part. Those of another secret have other accounts.
    fn item(&self, account: &str, part: usize) -> String {
        let short = self.digest.get(..8).unwrap_or_default();
        format!("{account} {short}-{part}")
    }
}

fn digest_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// The text in parts of at most `longest` units of UTF-16.
fn cut(text: &str, longest: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut units) = (0, 0);
    for (at, letter) in text.char_indices() {
        if units + letter.len_utf16() > longest && at > start {
            parts.push(&text[start..at]);
            (start, units) = (at, 0);
        }
        units += letter.len_utf16();
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keychain::{MemoryKeychain, Mood};

    const LONGEST: usize = 100;

    fn open() -> (Arc<MemoryKeychain>, InParts) {
        let memory = Arc::new(MemoryKeychain::with_longest(LONGEST));
        (memory.clone(), InParts::new(memory, LONGEST))
    }

    fn text(keychain: &InParts) -> Option<String> {
        let read = keychain.read("a").expect("an open keychain");
        read.map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn a_secret_of_any_length_comes_back_and_leaves_nothing() {
        let (memory, keychain) = open();
        let secrets = [
            "x".repeat(LONGEST),
            "x".repeat(LONGEST + 1),
            "ü\u{1F600}y".repeat(1000),
            String::new(),
            "sifter-parts:2:none".to_owned(),
            format!("{MARK}3:{}", "0".repeat(64)),
            "short".to_owned(),
        ];
        for secret in &secrets {
            keychain
                .write("a", &Secret::new(secret.clone()))
                .expect("an open keychain");
            assert_eq!(text(&keychain).as_ref(), Some(secret));
        }
        assert_eq!(memory.accounts(), ["a"], "parts of older secrets stay");
        let long = Secret::new("x".repeat(5 * LONGEST));
        keychain.write("a", &long).expect("an open keychain");
        assert_eq!(memory.accounts().len(), 6);
        keychain.delete("a").expect("an open keychain");
        assert_eq!(memory.accounts(), Vec::<String>::new());
        assert_eq!(text(&keychain), None);
    }

    #[test]
    fn half_of_a_secret_is_none_and_a_locked_keychain_is_told() {
        let (memory, keychain) = open();
        let long = Secret::new("x".repeat(3 * LONGEST));
        keychain.write("a", &long).expect("an open keychain");
        let part = memory.accounts().pop().expect("a part");
        memory
            .write(&part, &Secret::new("other".into()))
            .expect("an open keychain");
        assert_eq!(text(&keychain), None);
        memory.delete(&part).expect("an open keychain");
        assert_eq!(text(&keychain), None);
        memory.set_mood(Mood::Locked);
        assert_eq!(keychain.read("a").err(), Some(KeychainError::Locked));
        assert_eq!(
            keychain.write("a", &long).err(),
            Some(KeychainError::Locked)
        );
        memory.set_mood(Mood::Open);
        let endless = Secret::new("x".repeat((MOST_PARTS + 1) * LONGEST));
        assert!(matches!(
            keychain.write("a", &endless),
            Err(KeychainError::Denied(_))
        ));
    }
}
