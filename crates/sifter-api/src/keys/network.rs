//! Keys over the network: searching, fetching, publishing. What a keyserver sends is a claim until it is looked at.

use scs_client::{Found, Verdict, first_with};
use scs_types::keystore::{KeySearch, ListedKey};
use sif_keys::{Certificate, Fingerprint};

use super::{FoundKeys, KeyHit, LookedFor, PublishedKey, key_error, rings::parse};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    network::{host_of, on_network},
    remotes::{Remote, RemoteKeyserver},
    units::{RemoteId, Timestamp},
};

/// No search is for more letters.
const LONGEST: usize = 200;

impl Sifter {
    /// Searches the keyserver of a remote: a name, a mail address or a fingerprint. Where the first does not answer, the
    /// next is asked.
    ///
    /// # Errors
    /// `input-invalid`, `service-missing`, and the codes of the network.
    pub async fn search_keys(
        &self,
        remote: RemoteId,
        text: String,
        page: Option<String>,
    ) -> Result<FoundKeys> {
        let search = read_search(&text)?;
        let page = page.as_deref().map(read_page).transpose()?;
        let sifter = self.clone();
        on_network(async move {
            let remote = sifter.remote(&remote).await?;
            let servers = remote.keyservers().await?;
            let mut down: Vec<(String, ApiError)> = Vec::new();
            for (number, server) in servers.iter().enumerate() {
                let token = match &page {
                    Some((wanted, _)) if *wanted != number => continue,
                    Some((_, token)) => Some(token.as_str()),
                    None => None,
                };
                let address = server.server.address();
                sifter.asked(&address);
                match server.server.search(&search, token).await {
                    Ok(found) => {
                        let next = found.next.map(|token| format!("{number}:{token}"));
                        let keys = found.keys;
                        let hits = sifter.off(move |sifter| sifter.hits(&keys)).await?;
                        return Ok(FoundKeys {
                            hits,
                            keyserver: address,
                            next_page: next,
                            down,
                        });
                    }
                    Err(error) => down.push((address, remote.fault_at(server, error))),
                }
            }
            // The first is the one that most things are at.
            let first = down.into_iter().next().map(|(_, error)| error);
            Err(first.unwrap_or_else(|| ApiError::plain(ErrorCode::HandleUnknown)))
        })
        .await
    }

    /// Looks for a key by its whole fingerprint at all keyservers of a remote, in their order, and plans its import.
    ///
    /// # Errors
    /// `input-invalid`, `service-missing`; what keyservers answered is in the view.
    pub async fn look_for_key(&self, remote: RemoteId, fingerprint: String) -> Result<LookedFor> {
        let digits: String = fingerprint.split_whitespace().collect();
        let fingerprint = parse(&digits)?;
        let sifter = self.clone();
        on_network(async move {
            let remote = sifter.remote(&remote).await?;
            let search = KeySearch::Id(fingerprint.to_string().to_ascii_lowercase());
            let mut looked = LookedFor {
                import: None,
                keyserver: None,
                asked: Vec::new(),
                down: Vec::new(),
            };
            for server in remote.keyservers().await? {
                let address = server.server.address();
                sifter.asked(&address);
                looked.asked.push(address.clone());
                let only = std::slice::from_ref(&server.server);
                match key_in(first_with(only, &search).await, fingerprint) {
                    Ok(Some(key)) => {
                        let plan = move |sifter: &Self| sifter.plan_import(&[key]);
                        looked.import = Some(sifter.off(plan).await?);
                        looked.keyserver = Some(address);
                        break;
                    }
                    Ok(None) => {}
                    Err(fault) => {
                        let error = match fault {
                            Fault::Service(error) => remote.fault_at(&server, error),
                            Fault::Answer(error) => error,
                        };
                        looked.down.push((address, error));
                    }
                }
            }
            Ok(looked)
        })
        .await
    }

    /// Publishes the public part of a key at the first keyserver of a remote.
    ///
    /// # Errors
    /// `key-missing`, `service-missing`, `token-missing`, and the codes of the network.
    pub async fn publish_key(&self, remote: RemoteId, fingerprint: String) -> Result<PublishedKey> {
        let fingerprint = parse(&fingerprint)?;
        let sifter = self.clone();
        on_network(async move {
            let armour = sifter
                .off(move |sifter| sifter.published(fingerprint))
                .await?;
            let remote = sifter.remote(&remote).await?;
            let servers = remote.keyservers().await?;
            let server = servers
                .first()
                .ok_or_else(|| ApiError::plain(ErrorCode::ServiceMissing))?;
            let address = server.server.address();
            sifter.asked(&address);
            match server.server.add(&armour).await {
                Ok(message) => Ok(PublishedKey {
                    keyserver: address,
                    message,
                }),
                Err(error) => {
                    let mut told = remote.fault_at(server, error);
                    if told.code == ErrorCode::DigestMismatch {
                        told = ApiError {
                            code: ErrorCode::KeyMalformed,
                            retryable: false,
                            ..told
                        }
                        .with_hint("try another keyserver; this one does not read such keys");
                    }
                    Err(told)
                }
            }
        })
        .await
    }

    fn asked(&self, address: &str) {
        self.contact(&host_of(address).unwrap_or_default(), "keyserver");
    }

    /// What others may have of a key: what its owner said, not what others said about it.
    fn published(&self, fingerprint: Fingerprint) -> Result<String> {
        let keys = self.key_set()?;
        let key = keys
            .certificate(fingerprint)
            .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
        let own = key.own_statements().map_err(|error| key_error(&error))?;
        Ok(own.to_armored())
    }

    fn hits(&self, listed: &[ListedKey]) -> Result<Vec<KeyHit>> {
        let here: Vec<String> = self
            .key_set()?
            .fingerprints()
            .iter()
            .map(ToString::to_string)
            .collect();
        let now = self.now();
        Ok(listed.iter().map(|key| hit(key, &here, now)).collect())
    }
}

impl Remote {
    /// A login that this remote's own keyserver refuses is refused; another server says nothing about it.
    fn fault_at(&self, server: &RemoteKeyserver, error: scs_client::Error) -> ApiError {
        if server.has_login && !server.is_external {
            return self.fault(error);
        }
        let mut told = ApiError::from(error);
        if told.code == ErrorCode::TokenExpired {
            told.code = ErrorCode::LoginRefused;
        }
        told
    }
}

/// What kept a key from being found.
enum Fault {
    Service(scs_client::Error),
    Answer(ApiError),
}

/// The wanted key alone, out of what a server sent.
fn key_in(found: Found, wanted: Fingerprint) -> std::result::Result<Option<Vec<u8>>, Fault> {
    let Some(armour) = found.armour else {
        let failed = found
            .verdicts
            .into_iter()
            .find_map(|(_, verdict)| match verdict {
                Verdict::Failed(error) => Some(error),
                _ => None,
            });
        return failed.map_or(Ok(None), |error| Err(Fault::Service(error)));
    };
    let keys = Certificate::parse_all(armour.as_bytes()).unwrap_or_default();
    let is_wanted = |key: &&Certificate| {
        // Signatures name the key that made them, which may be a part of another.
        let parts = || key.summary(0).subkeys.into_iter();
        key.fingerprint() == wanted || parts().any(|part| part.fingerprint == wanted)
    };
    match keys.iter().find(is_wanted) {
        Some(key) => Ok(Some(key.to_armored().into_bytes())),
        None => Err(Fault::Answer(ApiError::new(
            ErrorCode::ServerAnswerInvalid,
            "the keyserver sent another key than the one that was asked for",
        ))),
    }
}

fn read_search(text: &str) -> Result<KeySearch> {
    let text = text.trim();
    let refuse = |message: &str| Err(ApiError::new(ErrorCode::InputInvalid, message));
    if text.chars().count() < 3 {
        return refuse("a search for keys needs three letters");
    }
    if text.len() > LONGEST {
        return refuse("this is too long for a search");
    }
    // People copy fingerprints in groups.
    let digits: String = text.split_whitespace().collect();
    let is_grouped = matches!(digits.len(), 16 | 32 | 40 | 64)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Short ones are taken for key ids as the command lines do: in capital letters, which words seldom are.
    let is_capital = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    if text.len() >= 8 && text.bytes().all(is_capital) {
        return Ok(KeySearch::read(&format!("0x{text}")));
    }
    Ok(KeySearch::read(if is_grouped { &digits } else { text }))
}

/// Which keyserver, and what to ask it by.
fn read_page(page: &str) -> Result<(usize, String)> {
    let parts = page.split_once(':');
    parts
        .and_then(|(number, token)| Some((number.parse().ok()?, token.to_owned())))
        .ok_or_else(|| ApiError::plain(ErrorCode::HandleUnknown))
}

fn hit(key: &ListedKey, here: &[String], now: Timestamp) -> KeyHit {
    let fingerprint = key.fingerprint.to_ascii_uppercase();
    let is_here = here
        .iter()
        .any(|own| own.to_ascii_uppercase().ends_with(&fingerprint));
    let names = key.user_names.iter().map(|name| name.trim().to_owned());
    KeyHit {
        names: names.filter(|name| !name.is_empty()).collect(),
        algorithm: algorithm(key.algorithm).to_owned(),
        bits: key.bits,
        created: key.created.map(Timestamp),
        expires: key.expires.map(Timestamp),
        is_revoked: key.is_revoked,
        is_expired: key.is_expired || key.expires.is_some_and(|end| end > 0 && end <= now.0),
        is_here,
        fingerprint,
    }
}

/// The numbers of OpenPGP.
fn algorithm(number: Option<u8>) -> &'static str {
    match number {
        Some(1..=3) => "RSA",
        Some(16) => "Elgamal",
        Some(17) => "DSA",
        Some(18) => "ECDH",
        Some(19) => "ECDSA",
        Some(22) => "EdDSA",
        Some(25) => "X25519",
        Some(26) => "X448",
        Some(27) => "Ed25519",
        Some(28) => "Ed448",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_read_as_people_write_them() {
        let fingerprint = "4A1D90C7E2B85F3306AE71D49C2FB850E6A31D7B";
        let id = KeySearch::Id(fingerprint.to_ascii_lowercase());
        let grouped = "4A1D 90C7 E2B8 5F33 06AE  71D4 9C2F B850 E6A3 1D7B";
        for (text, search) in [
            (fingerprint, id.clone()),
            (grouped, id),
            (
                " anna@lab.example ",
                KeySearch::Text("anna@lab.example".into()),
            ),
            ("8C10B902", KeySearch::Id("8c10b902".into())),
            ("8C10B9024", KeySearch::Id("00000008c10b9024".into())),
            ("0x8c10b902", KeySearch::Id("8c10b902".into())),
            ("8c10b902", KeySearch::Text("8c10b902".into())),
            ("DEADBEE", KeySearch::Text("DEADBEE".into())),
        ] {
            assert_eq!(read_search(text).expect("a search"), search, "{text}");
        }
        for bad in ["", " a ", &"x".repeat(201)] {
            let code = read_search(bad).expect_err("none").code;
            assert_eq!(code, ErrorCode::InputInvalid, "{bad}");
        }
    }

    #[test]
    fn a_page_is_of_one_keyserver() {
        assert_eq!(read_page("1:a:b").expect("a page"), (1, "a:b".into()));
        for bad in ["", "a", "x:y"] {
            let code = read_page(bad).expect_err("none").code;
            assert_eq!(code, ErrorCode::HandleUnknown, "{bad}");
        }
    }
}
