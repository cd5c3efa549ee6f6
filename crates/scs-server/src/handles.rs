//! How many files and connections this process may have open. What is usual is too little for hundreds of clients at once,
//! each with a connection and a file; without a handle a pull ends in the middle.

/// Asks for so many handles, as far as the system lets this process have them.
#[cfg(unix)]
pub(crate) fn allow(wanted: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let more = Rlimit {
        current: Some(wanted),
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, more) {
        tracing::debug!(%error, "no more files may be open than usual");
    }
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(crate) fn allow(_: u64) {}
