//! Signatures by GnuPG over the right text: every algorithm and every state that a key can be in.

use std::fs::File;
use std::io::Cursor;

use sif::{ChangeTime, GroupId, HashType, Image, Link, ObjectInput, UnixTime};
use sif_integrity::{
    SignOptions, SigningKeys, SigningRequest, Silent, make_signatures, plan_signing,
};
use sif_keys::NewAlgorithm;

use crate::compare::{Question, compare};
use crate::gpg::{Gpg, at};
use crate::peer::Peer;
use crate::sample::{Shape, journal_key, make_image, make_key, now, replace_keyring, unlock};

/// Returns the text that a signature over group 1 of the image says.
fn text_to_sign(peer: &Peer, name: &str) -> Vec<u8> {
    let key = unlock(&make_key(NewAlgorithm::Ed25519, "Text", ""), "");
    let keys = SigningKeys::OpenPgp(&key);
    let file = File::open(peer.path(name)).expect("the image");
    let image = Image::read(&file).expect("an image");
    let plan = plan_signing(&image, &SigningRequest::default(), keys, now()).expect("a plan");
    let options = SignOptions {
        now: now(),
        threads: None,
        salt: true,
    };
    let made = make_signatures(&file, &image, &plan, keys, &options, &Silent).expect("a signature");
    let block = String::from_utf8(made[0].data.clone()).expect("text");
    let text = block
        .split("\n\n")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .expect("the text");
    text.as_bytes().to_vec()
}

/// Adds a signature of group 1 with this fingerprint in its description.
fn attach(peer: &Peer, name: &str, fingerprint: &str, block: &[u8]) {
    let bytes = hex::decode(fingerprint)
        .expect("hex")
        .try_into()
        .expect("20 bytes");
    let group = GroupId::new(1).expect("a group");
    let object = ObjectInput::signature(
        HashType::Sha256,
        Some(bytes),
        Link::Group(group),
        Cursor::new(block),
    );
    sif::journal::change_file::<_, sif::journal::ChangeError>(
        &peer.path(name),
        &journal_key(),
        |editor| Ok(editor.add(object, ChangeTime::At(UnixTime(now())))),
    )
    .expect("a changed file")
    .expect("an added object");
}

/// A peer whose keyring is empty but for keys put there, and an unsigned image.
struct Case {
    peer: Peer,
    gpg: Gpg,
    count: u32,
}

impl Case {
    fn new() -> Option<Self> {
        Some(Self {
            peer: Peer::find()?,
            gpg: Gpg::new(),
            count: 0,
        })
    }

    /// Signs an image with gpg under these options and asks both sides.
    fn check(&mut self, title: &str, fingerprint: &str, options: &[&str]) {
        let user = ["--local-user", fingerprint];
        self.check_block(title, fingerprint, |gpg, text| {
            gpg.clear_sign(&[&user, options].concat(), text)
        });
    }

    fn check_block(
        &mut self,
        title: &str,
        fingerprint: &str,
        block: impl FnOnce(&Gpg, &[u8]) -> Vec<u8>,
    ) {
        self.count += 1;
        let name = format!("{}-{}.sif", self.count, title.replace(' ', "-"));
        make_image(&self.peer.path(&name), Shape::OneGroup);
        let text = text_to_sign(&self.peer, &name);
        let block = block(&self.gpg, &text);
        attach(&self.peer, &name, fingerprint, &block);
        self.ask(&name);
    }

    /// Asks both sides with all keys of gpg in the keyring.
    fn ask(&self, name: &str) {
        let keys = self.gpg.run(&["--export"], b"");
        replace_keyring(&self.peer, &keys);
        compare(
            &self.peer,
            name,
            &Question {
                arguments: &[],
                key: None,
            },
        );
        compare(
            &self.peer,
            name,
            &Question {
                arguments: &["--sif-id", "1"],
                key: None,
            },
        );
    }
}

#[test]
fn every_algorithm_gives_the_same_answer() {
    let Some(mut case) = Case::new() else { return };
    let rsa_and_dsa = ["rsa2048", "rsa1024", "dsa2048"];
    let curves = ["ed25519", "nistp256", "nistp384", "nistp521"];
    // GnuPG makes half of its secp256k1 signatures with the larger number, so one may be of either kind.
    let more = [
        "secp256k1",
        "brainpoolP256r1",
        "brainpoolP384r1",
        "brainpoolP512r1",
    ];
    let curves = curves.into_iter().chain(more);
    for algorithm in rsa_and_dsa.into_iter().chain(curves) {
        let key = case
            .gpg
            .make(algorithm, algorithm, "sign,cert", "never", None);
        case.check(algorithm, &key, &[]);
    }
}

#[test]
fn every_digest_gives_the_same_answer() {
    let Some(mut case) = Case::new() else { return };
    let key = case
        .gpg
        .make("Digests", "rsa2048", "sign,cert", "never", None);
    for digest in ["SHA1", "RIPEMD160", "SHA224", "SHA256", "SHA384", "SHA512"] {
        case.check(digest, &key, &["--digest-algo", digest]);
    }
}

#[test]
fn every_key_state_gives_the_same_answer() {
    let Some(mut case) = Case::new() else { return };
    let past = Some("20200101T000000!");
    let signed = at(Some("20200601T000000!"));

    let expired = case.gpg.make("Expired", "ed25519", "sign,cert", "1y", past);
    case.check("expired after signing", &expired, &signed);

    let revoked = case
        .gpg
        .make("Revoked", "ed25519", "sign,cert", "never", past);
    case.check("before revocation", &revoked, &signed);
    case.gpg.revoke(&revoked);
    case.ask("2-before-revocation.sif");

    let subkey = case.gpg.make("Subkey", "ed25519", "cert", "never", None);
    case.gpg.run(
        &["--quick-add-key", &subkey, "ed25519", "sign", "never"],
        b"",
    );
    case.check("signing subkey", &subkey, &[]);

    let short = case
        .gpg
        .make("Shortlived", "ed25519", "cert", "never", past);
    let add = ["--quick-add-key", &short, "ed25519", "sign", "1y"];
    case.gpg.run(&[&at(past)[..], &add].concat(), b"");
    case.check("expired subkey", &short, &signed);

    let renewed = case.gpg.make("Renewed", "ed25519", "sign,cert", "1y", past);
    case.gpg
        .run(&["--quick-set-expire", &renewed, "never"], b"");
    case.check("extended key", &renewed, &[]);

    let unborn = case.gpg.make(
        "Unborn",
        "ed25519",
        "sign,cert",
        "never",
        Some("20350101T000000!"),
    );
    case.check(
        "key from the future",
        &unborn,
        &at(Some("20350102T000000!")),
    );
}

#[test]
fn every_oddity_of_a_signature_gives_the_same_answer() {
    let Some(mut case) = Case::new() else { return };
    let key = case.gpg.make(
        "Odd",
        "ed25519",
        "sign,cert",
        "never",
        Some("20200101T000000!"),
    );
    let stranger = Gpg::new();
    let unknown = stranger.make("Stranger", "ed25519", "sign,cert", "never", None);

    let past = at(Some("20200601T000000!"));
    case.check(
        "expired signature",
        &key,
        &[&past[..], &["--default-sig-expire", "1d"]].concat(),
    );
    case.check("from the future", &key, &at(Some("20350101T000000!")));
    case.check(
        "critical notation",
        &key,
        &["--sig-notation", "!what@example.org=that"],
    );
    case.check(
        "notation",
        &key,
        &["--sig-notation", "what@example.org=that"],
    );
    case.check("comment", &key, &["--comment", "hello", "--emit-version"]);
    case.check("policy", &key, &["--sig-policy-url", "!policy.example.org"]);
    case.check_block("unknown key", &unknown, |_, text| {
        stranger.clear_sign(&["--local-user", &unknown], text)
    });
    case.check_block("wrong fingerprint", &unknown, |gpg, text| {
        gpg.clear_sign(&[], text)
    });

    let edit = |title: &str, case: &mut Case, change: &dyn Fn(String) -> String| {
        case.check_block(title, &key, |gpg, text| {
            let block =
                String::from_utf8(gpg.clear_sign(&["--local-user", &key], text)).expect("text");
            change(block).into_bytes()
        });
    };
    edit("carriage returns", &mut case, &|block| {
        block.replace('\n', "\r\n")
    });
    edit("text around", &mut case, &|block| {
        format!("before\n{block}\nafter\n")
    });
    edit("blanks at line ends", &mut case, &|block| {
        block.replace("}\n", "} \t\n")
    });
    edit("another text", &mut case, &|block| {
        block.replace("\"version\":1", "\"version\":2")
    });
    edit("hash line lies", &mut case, &|block| {
        block.replace("Hash: SHA512", "Hash: SHA1")
    });
    edit("hash line unknown", &mut case, &|block| {
        block.replace("Hash: SHA512", "Hash: SHA999")
    });
    edit("strange header", &mut case, &|block| {
        block.replace("Hash: SHA512", "Hash: SHA512\nCharset: UTF-8")
    });
    edit("no hash line", &mut case, &|block| {
        block.replace("Hash: SHA512\n", "")
    });
    edit("cut short", &mut case, &|block| {
        block[..block.len() / 2].to_owned()
    });
    edit("no end line", &mut case, &|block| {
        block.replace("-----END PGP SIGNATURE-----\n", "")
    });
    edit("wrong checksum", &mut case, &|block| {
        let line = block
            .lines()
            .find(|line| line.starts_with('='))
            .expect("a checksum")
            .to_owned();
        block.replace(&line, "=AAAA")
    });
    edit("broken base64", &mut case, &|block| {
        let at = block.rfind("=").expect("a checksum") - 40;
        format!("{}!{}", &block[..at], &block[at + 1..])
    });
    edit("a long line", &mut case, &|block| {
        let (head, armor) = block.split_once("SIGNATURE-----\n\n").expect("an armor");
        let (base64, tail) = armor.split_once("\n=").expect("a checksum");
        let long = base64.replace('\n', "");
        format!("{head}SIGNATURE-----\n\n{long}\n={tail}")
    });
    edit("two blocks", &mut case, &|block| format!("{block}{block}"));
    edit("a key instead", &mut case, &|block| {
        let (head, _) = block.split_once("SIGNATURE-----\n\n").expect("an armor");
        // A user ID packet.
        format!("{head}SIGNATURE-----\n\ntANBbm4=\n-----END PGP SIGNATURE-----\n")
    });
    edit("no packets", &mut case, &|block| {
        let (head, _) = block.split_once("SIGNATURE-----\n\n").expect("an armor");
        format!("{head}SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n")
    });
    edit("a leading blank line", &mut case, &|block| {
        format!("\n{block}")
    });
    edit("nothing at all", &mut case, &|_| String::new());
    edit("only JSON", &mut case, &|_| {
        "{\"payloadType\":\"x\"}".to_owned()
    });
}

/// Returns the block with its packet changed; the body starts behind a header of two bytes.
fn edit_packet(block: &str, change: impl FnOnce(&mut [u8])) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let (head, armor) = block.split_once("SIGNATURE-----\n\n").expect("an armor");
    let (lines, _) = armor.split_once("\n=").expect("a checksum");
    let mut packet = STANDARD.decode(lines.replace('\n', "")).expect("base64");
    assert_eq!(
        (packet[0], packet[2]),
        (0x88, 4),
        "an old header, version 4"
    );
    change(&mut packet[2..]);
    let base64 = STANDARD.encode(packet);
    let lines: Vec<&str> = (0..base64.len())
        .step_by(64)
        .map(|at| &base64[at..base64.len().min(at + 64)])
        .collect();
    let lines = lines.join("\n");
    format!("{head}SIGNATURE-----\n\n{lines}\n-----END PGP SIGNATURE-----\n")
}

/// Where the type of this subpacket stands in the body of a signature packet.
fn subpacket(body: &[u8], kind: u8) -> usize {
    let hashed = usize::from(body[5]);
    let areas = [
        (6, 6 + hashed),
        (8 + hashed, 8 + hashed + usize::from(body[7 + hashed])),
    ];
    for (mut at, end) in areas {
        while at < end {
            if body[at + 1] == kind {
                return at + 1;
            }
            at += 1 + usize::from(body[at]);
        }
    }
    panic!("no subpacket {kind} in {body:?}");
}

#[test]
fn every_oddity_of_a_packet_gives_the_same_answer() {
    const UNKNOWN: u8 = 100;
    const CRITICAL: u8 = 0x80;
    const TIME: u8 = 2;
    const ISSUER: u8 = 16;
    const FINGERPRINT: u8 = 33;
    let Some(mut case) = Case::new() else { return };
    let key = case
        .gpg
        .make("Packet", "ed25519", "sign,cert", "never", None);
    let rename = |from: u8, to: u8| {
        move |body: &mut [u8]| {
            let at = subpacket(body, from);
            body[at] = to;
        }
    };
    type Change = Box<dyn Fn(&mut [u8])>;
    let cases: [(&str, Change); 9] = [
        ("no fingerprint", Box::new(rename(FINGERPRINT, UNKNOWN))),
        ("no issuer number", Box::new(rename(ISSUER, UNKNOWN))),
        (
            "no issuer",
            Box::new(move |body| {
                rename(FINGERPRINT, UNKNOWN)(body);
                rename(ISSUER, UNKNOWN)(body);
            }),
        ),
        ("no time", Box::new(rename(TIME, UNKNOWN))),
        (
            "unknown critical",
            Box::new(rename(FINGERPRINT, UNKNOWN | CRITICAL)),
        ),
        (
            "critical outside",
            Box::new(rename(ISSUER, UNKNOWN | CRITICAL)),
        ),
        ("of a certification", Box::new(|body| body[1] = 0x10)),
        ("over bytes", Box::new(|body| body[1] = 0)),
        ("unknown digest", Box::new(|body| body[3] = 77)),
    ];
    for (title, change) in cases {
        case.check_block(title, &key, |gpg, text| {
            let block =
                String::from_utf8(gpg.clear_sign(&["--local-user", &key], text)).expect("text");
            edit_packet(&block, |body| change(body)).into_bytes()
        });
    }
}

#[test]
fn two_signers_in_one_block_give_the_same_answer() {
    let Some(mut case) = Case::new() else { return };
    let known = case
        .gpg
        .make("Known", "ed25519", "sign,cert", "never", None);
    let both = Gpg::new();
    let secret = case.gpg.run(&["--export-secret-keys", &known], b"");
    both.run(&["--import"], &secret);
    let unknown = both.make("Unknown", "ed25519", "sign,cert", "never", None);
    for (title, order) in [
        ("known first", [&known, &unknown]),
        ("unknown first", [&unknown, &known]),
    ] {
        let options = ["--local-user", order[0], "--local-user", order[1]];
        case.check_block(title, &known, |_, text| both.clear_sign(&options, text));
    }
}
