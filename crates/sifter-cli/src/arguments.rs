//! What can be said on the command line.

mod cloud;
mod network;

pub(crate) use cloud::{Cloud, CloudFolder, CloudSet, CloudToken, Serve};
pub(crate) use network::{At, Delete, Pull, Push, Registry, Remote, Search, Token};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::End;

/// Look inside, verify and sign SIF container images, keep the keys for it, and move images to and from libraries.
///
/// Exit codes: 0 yes or done; 1 the answer is no (not verified, fingerprints differ, not every file was signed); 2 the
/// arguments are wrong; 3 a file, key, keyring or server stood in the way; 4 a passphrase, token or password is wrong or
/// missing; 130 cancelled.
#[derive(Debug, Parser)]
#[command(name = "sifter-cli", version)]
pub(crate) struct Arguments {
    /// Answer as JSON on standard output, failures too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Take the passphrase from the first line of this file; else from SIFTER_PASSPHRASE; else ask
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

// What is not asked for is not built: most calls are over in a few milliseconds.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Show what an image is, what is inside and what is odd about it
    Inspect { image: PathBuf },
    /// List the objects of an image as `siftool list` does
    List { image: PathBuf },
    /// Show the header of an image as `siftool header` does
    Header { image: PathBuf },
    /// Show one object of an image as `siftool info` does
    Info { id: u32, image: PathBuf },
    /// Write the data of one object to standard output or to a file
    Dump {
        id: u32,
        image: PathBuf,
        /// Write here; the file appears when all bytes are in it
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Verify who signed an image and whether it is intact
    Verify(Verify),
    /// Sign images
    Sign(Sign),
    /// Make, list and change keys, and share them by keyservers
    #[command(subcommand)]
    Key(Key),
    /// Keep the list of remotes, and sign in
    #[command(subcommand)]
    Remote(Remote),
    /// Pull an image and verify it
    Pull(Pull),
    /// Push an image
    Push(Push),
    /// Search a library
    Search(Search),
    /// Delete an image from a library
    Delete(Delete),
    /// Sign in to OCI registries
    #[command(subcommand)]
    Registry(Registry),
    /// Run the library of this computer without a window
    #[command(subcommand)]
    Cloud(Cloud),
}

// Some of the objects.
#[derive(Clone, Debug, Args)]
pub(crate) struct Objects {
    /// Only this object; may be repeated
    #[arg(
        long = "object",
        short = 'i',
        visible_alias = "sif-id",
        value_name = "ID"
    )]
    pub(crate) objects: Vec<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[arg(required = true)]
    pub(crate) images: Vec<PathBuf>,
    /// Only the objects of this group
    #[arg(long = "group", short, visible_alias = "group-id", value_name = "ID")]
    pub(crate) groups: Vec<u32>,
    #[command(flatten)]
    pub(crate) only: Objects,
    /// With --legacy-insecure: a signature for each object
    #[arg(long, short)]
    pub(crate) all: bool,
    /// Look for signatures by Singularity 3.5 and older, which protect data alone
    #[arg(long)]
    pub(crate) legacy_insecure: bool,
    /// Use keyrings only and ask no key server; Sifter never asks one by itself
    #[arg(long, short)]
    pub(crate) local: bool,
    /// Only the keys in these files, all of them trusted
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pem", "certificate"])]
    pub(crate) keyring: Vec<PathBuf>,
    /// A public key in a PEM file
    #[arg(
        long,
        visible_alias = "key",
        value_name = "FILE",
        conflicts_with = "certificate"
    )]
    pub(crate) pem: Vec<PathBuf>,
    /// A certificate in a PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between the certificate and a root
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) certificate_intermediates: Vec<PathBuf>,
    /// Root certificates, instead of those of the system
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) certificate_roots: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    #[arg(required = true)]
    pub(crate) images: Vec<PathBuf>,
    /// The key: a fingerprint, or the mail address or name of one of your keys
    #[arg(long, short, conflicts_with = "pem_key")]
    pub(crate) key: Option<String>,
    /// A private key in a PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) pem_key: Option<PathBuf>,
    /// Only this group
    #[arg(
        long,
        short,
        visible_alias = "group-id",
        value_name = "ID",
        conflicts_with = "objects"
    )]
    pub(crate) group: Option<u32>,
    #[command(flatten)]
    pub(crate) only: Objects,
    /// Sign a copy and leave the image as it is
    #[arg(long)]
    pub(crate) copy: bool,
    /// Sign although something speaks against it: signed by this key already, a partial signature
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// List all keys
    List,
    /// Show one key with its words
    Show { key: String },
    /// Make a key pair
    Create(Create),
    /// Show and run an import of keys from files
    Import {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Show only what would be imported
        #[arg(long)]
        dry_run: bool,
    },
    /// Write a key to a file or to standard output
    Export {
        key: String,
        /// The secret part too; it stays under its passphrase
        #[arg(long, requires = "output")]
        secret: bool,
        /// Binary instead of text
        #[arg(long, requires = "output")]
        binary: bool,
        /// Write here; without it the public key goes to standard output as text
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Change the passphrase
    Passwd {
        key: String,
        /// Take the new passphrase from the first line of this file; else from SIFTER_NEW_PASSPHRASE; else ask
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Take the passphrase of a key out of the keychain; 1 if it was not there
    Forget { key: String },
    /// Set another end
    Extend {
        key: String,
        /// A date (2030-01-31), a time from now (2y, 18mo, 90d) or `never`
        #[arg(long)]
        expires: End,
    },
    /// Revoke a key for ever
    Revoke {
        key: String,
        #[arg(long, value_enum, default_value_t = Reason::None)]
        reason: Reason,
        /// A sentence for whoever reads it
        #[arg(long, default_value = "")]
        text: String,
    },
    /// Write a revocation certificate, to be kept in a safe place
    Revocation {
        key: String,
        #[arg(long, short)]
        output: PathBuf,
    },
    /// Delete a key; the old keyring is kept as a backup
    Delete {
        key: String,
        /// For a key of your own: its name, mail address or fingerprint once more
        #[arg(long, value_name = "TEXT", default_value = "")]
        confirm: String,
    },
    /// Trust a key
    Trust {
        fingerprint: String,
        #[arg(long, value_enum, default_value_t = Compared::Not)]
        compared: Compared,
    },
    /// Take trust in a key back
    Distrust { fingerprint: String },
    /// Never accept a key
    Block { fingerprint: String },
    /// Compare a fingerprint with a key
    Compare {
        key: String,
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Keep the good keys of a damaged keyring file; the damaged file is kept as a backup
    Repair { file: Keyring },
    /// Publish the public part of a key at the first keyserver of a remote
    Push {
        key: String,
        #[command(flatten)]
        at: At,
    },
    /// Fetch a key by its whole fingerprint and import it; it is not trusted by that
    Pull {
        fingerprint: String,
        #[command(flatten)]
        at: At,
    },
    /// Search the keyserver of a remote
    Search {
        /// A name, a mail address or a fingerprint
        text: String,
        /// All pages of the answer, not only the first
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        at: At,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long)]
    pub(crate) mail: String,
    #[arg(long, default_value = "")]
    pub(crate) comment: String,
    #[arg(long, value_enum, default_value_t = Kind::Rsa4096)]
    pub(crate) kind: Kind,
    /// A date (2030-01-31), a time from now (2y, 18mo, 90d) or `never`
    #[arg(long, default_value = "2y")]
    pub(crate) expires: End,
    /// Leave the secret parts open to whoever can read the file
    #[arg(long)]
    pub(crate) no_passphrase: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Rsa4096,
    Ed25519,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reason {
    None,
    Superseded,
    Compromised,
    Retired,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Compared {
    /// By an exact match of pasted text
    Pasted,
    /// By reading it aloud
    Aloud,
    /// Not at all; recorded as such
    Not,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Keyring {
    Public,
    Secret,
}
