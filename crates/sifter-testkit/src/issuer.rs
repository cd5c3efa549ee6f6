//! A service that gives tokens for a registry, as `auth: token` of Debian's `docker-registry` wants them: JSON Web Tokens,
//! signed with a key whose certificate the registry trusts.

use std::{
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};

use crate::{
    http::{Answer, HttpServer, Request},
    registry::{PASSWORD, USER},
};

/// A token that stands for the login of [`USER`], as a sign-in in a browser leaves one.
pub const IDENTITY: &str = "identity-of-anna-from-a-browser";
/// The name of the registry in its tokens.
pub(crate) const SERVICE: &str = "registry.lab.example";
/// Whose tokens they are.
pub(crate) const ISSUER: &str = "sifter-testkit";
/// How long a token is good, in seconds.
const GOOD_FOR: i64 = 300;

/// What may be done with the repositories whose names begin so: by [`USER`], and by anybody.
const RIGHTS: [(&str, &[&str], &[&str]); 3] = [
    ("lab/", &["pull", "push"], &[]),
    ("shown/", &["pull"], &[]),
    ("public/", &["pull", "push"], &["pull"]),
];

/// The service. It ends when it is dropped.
#[derive(Debug)]
pub struct TokenIssuer {
    server: HttpServer,
    signer: Arc<Signer>,
    certificate: String,
}

#[derive(Debug)]
struct Signer {
    key: EcdsaKeyPair,
    /// The certificate, as a token carries it.
    certificate: String,
    random: SystemRandom,
}

impl TokenIssuer {
    /// Starts a service with a key of its own.
    ///
    /// # Panics
    ///
    /// If no port of this machine or no key can be had.
    pub async fn start() -> Self {
        let key = rcgen::KeyPair::generate().expect("a new key");
        let subject = rcgen::CertificateParams::new(vec![ISSUER.to_owned()]);
        let certificate = subject
            .and_then(|subject| subject.self_signed(&key))
            .expect("a certificate");
        let random = SystemRandom::new();
        let signer = Signer {
            key: EcdsaKeyPair::from_pkcs8(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                &key.serialize_der(),
                &random,
            )
            .expect("a key that signs"),
            certificate: STANDARD.encode(certificate.der()),
            random,
        };
        let signer = Arc::new(signer);
        let asked = Arc::clone(&signer);
        Self {
            server: HttpServer::start(move |request| answer(&asked, request)).await,
            signer,
            certificate: certificate.pem(),
        }
    }

    /// All requests until now.
    #[must_use]
    pub fn seen(&self) -> Vec<Request> {
        self.server.seen()
    }

    /// Returns a token with which one may pull from and push to `repository`, as a library gives one for the registry behind
    /// it. It is good for so many seconds from now; one of less than none is too old.
    #[must_use]
    pub fn given(&self, repository: &str, good_for: i64) -> String {
        let access =
            format!(r#"{{"type":"repository","name":"{repository}","actions":["pull","push"]}}"#);
        self.signer.token_until(&access, good_for)
    }

    /// What the settings of a registry say so that it asks for tokens of this service; its certificate goes to `path`.
    pub(crate) fn settings(&self, path: &Path) -> String {
        std::fs::write(path, &self.certificate).expect("a file for the certificate");
        format!(
            "auth: {{token: {{realm: '{}', service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {}}}}}\n",
            self.server.url("/token"),
            path.display()
        )
    }
}

fn answer(signer: &Signer, request: &Request) -> Answer {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let (_, query) = request.path.split_once('?').unwrap_or_default();
    let (is_known, asked) = match (request.method.as_str(), request.header("authorization")) {
        ("POST", _) => (body.contains(&format!("refresh_token={IDENTITY}")), body),
        (_, None) => (true, query.to_owned()),
        (_, Some(login)) => (*login == basic(), query.to_owned()),
    };
    if !is_known {
        let refusal = r#"{"details":"incorrect username or password"}"#;
        return Answer::new(401, refusal).with("Content-Type", "application/json");
    }
    let is_anna = request.method == "POST" || request.header("authorization").is_some();
    let token = signer.token(&granted(&asked, is_anna));
    let given =
        format!(r#"{{"token":"{token}","access_token":"{token}","expires_in":{GOOD_FOR}}}"#);
    Answer::new(200, given).with("Content-Type", "application/json")
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")))
}

/// What is given of that which is asked for, as the members of a token.
fn granted(asked: &str, is_anna: bool) -> String {
    let scopes = asked
        .split('&')
        .filter_map(|pair| pair.strip_prefix("scope="))
        .map(decoded)
        .collect::<Vec<_>>()
        .join(" ");
    let members: Vec<String> = scopes
        .split_whitespace()
        .filter_map(|scope| {
            let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
            let (_, hers, others) = RIGHTS.iter().find(|(start, ..)| name.starts_with(start))?;
            let rights = if is_anna { hers } else { others };
            let given: Vec<String> = actions
                .split(',')
                .filter(|action| rights.contains(action))
                .map(|action| format!("\"{action}\""))
                .collect();
            Some(format!(
                r#"{{"type":"repository","name":"{name}","actions":[{}]}}"#,
                given.join(",")
            ))
        })
        .collect();
    members.join(",")
}

/// A text of a query.
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        let code = u8::from_str_radix(digits, 16).unwrap_or(b'?');
        plain.push(char::from(code));
        plain.push_str(rest);
    }
    plain
}

impl Signer {
    fn token(&self, access: &str) -> String {
        self.token_until(access, GOOD_FOR)
    }

    fn token_until(&self, access: &str, good_for: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_secs().cast_signed());
        let head = format!(
            r#"{{"typ":"JWT","alg":"ES256","x5c":["{}"]}}"#,
            self.certificate
        );
        let claims = format!(
            r#"{{"iss":"{ISSUER}","sub":"{USER}","aud":"{SERVICE}","exp":{},"nbf":{},"iat":{now},"jti":"{now}","access":[{access}]}}"#,
            now + good_for,
            now + good_for.min(0) - 3_600,
        );
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(head),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self
            .key
            .sign(&self.random, signed.as_bytes())
            .expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
