//! Getting in: where the interface is, what it asks for, and requests that bring it.

use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, HeaderValue},
};
use transfer::RequestId;

use super::{REACHING, Registry};
use crate::{
    challenge::{self, Challenge, TokenService},
    error::{Cause, Error},
    exchange::{Answer, Ask},
    login::{Login, bearer},
    token,
};

const SIGNING_IN: &str = "signing in";
/// No answer of the first question is longer.
const GREETING: usize = 64 << 10;

/// What became of a check of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginCheck {
    /// The registry takes it.
    Accepted,
    /// The registry asks nobody to sign in; the login was not sent.
    NotAsked,
}

impl Registry {
    /// Checks whether the registry takes the login.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`] if it does not, [`Cause::NotARegistry`], [`Cause::UnknownSignIn`], or a fault on the way.
    pub async fn check_login(&self) -> Result<LoginCheck, Error> {
        let base = self.base().await?;
        if self.learned(|learned| learned.challenge.is_none()) {
            return Ok(LoginCheck::NotAsked);
        }
        let ask = Ask::new(SIGNING_IN, Method::GET, at(base, "")?, GREETING);
        self.ask(ask, None).await?;
        Ok(LoginCheck::Accepted)
    }

    /// The base of the interface. Asked for once.
    pub(super) async fn base(&self) -> Result<&Url, Error> {
        self.0.base.get_or_try_init(|| self.reach()).await
    }

    async fn reach(&self) -> Result<Url, Error> {
        let may_be_plain = self.0.is_plain_http || self.0.host.is_this_machine();
        match self.greet("https", !may_be_plain).await {
            Err(error) if may_be_plain && is_no_tls(&error) => self.greet("http", true).await,
            other => other,
        }
    }

    async fn greet(&self, scheme: &str, repeats: bool) -> Result<Url, Error> {
        let base: Url = format!("{scheme}://{}/v2/", self.0.host.api())
            .parse()
            .map_err(|_| self.error(REACHING, Cause::NotARegistry))?;
        let mut ask = Ask::new(REACHING, Method::GET, base.clone(), GREETING);
        ask.repeats = repeats;
        let answer = self.0.client.ask(&ask).await?;
        let challenge = challenge::read(&answer.headers);
        // Not every server says what it sends.
        let is_page =
            answer.kind() == "text/html" || answer.body.trim_ascii_start().starts_with(b"<");
        match answer.status {
            200 if !is_page => {}
            401 => {
                // One that asks for something and does not say for what: passwords are what everybody has. The scope of
                // this answer is only an example.
                let asked = challenge.map_or(Challenge::Basic, without_scope);
                self.learned(|learned| learned.challenge = Some(asked));
            }
            429 | 500.. => return Err(self.refused(&ask, &answer)),
            status => {
                return Err(self
                    .error(REACHING, Cause::NotARegistry)
                    .with_status(status));
            }
        }
        Ok(base)
    }

    /// Asks with what the registry wants for `scope`, and once more if that is too old.
    pub(super) async fn ask(&self, mut ask: Ask, scope: Option<&str>) -> Result<Answer, Error> {
        let header = self.authorization(scope).await?;
        carry(&mut ask, header);
        let mut answer = self.0.client.ask(&ask).await?;
        if answer.status == 401 && self.learn(&answer, scope) {
            let header = self.authorization(scope).await?;
            carry(&mut ask, header);
            answer = self.0.client.ask(&ask).await?;
        }
        let is_redirect = !ask.follows && matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        if answer.is_success() || is_redirect {
            return Ok(answer);
        }
        let error = self.refused(&ask, &answer);
        // A token was given for the login, so that is right; it is only not enough.
        let is_known = scope.is_some() && answer.status == 401 && self.has_token_of_login(scope);
        Err(if is_known { forbidden(error) } else { error })
    }

    pub(super) fn refused(&self, ask: &Ask, answer: &Answer) -> Error {
        let wait = transfer::retry_after(&answer.headers);
        let said = self.scrub(&answer.said());
        let cause = Cause::of_status(answer.status, said, wait, self.is_anonymous());
        let request = self.shown(RequestId::of(&answer.headers));
        let error = self.error(ask.operation, cause).with_status(answer.status);
        error.asked_as(request)
    }

    /// Takes what a refusal asks for, and forgets what was refused. False if another try would bring the same.
    fn learn(&self, answer: &Answer, scope: Option<&str>) -> bool {
        let has_login = !self.is_anonymous();
        let asked = challenge::read(&answer.headers);
        let more = match &asked {
            Some(Challenge::Bearer(service)) => service.scope.clone(),
            _ => String::new(),
        };
        let asked = asked.map(without_scope);
        self.learned(|learned| {
            let had_token = learned.tokens.remove(key(scope)).is_some();
            let says_nothing = asked.is_none() && learned.challenge.is_none() && has_login;
            let asked = asked.or(says_nothing.then_some(Challenge::Basic));
            let is_new = asked.is_some() && asked != learned.challenge;
            if is_new {
                learned.challenge = asked;
            }
            if !more.is_empty() && more != key(scope) {
                learned.more_scopes.insert(key(scope).to_owned(), more);
            }
            had_token || is_new
        })
    }

    /// The header that a request for `scope` carries; none if the registry asks for nothing, or one has nothing.
    pub(super) async fn authorization(
        &self,
        scope: Option<&str>,
    ) -> Result<Option<HeaderValue>, Error> {
        let unusable = || self.error(SIGNING_IN, Cause::Login);
        let challenge = self.learned(|learned| learned.challenge.clone());
        match (challenge, &self.0.login) {
            (None, _) => Ok(None),
            (Some(_), Some(Login::Bearer(token))) => bearer(token).map(Some).ok_or_else(unusable),
            (Some(Challenge::Basic), Some(login)) => login.basic().map(Some).ok_or_else(unusable),
            (Some(Challenge::Basic), None) => Ok(None),
            (Some(Challenge::Bearer(service)), _) => self.token(&service, scope).await.map(Some),
            (Some(Challenge::Unknown(scheme)), _) => {
                Err(self.error(SIGNING_IN, Cause::UnknownSignIn(scheme)))
            }
        }
    }

    async fn token(
        &self,
        service: &TokenService,
        scope: Option<&str>,
    ) -> Result<HeaderValue, Error> {
        let unusable = || {
            self.error(
                SIGNING_IN,
                Cause::Answer("a token that no request can carry"),
            )
        };
        let kept = self.learned(|learned| learned.tokens.get(key(scope)).cloned());
        if let Some(token) = kept.filter(token::Token::is_good) {
            return bearer(&token.text).ok_or_else(unusable);
        }
        let more = self.learned(|learned| learned.more_scopes.get(key(scope)).cloned());
        let own = scope.map(str::to_owned);
        let scopes: Vec<String> = own.into_iter().chain(more).collect();
        let is_plain = self.base().await?.scheme() == "http";
        let login = self.0.login.as_ref();
        let client = &self.0.client;
        let given = token::fetch(client, service, &scopes, login, is_plain).await;
        let token = match given {
            // Some services refuse both a wrong login and what a right one may not do in the same words.
            Err(error) if may_be_forbidden(&error) && login.is_some() && !scopes.is_empty() => {
                let without = token::fetch(client, service, &[], login, is_plain).await;
                return Err(match without {
                    Ok(_) => forbidden(error),
                    Err(_) => error,
                });
            }
            given => given?,
        };
        let header = bearer(&token.text).ok_or_else(unusable)?;
        self.learned(|learned| learned.tokens.insert(key(scope).to_owned(), token));
        Ok(header)
    }

    /// Whether a token for `scope` was given for the login that one has.
    fn has_token_of_login(&self, scope: Option<&str>) -> bool {
        let is_exchanged = matches!(
            self.0.login,
            Some(Login::Password { .. } | Login::Identity(_))
        );
        is_exchanged && self.learned(|learned| learned.tokens.contains_key(key(scope)))
    }
}

fn may_be_forbidden(error: &Error) -> bool {
    matches!(error.cause(), Cause::SignIn { .. }) && matches!(error.status, Some(401 | 403 | 404))
}

/// The error of a login that is right and not enough.
fn forbidden(error: Error) -> Error {
    let (operation, server, status) = (error.operation, error.server.clone(), error.status);
    let cause = match error.into_cause() {
        Cause::SignIn { said, .. } => Cause::Forbidden { said },
        other => other,
    };
    let error = Error::new(operation, server, cause);
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

/// `url`, with https where `from` has it: a server behind a proxy may not know that it is reached so. None if the address
/// is another one without encryption.
pub(super) fn forced_safe(from: &Url, mut url: Url) -> Option<Url> {
    if from.scheme() != "https" || url.scheme() != "http" {
        return Some(url);
    }
    let is_itself = url.host_str() == from.host_str()
        && url.port().is_none_or(|port| Some(port) == from.port());
    let is_mended =
        is_itself && url.set_scheme("https").is_ok() && url.set_port(from.port()).is_ok();
    is_mended.then_some(url)
}

/// The address of `path` below the base.
pub(super) fn at(base: &Url, path: &str) -> Result<Url, Error> {
    base.join(path)
        .ok()
        .filter(|url| url.origin() == base.origin())
        .ok_or_else(|| Error::new(REACHING, "", Cause::NotARegistry))
}

fn carry(ask: &mut Ask, header: Option<HeaderValue>) {
    match header {
        Some(header) => {
            ask.headers.insert(AUTHORIZATION, header);
        }
        None => {
            ask.headers.remove(AUTHORIZATION);
        }
    }
}

fn without_scope(challenge: Challenge) -> Challenge {
    match challenge {
        Challenge::Bearer(service) => Challenge::Bearer(TokenService {
            scope: String::new(),
            ..service
        }),
        other => other,
    }
}

fn key(scope: Option<&str>) -> &str {
    scope.unwrap_or_default()
}

/// Whether nobody speaks TLS there. One whose certificate is wrong does, and is not asked without.
fn is_no_tls(error: &Error) -> bool {
    matches!(
        error.cause(),
        Cause::Network(transfer::Cause::Connect | transfer::Cause::Broken | transfer::Cause::Time)
    )
}
