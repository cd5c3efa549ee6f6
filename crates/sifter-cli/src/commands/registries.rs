//! `registry …`.

use std::fmt::Write as _;

use serde_json::json;
use sifter_api::{Sifter, remotes::KeepLogin};

use crate::{
    answer::{Answer, Failure},
    arguments::Registry,
    token,
};

pub(crate) async fn run(sifter: &Sifter, registry: Registry) -> Result<Answer, Failure> {
    match registry {
        Registry::Login {
            host,
            username,
            password_stdin,
            insecure,
        } => {
            let host = bare(&host);
            let password = token::password(password_stdin, &host)?;
            let (user, kept) = (username.clone(), KeepLogin::Keychain);
            sifter
                .sign_in_registry(host.clone(), insecure, user, password, kept)
                .await?;
            Answer::new(
                format!("{host}: signed in as {username}\n"),
                &json!({ "host": host, "user": username }),
            )
        }
        Registry::Logout { host } => {
            let host = bare(&host);
            sifter.sign_out_registry(host.clone()).await?;
            Answer::new(format!("{host}: signed out\n"), &json!({ "host": host }))
        }
        Registry::List => list(sifter).await,
    }
}

async fn list(sifter: &Sifter) -> Result<Answer, Failure> {
    let registries = sifter.list_remotes().await?.registries;
    let mut text = String::new();
    for registry in &registries {
        let http = if registry.is_plain_http { "  http" } else { "" };
        let _ = writeln!(text, "{}  {}{http}", registry.host, registry.user);
    }
    Answer::new(text, &registries)
}

/// The host without the scheme that the real command line wants before it.
fn bare(host: &str) -> String {
    let schemes = ["oras://", "docker://"];
    let rest = schemes.iter().find_map(|scheme| host.strip_prefix(scheme));
    rest.unwrap_or(host).trim_end_matches('/').to_owned()
}
