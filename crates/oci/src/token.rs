//! The exchange of a login for a token that a registry takes.

use std::time::{Duration, Instant};

use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    challenge::TokenService,
    client::Client,
    error::{Cause, Error},
    exchange::{Answer, Ask},
    login::Login,
};

const SIGNING_IN: &str = "signing in";
/// No token is longer.
const LONGEST: usize = 256 << 10;
/// How long a token is good if nobody says it.
const USUAL_SECONDS: u64 = 60;
/// No token is believed to be good for longer.
const MOST_SECONDS: u64 = 3600;
const CLIENT: &str = "sifter";

/// A token, and until when it is used.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: SecretString,
    good_until: Instant,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Token {
    pub(crate) fn is_good(&self) -> bool {
        Instant::now() < self.good_until
    }
}

/// Asks `service` for a token for `scopes`. `is_plain` says whether the registry itself is reached without encryption.
pub(crate) async fn fetch(
    client: &Client,
    service: &TokenService,
    scopes: &[String],
    login: Option<&Login>,
    is_plain: bool,
) -> Result<Token, Error> {
    let realm = realm(service, is_plain)?;
    let ask = match login {
        Some(Login::Identity(token)) => by_identity(realm, service, scopes, token),
        login => by_password(realm, service, scopes, login),
    }?;
    let answer = client.ask(&ask).await?;
    if !answer.is_success() {
        return Err(refused(&ask, &answer, login));
    }
    read(&answer).ok_or_else(|| {
        let cause = Cause::Answer("something that is no token");
        ask.error(cause).with_status(answer.status)
    })
}

/// A login goes where the registry says, but never on a less safe way than to the registry.
fn realm(service: &TokenService, is_plain: bool) -> Result<Url, Error> {
    let refused = |why: &str| {
        let cause = Cause::Redirect(why.to_owned());
        Error::new(SIGNING_IN, service.service.clone(), cause)
    };
    let url: Url = service
        .realm
        .parse()
        .map_err(|_| refused("the sign-in has no address"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_plain => {}
        _ => return Err(refused("the sign-in is not encrypted")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("the sign-in has a login in its address"));
    }
    Ok(url)
}

fn by_password(
    mut url: Url,
    service: &TokenService,
    scopes: &[String],
    login: Option<&Login>,
) -> Result<Ask, Error> {
    let mut query = url.query_pairs_mut();
    if !service.service.is_empty() {
        query.append_pair("service", &service.service);
    }
    for scope in scopes {
        query.append_pair("scope", scope);
    }
    if let Some(Login::Password { user, .. }) = login {
        query.append_pair("account", user);
    }
    drop(query);
    let mut ask = Ask::new(SIGNING_IN, Method::GET, url, LONGEST);
    if let Some(login) = login {
        let header = login.basic().ok_or_else(|| ask.error(Cause::Login))?;
        ask.headers.insert(AUTHORIZATION, header);
    }
    Ok(ask)
}

fn by_identity(
    url: Url,
    service: &TokenService,
    scopes: &[String],
    token: &SecretString,
) -> Result<Ask, Error> {
    let scopes = scopes.join(" ");
    let pairs = [
        ("grant_type", "refresh_token"),
        ("service", &service.service),
        ("client_id", CLIENT),
        ("scope", &scopes),
        ("refresh_token", token.expose_secret()),
    ];
    let mut form = Zeroizing::new(String::new());
    for (key, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        let mut pair = Url::parse("x:").map_err(|_| Error::new(SIGNING_IN, "", Cause::Login))?;
        pair.query_pairs_mut().append_pair(key, value);
        form.push_str(pair.query().unwrap_or_default());
    }
    let mut ask = Ask::new(SIGNING_IN, Method::POST, url, LONGEST);
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    ask.headers.insert(CONTENT_TYPE, kind);
    ask.body = Some(form.as_bytes().to_vec());
    Ok(ask)
}

fn refused(ask: &Ask, answer: &Answer, login: Option<&Login>) -> Error {
    let was_anonymous = login.is_none();
    let said = login.map_or_else(|| answer.said(), |login| login.scrub(&answer.said()));
    let cause = match answer.status {
        // Token services answer a wrong login with any of these.
        400 | 401 | 403 | 404 if !was_anonymous => Cause::SignIn {
            said,
            was_anonymous,
        },
        status => Cause::of_status(
            status,
            said,
            transfer::retry_after(&answer.headers),
            was_anonymous,
        ),
    };
    ask.error(cause).with_status(answer.status)
}

fn read(answer: &Answer) -> Option<Token> {
    let given: Given = serde_json::from_slice(&answer.body).ok()?;
    let text = [given.token, given.access_token]
        .into_iter()
        .flatten()
        .find(|text| !text.is_empty())?;
    let seconds = given.expires_in.unwrap_or(USUAL_SECONDS).min(MOST_SECONDS);
    // A little early: a request takes its time.
    let used = Duration::from_secs(seconds).mul_f64(0.8);
    Some(Token {
        text: text.into(),
        good_until: Instant::now() + used,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_goes_only_on_a_safe_way() {
        let of = |text: &str, is_plain| {
            let service = TokenService {
                realm: text.into(),
                ..TokenService::default()
            };
            realm(&service, is_plain).is_ok()
        };
        assert!(of("https://auth.example/token", false));
        assert!(of("http://auth.example/token", true));
        for bad in [
            "http://auth.example/token",
            "ftp://x/",
            "/token",
            "",
            "https://a:b@auth.example/",
        ] {
            assert!(!of(bad, false), "{bad}");
        }
    }

    #[test]
    fn an_identity_goes_in_the_body_only() {
        let service = TokenService {
            service: "reg & more".into(),
            ..TokenService::default()
        };
        let url = "https://auth.example/token".parse().unwrap();
        let scopes = ["repository:a/b:pull".to_owned()];
        let ask = by_identity(url, &service, &scopes, &"s=cret".to_owned().into()).unwrap();
        assert_eq!(ask.url.query(), None);
        assert_eq!(
            String::from_utf8(ask.body.unwrap()).unwrap(),
            "grant_type=refresh_token&service=reg+%26+more&client_id=sifter&scope=repository%3Aa%2Fb%3Apull&refresh_token=s%3Dcret"
        );
    }
}
