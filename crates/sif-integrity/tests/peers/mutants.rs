//! Images with a few changed bytes in header, descriptors and signatures, chosen by a fixed seed: where Sifter takes
//! one, both sides say the same of it. Sifter may refuse more: the peers do not compare places with the file's size.

use std::ops::Range;

use sif::{DataType, Image, ObjectId, text};
use sif_integrity::{SigningKeys, SigningRequest};
use sif_keys::NewAlgorithm;

use crate::compare::{Question, ask_sifter, compare_answer};
use crate::peer::{Peer, Said};
use crate::sample::{self, Shape, make_image, make_key, publish, sign};

const SEED: u64 = 20_261_122;
/// For each image.
const MUTANTS: usize = 20;
const HEADER: usize = 128;
const TABLE: usize = 4096;
const DESCRIPTOR: usize = 585;
/// What may stand in the first lines of a signed message depends on the release of the peers' library.
const FIRST_LINES: usize = 52;

/// A generator of numbers that is the same everywhere (`xorshift64*`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).expect("31 bits") % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// Changes one place of `bytes` inside `area`.
    fn change(&mut self, bytes: &mut [u8], area: &Range<usize>) {
        let at = area.start + self.below(area.len());
        match self.below(4) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.one_of(&[0, 1, b' ', 0x7F, 0x80, 0xFF]),
            2 => bytes[at] = bytes[area.start + self.below(area.len())],
            _ => {
                let number: i32 = self.one_of(&[0, 1, 2, 3, -1, 0x4004, 0x4005, i32::MAX]);
                let end = (at + 4).min(area.end);
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
        }
    }
}

/// The parts of an image that are changed: header, each descriptor, each signature.
fn areas(bytes: &[u8]) -> Vec<Range<usize>> {
    let image = Image::read(bytes).expect("an image");
    let place = |offset: u64| usize::try_from(offset).expect("a small file");
    let descriptors = (0..image.objects().len()).map(|slot| TABLE + slot * DESCRIPTOR);
    let signatures = image.objects().iter();
    let signatures = signatures.filter(|object| object.data_type() == DataType::Signature);
    let signatures =
        signatures.map(|object| place(object.offset()) + FIRST_LINES..place(object.end()));
    std::iter::once(0..HEADER)
        .chain(descriptors.map(|start| start..start + DESCRIPTOR))
        .chain(signatures)
        .collect()
}

/// Writes the images of one shape, and returns the names of their files.
fn make_mutants(peer: &Peer, original: &str, dice: &mut Dice) -> Vec<String> {
    let whole = std::fs::read(peer.path(original)).expect("an image");
    let areas = areas(&whole);
    let mutant = |number| {
        let mut bytes = whole.clone();
        for _ in 0..=dice.below(2) {
            let area = dice.one_of(&areas);
            dice.change(&mut bytes, &area);
        }
        let name = format!("mutant-{number}-{original}");
        std::fs::write(peer.path(&name), bytes).expect("written");
        name
    };
    (0..MUTANTS).map(mutant).collect()
}

fn originals(peer: &Peer) -> Vec<String> {
    let key = make_key(NewAlgorithm::Ed25519, "Mutant", "");
    publish(peer, &key);
    let key = sample::unlock(&key, "");
    let original = |shape: &Shape| {
        let name = format!("{shape:?}.sif");
        make_image(&peer.path(&name), *shape);
        let whole = SigningRequest::default();
        sign(&peer.path(&name), SigningKeys::OpenPgp(&key), &whole);
        if matches!(shape, Shape::TwoGroups) {
            let part = SigningRequest {
                objects: vec![vec![ObjectId(2)]],
                ..whole
            };
            sign(&peer.path(&name), SigningKeys::OpenPgp(&key), &part);
        }
        name
    };
    Shape::ALL.iter().map(original).collect()
}

#[test]
fn mutants_are_judged_alike() {
    let Some(peer) = Peer::find() else { return };
    let mut dice = Dice(SEED);
    let originals = originals(&peer);
    let mutants: Vec<String> = originals
        .iter()
        .flat_map(|original| make_mutants(&peer, original, &mut dice))
        .collect();
    let lines = [
        &format!("apptainer verify --local {}", peer.inside("$f")),
        "siftool list $f",
        "siftool header $f",
    ];
    let answers = peer.run_for_each(&lines, &mutants);
    let mut taken = 0;
    for (name, said) in mutants.iter().zip(&answers) {
        taken += usize::from(judge(&peer, name, said));
    }
    assert!(taken > mutants.len() / 3, "{taken} are images at all");
}

/// Returns whether Sifter takes the file for an image.
fn judge(peer: &Peer, name: &str, said: &[Said]) -> bool {
    let [verify, list, header] = said else {
        panic!("three answers");
    };
    let question = Question {
        arguments: &[],
        key: None,
    };
    let file = std::fs::File::open(peer.path(name)).expect("the file");
    let Ok(image) = Image::read(&file) else {
        return false;
    };
    let ours = ask_sifter(peer, name, &question).expect("an image");
    compare_answer(name, &question, &ours, verify);
    assert_eq!(list.exit, 0, "{name}: {}", list.stderr);
    assert_eq!(text::list(&image), list.stdout, "{name}: list");
    // Bytes of a launch script can put the peer's columns out of order.
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(&text::header(&image)),
        words(&header.stdout),
        "{name}: header"
    );
    true
}
