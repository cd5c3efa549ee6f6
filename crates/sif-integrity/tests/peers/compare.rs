//! Asks both sides the same question.

use std::fs::{self, File};

use sif::{Image, text};
use sif_integrity::command_line::{Answer, Call, Dialect, Found, KeySource, answer};
use sif_integrity::{
    KeyMaterial, Malformed, Mode, Options, PublicKey, Ring, RingName, Selection, Silent, verify,
};
use sif_keys::Certificate;

use crate::peer::{Peer, Said};
use crate::sample::now;

/// Arguments of `verify`, and a PEM key instead of the keyring.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) arguments: &'a [&'a str],
    pub(crate) key: Option<&'a str>,
}

/// Asserts that the real command and Sifter say the same of the image, as text and as JSON.
pub(crate) fn compare(peer: &Peer, image: &str, question: &Question<'_>) {
    let inside = peer.inside(image);
    let key = question.key.map(|key| peer.inside(key));
    let source: Vec<&str> = key
        .as_ref()
        .map_or(vec!["--local"], |key| vec!["--key", key]);
    let call = [&["verify"], &source[..], question.arguments, &[&inside]].concat();
    let said = peer.run("apptainer", &call);
    let json = peer.run("apptainer", &[&["verify", "--json"], &call[1..]].concat());
    let Some(ours) = ask_sifter(peer, image, question) else {
        return;
    };
    compare_answer(image, question, &ours, &said);
    assert_same(image, question, &ours, (&ours.json, &json.stdout));
}

/// Asserts that the text and the exit code are the same.
pub(crate) fn compare_answer(image: &str, question: &Question<'_>, ours: &Answer, said: &Said) {
    assert_same(image, question, ours, (&ours.stdout, &said.stdout));
    assert_same(image, question, ours, (&ours.stderr, &said.stderr));
    let exit = i32::from(ours.exit_code);
    assert_eq!(exit, said.exit, "{image} {question:?}: left is ours");
}

fn assert_same(image: &str, question: &Question<'_>, answer: &Answer, texts: (&str, &str)) {
    let shown = |text: &str| without_details(text, is_unreadable(answer));
    let (ours, theirs) = (shown(texts.0), shown(texts.1));
    assert_eq!(ours, theirs, "{image} {question:?}: left is ours");
}

/// Whether the armor or a packet is broken: the reference then tells what its decoder stumbled over, and where.
fn is_unreadable(ours: &Answer) -> bool {
    ours.stderr.contains(&Malformed::Unreadable.to_string())
}

fn without_details(text: &str, is_unreadable: bool) -> String {
    let kept = |line: &str| match line.split_once(" not valid: ") {
        Some((before, _)) if is_unreadable => before.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(kept).collect::<Vec<_>>().join("\n")
}

/// Returns nothing for a structure that Sifter refuses on purpose where the reference goes on.
pub(crate) fn ask_sifter(peer: &Peer, name: &str, question: &Question<'_>) -> Option<Answer> {
    let key_source = question
        .key
        .map_or(KeySource::OpenPgp, |key| KeySource::Key(peer.inside(key)));
    let call = Call {
        dialect: Dialect::Apptainer,
        image: peer.inside(name),
        key_source,
    };
    let file = File::open(peer.path(name)).expect("the image");
    let image = Image::read(&file).ok()?;
    let keys = key_material(peer, question);
    let options = Options {
        now: now(),
        ..Options::default()
    };
    let found = verify(
        &file,
        &image,
        &keys,
        &selection(question.arguments),
        &options,
        &Silent,
    )
    .expect("a verdict");
    Some(answer(
        &call,
        Found::Verified {
            image: &image,
            strict: &found.strict,
            keys: &keys,
        },
    ))
}

fn key_material(peer: &Peer, question: &Question<'_>) -> KeyMaterial {
    if let Some(key) = question.key {
        let text = fs::read(peer.path(key)).expect("a key");
        return KeyMaterial {
            rings: Vec::new(),
            pem: vec![PublicKey::from_pem(&text).expect("a public key")],
        };
    }
    let bytes = fs::read(peer.path("keys/pgp-public")).unwrap_or_default();
    let certificates = Certificate::parse_all(&bytes).expect("a keyring");
    KeyMaterial {
        rings: vec![Ring {
            name: RingName::Local,
            certificates,
        }],
        pem: Vec::new(),
    }
}

fn selection(arguments: &[&str]) -> Selection {
    let mut selection = Selection::default();
    let has = |flag| arguments.contains(&flag);
    selection.mode = match (has("--legacy-insecure"), has("--all")) {
        (true, true) => Mode::LegacyAll,
        (true, false) => Mode::LegacyPrimary,
        (false, _) => Mode::Current,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            words
                .next()
                .and_then(|number| number.parse().ok())
                .expect("a number")
        };
        match *word {
            "--group-id" => selection.groups.push(number()),
            "--sif-id" => selection.objects.push(number()),
            _ => {}
        }
    }
    selection
}

/// Asserts that `siftool` prints of the image what Sifter prints.
pub(crate) fn compare_siftool(peer: &Peer, name: &str) {
    let inside = peer.inside(name);
    let file = File::open(peer.path(name)).expect("the image");
    let image = Image::read(&file).expect("an image");
    let ask = |arguments: &[&str]| peer.run("siftool", arguments).stdout;
    assert_eq!(text::list(&image), ask(&["list", &inside]), "{name}: list");
    assert_eq!(
        text::header(&image),
        ask(&["header", &inside]),
        "{name}: header"
    );
    for object in image.objects() {
        let id = object.id().0.to_string();
        assert_eq!(
            text::info(object),
            ask(&["info", &id, &inside]),
            "{name}: info {id}"
        );
    }
}
