//! What is asked of the library, apart from bytes.

use scs_types::library::{NewCollection, NewContainer, NewEntity, NewImage, SetTag, is_name};

use super::call::Call;
use crate::{
    answer::{Answer, Refusal, data},
    library::{self, Tagging, Wanted},
};

pub(crate) async fn entities(call: Call) -> Answer {
    call.read(library::entities).await
}

pub(crate) async fn entity(call: Call) -> Answer {
    let [entity] = names(&call.rest("/v1/entities/")?)?;
    call.read(move |rows, caller| library::entity(rows, caller, &entity))
        .await
}

/// One collection, or all of an entity, as other servers list them too.
pub(crate) async fn collection(call: Call) -> Answer {
    let path = call.rest("/v1/collections/")?;
    if !path.contains('/') {
        let [entity] = names(&path)?;
        return call
            .read(move |rows, caller| library::collections(rows, caller, &entity))
            .await;
    }
    let [entity, collection] = names(&path)?;
    call.read(move |rows, caller| library::collection(rows, caller, [&entity, &collection]))
        .await
}

/// One container, all of a collection, or all images of one, as other servers list them too.
pub(crate) async fn container(call: Call) -> Answer {
    let path = call.rest("/v1/containers/")?;
    let slashes = path.matches('/').count();
    if slashes == 1 {
        let [entity, collection] = names(&path)?;
        return call
            .read(move |rows, caller| library::containers(rows, caller, [&entity, &collection]))
            .await;
    }
    if let Some(container) = path.strip_suffix("/images").filter(|_| slashes == 3) {
        let [entity, collection, container] = names(container)?;
        let steps = move |rows: &_, caller: &_| {
            library::images(rows, caller, [&entity, &collection, &container])
        };
        return call.read(steps).await;
    }
    let [entity, collection, container] = names(&path)?;
    let steps = move |rows: &_, caller: &_| {
        library::container(rows, caller, [&entity, &collection, &container])
    };
    call.read(steps).await
}

/// So many names between slashes.
fn names<const N: usize>(text: &str) -> Answer<[String; N]> {
    let names: Vec<String> = text.split('/').map(str::to_owned).collect();
    if let Some(name) = names.iter().find(|name| !is_name(name)) {
        let name: String = name.chars().take(80).collect();
        return Err(Refusal::bad(format!("invalid name: `{name}`")));
    }
    names
        .try_into()
        .map_err(|_| Refusal::bad("bad path: a step is missing, or there is one too many"))
}

pub(crate) async fn create_entity(mut call: Call) -> Answer {
    call.caller.user()?;
    let new: NewEntity = call.json().await?;
    call.write(move |rows, caller, cloud| {
        library::create_entity(rows, caller, &new, cloud.settings.limits.quota, cloud.now())
    })
    .await
}

pub(crate) async fn create_collection(mut call: Call) -> Answer {
    call.caller.user()?;
    let new: NewCollection = call.json().await?;
    call.write(move |rows, caller, cloud| {
        library::create_collection(rows, caller, &new, cloud.now())
    })
    .await
}

pub(crate) async fn create_container(mut call: Call) -> Answer {
    call.caller.user()?;
    let new: NewContainer = call.json().await?;
    call.write(move |rows, caller, cloud| {
        library::create_container(rows, caller, &new, cloud.now())
    })
    .await
}

pub(crate) async fn create_image(mut call: Call) -> Answer {
    call.caller.user()?;
    let new: NewImage = call.json().await?;
    call.write(move |rows, caller, cloud| library::create_image(rows, caller, &new, cloud.now()))
        .await
}

pub(crate) async fn image(call: Call) -> Answer {
    let wanted = Wanted::read(&call.rest("/v1/images/")?)?;
    let query = call.query()?;
    call.read(move |rows, caller| {
        let id = library::find_image(rows, caller, &wanted, query.arch())?;
        library::image_by_id(rows, &id)
    })
    .await
}

pub(crate) async fn delete_image(call: Call) -> Answer {
    call.caller.user()?;
    let wanted = Wanted::read(&call.rest("/v1/images/")?)?;
    let query = call.query()?;
    let caller = call.caller;
    let work = move |cloud: &_| library::delete_image(cloud, &caller, &wanted, query.arch());
    Ok(data(call.cloud.blocking(work).await?))
}

pub(crate) async fn search(call: Call) -> Answer {
    let query = call.query()?;
    let most = call.cloud.settings.limits.found;
    call.read(move |rows, caller| library::search(rows, caller, &query, most))
        .await
}

pub(crate) async fn flat_tags(call: Call) -> Answer {
    let id = call.step("/v1/tags/")?;
    call.read(move |rows, caller| library::flat_tags(rows, caller, &id))
        .await
}

pub(crate) async fn arch_tags(call: Call) -> Answer {
    let id = call.step("/v2/tags/")?;
    call.read(move |rows, caller| library::arch_tags(rows, caller, &id))
        .await
}

pub(crate) async fn set_flat_tag(call: Call) -> Answer {
    let id = call.step("/v1/tags/")?;
    set_tag(call, id, Tagging::Flat).await
}

pub(crate) async fn set_arch_tag(call: Call) -> Answer {
    let id = call.step("/v2/tags/")?;
    set_tag(call, id, Tagging::ByArch).await
}

async fn set_tag(mut call: Call, container: String, tagging: Tagging) -> Answer {
    call.caller.user()?;
    let request: SetTag = call.json().await?;
    call.write(move |rows, caller, cloud| {
        library::set_tag(rows, caller, &container, &request, tagging, cloud.now())?;
        match tagging {
            Tagging::Flat => Ok(serde_json::to_value(library::flat_tags(
                rows, caller, &container,
            )?)),
            Tagging::ByArch => Ok(serde_json::to_value(library::arch_tags(
                rows, caller, &container,
            )?)),
        }
        .and_then(|value| value.map_err(|_| Refusal::broken()))
    })
    .await
}
