//! Rings as the command lines read them for a verification, where that differs from what an edit accepts.

use sif_keys::{Certificate, Policy, Ring};

use crate::support::{Home, NOW, three};

/// The packets of a key, each with its header: key, user id, signature, subkey, signature.
fn packets(key: usize) -> Vec<Vec<u8>> {
    let mut rest = three()[key].certificate().to_bytes();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let byte = |index: usize| usize::from(rest[index]);
        // A new packet with a length of one, two or five bytes.
        let length = match byte(1) {
            length @ 0..=191 => 2 + length,
            high @ 192..=223 => 3 + ((high - 192) << 8) + byte(2) + 192,
            _ => 6 + (byte(4) << 8) + byte(5),
        };
        found.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    found
}

/// Ada's key with `extra` in front of one of its packets.
fn with(extra: &[u8], at: usize) -> Vec<u8> {
    let packets = packets(0);
    [&packets[..at].concat()[..], extra, &packets[at..].concat()].concat()
}

/// Which of Ada's and Bo's keys are found.
fn found(ring: &[u8]) -> Option<String> {
    let keys = Certificate::parse_all(ring).ok()?;
    assert!(keys.iter().all(|key| key.may_sign(NOW).is_ok()));
    let name = |key: &Certificate| key.primary_user_id().unwrap_or_default();
    let names: Vec<_> = keys.iter().map(name).collect();
    Some(
        names
            .iter()
            .filter_map(|name| name.chars().next())
            .collect(),
    )
}

const USER_ID: &[u8] = b"\xCD\x05Stray";
const NEW_SUBKEY: &[u8] = &[0xCE, 6, 9, 0, 0, 0, 0, 1];
const UNKNOWN: &[u8] = &[0xDE, 1, 1];
const OLD_SIGNATURE: &[u8] = &[0xC2, 2, 3, 5];

#[test]
fn what_is_not_understood() {
    let ada = packets(0).concat();
    let bo = packets(1).concat();
    let behind = packets(0).len();
    for (what, ring, keys) in [
        ("a stray user id", with(USER_ID, 0), Some("A")),
        ("a stray subkey", with(&packets(1)[3], 0), Some("A")),
        ("padding in front", with(&[0xD5, 1, 0], 0), Some("A")),
        ("a new subkey", with(NEW_SUBKEY, 2), Some("A")),
        ("an old signature", with(OLD_SIGNATURE, 2), Some("A")),
        ("padding within", with(&[0xD5, 1, 0], 2), None),
        ("one bad byte", with(&[1], 0), Some("A")),
        ("two bad bytes", with(&[1, 1], 0), None),
        ("an unknown packet", with(UNKNOWN, 1), None),
        (
            "one between other keys",
            [&bo[..], &with(UNKNOWN, 1)].concat(),
            None,
        ),
        (
            "one of a subkey",
            [&with(UNKNOWN, 4), &bo[..]].concat(),
            Some("B"),
        ),
        (
            "a key without user id",
            [&packets(0)[0], &bo[..]].concat(),
            Some("B"),
        ),
        ("a cut trust packet", with(&[0xCC, 9, 1], behind), Some("A")),
        ("a cut user id", with(&[0xCD, 9, 1], behind), None),
        (
            "a cut user id for a subkey",
            [&bo[..], &packets(0)[..4].concat(), &[0xCD, 9, 1]].concat(),
            Some("B"),
        ),
        ("a marker", with(b"\xCA\x03PGP", 2), Some("A")),
        (
            "a marker with a tail",
            with(b"\xCA\x06PGP\xCC\x01x", 2),
            Some("A"),
        ),
        (
            "an empty marker",
            [&ada[..], &with(b"\xCA\x00", 0)].concat(),
            Some("A"),
        ),
        ("nothing", Vec::new(), Some("")),
    ] {
        assert_eq!(found(&ring).as_deref(), keys, "{what}");
    }
}

#[test]
fn lengths_count_less_than_contents() {
    let packets = packets(0);
    let body = |index: usize| {
        let packet = &packets[index];
        &packet[if packet[1] < 192 { 2 } else { 3 }..]
    };
    let key = &packets[0][..];
    // A signature that says that it goes on to the end of the ring, and behind it.
    let long = [&[0xC2, 255, 0, 0, 16, 0][..], body(2)].concat();
    let endless = [&[0x8B][..], body(2)].concat();
    // A user id in two pieces.
    let name = body(1);
    let pieces = [
        &[0xCD, 0xE0][..],
        &name[..1],
        &[name.len() as u8 - 1],
        &name[1..],
    ]
    .concat();
    let rest = packets[3..].concat();
    for (what, ring) in [
        ("a long length", [key, &packets[1], &long, &rest].concat()),
        ("no length", [key, &packets[1], &endless, &rest].concat()),
        ("pieces", [key, &pieces, &packets[2], &rest].concat()),
    ] {
        assert_eq!(found(&ring).as_deref(), Some("A"), "{what}");
        let again = Certificate::parse_all(&ring).unwrap();
        assert_eq!(found(again[0].to_bytes()).as_deref(), Some("A"), "{what}");
    }
}

#[test]
fn one_armored_block_counts() {
    let text = |index: usize| three()[index].certificate().to_armored();
    let ada = text(0);
    let no_end = ada.split("-----END").next().unwrap();
    for (what, text, keys) in [
        ("two blocks", ada.clone() + &text(1), Some("A")),
        ("no end line", no_end.to_owned(), Some("A")),
        ("a cut end line", format!("{no_end}-----E"), Some("A")),
        ("text around", format!("hello\n{ada}bye\n"), Some("A")),
        (
            "a message",
            ada.replace("PUBLIC KEY BLOCK", "MESSAGE"),
            None,
        ),
    ] {
        assert_eq!(found(text.as_bytes()).as_deref(), keys, "{what}");
    }
}

#[test]
fn verifications_find_keys_where_edits_are_refused() {
    for (ring, keys) in [
        (with(NEW_SUBKEY, 2), 1),
        (with(USER_ID, 0), 1),
        (with(&[0xCC, 9, 1], packets(0).len()), 1),
        (packets(0).concat(), 1),
        (Vec::new(), 0),
    ] {
        let home = Home::new(Policy::RefuseLinks);
        home.write(Ring::Public, &ring);
        let contents = home.read(Ring::Public);
        assert_eq!(contents.certificates().count(), keys, "{ring:x?}");
    }
}

#[test]
fn a_hostile_ring_is_read_in_one_pass() {
    // Each signature says that it goes on to the end, and each is read to where it really ends.
    let signature = packets(0).swap_remove(2);
    let body = &signature[if signature[1] < 192 { 2 } else { 3 }..];
    let endless = [&[0x8B][..], body].concat();
    let ring = endless.repeat((8 << 20) / endless.len());
    assert!(Certificate::parse_all(&ring).is_err());
}
