//! What can be said about remotes, libraries, keyservers and registries.

use std::path::PathBuf;

use clap::{Args, Subcommand};

// Where a command goes, and as whom. A page of help would begin with what is said here in the other way.
#[derive(Debug, Args)]
pub(crate) struct At {
    /// The remote: its name, or `this-computer`; else the one that `remote use` chose
    #[arg(long, value_name = "NAME")]
    pub(crate) remote: Option<String>,
    #[command(flatten)]
    pub(crate) token: Token,
}

// A token that is not the one in the keychain.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Take the token from the first line of this file, for this command alone; nothing is kept
    #[arg(long = "tokenfile", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Remote {
    /// List the remotes and who one is there
    List,
    /// Add a remote to `remote.yaml`
    Add {
        name: String,
        /// Host, with a port and a path where it has them
        address: String,
        /// Speak http, which anybody in between can read
        #[arg(long, visible_alias = "no-https")]
        insecure: bool,
        /// Make it the active one of the real command line too
        #[arg(long)]
        active: bool,
        /// Do not sign in; so it is always, and taken for the sake of scripts
        #[arg(long)]
        no_login: bool,
    },
    /// Remove a remote and its login
    Remove { name: String },
    /// Use a remote from now on, here and in the window
    Use {
        name: String,
        /// Make it the active one of the real command line too
        #[arg(long)]
        active: bool,
    },
    /// Sign in; the token comes from --tokenfile, from standard input or from the terminal
    Login {
        /// Else the one in use
        name: Option<String>,
        /// Take the token from the first line of this file
        #[arg(long, value_name = "FILE")]
        tokenfile: Option<PathBuf>,
    },
    /// Sign out and forget the token
    Logout {
        /// Else the one in use
        name: Option<String>,
    },
    /// Ask a remote what it offers and whether its login holds
    Status {
        /// Else the one in use
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub(crate) struct Pull {
    /// The file; else a name made of the reference
    pub(crate) name: Option<PathBuf>,
    /// What to pull: library://owner/collection/container:tag, oras://host/path:tag or an http(s) address
    pub(crate) reference: String,
    /// The architecture; else that of this computer
    #[arg(long)]
    pub(crate) arch: Option<String>,
    /// The bytes must have this hash
    #[arg(long, value_name = "DIGITS")]
    pub(crate) sha256: Option<String>,
    /// The folder; else the one that the command runs in
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    /// Replace a file of this name; the old one goes to the trash
    #[arg(long, short = 'F')]
    pub(crate) force: bool,
    /// Do not verify what was pulled
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Do not fail because an image is not signed; so it is always, and taken for the sake of scripts
    #[arg(long, short = 'U')]
    pub(crate) allow_unsigned: bool,
    /// Fetch it in any case; so it is always, and taken for the sake of scripts
    #[arg(long)]
    pub(crate) disable_cache: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct Push {
    pub(crate) image: PathBuf,
    /// Where to: library://owner/collection/container:tag or oras://host/path:tag
    pub(crate) reference: String,
    /// A further tag; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// A sentence about the image
    #[arg(long, short = 'D', default_value = "", hide_default_value = true)]
    pub(crate) description: String,
    /// Push although the image is not signed
    #[arg(long, short = 'U', conflicts_with = "sign")]
    pub(crate) allow_unsigned: bool,
    /// If it is not signed, sign it first with this key of yours
    #[arg(long, value_name = "KEY")]
    pub(crate) sign: Option<String>,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// At least three letters
    pub(crate) text: String,
    /// Only images for this architecture
    #[arg(long)]
    pub(crate) arch: Option<String>,
    /// Only images of which the library claims that they are signed
    #[arg(long)]
    pub(crate) signed: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// library://owner/collection/container:tag, or with a hash instead of the tag
    pub(crate) reference: String,
    /// The architecture; else that of this computer
    #[arg(long, short = 'A')]
    pub(crate) arch: Option<String>,
    /// Do not ask
    #[arg(long, short = 'F')]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// Sign in to an OCI registry
    Login {
        /// Host, with a port if it has one
        host: String,
        #[arg(long, short)]
        username: String,
        /// Take the password from the first line of standard input; else a terminal is asked
        #[arg(long)]
        password_stdin: bool,
        /// Speak http, which anybody in between can read
        #[arg(long, visible_alias = "no-https")]
        insecure: bool,
    },
    /// Sign out of a registry and forget the password
    Logout { host: String },
    /// List the registries that one is signed in to
    List,
}
