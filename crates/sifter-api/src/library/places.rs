//! Where images may be pushed on a remote: the collections that an account can see, its own first.

use futures_util::{StreamExt as _, stream};
use scs_types::library::{Entity, is_name};

use super::{PushPlaces, place::Place};
use crate::{Result, Sifter, remotes::LoginView, units::RemoteId};

/// Owners that are asked for their collections; who has more types the name.
const MOST: usize = 200;
/// Questions at once.
const AT_ONCE: usize = 6;
/// The collection that is proposed to somebody who has none.
const FIRST: &str = "images";

/// Returns where images may be pushed. On the threads of the network.
pub(super) async fn find(sifter: &Sifter, remote: &RemoteId) -> Result<PushPlaces> {
    let place = sifter.library_of(remote).await?;
    let own = own_entity(sifter, remote).await?;
    let entities = match place.library.entities().await {
        Ok(entities) => entities,
        // A library that lists no owners still knows the one that is asked for.
        Err(error) if own.is_some() => {
            tracing::debug!("the owners are not listed: {error}");
            Vec::new()
        }
        Err(error) => return Err(place.fault(error)),
    };
    let (place, owners) = (&place, in_order(&entities, own.as_deref()));
    let questions =
        stream::iter(owners).map(|owner| async move { collections_of(place, &owner).await });
    let answers = questions.buffered(AT_ONCE);
    let collections: Vec<String> = answers.collect::<Vec<_>>().await.concat();
    let proposed = match (own, collections.first()) {
        (Some(own), Some(first)) if first.starts_with(&format!("{own}/")) => Some(first.clone()),
        (Some(own), _) => Some(format!("{own}/{FIRST}")),
        (None, first) => first.cloned(),
    };
    Ok(PushPlaces {
        collections,
        proposed,
    })
}

/// The person's own owner, as far as it is known: on this computer the person, elsewhere the account.
async fn own_entity(sifter: &Sifter, remote: &RemoteId) -> Result<Option<String>> {
    if *remote == RemoteId::this_computer() {
        let running = sifter.inner.network.cloud.running();
        return Ok(running.map(|cloud| cloud.user.clone()));
    }
    let all = sifter.list_remotes().await?;
    let login = all.remotes.into_iter().find(|one| one.id == *remote);
    let account = match login.map(|one| one.login) {
        Some(LoginView::SignedIn { account, .. }) => account,
        _ => None,
    };
    Ok(account
        .map(|account| account.name)
        .filter(|name| is_name(name)))
}

/// The own owner first, also where the library does not list it; then the others as the library has them.
fn in_order(entities: &[Entity], own: Option<&str>) -> Vec<String> {
    let listed = entities.iter().map(|entity| entity.name.as_str());
    let others = listed.filter(|name| is_name(name) && Some(*name) != own);
    let all = own.into_iter().chain(others);
    all.take(MOST).map(str::to_owned).collect()
}

/// The collections of an owner; none where they are not listed or may not be seen.
async fn collections_of(place: &Place, owner: &str) -> Vec<String> {
    match place.library.collections(owner).await {
        Ok(found) => found
            .unwrap_or_default()
            .iter()
            .filter(|one| is_name(&one.name))
            .map(|one| format!("{owner}/{}", one.name))
            .collect(),
        Err(error) => {
            tracing::debug!("the collections of an owner are not listed: {error}");
            Vec::new()
        }
    }
}
