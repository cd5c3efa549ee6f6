//! Sifter and the real `apptainer` and `siftool`, both ways: each must take what the other wrote, and both must give
//! the same answer, byte for byte, to the same question.

#![cfg(unix)]
#![expect(clippy::print_stdout, reason = "a skipped part is told")]

mod compare;
mod foreign;
mod gpg;
mod mutants;
mod peer;
mod sample;

use sif::{DataType, ObjectId};
use sif_integrity::{PrivateKey, SigningKeys, SigningRequest};
use sif_keys::NewAlgorithm;

use compare::{Question, compare, compare_siftool};
use peer::Peer;
use sample::{Shape, add_object, flip_byte, make_image, make_key, pem_pairs, publish, sign, store};

/// What can be asked of an image with two groups.
const QUESTIONS: &[&[&str]] = &[
    &[],
    &["--group-id", "1"],
    &["--group-id", "2"],
    &["--group-id", "9"],
    &["--sif-id", "1"],
    &["--sif-id", "2"],
    &["--sif-id", "3"],
    &["--sif-id", "4"],
    &["--sif-id", "99"],
    &["--all"],
    &["--legacy-insecure"],
    &["--legacy-insecure", "--all"],
];

fn compare_all(peer: &Peer, image: &str) {
    for arguments in QUESTIONS {
        compare(
            peer,
            image,
            &Question {
                arguments,
                key: None,
            },
        );
    }
}

#[test]
fn apptainer_accepts_what_sifter_signs() {
    let Some(peer) = Peer::find() else { return };
    for algorithm in [NewAlgorithm::Rsa2048, NewAlgorithm::Ed25519] {
        let key = make_key(algorithm, "Sifter", "correct horse");
        publish(&peer, &key);
        for shape in Shape::ALL {
            let name = format!("ours-{algorithm:?}-{shape:?}.sif");
            make_image(&peer.path(&name), *shape);
            let signing = sample::unlock(&key, "correct horse");
            sign(
                &peer.path(&name),
                SigningKeys::OpenPgp(&signing),
                &SigningRequest::default(),
            );
            let said = peer.run("apptainer", &["verify", "--local", &peer.inside(&name)]);
            assert_eq!(said.exit, 0, "{name}: {}", said.stderr);
            compare_all(&peer, &name);
        }
    }
}

#[test]
fn both_see_the_same_in_what_apptainer_signs() {
    let Some(peer) = Peer::find() else { return };
    sample::apptainer_key(&peer, "Peer");
    let calls: [&[&str]; 4] = [
        &[],
        &["--group-id", "1"],
        &["--sif-id", "1"],
        &["--sif-id", "2"],
    ];
    for (number, call) in calls.iter().enumerate() {
        let name = format!("theirs-{number}.sif");
        make_image(&peer.path(&name), Shape::TwoGroups);
        let inside = peer.inside(&name);
        peer.apptainer(&[&["sign"], *call, &[&inside]].concat());
        compare_all(&peer, &name);
    }
}

#[test]
fn a_changed_byte_gives_the_same_answer() {
    let Some(peer) = Peer::find() else { return };
    let key = make_key(NewAlgorithm::Ed25519, "Tamper", "");
    publish(&peer, &key);
    let signing = sample::unlock(&key, "");
    make_image(&peer.path("whole.sif"), Shape::TwoGroups);
    sign(
        &peer.path("whole.sif"),
        SigningKeys::OpenPgp(&signing),
        &SigningRequest::default(),
    );
    // One byte of: launch script, image id, arch, times; each descriptor's fields; each object's data.
    let header = [0, 40, 46, 50, 60, 66, 74, 82];
    let descriptor = [
        0, 4, 5, 9, 13, 17, 25, 33, 41, 49, 57, 73, 201, 205, 209, 580,
    ];
    let descriptors = (0..3).flat_map(|slot| descriptor.map(|field| 4096 + slot * 585 + field));
    let signature = [4, 13, 201, 205].map(|field| 4096 + 3 * 585 + field);
    let data = [32768, 36864];
    for offset in header
        .into_iter()
        .chain(descriptors)
        .chain(signature)
        .chain(data)
    {
        let name = format!("byte-{offset}.sif");
        std::fs::copy(peer.path("whole.sif"), peer.path(&name)).expect("a copy");
        flip_byte(&peer.path(&name), offset);
        for arguments in [&[][..], &["--group-id", "1"], &["--sif-id", "2"]] {
            compare(
                &peer,
                &name,
                &Question {
                    arguments,
                    key: None,
                },
            );
        }
    }
}

#[test]
fn several_signatures_and_later_changes_give_the_same_answer() {
    let Some(peer) = Peer::find() else { return };
    let known = make_key(NewAlgorithm::Ed25519, "Known", "");
    let stranger = make_key(NewAlgorithm::Ed25519, "Stranger", "");
    publish(&peer, &known);
    let known = sample::unlock(&known, "");
    let stranger = sample::unlock(&stranger, "");
    let whole = SigningRequest::default();
    let only_first = SigningRequest {
        objects: vec![vec![ObjectId(1)]],
        ..SigningRequest::default()
    };

    for later in ["twice", "stranger", "partly", "grown", "stray"] {
        let name = format!("{later}.sif");
        let path = peer.path(&name);
        make_image(&path, Shape::TwoGroups);
        sign(&path, SigningKeys::OpenPgp(&known), &whole);
        match later {
            "twice" => sign(&path, SigningKeys::OpenPgp(&known), &whole),
            "stranger" => sign(&path, SigningKeys::OpenPgp(&stranger), &whole),
            "partly" => sign(&path, SigningKeys::OpenPgp(&known), &only_first),
            "grown" => add_object(&path, DataType::Generic, Some(1)),
            _ => add_object(&path, DataType::Generic, None),
        }
        compare_all(&peer, &name);
    }
}

#[test]
fn apptainer_signs_with_a_key_that_sifter_made() {
    let Some(peer) = Peer::find() else { return };
    let key = make_key(NewAlgorithm::Rsa2048, "Shared", "open sesame");
    store(&peer, &key);
    let listed = peer.apptainer(&["key", "list", "--secret"]).stdout;
    assert!(listed.contains(&key.fingerprint().to_string()), "{listed}");
    make_image(&peer.path("shared.sif"), Shape::TwoGroups);
    let inside = peer.inside("shared.sif");
    let said = peer.run_with_passphrase("apptainer", &["sign", &inside], "open sesame");
    assert_eq!(said.exit, 0, "{} {}", said.stdout, said.stderr);
    compare_all(&peer, "shared.sif");
}

#[test]
fn pem_keys_work_both_ways() {
    let Some(peer) = Peer::find() else { return };
    for pair in pem_pairs(&peer) {
        let private = PrivateKey::from_pem(
            &std::fs::read(peer.path(&pair.private)).expect("a key"),
            None,
        );
        let private = private.unwrap_or_else(|error| panic!("{}: {error}", pair.private));
        let ours = format!("ours-{}.sif", pair.private);
        make_image(&peer.path(&ours), Shape::TwoGroups);
        sign(
            &peer.path(&ours),
            SigningKeys::Pem(&[private]),
            &SigningRequest::default(),
        );
        let theirs = format!("theirs-{}.sif", pair.private);
        make_image(&peer.path(&theirs), Shape::TwoGroups);
        peer.apptainer(&[
            "sign",
            "--key",
            &peer.inside(&pair.private),
            &peer.inside(&theirs),
        ]);
        for image in [&ours, &theirs] {
            let said = peer.run(
                "apptainer",
                &[
                    "verify",
                    "--key",
                    &peer.inside(&pair.public),
                    &peer.inside(image),
                ],
            );
            assert_eq!(said.exit, 0, "{image}: {}", said.stderr);
            for arguments in QUESTIONS {
                compare(
                    &peer,
                    image,
                    &Question {
                        arguments,
                        key: Some(&pair.public),
                    },
                );
            }
        }
    }
}

#[test]
fn siftool_reads_what_sifter_writes_and_the_other_way_round() {
    let Some(peer) = Peer::find() else { return };
    let key = sample::unlock(&make_key(NewAlgorithm::Ed25519, "Writer", ""), "");
    for shape in Shape::ALL {
        let name = format!("tool-{shape:?}.sif");
        make_image(&peer.path(&name), *shape);
        sign(
            &peer.path(&name),
            SigningKeys::OpenPgp(&key),
            &SigningRequest::default(),
        );
        compare_siftool(&peer, &name);
    }
    let inside = peer.inside("theirs.sif");
    std::fs::write(peer.path("data"), b"some bytes").expect("a file");
    let data = peer.inside("data");
    let steps: [&[&str]; 5] = [
        &["new", &inside],
        &["add", "--datatype", "7", "--groupid", "1", &inside, &data],
        &[
            "add",
            "--datatype",
            "4",
            "--parttype",
            "1",
            "--partfs",
            "1",
            "--partarch",
            "2",
            "--groupid",
            "1",
            &inside,
            &data,
        ],
        &["setprim", "2", &inside],
        &["del", "1", &inside],
    ];
    for step in steps {
        let said = peer.run("siftool", step);
        assert_eq!(said.exit, 0, "siftool {step:?}: {}", said.stderr);
        compare_siftool(&peer, "theirs.sif");
    }
}
