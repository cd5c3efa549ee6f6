//! What can be said about the library of this computer without a window.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Subcommand};

use crate::log::LogLevel;

#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// Serve library, keyserver and tokens until it is stopped, on this machine alone
    Serve(Serve),
    /// Make a token for a command line, also while the cloud is served
    Token(CloudToken),
    /// Set the room of an owner, or who may see and change a container; also while the cloud is served
    Set(CloudSet),
    /// Remove what nobody can use: uploads that rest, files that no image needs
    Gc {
        #[command(flatten)]
        at: CloudFolder,
    },
    /// Check that every image is there; 1 if one is not
    Fsck {
        /// Look at lengths only, not at every byte
        #[arg(long)]
        quick: bool,
        #[command(flatten)]
        at: CloudFolder,
    },
    /// Say who changed what, newest first; also while the cloud is served
    Audit {
        /// So many lines
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        most: u32,
        /// The folder of the cloud; else the one of this computer
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
    /// Copy everything into a new folder, which can be served
    Backup {
        /// It must be empty or not there
        target: PathBuf,
        #[command(flatten)]
        at: CloudFolder,
    },
}

// Where the cloud is.
#[derive(Debug, Args)]
pub(crate) struct CloudFolder {
    /// Its folder; else the one of this computer
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Keep the images in this bucket of storage that speaks S3; its key is in AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY, or in --credentials
    #[arg(long, value_name = "NAME", requires = "folder")]
    pub(crate) bucket: Option<String>,
    /// Where the storage answers, as https://s3.example.org; else Amazon
    #[arg(long, value_name = "URL", requires = "bucket")]
    pub(crate) endpoint: Option<String>,
    #[arg(
        long,
        value_name = "NAME",
        requires = "bucket",
        default_value = "us-east-1"
    )]
    pub(crate) region: String,
    /// What the names of all objects begin with; no other cloud may use the same
    #[arg(
        long,
        value_name = "TEXT",
        requires = "bucket",
        default_value = "sifter"
    )]
    pub(crate) prefix: String,
    /// Take the key of the bucket from this file, which nobody else may read
    #[arg(long, value_name = "FILE", requires = "bucket")]
    pub(crate) credentials: Option<PathBuf>,
    /// The name of the bucket is part of the host
    #[arg(long, requires = "bucket")]
    pub(crate) virtual_hosted: bool,
    /// Speak http with storage beyond this machine, which anybody in between can read
    #[arg(long, requires = "bucket")]
    pub(crate) insecure: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) at: CloudFolder,
    /// Listen on this port; 0 picks a free one
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Listen on this address instead of this machine's own; may be repeated
    #[arg(long, value_name = "IP", requires = "beyond_this_machine")]
    pub(crate) address: Vec<IpAddr>,
    /// Let other machines reach it; tokens and images go over the network unencrypted
    #[arg(long)]
    pub(crate) beyond_this_machine: bool,
    /// A name under which it is asked for, besides localhost; may be repeated
    #[arg(long, value_name = "HOST")]
    pub(crate) name: Vec<String>,
    /// How others reach it through a proxy that ends TLS, as https://cloud.example.org; kept for later starts
    #[arg(long, value_name = "URL")]
    pub(crate) public_address: Option<String>,
    /// Forget that address: there is no proxy any more
    #[arg(long, conflicts_with = "public_address")]
    pub(crate) no_public_address: bool,
    /// Who runs it; else the name of this person
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// Say on standard error what goes wrong; `debug` also says each request
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub(crate) log: LogLevel,
    /// If nobody has a token yet, write the first one into this new file, readable by you alone
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CloudSet {
    /// An owner, as `anna`, or a container, as `anna/tools/blast`
    pub(crate) name: String,
    /// How many bytes the owner may have; 0 is no limit
    #[arg(long, value_name = "BYTES", required_unless_present_any = ["private", "read_only"])]
    pub(crate) quota: Option<u64>,
    /// Whether only its owner sees the container; of an owner, whether new collections are so
    #[arg(long, value_name = "BOOL")]
    pub(crate) private: Option<bool>,
    /// Whether the container refuses new images
    #[arg(long, value_name = "BOOL")]
    pub(crate) read_only: Option<bool>,
    /// The folder of the cloud; else the one of this computer
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CloudToken {
    /// What the token is for, in a few words
    #[arg(required_unless_present_any = ["list", "revoke"], conflicts_with_all = ["list", "revoke"])]
    pub(crate) name: Option<String>,
    /// Write it into this new file, readable by you alone; else it goes to the terminal
    #[arg(long, short, value_name = "FILE", requires = "name")]
    pub(crate) output: Option<PathBuf>,
    /// It is good for so many days; else until it is taken back
    #[arg(long, requires = "name")]
    pub(crate) days: Option<u32>,
    /// Whose it is; else the name of this person
    #[arg(long, requires = "name")]
    pub(crate) user: Option<String>,
    /// List the tokens, without their secrets
    #[arg(long, conflicts_with = "revoke")]
    pub(crate) list: bool,
    /// Make the token of this id worthless
    #[arg(long, value_name = "ID")]
    pub(crate) revoke: Option<String>,
    /// The folder of the cloud; else the one of this computer
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}
