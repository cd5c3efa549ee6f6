//! The address by which others know the service where a proxy stands in front of it and ends TLS: the service itself
//! hears plain http on this machine and cannot know by what name clients came.

use std::{fmt, str::FromStr};

use rusqlite::{Connection, OptionalExtension};
use url::{Host, Url};

use crate::{Cloud, Error, audit, cloud::OWNER};

/// Under which name it is kept.
const SETTING: &str = "public-address";
/// No address is longer.
const LONGEST: usize = 300;

/// Scheme, host and perhaps a port, as `https://cloud.example.org`. Keyservers answer at the root of theirs, so there is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddress {
    origin: String,
    host: String,
    port: u16,
    usual_port: u16,
}

impl PublicAddress {
    /// Whether clients speak TLS with it.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// As it stands before every path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether this is what a `Host` header says of it. Clients leave out the usual port.
    pub(crate) fn is_host(&self, name: &str, port: Option<u16>) -> bool {
        name == self.host && port.unwrap_or(self.usual_port) == self.port
    }
}

impl FromStr for PublicAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Some(text.trim()).filter(|text| text.len() <= LONGEST);
        let url = url.and_then(|text| Url::parse(text).ok());
        url.as_ref().and_then(read).ok_or(Error::BadAddress)
    }
}

fn read(url: &Url) -> Option<PublicAddress> {
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let usual_port = match url.scheme() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let is_somebody = match url.host()? {
        Host::Domain(name) => name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')),
        Host::Ipv4(address) => !address.is_unspecified(),
        Host::Ipv6(address) => !address.is_unspecified(),
    };
    let port = url.port_or_known_default().filter(|port| *port != 0)?;
    (is_bare && is_somebody).then(|| PublicAddress {
        origin: url.origin().ascii_serialization(),
        host: url.host_str().unwrap_or_default().to_owned(),
        port,
        usual_port,
    })
}

impl fmt::Display for PublicAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}

impl Cloud {
    /// The address that was kept last, for the next [`Cloud::serve_as`].
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn public_address(&self) -> Result<Option<PublicAddress>, Error> {
        let kept = self.inner.database.read(kept)?;
        kept.map(|text| text.parse()).transpose()
    }

    /// Keeps an address for later starts, or forgets it.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn keep_public_address(&self, address: Option<&PublicAddress>) -> Result<(), Error> {
        let inner = &self.inner;
        let new = address.map(PublicAddress::as_str);
        inner.database.write(|rows| {
            if kept(rows)?.as_deref() == new {
                return Ok(());
            }
            rows.execute("DELETE FROM settings WHERE name = ?1", [SETTING])?;
            if let Some(new) = new {
                let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2)";
                rows.execute(sql, [SETTING, new])?;
            }
            let (now, subject) = (inner.now(), new.unwrap_or("none"));
            Ok(audit::note(rows, now, OWNER, "address.set", subject)?)
        })
    }
}

fn kept(rows: &Connection) -> Result<Option<String>, Error> {
    let mut found = rows.prepare("SELECT value FROM settings WHERE name = ?1")?;
    Ok(found.query_row([SETTING], |row| row.get(0)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (text, origin) in [
            ("https://cloud.example.org", "https://cloud.example.org"),
            (
                "https://Cloud.Example.org:443/",
                "https://cloud.example.org",
            ),
            (" http://10.0.0.7:8080 ", "http://10.0.0.7:8080"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            let address: PublicAddress = text.parse().unwrap();
            assert_eq!(address.as_str(), origin, "{text}");
            assert_eq!(address.is_encrypted(), origin.starts_with("https"));
            assert_eq!(origin.parse::<PublicAddress>().unwrap(), address);
        }
        let long = format!("https://{}.example", "a".repeat(LONGEST));
        for text in [
            "",
            "cloud.example.org",
            "cloud.example.org:443",
            "ftp://cloud.example.org",
            "https://",
            "https://cloud.example.org/library",
            "https://cloud.example.org?a=b",
            "https://cloud.example.org#a",
            "https://anna:secret@cloud.example.org",
            "https://0.0.0.0",
            "https://[::]:8443",
            "https://cloud.example.org:0",
            "https://*.example.org",
            &long,
        ] {
            let refused = text.parse::<PublicAddress>();
            let told = refused.expect_err(text).to_string();
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn clients_may_leave_out_the_usual_port() {
        let address = |text: &str| text.parse::<PublicAddress>().unwrap();
        let usual = address("https://cloud.example.org");
        assert!(usual.is_host("cloud.example.org", None));
        assert!(usual.is_host("cloud.example.org", Some(443)));
        assert!(!usual.is_host("cloud.example.org", Some(80)));
        assert!(!usual.is_host("example.org", None));
        let other = address("https://cloud.example.org:8443");
        assert!(other.is_host("cloud.example.org", Some(8443)));
        assert!(!other.is_host("cloud.example.org", None));
    }
}
