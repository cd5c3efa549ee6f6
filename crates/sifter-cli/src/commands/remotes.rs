//! `remote …`.

use std::{fmt::Write as _, path::Path};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Sifter,
    remotes::{AccountView, KeepLogin, LoginView, NewRemote, RemoteView, RemotesView},
    units::RemoteId,
};

use super::at;
use crate::{
    answer::{Answer, Failure},
    arguments::Remote,
    token,
};

pub(crate) async fn run(sifter: &Sifter, remote: Remote) -> Result<Answer, Failure> {
    match remote {
        Remote::List => list(sifter).await,
        Remote::Add {
            name,
            address,
            insecure,
            active,
            no_login: _,
        } => {
            let remote = NewRemote {
                name,
                address,
                is_plain_http: insecure,
                make_active: active,
            };
            let is_unmarked = !insecure && has_plain_scheme(&remote.address);
            let added = sifter.add_remote(remote).await;
            let id = added.map_err(|error| match error.code {
                ErrorCode::InputInvalid if is_unmarked => {
                    error.with_hint("write it with https, or say --insecure")
                }
                _ => error,
            })?;
            shown(sifter, &id).await
        }
        Remote::Remove { name } => {
            let remote = at::remote(sifter, Some(&name)).await?;
            sifter.remove_remote(remote.id.clone()).await?;
            Answer::new(
                format!("removed {}\n", label(&remote)),
                &json!({ "removed": remote.id }),
            )
        }
        Remote::Use { name, active } => {
            let id = at::remote(sifter, Some(&name)).await?.id;
            if active {
                sifter.make_remote_active(id.clone()).await?;
            }
            sifter.set_current_remote(id.clone()).await?;
            shown(sifter, &id).await
        }
        Remote::Login { name, tokenfile } => {
            login(sifter, name.as_deref(), tokenfile.as_deref()).await
        }
        Remote::Logout { name } => {
            let id = at::remote(sifter, name.as_deref()).await?.id;
            sifter.sign_out(id.clone()).await?;
            shown(sifter, &id).await
        }
        Remote::Status { name } => status(sifter, name.as_deref()).await,
    }
}

async fn list(sifter: &Sifter) -> Result<Answer, Failure> {
    let view = sifter.list_remotes().await?;
    let mut text: String = view
        .remotes
        .iter()
        .map(|remote| line(remote, &view))
        .collect();
    let problems = [&view.file_problem, &view.keychain_problem];
    for problem in problems.into_iter().flatten() {
        let _ = writeln!(text, "! {}", problem.message);
    }
    Ok(Answer::new(text, &view)?.and(view.file_problem.is_none()))
}

fn has_plain_scheme(address: &str) -> bool {
    let scheme = address.trim().split_once("://");
    scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http"))
}

/// Shows one remote as the list has it.
async fn shown(sifter: &Sifter, id: &RemoteId) -> Result<Answer, Failure> {
    let view = sifter.list_remotes().await?;
    let Some(remote) = view.remotes.iter().find(|remote| remote.id == *id) else {
        return Err(ApiError::plain(ErrorCode::RemoteUnknown).into());
    };
    Answer::new(line(remote, &view), remote)
}

async fn login(
    sifter: &Sifter,
    name: Option<&str>,
    tokenfile: Option<&Path>,
) -> Result<Answer, Failure> {
    let remote = at::remote(sifter, name).await?;
    if remote.login == LoginView::NotNeeded {
        // Nobody is asked for a token that would not be used.
        let message = "this computer knows its person without a login";
        let error = ApiError::new(ErrorCode::RemoteFixed, message);
        return Err(error.with_hint("name the remote to sign in to").into());
    }
    let token = token::token(tokenfile, &label(&remote))?;
    let login = sifter
        .sign_in(remote.id.clone(), token, KeepLogin::Keychain)
        .await?;
    Answer::new(
        format!("{}: {}\n", label(&remote), login_words(&login)),
        &login,
    )
}

/// Yes if the remote answers, and the login holds where there is one.
async fn status(sifter: &Sifter, name: Option<&str>) -> Result<Answer, Failure> {
    let remote = at::remote(sifter, name).await?;
    let remote = sifter.refresh_remote(remote.id).await?;
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<10} {value}");
    };
    row("Remote", &label(&remote));
    row("Address", &remote.address);
    if let Some(services) = &remote.services {
        let known = [
            ("Library", &services.library),
            ("Keyserver", &services.keyserver),
            ("Builder", &services.builder),
            ("Tokens", &services.tokens),
            ("Registry", &services.registry),
            ("Token page", &services.token_page),
        ];
        for (name, address) in known {
            if let Some(address) = address {
                row(name, address);
            }
        }
    }
    row("Login", &login_words(&remote.login));
    if let Some(problem) = &remote.problem {
        row("Problem", &problem.message);
    }
    let holds = !matches!(remote.login, LoginView::Expired { .. });
    Ok(Answer::new(text, &remote)?.and(remote.problem.is_none() && holds))
}

fn line(remote: &RemoteView, view: &RemotesView) -> String {
    let mark = if remote.id == view.current { '*' } else { ' ' };
    let mut line = format!("{mark} {:<16}  {}", label(remote), remote.address);
    if remote.is_plain_http {
        line.push_str("  http");
    }
    if remote.is_active {
        line.push_str("  active");
    }
    format!("{line}  {}\n", login_words(&remote.login))
}

/// The name by which it can be named here.
fn label(remote: &RemoteView) -> String {
    let name = if remote.name.is_empty() {
        &remote.id.0
    } else {
        &remote.name
    };
    name.clone()
}

fn login_words(login: &LoginView) -> String {
    let by = |account: &Option<AccountView>| match account {
        Some(account) => format!(" as {}", account.name),
        None => String::new(),
    };
    match login {
        LoginView::NotNeeded => "no login needed".into(),
        LoginView::SignedOut => "signed out".into(),
        LoginView::SignedIn { account, .. } => format!("signed in{}", by(account)),
        LoginView::Expired { account } => format!("login{} is not accepted any more", by(account)),
        LoginView::Locked => "signed in, but the keychain is locked".into(),
    }
}
