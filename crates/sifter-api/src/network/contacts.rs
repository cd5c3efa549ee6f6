//! Whom Sifter talked to since it started, and what for.

use std::sync::Mutex;

use crate::{Sifter, remotes::ContactView, units::Timestamp};

/// No more hosts are remembered.
const MOST: usize = 500;

/// The hosts, last first.
#[derive(Debug, Default)]
pub(crate) struct Contacts(Mutex<Vec<ContactView>>);

impl Contacts {
    fn note(&self, host: &str, purpose: &str, now: Timestamp) {
        let mut all = crate::lock(&self.0);
        let known = all
            .iter()
            .position(|one| one.host == host && one.purpose == purpose);
        let times = known.map_or(0, |place| all.remove(place).times);
        let contact = ContactView {
            host: host.to_owned(),
            purpose: purpose.to_owned(),
            last: now,
            times: times.saturating_add(1),
        };
        all.insert(0, contact);
        all.truncate(MOST);
    }

    pub(crate) fn list(&self) -> Vec<ContactView> {
        crate::lock(&self.0).clone()
    }
}

impl Sifter {
    /// Notes that `host` is asked for something: `discovery`, `token`, `library`, `keyserver`, `registry`, `download`.
    pub(crate) fn contact(&self, host: &str, purpose: &str) {
        let now = self.inner.clock.timestamp();
        self.inner.network.contacts.note(host, purpose, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_is_first_and_each_is_counted() {
        let contacts = Contacts::default();
        for (host, purpose, time) in [
            ("a", "library", 1),
            ("b", "library", 2),
            ("a", "library", 3),
        ] {
            contacts.note(host, purpose, Timestamp(time));
        }
        contacts.note("a", "token", Timestamp(4));
        let list: Vec<_> = contacts
            .list()
            .into_iter()
            .map(|one| (one.host, one.purpose, one.last.0, one.times))
            .collect();
        let row = |host: &str, purpose: &str, last, times| {
            (host.to_owned(), purpose.to_owned(), last, times)
        };
        assert_eq!(
            list,
            [
                row("a", "token", 4, 1),
                row("a", "library", 3, 2),
                row("b", "library", 2, 1)
            ]
        );
    }
}
