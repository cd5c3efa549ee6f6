//! Images and keys for both sides.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use sif::{
    Architecture, ChangeTime, DataType, FileSystem, GroupId, Image, ImageBuilder, ObjectInput,
    PartitionType, Source, Storage, UnixTime,
};
use sif_integrity::{
    SignOptions, SigningKeys, SigningRequest, Silent, add_signatures, make_signatures, plan_signing,
};
use sif_keys::{
    Keyrings, NewAlgorithm, NewKey, Passphrase, Places, Policy, SecretCertificate, SigningKey,
    UserName,
};

use crate::peer::Peer;

/// The key of the journals of these tests.
pub(crate) fn journal_key() -> sif::journal::JournalKey {
    [5; sif::journal::JOURNAL_KEY_SIZE].into()
}

/// The kinds of image that are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Two objects in one group.
    OneGroup,
    /// Two objects in group 1 and one in group 2.
    TwoGroups,
    /// Deterministic, with names that fill the field and are not UTF-8, and an empty object.
    Odd,
}

impl Shape {
    pub(crate) const ALL: &[Self] = &[Self::OneGroup, Self::TwoGroups, Self::Odd];
}

/// Returns the time in Unix seconds.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    i64::try_from(since.as_secs()).expect("the time fits")
}

/// Writes an image of this shape.
pub(crate) fn make_image(path: &Path, shape: Shape) {
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
        .expect("a new file");
    let arch = Architecture::from_name("amd64").expect("a known architecture");
    let object = |kind, text: &'static [u8]| ObjectInput::new(kind, Cursor::new(text));
    let partition = |part, text: &'static [u8]| {
        ObjectInput::partition(FileSystem::Squashfs, part, arch, Cursor::new(text))
    };
    let random = ImageBuilder::new(uuid::Uuid::from_bytes([7; 16]), UnixTime(now()))
        .launch_script("#!/usr/bin/env run-singularity\n");
    let deffile = object(DataType::DefinitionFile, b"Bootstrap: scratch\n");
    let system = partition(PartitionType::PrimarySystem, b"not really a file system");
    let (builder, objects) = match shape {
        Shape::OneGroup => (random, vec![deffile, system]),
        Shape::TwoGroups => {
            let data = partition(PartitionType::Data, b"data").group(GroupId::new(2));
            (random, vec![deffile, system, data])
        }
        Shape::Odd => {
            let named = deffile.name([0xFF; 128]);
            let empty = object(DataType::Generic, b"").name("empty");
            (ImageBuilder::deterministic(), vec![named, empty, system])
        }
    };
    builder
        .write(file, objects)
        .expect("an image")
        .sync()
        .expect("written");
}

/// Adds an object to the image in this group, or in none.
pub(crate) fn add_object(path: &Path, kind: DataType, group: Option<u32>) {
    let object = ObjectInput::new(kind, Cursor::new(b"late")).group(group.and_then(GroupId::new));
    sif::journal::change_file::<_, sif::journal::ChangeError>(path, &journal_key(), |editor| {
        Ok(editor.add(object, ChangeTime::At(UnixTime(now()))))
    })
    .expect("a changed file")
    .expect("an added object");
}

/// Changes all bits of the byte.
pub(crate) fn flip_byte(path: &Path, offset: u64) {
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(path)
        .expect("the image");
    let mut byte = [0];
    file.read_at(&mut byte, offset).expect("a byte");
    file.write_all_at(&[!byte[0]], offset).expect("written");
}

/// Returns a new key.
pub(crate) fn make_key(algorithm: NewAlgorithm, name: &str, passphrase: &str) -> SecretCertificate {
    let name =
        UserName::new(name, "", &format!("{}@example.org", name.to_lowercase())).expect("a name");
    NewKey {
        algorithm,
        name,
        passphrase: Passphrase::new(passphrase.into()),
        now: now() - 60,
        expires: None,
    }
    .make()
    .expect("a key")
}

/// Returns the key unlocked.
pub(crate) fn unlock(key: &SecretCertificate, passphrase: &str) -> SigningKey {
    key.unlock(&Passphrase::new(passphrase.into()))
        .expect("the passphrase fits")
}

/// A program that another test starts may hold our lock until it runs.
fn wait(pause: std::time::Duration) -> bool {
    std::thread::sleep(pause);
    true
}

fn keyrings(peer: &Peer) -> Keyrings {
    let places = Places {
        keyrings: peer.path("keys"),
        global: None,
        own: peer.path("own"),
    };
    Keyrings::open(places, Policy::FollowLinks)
}

/// Puts the public key into the peer's keyring.
pub(crate) fn publish(peer: &Peer, key: &SecretCertificate) {
    keyrings(peer)
        .add_public(key.certificate(), &mut wait)
        .expect("written");
}

/// Leaves just these packets in the peer's keyring, as GnuPG wrote them: nothing of ours may have dropped a key.
pub(crate) fn replace_keyring(peer: &Peer, packets: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    let private = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let folder = peer.path("keys");
    std::fs::create_dir_all(&folder).expect("a folder");
    let ring = folder.join("pgp-public");
    std::fs::write(&ring, packets).expect("written");
    private(&folder, 0o700);
    private(&ring, 0o600);
}

/// Puts both halves into the peer's keyrings.
pub(crate) fn store(peer: &Peer, key: &SecretCertificate) {
    keyrings(peer).add_secret(key, &mut wait).expect("written");
}

/// Lets the peer make a key.
pub(crate) fn apptainer_key(peer: &Peer, name: &str) {
    let mail = format!("{}@example.org", name.to_lowercase());
    let fixed = [
        "--comment",
        "c",
        "--password",
        "",
        "--bit-length",
        "2048",
        "--push=false",
    ];
    peer.apptainer(
        &[
            &["key", "newpair", "--name", name, "--email", &mail],
            &fixed[..],
        ]
        .concat(),
    );
}

/// Signs in place, as the product does.
pub(crate) fn sign(path: &Path, keys: SigningKeys<'_>, request: &SigningRequest) {
    let file = File::open(path).expect("the image");
    let image = Image::read(&file).expect("an image");
    let plan = plan_signing(&image, request, keys, now()).expect("a plan");
    let options = SignOptions {
        now: now(),
        threads: None,
        salt: true,
    };
    let made = make_signatures(&file, &image, &plan, keys, &options, &Silent).expect("signatures");
    sif::journal::change_file::<_, sif::journal::ChangeError>(path, &journal_key(), |editor| {
        Ok(add_signatures(
            editor,
            &made,
            ChangeTime::At(UnixTime(now())),
        ))
    })
    .expect("a changed file")
    .expect("added signatures");
}

/// Names of a key pair's files in the shared folder.
pub(crate) struct PemPair {
    pub(crate) private: String,
    pub(crate) public: String,
}

/// Makes key pairs of all kinds that the peer signs with.
pub(crate) fn pem_pairs(peer: &Peer) -> Vec<PemPair> {
    let kinds: [(&str, &[&str]); 4] = [
        (
            "rsa",
            &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ),
        (
            "p256",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ),
        (
            "p384",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ),
        ("ed25519", &["-algorithm", "ED25519"]),
    ];
    let openssl = |arguments: &[&str]| {
        let status = Command::new("openssl")
            .args(arguments)
            .status()
            .expect("openssl runs");
        assert!(status.success(), "openssl {arguments:?}");
    };
    let pair = |(name, arguments): (&str, &[&str])| {
        let pair = PemPair {
            private: format!("{name}.pem"),
            public: format!("{name}.pub.pem"),
        };
        let private = peer.path(&pair.private).to_string_lossy().into_owned();
        let public = peer.path(&pair.public).to_string_lossy().into_owned();
        openssl(&[&["genpkey", "-quiet", "-out", &private], arguments].concat());
        openssl(&["pkey", "-in", &private, "-pubout", "-out", &public]);
        pair
    };
    kinds.into_iter().map(pair).collect()
}
