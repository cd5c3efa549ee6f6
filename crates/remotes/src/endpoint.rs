//! What the texts of the file mean as addresses.

use url::Url;

/// A text that is no address of a remote or keyserver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a server")]
pub struct BadEndpoint(pub String);

/// The port of HKP.
const HKP: u16 = 11_371;

/// Where the document about a remote's services is, without a trailing slash. The scheme of the text does not count: it is
/// `https`, or `http` for a remote that is marked as insecure. A host with a port needs a scheme before it.
///
/// # Errors
///
/// The command lines could not use the text either.
pub fn frontend_url(uri: &str, insecure: bool) -> Result<Url, BadEndpoint> {
    let bad = || BadEndpoint(uri.chars().take(100).collect());
    let scheme = if insecure { "http" } else { "https" };
    let rest = match uri.split_once("://") {
        Some((_, rest)) => rest,
        // Without a scheme a colon is read as the end of one, and what remains is no host.
        None if uri.split('/').next().is_some_and(|host| host.contains(':')) => return Err(bad()),
        None => uri,
    };
    let url =
        Url::parse(&format!("{scheme}://{}", rest.trim_end_matches('/'))).map_err(|_| bad())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if url.host_str().is_none_or(str::is_empty) || !is_plain || url.fragment().is_some() {
        return Err(bad());
    }
    Ok(url)
}

/// The address of a keyserver as http or https.
///
/// # Errors
///
/// The text is no address, or one of another scheme.
pub fn keyserver_url(uri: &str) -> Result<Url, BadEndpoint> {
    let bad = || BadEndpoint(uri.chars().take(100).collect());
    let (scheme, rest) = uri.split_once("://").ok_or_else(bad)?;
    let (scheme, port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => ("http", None),
        "https" => ("https", None),
        "hkp" => ("http", Some(HKP)),
        "hkps" => ("https", None),
        _ => return Err(bad()),
    };
    let mut url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| bad())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad());
    }
    if let (Some(port), None) = (port, url.port()) {
        // A port 80 that was written is dropped as the usual one of http, and would be taken for none.
        let is_written = rest
            .split('/')
            .next()
            .is_some_and(|host| host.ends_with(":80"));
        if !is_written {
            url.set_port(Some(port)).map_err(|()| bad())?;
        }
    }
    Ok(url)
}

/// Whether both texts mean one keyserver; paths do not count.
#[must_use]
pub fn is_same_keyserver(one: &str, other: &str) -> bool {
    match (keyserver_url(one), keyserver_url(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => one == other,
    }
}
