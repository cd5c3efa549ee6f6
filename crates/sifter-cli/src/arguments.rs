//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes:
  0  done; for `verify`: Verified
  1  the answer is no: not verified, not equal, some images not signed
  2  the command line was not understood
  3  the input cannot be used: a file, an image, a key
  4  a passphrase is missing or wrong
  5  writing failed: no permission, no space, another program
  130  cancelled

Passphrases are asked for on a terminal, or come from --passphrase-file or the variable
SIFTER_PASSPHRASE (SIFTER_NEW_PASSPHRASE where a new one is set). Never from an argument.";

/// Look inside, verify and sign SIF container images
#[derive(Debug, Parser)]
#[command(name = "sifter-cli", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what an image is and what is inside
    Inspect { image: PathBuf },
    /// List the parts of an image
    List { image: PathBuf },
    /// Show the header of an image
    Header { image: PathBuf },
    /// Show one part of an image
    Info { part: u32, image: PathBuf },
    /// Write the bytes of one part to standard output
    Dump { part: u32, image: PathBuf },
    /// Verify the signatures of an image
    Verify(VerifyArguments),
    /// Sign images
    Sign(SignArguments),
    /// Manage keys
    #[command(subcommand)]
    Key(KeyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    pub(crate) image: PathBuf,
    /// Only this group (may be repeated)
    #[arg(long, short, value_name = "ID")]
    pub(crate) group: Vec<u32>,
    /// Only this part (may be repeated)
    #[arg(long, short, value_name = "ID")]
    pub(crate) object: Vec<u32>,
    /// Every part; with --legacy-insecure
    #[arg(long)]
    pub(crate) all: bool,
    /// Look for signatures of the old form, which do not protect the header
    #[arg(long)]
    pub(crate) legacy_insecure: bool,
    /// A public key in a PEM file
    #[arg(long, visible_alias = "key", value_name = "FILE", conflicts_with_all = ["certificate", "keyring"])]
    pub(crate) pem: Vec<PathBuf>,
    /// The certificate of the signer
    #[arg(long, value_name = "FILE", conflicts_with = "keyring")]
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between signer and root
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) certificate_intermediates: Vec<PathBuf>,
    /// Roots to trust instead of the system's
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) certificate_roots: Vec<PathBuf>,
    /// Only keys on this computer; always so, and taken for the sake of scripts
    #[arg(long)]
    pub(crate) local: bool,
    /// Only the keys in these files, all of them trusted
    #[arg(long, value_name = "FILE")]
    pub(crate) keyring: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    #[arg(required = true)]
    pub(crate) images: Vec<PathBuf>,
    /// The key to sign with; without it the one used last in the folder, else the only own one
    #[arg(long, short, value_name = "FINGERPRINT", conflicts_with = "pem_key")]
    pub(crate) key: Option<String>,
    /// A private key in a PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) pem_key: Option<PathBuf>,
    /// Only this group
    #[arg(long, short, value_name = "ID", conflicts_with = "object")]
    pub(crate) group: Option<u32>,
    /// Only these parts
    #[arg(long, short, value_name = "ID")]
    pub(crate) object: Vec<u32>,
    /// Sign a copy beside the image
    #[arg(long)]
    pub(crate) copy: bool,
    /// Go on where signing twice or in part would be asked about
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PassphraseArguments {
    /// Read the passphrase from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// List all keys
    List,
    /// Show one key
    Show { key: String },
    /// Make a key pair
    Create {
        /// Whose key it is
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "")]
        mail: String,
        #[arg(long, default_value = "")]
        comment: String,
        #[arg(long, value_enum, default_value_t = Kind::Rsa4096)]
        kind: Kind,
        /// Days until it ends; 0 for never
        #[arg(long, default_value_t = 730)]
        days: u32,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
    /// Import keys or a revocation certificate from files
    Import {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Show only what would happen
        #[arg(long)]
        dry_run: bool,
    },
    /// Write a key to standard output, or to a file
    Export {
        key: String,
        /// The secret part, under its passphrase; needs --output
        #[arg(long, requires = "output")]
        secret: bool,
        /// Binary instead of text; needs --output
        #[arg(long, requires = "output")]
        binary: bool,
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Change the passphrase of an own key
    Passwd {
        key: String,
        #[command(flatten)]
        passphrase: PassphraseArguments,
        /// Read the new passphrase from the first line of this file
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Set another end for an own key
    Extend {
        key: String,
        /// Days from now; 0 for never
        #[arg(long)]
        days: u32,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
    /// Revoke an own key, for ever
    Revoke {
        key: String,
        #[arg(long, value_enum, default_value_t = Reason::NoReason)]
        reason: Reason,
        #[arg(long, default_value = "")]
        text: String,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
    /// Write a revocation certificate for the day when it is needed
    Revocation {
        key: String,
        #[arg(long, short)]
        output: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
    /// Delete a key from the keyrings
    Delete {
        key: String,
        /// For an own key: its name, mail address or fingerprint again
        #[arg(long, default_value = "")]
        confirm: String,
    },
    /// Trust a key
    Trust {
        key: String,
        /// How the fingerprint was compared
        #[arg(long, value_enum, default_value_t = Compared::NotCompared)]
        compared: Compared,
    },
    /// Take trust back
    Distrust {
        key: String,
        /// And never count the key again
        #[arg(long)]
        block: bool,
    },
    /// Compare a fingerprint with a text
    Compare { key: String, text: String },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Rsa4096,
    Ed25519,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reason {
    NoReason,
    Superseded,
    Compromised,
    Retired,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Compared {
    Pasted,
    ReadAloud,
    NotCompared,
}
