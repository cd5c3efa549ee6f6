//! Who asks: from the `Authorization` header to a user.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;

use crate::{
    answer::{Answer, Refusal},
    cloud::Inner,
    tokens::{self, User},
};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody who said so. An empty token is no token: the command lines send one when nobody is signed in.
    Anonymous,
    /// The owner of a good token.
    User(User),
}

/// What stands in the header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    Missing,
    Token(String),
    Unreadable,
}

impl Caller {
    /// The user, or 401.
    pub(crate) fn user(&self) -> Answer<&User> {
        match self {
            Self::User(user) => Ok(user),
            Self::Anonymous => Err(Refusal::unauthorized()),
        }
    }

    /// The number of the user; one that nobody has for nobody.
    pub(crate) fn number(&self) -> i64 {
        match self {
            Self::User(user) => user.id,
            Self::Anonymous => -1,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.name,
            Self::Anonymous => "anonymous",
        }
    }

    /// Why something is not shown: whoever is not signed in may try to be.
    pub(crate) fn hidden(&self, what: &str) -> Refusal {
        match self {
            Self::User(_) => Refusal::unknown(format!("{what} not found")),
            Self::Anonymous => Refusal::unauthorized(),
        }
    }
}

/// Who asks.
///
/// # Errors
///
/// 401 for a token that is not good.
pub(crate) async fn identify(cloud: &Arc<Inner>, headers: &HeaderMap) -> Answer<Caller> {
    match credential(headers) {
        Credential::Missing => Ok(Caller::Anonymous),
        Credential::Unreadable => Err(Refusal::unauthorized()),
        Credential::Token(token) => cloud.blocking(move |cloud| by_token(cloud, &token)).await,
    }
}

fn by_token(cloud: &Inner, token: &str) -> Answer<Caller> {
    let now = cloud.now();
    let found = cloud
        .database
        .read(|rows| tokens::owner_of(rows, token, now))?;
    let (user, used) = found.ok_or_else(Refusal::unauthorized)?;
    if let Some(id) = used {
        // A full disk keeps nobody from reading what is there.
        let noted = cloud
            .database
            .write(|rows| tokens::note_use(rows, &id, now));
        if let Err(error) = noted {
            tracing::warn!(%error, "the use of a token was not noted");
        }
    }
    Ok(Caller::User(user))
}

/// What stands in the header. The name of the scheme may have any case. The password of a name and password is taken
/// for a token: that is what the sign-in of a keyserver sends.
pub(crate) fn credential(headers: &HeaderMap) -> Credential {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Credential::Missing;
    };
    let (Ok(value), None) = (value.to_str(), values.next()) else {
        return Credential::Unreadable;
    };
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return match rest {
            "" => Credential::Missing,
            token => Credential::Token(token.to_owned()),
        };
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return password(rest).map_or(Credential::Unreadable, Credential::Token);
    }
    Credential::Unreadable
}

fn password(encoded: &str) -> Option<String> {
    use base64::Engine;
    let pair = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(password.to_owned()).filter(|password| !password.is_empty())
}

/// The query of a request, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// # Errors
    ///
    /// 400 for text that is not UTF-8.
    pub(crate) fn read(text: Option<&str>) -> Answer<Self> {
        form(text.unwrap_or_default()).map(Self)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The architecture; a release of the command line encodes the `=` in front of it.
    pub(crate) fn arch(&self) -> Option<&str> {
        let encoded = || self.0.iter().find_map(|(key, _)| key.strip_prefix("arch="));
        self.get("arch")
            .or_else(encoded)
            .filter(|arch| !arch.is_empty())
    }
}

/// The members of a form, decoded.
pub(crate) fn form(text: &str) -> Answer<Vec<(String, String)>> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the request is not UTF-8"))
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(key)?, decode(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_every_spelling() {
        let token = |text: &str| Credential::Token(text.into());
        for (value, credential_) in [
            ("Bearer abc", token("abc")),
            ("BEARER abc", token("abc")),
            ("bearer  abc ", token("abc")),
            ("Bearer", Credential::Missing),
            ("Bearer ", Credential::Missing),
            ("Basic YWxpY2U6YWJj", token("abc")),
            ("Basic YWxpY2U6", Credential::Unreadable),
            ("Basic !", Credential::Unreadable),
            ("Digest abc", Credential::Unreadable),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(credential(&headers), credential_, "{value}");
        }
        assert_eq!(credential(&HeaderMap::new()), Credential::Missing);
    }

    #[test]
    fn an_encoded_equals_sign_is_understood() {
        for text in ["arch=amd64", "arch%3Damd64", "x=1&arch=amd64"] {
            assert_eq!(
                Query::read(Some(text)).unwrap().arch(),
                Some("amd64"),
                "{text}"
            );
        }
        assert_eq!(Query::read(Some("arch=")).unwrap().arch(), None);
        assert!(Query::read(Some("a=%ff")).is_err());
    }
}
