//! Refuses what was sent here by a web page: a name that was made to lead here (DNS rebinding), and requests from other
//! origins. A loopback address alone keeps no browser out.

use std::net::SocketAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
};

use super::way::{Way, is_of_this_machine};
use crate::{
    PublicAddress,
    answer::{Answer, Refusal},
};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The names and ports under which the service may be asked for.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
    ports: Vec<u16>,
    public: Option<PublicAddress>,
}

/// A host that is ours.
struct Known {
    /// The base of all URLs by this name: the one that the client came by. `localhost` is what people are told, as a Go
    /// client refuses tokens for `127.0.0.1`; but not every place where a client runs can resolve that name.
    base: String,
    /// Whether only this machine calls itself so.
    is_loopback: bool,
}

impl Hosts {
    /// The names of this machine for itself, and `names`, at the ports of `addresses`.
    #[must_use]
    pub fn new(names: &[String], addresses: &[SocketAddr]) -> Self {
        let own = LOOPBACK.iter().map(|name| (*name).to_owned());
        let more = names.iter().map(|name| name.to_ascii_lowercase());
        Self {
            names: own.chain(more).collect(),
            ports: addresses.iter().map(SocketAddr::port).collect(),
            public: None,
        }
    }

    /// The same, also under the address of a proxy. All URLs begin with that, however a request came: what a proxy makes of
    /// the name is its own affair.
    #[must_use]
    pub fn with_public(mut self, public: Option<PublicAddress>) -> Self {
        self.public = public;
        self
    }

    /// How the request came.
    ///
    /// # Errors
    ///
    /// 421 for another name, 403 for another origin.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Answer<Way> {
        let host = self.host(request).ok_or_else(|| {
            Refusal::new(
                StatusCode::MISDIRECTED_REQUEST,
                "this service is not known by that name",
            )
        })?;
        let origin = request.headers().get_all(header::ORIGIN).iter();
        for origin in origin {
            let own = [Some(host.base.as_str()), self.public_base()];
            let is_own = |own: &str| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes());
            if !own.into_iter().flatten().any(is_own) {
                return Err(Refusal::forbidden(
                    "requests from other origins are refused",
                ));
            }
        }
        if is_cross_site(request.method(), request.headers()) {
            return Err(Refusal::forbidden("requests from other sites are refused"));
        }
        Ok(Way {
            // Behind a proxy everybody seems to be here.
            is_near: host.is_loopback && self.public.is_none() && is_of_this_machine(request),
            base: self.public_base().map_or(host.base, str::to_owned),
        })
    }

    fn public_base(&self) -> Option<&str> {
        self.public.as_ref().map(PublicAddress::as_str)
    }

    /// The host of a request, if it is one of ours.
    fn host<B>(&self, request: &Request<B>) -> Option<Known> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next()?.to_str().ok()?.to_ascii_lowercase();
        let absolute = request
            .uri()
            .authority()
            .map(|authority| authority.as_str());
        if hosts.next().is_some()
            || absolute.is_some_and(|other| !other.eq_ignore_ascii_case(&host))
        {
            return None;
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port.parse().ok()?)),
            _ => (host.as_str(), None),
        };
        if let Some(public) = self.public.as_ref().filter(|at| at.is_host(name, port)) {
            return Some(Known {
                base: public.to_string(),
                is_loopback: false,
            });
        }
        let is_own = self.ports.contains(&port.unwrap_or(80))
            && self.names.iter().any(|known| known == name);
        is_own.then(|| Known {
            base: format!("http://{host}"),
            is_loopback: LOOPBACK.contains(&name),
        })
    }
}

/// Browsers say where a request comes from, also those that send no origin. Following a link is fine.
fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let from_elsewhere =
        says("sec-fetch-site").is_some_and(|site| matches!(site, "cross-site" | "same-site"));
    let is_link = method == Method::GET && says("sec-fetch-mode") == Some("navigate");
    from_elsewhere && !is_link
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Peer;

    fn hosts() -> Hosts {
        Hosts::new(
            &["Cloud.example.org".into()],
            &["127.0.0.1:8780".parse().unwrap()],
        )
    }

    fn way(hosts: &Hosts, headers: &[(&str, &str)]) -> Result<Way, u16> {
        let mut request = Request::builder().method("POST").uri("/pks/add");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(()).unwrap();
        let near = Peer("127.0.0.1:50000".parse().unwrap());
        request.extensions_mut().insert(near);
        let checked = hosts.check(&request);
        checked.map_err(|refusal| refusal.status.as_u16())
    }

    fn status(headers: &[(&str, &str)]) -> Option<u16> {
        way(&hosts(), headers).err()
    }

    #[test]
    fn only_our_names_are_answered() {
        for good in [
            "localhost:8780",
            "127.0.0.1:8780",
            "[::1]:8780",
            "LOCALHOST:8780",
            "cloud.example.org:8780",
        ] {
            assert_eq!(status(&[("host", good)]), None, "{good}");
        }
        for bad in [
            "evil.example.org:8780",
            "localhost",
            "localhost:80",
            "127.0.0.1.nip.io:8780",
            "",
            "[::1]",
            "localhost:8780.evil.example",
            "0.0.0.0:8780",
        ] {
            assert_eq!(status(&[("host", bad)]), Some(421), "{bad}");
        }
        assert_eq!(status(&[]), Some(421));
        assert_eq!(
            status(&[("host", "localhost:8780"), ("host", "evil:8780")]),
            Some(421)
        );
    }

    #[test]
    fn other_origins_are_refused() {
        let host = ("host", "localhost:8780");
        assert_eq!(status(&[host, ("origin", "http://localhost:8780")]), None);
        for origin in [
            "null",
            "https://localhost:8780",
            "http://localhost:1",
            "http://evil.example",
        ] {
            assert_eq!(status(&[host, ("origin", origin)]), Some(403), "{origin}");
        }
        assert_eq!(status(&[host, ("sec-fetch-site", "cross-site")]), Some(403));
        assert_eq!(status(&[host, ("sec-fetch-site", "same-origin")]), None);
    }

    #[test]
    fn all_urls_begin_with_the_public_address() {
        let public = "https://cloud.lab.example".parse().unwrap();
        let hosts = hosts().with_public(Some(public));
        for host in [
            "cloud.lab.example",
            "Cloud.Lab.example:443",
            "localhost:8780",
        ] {
            let way = way(&hosts, &[("host", host)]).unwrap();
            assert_eq!(way.base, "https://cloud.lab.example", "{host}");
            assert!(!way.is_near, "{host}");
        }
        for host in [
            "cloud.lab.example:80",
            "cloud.lab.example:8780",
            "lab.example",
        ] {
            assert_eq!(way(&hosts, &[("host", host)]).err(), Some(421), "{host}");
        }
        for (host, origin, refused) in [
            ("cloud.lab.example", "https://cloud.lab.example", None),
            ("localhost:8780", "https://cloud.lab.example", None),
            ("localhost:8780", "http://localhost:8780", None),
            ("cloud.lab.example", "http://cloud.lab.example", Some(403)),
            ("cloud.lab.example", "http://localhost:8780", Some(403)),
        ] {
            let answer = way(&hosts, &[("host", host), ("origin", origin)]);
            assert_eq!(answer.err(), refused, "{host} {origin}");
        }
    }

    #[test]
    fn only_who_speaks_for_nobody_else_is_near() {
        let near = |headers: &[(&str, &str)]| way(&hosts(), headers).unwrap().is_near;
        let here = ("host", "127.0.0.1:8780");
        assert!(near(&[here]));
        assert!(!near(&[("host", "cloud.example.org:8780")]));
        for sign in ["forwarded", "via", "x-forwarded-for", "x-real-ip"] {
            assert!(!near(&[here, (sign, "10.0.0.7")]), "{sign}");
        }
    }
}
