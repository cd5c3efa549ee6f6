//! `cloud …`.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Secret, Sifter,
    remotes::{BucketAt, CloudAt, CloudRules, ServeHow, ServedView},
};

use crate::{
    answer::{Answer, Failure, complain, harmless, unwritten},
    arguments::{Cloud, CloudFolder, CloudSet, CloudToken, Serve},
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
        user,
        token_file,
    } = how;
    let mut at = CloudAt::from(at);
    at.user = user;
    let how = ServeHow {
        port,
        addresses: address,
        names: name,
        is_beyond_this_machine: beyond_this_machine,
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
        format!(
            "Serving {} at {}\nStop with Ctrl-C.\n",
            view.folder.display(),
            view.url
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

/// A file for a secret: made before the secret is, so that none gets lost.
struct NewFile {
    path: PathBuf,
    file: fs::File,
}

impl NewFile {
    fn make(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            let code = match error.kind() {
                io::ErrorKind::AlreadyExists => ErrorCode::FileExists,
                _ => ErrorCode::FileNotWritable,
            };
            let message = format!("`{}` cannot be made", path.display());
            ApiError::new(code, message).because(&error)
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    fn write(&self, secret: &Secret) -> Result<(), Failure> {
        let mut file = &self.file;
        let written = writeln!(file, "{}", secret.expose()).and_then(|()| file.sync_all());
        written.map_err(|error| {
            self.remove();
            let message = format!("`{}` cannot be written", self.path.display());
            ApiError::new(ErrorCode::Io, message).because(&error).into()
        })
    }

    fn remove(&self) {
        // What stays is an empty file, which is no secret.
        let _ = fs::remove_file(&self.path);
    }
}

/// The ways in which a service is told to end.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error: io::Error| ApiError::plain(ErrorCode::Internal).because(&error);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    #[cfg(not(unix))]
    fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
