//! What remotes offer, as they said it last: in memory for some minutes, and on the disk for a start without a network.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use scs_client::Services;
use scs_types::Frontend;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ServicesView;
use crate::{
    Result, Sifter,
    error::ApiError,
    files::{self, Alone},
    units::Timestamp,
};

/// So many seconds an answer is not asked for again.
const FRESH: i64 = 300;
/// No more remotes are remembered.
const MOST: usize = 200;

/// The answers, by the address of the remote.
#[derive(Debug, Default)]
pub(super) struct Discovered(Mutex<Option<BTreeMap<String, Answer>>>);

/// What a remote said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    document: Frontend,
    read: Timestamp,
}

impl Sifter {
    /// Returns what the remote at `frontend` said, and whether that was just now.
    pub(super) fn discovered(&self, frontend: &Url) -> Option<(Services, Timestamp, bool)> {
        let answer = self.with_discovered(|all| all.get(frontend.as_str()).cloned())?;
        let age = self.now().0.saturating_sub(answer.read.0);
        let services = Services {
            frontend: frontend.clone(),
            document: answer.document,
        };
        Some((services, answer.read, (0..FRESH).contains(&age)))
    }

    /// Keeps what a remote said just now.
    pub(super) fn keep_discovered(&self, services: &Services) {
        let answer = Answer {
            document: services.document.clone(),
            read: self.now(),
        };
        self.with_discovered(|all| all.insert(services.frontend.to_string(), answer));
        let path = self.discovered_file();
        let keep = || -> Result<()> {
            let _alone = Alone::at(&path.with_extension("lock"))?;
            let text = self.with_discovered(|all| {
                // What another Sifter learned since is kept as well.
                for (address, theirs) in read_answers(&path) {
                    all.entry(address).or_insert(theirs);
                }
                drop_oldest(all);
                serde_json::to_vec(all)
            });
            let text = text.map_err(|error| ApiError::internal(&error))?;
            files::write_atomic(&path, &text)
        };
        if let Err(error) = keep() {
            tracing::warn!(%error, "what a remote offers is known only until Sifter ends");
        }
    }

    fn discovered_file(&self) -> PathBuf {
        self.inner.homes.data.join("discovery.json")
    }

    /// Forgets that an answer is fresh.
    pub(super) fn ask_remote_again(&self, frontend: &Url) {
        self.with_discovered(|all| {
            if let Some(answer) = all.get_mut(frontend.as_str()) {
                answer.read.0 = answer.read.0.saturating_sub(FRESH);
            }
        });
    }

    fn with_discovered<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Answer>) -> T) -> T {
        let mut kept = crate::lock(&self.inner.remotes.discovered.0);
        work(kept.get_or_insert_with(|| read_answers(&self.discovered_file())))
    }
}

/// Reads what is kept; a damaged file is none, for there is nothing in it that cannot be asked again.
fn read_answers(path: &Path) -> BTreeMap<String, Answer> {
    let text = std::fs::read(path).ok();
    text.and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

fn drop_oldest(all: &mut BTreeMap<String, Answer>) {
    while all.len() > MOST {
        let oldest = all.iter().min_by_key(|(_, answer)| answer.read);
        let Some(oldest) = oldest.map(|(address, _)| address.clone()) else {
            break;
        };
        all.remove(&oldest);
    }
}

/// Returns what a screen shows of the services.
pub(super) fn services_view(services: &Services, read: Timestamp) -> ServicesView {
    let document = &services.document;
    let some = |uri: Option<&String>| uri.filter(|uri| !uri.is_empty()).cloned();
    let token = document.token.as_ref().map(|service| &service.uri);
    let page = || {
        let mut page = services.frontend.clone();
        let path = format!("{}/auth/tokens", page.path().trim_end_matches('/'));
        page.set_path(&path);
        page.to_string()
    };
    ServicesView {
        library: some(document.library.as_ref().map(|library| &library.uri)),
        keyserver: some(document.keystore.as_ref().map(|service| &service.uri)),
        builder: some(document.builder.as_ref().map(|service| &service.uri)),
        registry: some(
            document
                .library
                .as_ref()
                .and_then(|library| library.registry_uri.as_ref()),
        ),
        token_page: some(token).map(|_| page()),
        tokens: some(token),
        read,
    }
}
