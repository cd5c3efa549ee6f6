//! Entities, collections and containers: looking, and making those that a push needs.

use std::future::Future;

use reqwest::Method;
use scs_types::{
    Id,
    library::{
        Collection, Container, ContainerPath, Entity, Image, NewCollection, NewContainer, NewEntity,
    },
};
use serde::{Serialize, de::DeserializeOwned};

use super::Library;
use crate::{
    base::needed,
    error::{Cause, Error},
};

const LISTING: &str = "listing the entities";
const COLLECTIONS: &str = "listing the collections";
const CONTAINERS: &str = "listing the containers";
const IMAGES: &str = "listing the images";
const ENTITY: &str = "looking for the entity";
const COLLECTION: &str = "looking for the collection";
const CONTAINER: &str = "looking for the container";
const NEW_ENTITY: &str = "making the entity";
const NEW_COLLECTION: &str = "making the collection";
const NEW_CONTAINER: &str = "making the container";
/// What the official clients write where nobody wrote anything.
const NO_DESCRIPTION: &str = "No description";

/// What a push goes into.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) entity: Entity,
    pub(crate) container: Container,
}

impl Library {
    /// The entities that the account may use.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`] without a good token, or a fault on the way.
    pub async fn entities(&self) -> Result<Vec<Entity>, Error> {
        self.base.data(LISTING, "v1/entities", &[]).await
    }

    /// An entity; none if there is none of this name.
    ///
    /// # Errors
    ///
    /// It may not be seen, or a fault on the way.
    pub async fn entity(&self, entity: &str) -> Result<Option<Entity>, Error> {
        let path = path_of(ENTITY, &[entity])?;
        self.base
            .find(ENTITY, &format!("v1/entities/{path}"), &[])
            .await
    }

    /// A collection; none if there is none of this name.
    ///
    /// # Errors
    ///
    /// It may not be seen, or a fault on the way.
    pub async fn collection(
        &self,
        entity: &str,
        collection: &str,
    ) -> Result<Option<Collection>, Error> {
        let path = path_of(COLLECTION, &[entity, collection])?;
        self.base
            .find(COLLECTION, &format!("v1/collections/{path}"), &[])
            .await
    }

    /// A container with its tags; none if there is none of this name.
    ///
    /// # Errors
    ///
    /// It may not be seen, or a fault on the way.
    pub async fn container(&self, path: &ContainerPath) -> Result<Option<Container>, Error> {
        self.base
            .find(CONTAINER, &format!("v1/containers/{path}"), &[])
            .await
    }

    /// The collections of an entity; none if the library does not list them. It gives identities only, then.
    ///
    /// # Errors
    ///
    /// It may not be seen, or a fault on the way.
    pub async fn collections(&self, entity: &str) -> Result<Option<Vec<Collection>>, Error> {
        let path = path_of(COLLECTIONS, &[entity])?;
        self.list(COLLECTIONS, &format!("v1/collections/{path}"))
            .await
    }

    /// The containers of a collection; none if the library does not list them.
    ///
    /// # Errors
    ///
    /// It may not be seen, or a fault on the way.
    pub async fn containers(
        &self,
        entity: &str,
        collection: &str,
    ) -> Result<Option<Vec<Container>>, Error> {
        let path = path_of(CONTAINERS, &[entity, collection])?;
        self.list(CONTAINERS, &format!("v1/containers/{path}"))
            .await
    }

    /// The images of a container; none if the library does not list them.
    ///
    /// # Errors
    ///
    /// It may not be seen, or a fault on the way.
    pub async fn images(&self, path: &ContainerPath) -> Result<Option<Vec<Image>>, Error> {
        self.list(IMAGES, &format!("v1/containers/{path}/images"))
            .await
    }

    /// A list that not every library gives.
    async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<Option<Vec<T>>, Error> {
        match self.base.data(operation, path, &[]).await {
            Ok(list) => Ok(Some(list)),
            Err(error) if is_unknown_question(&error) => {
                tracing::debug!("no such list: {error}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Everything that leads to the container at `path`, made where it is missing.
    pub(crate) async fn make_place(&self, path: &ContainerPath) -> Result<Place, Error> {
        let not_whole = || Error::local(CONTAINER, Cause::Address(path.to_string()));
        let [entity_name, collection_name, container_name] = path.whole().ok_or_else(not_whole)?;
        let entity = self.make_entity(entity_name).await?;
        let collection = self
            .make_collection(&entity.id, entity_name, collection_name)
            .await?;
        let container = self
            .make_container(&collection.id, path, container_name)
            .await?;
        Ok(Place { entity, container })
    }

    async fn make_entity(&self, name: &str) -> Result<Entity, Error> {
        let new = NewEntity {
            name: name.to_owned(),
            description: NO_DESCRIPTION.to_owned(),
        };
        let create = || self.create(NEW_ENTITY, "v1/entities", &new);
        self.find_or_create(|| self.entity(name), create).await
    }

    async fn make_collection(
        &self,
        entity: &Id,
        entity_name: &str,
        name: &str,
    ) -> Result<Collection, Error> {
        let new = NewCollection {
            name: name.to_owned(),
            description: NO_DESCRIPTION.to_owned(),
            entity: entity.clone(),
            private: false,
        };
        let create = || self.create(NEW_COLLECTION, "v1/collections", &new);
        self.find_or_create(|| self.collection(entity_name, name), create)
            .await
    }

    async fn make_container(
        &self,
        collection: &Id,
        path: &ContainerPath,
        name: &str,
    ) -> Result<Container, Error> {
        let new = NewContainer {
            name: name.to_owned(),
            description: NO_DESCRIPTION.to_owned(),
            collection: collection.clone(),
            private: false,
        };
        let create = || self.create(NEW_CONTAINER, "v1/containers", &new);
        self.find_or_create(|| self.container(path), create).await
    }

    pub(crate) async fn create<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        new: &(impl Serialize + Sync),
    ) -> Result<T, Error> {
        let mut ask = self.base.with_body(operation, Method::POST, path, new)?;
        // Nobody knows what a second one would make.
        ask.repeats = false;
        needed(&self.base.send(&ask).await?)
    }

    /// What `find` finds, or else what `create` makes. Who loses a race, or the answer, looks again before trying again.
    pub(crate) async fn find_or_create<T, F, C>(
        &self,
        find: impl Fn() -> F,
        create: impl Fn() -> C,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<Option<T>, Error>>,
        C: Future<Output = Result<T, Error>>,
    {
        let mut tries = self.base.client.retry.begin();
        let mut lost_a_race = false;
        loop {
            if let Some(found) = find().await? {
                return Ok(found);
            }
            let error = match create().await {
                Ok(made) => return Ok(made),
                Err(error) => error,
            };
            // It must be there now, unless the server contradicts itself.
            if error.exists() && !lost_a_race {
                lost_a_race = true;
                continue;
            }
            match tries.after_failure(error.wait()) {
                Some(pause) if error.is_unclear() => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
        }
    }
}

/// Whether a library that knows the question would have answered otherwise.
fn is_unknown_question(error: &Error) -> bool {
    match error.cause() {
        Cause::Missing { .. } | Cause::NotAService | Cause::Answer(_) => true,
        Cause::Refused { .. } | Cause::Server { .. } => !error.may_pass(),
        _ => false,
    }
}

/// Names as a path; they are checked, so that none leads elsewhere.
fn path_of(operation: &'static str, names: &[&str]) -> Result<String, Error> {
    match names.iter().find(|name| !scs_types::library::is_name(name)) {
        Some(name) => {
            let name = name
                .chars()
                .filter(|letter| !letter.is_control())
                .take(80)
                .collect();
            Err(Error::local(operation, Cause::Address(name)))
        }
        None => Ok(names.join("/")),
    }
}
