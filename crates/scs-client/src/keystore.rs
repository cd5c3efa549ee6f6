//! Keyservers: HKP.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Url};
use scs_types::keystore::{KeySearch, ListedKey, Lookup, NEXT_PAGE, read_index};

use crate::{
    access::Login,
    base::Base,
    connection::Client,
    error::{Cause, Error, shown_server},
    wire::{Ask, Body},
};

const GETTING: &str = "getting the key";
const SEARCHING: &str = "searching for keys";
const SENDING: &str = "sending the key";
const SIGNING_IN: &str = "signing in to the keyserver";
/// No armoured key is longer.
const ARMOUR: usize = 1 << 20;
/// A keyserver that takes longer is passed over.
const PATIENCE: Duration = Duration::from_secs(5);
/// No list of keys goes on for more pages.
const PAGES: usize = 64;
/// No more of what a server says is shown.
const WORDS: usize = 2000;
const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// A keyserver, and who one is to it.
#[derive(Clone, Debug)]
pub struct Keyserver(Base);

/// Some of the keys that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<ListedKey>,
    /// What to ask for the next page by; none on the last.
    pub next: Option<String>,
}

/// What one keyserver had to say.
#[derive(Debug)]
pub enum Verdict {
    /// It has the key.
    Found,
    /// It does not have it.
    Missing,
    /// It could not say.
    Failed(Error),
    /// It was not asked: another had the key.
    NotAsked,
}

/// What several keyservers had to say, in their order.
#[derive(Debug)]
pub struct Found {
    /// The key in armour, from the first that had it. It is whatever that server sent: nothing was checked.
    pub armour: Option<String>,
    /// Each server and what it said.
    pub verdicts: Vec<(String, Verdict)>,
}

impl Keyserver {
    /// The keyserver at `url`, which may be `hkp`, `hkps`, `http` or `https`. HKP lives at the root of an origin, so a path
    /// is not kept.
    ///
    /// # Errors
    ///
    /// [`Cause::Address`] or [`Cause::Login`].
    pub fn new(client: &Client, url: &str, login: Option<Login>) -> Result<Self, Error> {
        let mut base = Base::new(client, &web_address(url), login)?;
        base.url.set_path("/");
        Ok(Self(base))
    }

    /// The address, to show.
    #[must_use]
    pub fn address(&self) -> String {
        shown_server(&self.0.url)
    }

    /// A key in armour; none if the server has none. Nothing of it is checked but that it looks like one.
    ///
    /// # Errors
    ///
    /// A fault on the way, or something that is no key.
    pub async fn get(&self, search: &KeySearch) -> Result<Option<String>, Error> {
        let url = self.lookup(&Lookup::Get(search.clone()), None)?;
        let mut ask = self.0.get(GETTING, url);
        ask.bound = ARMOUR;
        match self.0.send(&ask).await {
            Ok(answer) => {
                let text = answer.text()?;
                if !text.contains(BEGIN) {
                    return Err(answer.error(Cause::Answer("something that is no key")));
                }
                Ok(Some(text.to_owned()))
            }
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One page of the keys that fit; `page` is the token of one that is not the first. No match is an empty page.
    ///
    /// # Errors
    ///
    /// A fault on the way, or [`Cause::TooLarge`] if too many keys fit.
    pub async fn search(&self, search: &KeySearch, page: Option<&str>) -> Result<KeyPage, Error> {
        let url = self.lookup(&Lookup::Index(search.clone()), page)?;
        let answer = match self.0.send(&self.0.get(SEARCHING, url)).await {
            Ok(answer) => answer,
            Err(error) if error.is_missing() => return Ok(KeyPage::default()),
            Err(error) => return Err(error),
        };
        let broken = Cause::Answer("a list of keys that cannot be read");
        let keys = read_index(&answer.lossy_text()?).map_err(|_| answer.error(broken))?;
        let next = answer
            .headers
            .get(NEXT_PAGE)
            .and_then(|token| token.to_str().ok());
        Ok(KeyPage {
            keys,
            next: next.filter(|token| !token.is_empty()).map(str::to_owned),
        })
    }

    /// All keys that fit, up to about `most`, page after page.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn search_all(&self, search: &KeySearch, most: usize) -> Result<KeyPage, Error> {
        let mut all = self.search(search, None).await?;
        for _ in 1..PAGES {
            let Some(token) = all.next.take_if(|_| all.keys.len() < most) else {
                break;
            };
            let page = self.search(search, Some(&token)).await?;
            all.keys.extend(page.keys);
            // A token that leads to itself leads nowhere.
            all.next = page.next.filter(|next| *next != token);
        }
        Ok(all)
    }

    /// Sends a public key; answers with what the server says to people, as that a mail must be confirmed.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`], [`Cause::TooLarge`], [`Cause::Digest`] if it is no key to the server, or a fault on the way.
    pub async fn add(&self, armour: &str) -> Result<Option<String>, Error> {
        let keytext = utf8_percent_encode(armour, NON_ALPHANUMERIC);
        let ask = Ask {
            method: Method::POST,
            body: Some(Body {
                kind: "application/x-www-form-urlencoded",
                bytes: format!("keytext={keytext}").into_bytes(),
            }),
            // Adding a key a second time changes nothing.
            ..self.0.get(SENDING, self.at("pks/add")?)
        };
        let answer = self.0.send(&ask).await.map_err(of_key)?;
        let text = answer.text()?.trim();
        if text.is_empty() || text.starts_with(['{', '[']) {
            return Ok(None);
        }
        let said = answer.scrub(text);
        let said = said.chars().filter(|letter| !letter.is_control());
        Ok(Some(said.take(WORDS).collect()))
    }

    /// Whether the server takes the login.
    ///
    /// # Errors
    ///
    /// [`Cause::SignIn`] if not, or a fault on the way.
    pub async fn check_login(&self) -> Result<(), Error> {
        let answer = self.0.send(&self.0.get(SIGNING_IN, self.at("")?)).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(answer.error(Cause::Answer("no clear answer to a sign-in")))
    }

    fn at(&self, path: &str) -> Result<Url, Error> {
        self.0.at(path, &[])
    }

    fn lookup(&self, lookup: &Lookup, page: Option<&str>) -> Result<Url, Error> {
        self.0.at("pks/lookup", &lookup.query(page))
    }
}

/// The address of an HKP server as one of the web.
fn web_address(url: &str) -> String {
    let url = url.trim();
    if let Some(rest) = url.strip_prefix("hkps://") {
        return format!("https://{rest}");
    }
    let Some(rest) = url.strip_prefix("hkp://") else {
        return url.to_owned();
    };
    let host = rest.split('/').next().unwrap_or_default();
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.contains(']'));
    if has_port {
        format!("http://{host}")
    } else {
        format!("http://{host}:11371")
    }
}

/// A keyserver says by this status that it cannot read the key; a library, that bytes got lost.
fn of_key(error: Error) -> Error {
    match error.cause() {
        Cause::Digest { said } => {
            let said = said.clone();
            error.with(Cause::Refused { said })
        }
        _ => error,
    }
}

/// The key from the first of `servers` that has it. Each has five seconds; what each said is kept.
pub async fn first_with(servers: &[Keyserver], search: &KeySearch) -> Found {
    let mut found = Found {
        armour: None,
        verdicts: Vec::new(),
    };
    for server in servers {
        let verdict = if found.armour.is_some() {
            Verdict::NotAsked
        } else {
            match ask_in_time(server, search).await {
                Ok(Some(armour)) => {
                    found.armour = Some(armour);
                    Verdict::Found
                }
                Ok(None) => Verdict::Missing,
                Err(error) => Verdict::Failed(error),
            }
        };
        found.verdicts.push((server.address(), verdict));
    }
    found
}

async fn ask_in_time(server: &Keyserver, search: &KeySearch) -> Result<Option<String>, Error> {
    let patience = PATIENCE.min(server.0.client.limits.head);
    let mut quick = server.clone();
    quick.0.client = server.0.client.impatient(patience);
    match tokio::time::timeout(patience, quick.get(search)).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::at(GETTING, &server.address(), None, Cause::Time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_of_keyservers() {
        for (url, web) in [
            ("hkp://keys.example.org", "http://keys.example.org:11371"),
            ("hkp://keys.example.org:80/x", "http://keys.example.org:80"),
            ("hkp://[::1]", "http://[::1]:11371"),
            ("hkps://keys.example.org", "https://keys.example.org"),
            (
                "https://keys.example.org/pks",
                "https://keys.example.org/pks",
            ),
        ] {
            assert_eq!(web_address(url), web);
        }
    }
}
