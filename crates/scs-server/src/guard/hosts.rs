//! Refuses what was sent here by a web page: a name that was made to lead here (DNS rebinding), and requests from other
//! origins. A loopback address alone keeps no browser out.

use std::net::SocketAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
};

use crate::answer::{Answer, Refusal};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The names and ports under which the service may be asked for.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
    ports: Vec<u16>,
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
        }
    }

    /// # Errors
    ///
    /// 421 for another name, 403 for another origin.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Answer<()> {
        let host = self.host(request).ok_or_else(|| {
            Refusal::new(
                StatusCode::MISDIRECTED_REQUEST,
                "this service is not known by that name",
            )
        })?;
        let origin = request.headers().get_all(header::ORIGIN).iter();
        for origin in origin {
            let own = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.strip_prefix("http://"));
            if !own.is_some_and(|own| own.eq_ignore_ascii_case(&host)) {
                return Err(Refusal::forbidden(
                    "requests from other origins are refused",
                ));
            }
        }
        if is_cross_site(request.method(), request.headers()) {
            return Err(Refusal::forbidden("requests from other sites are refused"));
        }
        Ok(())
    }

    /// The host of a request, if it is one of ours.
    fn host<B>(&self, request: &Request<B>) -> Option<String> {
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
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
            _ => (host.as_str(), 80),
        };
        (self.ports.contains(&port) && self.names.iter().any(|known| known == name)).then_some(host)
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

/// The base of all URLs that a client of this request can use: the name that it came by. `localhost` is what people are
/// told, as a Go client refuses tokens for `127.0.0.1`; but not every place where a client runs can resolve that name.
pub(crate) fn base(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(headers: &[(&str, &str)]) -> Option<u16> {
        let hosts = Hosts::new(
            &["Cloud.example.org".into()],
            &["127.0.0.1:8780".parse().unwrap()],
        );
        let mut request = Request::builder().method("POST").uri("/pks/add");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = hosts.check(&request.body(()).unwrap());
        answer.err().map(|refusal| refusal.status.as_u16())
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
}
