//! The commands, a file for each subject.

mod at;
mod cloud;
mod create_key;
mod images;
mod keys;
mod keyservers;
mod library;
mod pull;
mod push;
mod registries;
mod remotes;
mod sign;
mod time;
mod verify;

pub(crate) use time::End;

use sifter_api::Sifter;

use crate::{
    answer::{Answer, Failure},
    arguments::{Arguments, Command},
    passphrase::Passphrases,
};

/// Runs the command that was asked for.
pub(crate) async fn run(sifter: &Sifter, arguments: Arguments) -> Result<Answer, Failure> {
    let passphrases = Passphrases::new(arguments.passphrase_file);
    match arguments.command {
        Command::Inspect { image } => images::inspect(sifter, image).await,
        Command::List { image } => images::list(sifter, image, arguments.json).await,
        Command::Header { image } => images::header(sifter, image, arguments.json).await,
        Command::Info { id, image } => images::info(sifter, image, id, arguments.json).await,
        Command::Dump { id, image, output } => {
            images::dump(sifter, image, id, output, arguments.json).await
        }
        Command::Verify(verify) => verify::run(sifter, verify).await,
        Command::Sign(sign) => sign::run(sifter, sign, &passphrases).await,
        Command::Key(key) => keys::run(sifter, key, &passphrases).await,
        Command::Remote(remote) => remotes::run(sifter, remote).await,
        Command::Pull(pull) => pull::run(sifter, pull).await,
        Command::Push(push) => push::run(sifter, push, &passphrases).await,
        Command::Search(search) => library::search(sifter, search).await,
        Command::Delete(delete) => library::delete(sifter, delete).await,
        Command::Registry(registry) => registries::run(sifter, registry).await,
        Command::Cloud(cloud) => cloud::run(sifter, cloud, arguments.json).await,
    }
}
