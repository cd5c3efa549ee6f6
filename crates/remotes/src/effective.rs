//! What holds when the person's file and the administrator's are put together.

use std::collections::BTreeMap;

use crate::{Credential, Remote, RemotesFile};

/// Which command line's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// SingularityCE.
    Singularity,
    /// Apptainer.
    Apptainer,
}

/// The name and the address of the remote that a command line has without any file.
pub const BUILT_IN: [(Product, &str, &str); 2] = [
    (Product::Singularity, "SylabsCloud", "cloud.sylabs.io"),
    (Product::Apptainer, "DefaultRemote", "cloud.apptainer.org"),
];

/// What holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// The remote that is used.
    pub active: String,
    /// All remotes by name.
    pub remotes: BTreeMap<String, Remote>,
    /// Logins of keyservers, and marks of registry logins.
    pub credentials: Vec<Credential>,
    /// The remote that the administrator allows alone.
    pub exclusive: Option<String>,
    /// Remotes of the person whose names the administrator uses as well. Apptainer takes the person's.
    pub collisions: Vec<String>,
    /// Remotes that once were the administrator's and no longer are.
    pub orphans: Vec<String>,
}

/// Why no remote can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEffective {
    /// Singularity refuses every command until one of the two is renamed.
    #[error("the remote `{0}` has the same name as one of the administrator")]
    Collision(String),
    /// There are remotes, and none is chosen.
    #[error("no remote is chosen")]
    NoneChosen,
    /// The chosen remote is not there.
    #[error("the chosen remote `{0}` is not there")]
    Gone(String),
}

/// What holds of the person's file and the administrator's. A file that could not be read counts as none.
///
/// # Errors
///
/// The command lines would refuse to work with these files.
pub fn effective(
    user: Option<&RemotesFile>,
    system: Option<&RemotesFile>,
    product: Product,
) -> Result<Effective, NotEffective> {
    let mut effective = match (user, system) {
        (Some(user), Some(system)) => merge(user, system, product)?,
        (Some(only), None) | (None, Some(only)) => alone(only),
        (None, None) => return Ok(built_in(product)),
    };
    if effective.active.is_empty() {
        if !effective.remotes.is_empty() {
            return Err(NotEffective::NoneChosen);
        }
        let built_in = built_in(product);
        effective.active = built_in.active;
        effective.remotes = built_in.remotes;
    } else if !effective.remotes.contains_key(&effective.active) {
        return Err(NotEffective::Gone(effective.active));
    }
    Ok(effective)
}

fn built_in(product: Product) -> Effective {
    let (_, name, uri) = match product {
        Product::Singularity => BUILT_IN[0],
        Product::Apptainer => BUILT_IN[1],
    };
    let remote = Remote {
        uri: uri.to_owned(),
        system: true,
        ..Remote::default()
    };
    Effective {
        active: name.to_owned(),
        remotes: BTreeMap::from([(name.to_owned(), remote)]),
        ..Effective::default()
    }
}

fn alone(file: &RemotesFile) -> Effective {
    Effective {
        active: file.active.clone(),
        remotes: file.remotes.clone(),
        credentials: file.credentials.clone(),
        exclusive: exclusive(file),
        ..Effective::default()
    }
}

fn exclusive(file: &RemotesFile) -> Option<String> {
    let mut remotes = file.remotes.iter();
    remotes.find_map(|(name, remote)| remote.exclusive.then(|| name.clone()))
}

fn merge(
    user: &RemotesFile,
    system: &RemotesFile,
    product: Product,
) -> Result<Effective, NotEffective> {
    let mut merged = alone(user);
    for (name, theirs) in &system.remotes {
        match merged.remotes.get_mut(name) {
            None => {
                let remote = Remote {
                    system: true,
                    token: None,
                    insecure: false,
                    ..theirs.clone()
                };
                merged.remotes.insert(name.clone(), remote);
            }
            Some(own) if own.system => {
                own.uri.clone_from(&theirs.uri);
                own.exclusive = theirs.exclusive;
                own.keyservers.clone_from(&theirs.keyservers);
            }
            Some(_) if product == Product::Singularity => {
                return Err(NotEffective::Collision(name.clone()));
            }
            Some(_) => merged.collisions.push(name.clone()),
        }
    }
    let is_orphan = |(name, remote): (&String, &Remote)| {
        (remote.system && !system.remotes.contains_key(name)).then(|| name.clone())
    };
    merged.orphans = merged.remotes.iter().filter_map(is_orphan).collect();
    merged.exclusive = exclusive(system);
    if let Some(only) = &merged.exclusive {
        merged.active.clone_from(only);
    } else if merged.active.is_empty() {
        merged.active.clone_from(&system.active);
    }
    Ok(merged)
}
