//! Whom Sifter talked to since it started, and what for.

use std::sync::{Arc, Mutex};

use scs_client::Witness;

use crate::{Sifter, remotes::ContactView, units::Timestamp};

/// No more hosts are remembered.
const MOST: usize = 500;

/// The hosts, last first. A copy is the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contacts(Arc<Mutex<Vec<ContactView>>>);

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

    /// Notes a connection. Each service is noted by its purpose before it is asked, so a host that nobody noted is one
    /// that a service led to: where bytes are.
    fn connected(&self, host: &str, now: Timestamp) {
        let is_noted = crate::lock(&self.0).iter().any(|one| one.host == host);
        if !is_noted {
            self.note(host, "download", now);
        }
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

    /// Returns what clients tell of every connection that they make.
    pub(super) fn witness(&self) -> Witness {
        let (contacts, clock) = (
            self.inner.network.contacts.clone(),
            self.inner.clock.clone(),
        );
        Witness::new(move |host| contacts.connected(host, clock.timestamp()))
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
        contacts.connected("a", Timestamp(5));
        contacts.connected("c", Timestamp(5));
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
                row("c", "download", 5, 1),
                row("a", "token", 4, 1),
                row("a", "library", 3, 2),
                row("b", "library", 2, 1)
            ]
        );
    }
}
