//! `cloud …`.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Sifter,
    remotes::{BucketAt, CloudAt, CloudRules, PublicAt, ServeHow, ServedView},
};

use crate::{
    answer::{Answer, Failure, complain, harmless, unwritten},
    arguments::{Cloud, CloudFolder, CloudSet, CloudToken, Serve},
    log,
    new_file::NewFile,
    stop::Stop,
};

/// What the first token is called that `serve` makes.
const FIRST_TOKEN: &str = "first token";

pub(crate) async fn run(sifter: &Sifter, cloud: Cloud, json: bool) -> Result<Answer, Failure> {
    match cloud {
        Cloud::Serve(how) => serve(sifter, how, json).await,
        Cloud::Token(CloudToken {
            list: true, folder, ..
        }) => tokens(sifter, folder).await,
        Cloud::Token(CloudToken {
            revoke: Some(id),
            folder,
            ..
        }) => {
            sifter
                .end_cloud_token(at_folder(folder), id.clone())
                .await?;
            Answer::new(format!("revoked {id}\n"), &json!({ "revoked": id }))
        }
        Cloud::Token(token) => new_token(sifter, token, json).await,
        Cloud::Set(rules) => set(sifter, rules).await,
        Cloud::Gc { at } => {
            let removed = sifter.collect_cloud(at.into()).await?;
            let text = format!(
                "removed {} uploads, {} images without bytes, {} files\n",
                removed.uploads, removed.images, removed.files
            );
            Answer::new(text, &removed)
        }
        Cloud::Fsck { quick, at } => fsck(sifter, at, !quick).await,
        Cloud::Audit { most, folder } => {
            let lines = sifter.cloud_record(at_folder(folder), most).await?;
            let mut text = String::new();
            for line in &lines {
                let request = line.request.as_deref().unwrap_or("-");
                let (time, who, what, subject) = (&line.time, &line.who, &line.what, &line.subject);
                let _ = writeln!(text, "{time}  {request}  {who}  {what}  {subject}");
            }
            Answer::new(text, &lines)
        }
        Cloud::Backup { target, at } => {
            sifter.back_up_cloud(at.into(), target.clone()).await?;
            let text = format!("copied to {}\n", target.display());
            Answer::new(text, &json!({ "folder": target }))
        }
    }
}

async fn set(sifter: &Sifter, rules: CloudSet) -> Result<Answer, Failure> {
    let CloudSet {
        name,
        quota,
        private,
        read_only,
        folder,
    } = rules;
    let rules = CloudRules {
        quota,
        private,
        read_only,
    };
    sifter
        .set_cloud_rules(at_folder(folder), name.clone(), rules)
        .await?;
    let said = json!({ "name": name, "quota": quota, "private": private, "readOnly": read_only });
    Answer::new(format!("set {name}\n"), &said)
}

async fn serve(sifter: &Sifter, how: Serve, json: bool) -> Result<Answer, Failure> {
    let Serve {
        at,
        port,
        address,
        beyond_this_machine,
        name,
        public_address,
        no_public_address,
        user,
        log: level,
        token_file,
    } = how;
    log::start(level);
    let mut at = CloudAt::from(at);
    at.user = user;
    let how = ServeHow {
        port,
        addresses: address,
        names: name,
        is_beyond_this_machine: beyond_this_machine,
        public: match public_address {
            Some(address) => PublicAt::Address(address),
            None if no_public_address => PublicAt::Nothing,
            None => PublicAt::AsBefore,
        },
    };
    // Before anybody is told that it runs: whoever reads that may stop it at once.
    let stop = Stop::listen()?;
    let served = sifter.serve_cloud(at.clone(), how).await?;
    first_token(sifter, &at, &served.view, token_file.as_deref()).await?;
    tell(&served.view, json)?;
    served.run(stop.wait()).await?;
    Ok(Answer::said())
}

/// Says where it is, as soon as clients can come.
fn tell(view: &ServedView, json: bool) -> Result<(), Failure> {
    if view.is_beyond_this_machine {
        complain(
            "Other machines can reach this. Tokens and images go over the network unencrypted.\n",
        );
    }
    let text = if json {
        format!("{}\n", json!(view))
    } else {
        let at = match &view.public_address {
            Some(public) => format!("{public}, for a proxy at {}", view.url),
            None => view.url.clone(),
        };
        format!(
            "Serving {} at {at}\nStop with Ctrl-C.\n",
            view.folder.display()
        )
    };
    let mut out = io::stdout().lock();
    let told = out.write_all(harmless(&text).as_bytes());
    told.and_then(|()| out.flush())
        .map_err(|error| unwritten(&error))
}

/// Makes the first token where nobody has one: into a file, or for a person who sits there.
async fn first_token(
    sifter: &Sifter,
    at: &CloudAt,
    view: &ServedView,
    file: Option<&Path>,
) -> Result<(), Failure> {
    let is_seen = io::stderr().is_terminal();
    if view.has_tokens || !(is_seen || file.is_some()) {
        return Ok(());
    }
    // The user is the one that serves it.
    let at = CloudAt {
        user: Some(view.user.clone()),
        ..at.clone()
    };
    let place = file.map(NewFile::make).transpose()?;
    let (_, token) = sifter
        .issue_cloud_token(at, FIRST_TOKEN.into(), None)
        .await?;
    match place {
        Some(place) => place.write(&token),
        None => {
            complain(&format!(
                "The first token, shown once:\n{}\n",
                token.expose()
            ));
            Ok(())
        }
    }
}

async fn new_token(sifter: &Sifter, token: CloudToken, json: bool) -> Result<Answer, Failure> {
    let CloudToken {
        name,
        output,
        days,
        user,
        folder,
        ..
    } = token;
    if output.is_none() && (json || !io::stdout().is_terminal()) {
        let error = ApiError::new(
            ErrorCode::InputInvalid,
            "a token goes to a terminal or into a file of its own",
        );
        return Err(error.with_hint("name a new file with `--output`").into());
    }
    let place = output.as_deref().map(NewFile::make).transpose()?;
    let at = CloudAt {
        user,
        ..at_folder(folder)
    };
    let made = sifter
        .issue_cloud_token(at, name.unwrap_or_default(), days)
        .await;
    let (view, token) = match (made, &place) {
        (Ok(made), _) => made,
        (Err(error), place) => {
            if let Some(place) = place {
                place.remove();
            }
            return Err(error.into());
        }
    };
    match place {
        Some(place) => {
            place.write(&token)?;
            let text = format!("wrote a token to {}\n", place.path.display());
            Answer::new(text, &json!({ "token": view, "file": place.path }))
        }
        None => Ok(Answer::plain(format!("{}\n", token.expose()))),
    }
}

async fn tokens(sifter: &Sifter, folder: Option<PathBuf>) -> Result<Answer, Failure> {
    let tokens = sifter.list_cloud_tokens(at_folder(folder)).await?;
    let mut text = String::new();
    for token in &tokens {
        let _ = writeln!(text, "{}  {}", token.id, token.name);
    }
    Answer::new(text, &tokens)
}

async fn fsck(sifter: &Sifter, at: CloudFolder, bytes: bool) -> Result<Answer, Failure> {
    let checked = sifter.check_cloud(at.into(), bytes).await?;
    let mut text = format!("{} files checked\n", checked.files);
    for problem in &checked.problems {
        let _ = writeln!(text, "! {problem}");
    }
    if !checked.orphans.is_empty() {
        let _ = writeln!(
            text,
            "{} files that nobody needs; `cloud gc` removes them",
            checked.orphans.len()
        );
    }
    Ok(Answer::new(text, &checked)?.and(checked.problems.is_empty()))
}

fn at_folder(folder: Option<PathBuf>) -> CloudAt {
    CloudAt {
        folder,
        ..CloudAt::default()
    }
}

impl From<CloudFolder> for CloudAt {
    fn from(at: CloudFolder) -> Self {
        let bucket = at.bucket.map(|bucket| BucketAt {
            endpoint: at.endpoint.unwrap_or_default(),
            region: at.region,
            bucket,
            prefix: at.prefix,
            credentials: at.credentials,
            is_virtual_hosted: at.virtual_hosted,
            is_plain_http: at.insecure,
        });
        Self {
            folder: at.folder,
            bucket,
            user: None,
        }
    }
}
