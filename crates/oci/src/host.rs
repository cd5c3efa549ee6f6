//! Names of registries.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::reference::Invalid;

/// The registry of a reference that names none.
const HUB: &str = "docker.io";
const HUB_API: &str = "registry-1.docker.io";
/// The name under which every tool keeps the login of Docker Hub.
const HUB_LOGIN: &str = "https://index.docker.io/v1/";

/// The name of a registry: a host, and a port if it has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

impl Host {
    /// Docker Hub.
    pub(crate) fn hub() -> Self {
        Self(HUB.to_owned())
    }

    /// Host and port of the interface.
    pub(crate) fn api(&self) -> &str {
        if self.is_hub() { HUB_API } else { &self.0 }
    }

    /// Whether it is Docker Hub, which has several names.
    #[must_use]
    pub fn is_hub(&self) -> bool {
        self.0 == HUB
    }

    /// The name under which the command lines keep its login.
    #[must_use]
    pub fn login_key(&self) -> &str {
        if self.is_hub() { HUB_LOGIN } else { &self.0 }
    }

    /// Whether it is this machine by its name or address alone. Command lines talk plain http there.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        let (name, _) = split_port(&self.0);
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    /// The name as it is written in references.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = Invalid;

    /// Reads a host as a person types it. All names of Docker Hub are one.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let lower = text.to_ascii_lowercase();
        let (name, port) = split_port(&lower);
        let good_port = match port {
            None => true,
            Some(port) => !port.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0),
        };
        if !good_port || !is_host_name(name) {
            return Err(Invalid::Host(text.to_owned()));
        }
        match lower.as_str() {
            "docker.io" | "index.docker.io" | HUB_API => Ok(Self(HUB.to_owned())),
            _ => Ok(Self(lower)),
        }
    }
}

/// Splits the port off; a colon inside of brackets belongs to an address.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (text, None),
    }
}

fn is_host_name(name: &str) -> bool {
    if let Some(address) = name.strip_prefix('[') {
        let address = address.strip_suffix(']');
        return address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let good = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(good)
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_docker_hub_are_known() {
        let host = |text: &str| text.parse::<Host>().unwrap();
        for own in [
            "localhost",
            "localhost:5000",
            "127.0.0.1",
            "127.1.2.3:5000",
            "[::1]",
            "[::1]:80",
            "a.localhost:1",
        ] {
            assert!(host(own).is_this_machine(), "{own}");
        }
        for other in ["10.0.0.1:5000", "localhost.example", "ghcr.io"] {
            assert!(!host(other).is_this_machine(), "{other}");
        }
        assert_eq!(
            host("index.docker.io").login_key(),
            "https://index.docker.io/v1/"
        );
        assert_eq!(host("registry-1.docker.io").as_str(), "docker.io");
        assert_eq!(host("ghcr.io").login_key(), "ghcr.io");
    }
}
