//! Hostile bytes and long histories.

use proptest::prelude::*;
use sif_keys::{Certificate, Policy, RevocationReason, Ring, SecretCertificate};

use crate::support::{Home, NOW, PASSPHRASE, at_once, three};

/// Bytes of real keys with some of them changed, cut or repeated.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    (
        0..3_usize,
        any::<bool>(),
        prop::collection::vec(change, 1..6),
    )
        .prop_map(|(at, secret, changes)| {
            let key = &three()[at];
            let mut bytes = if secret {
                key.to_bytes()
            } else {
                key.certificate().to_bytes()
            }
            .to_vec();
            for (index, value, kind) in changes {
                let place = index.index(bytes.len().max(1));
                match kind {
                    0 | 1 if !bytes.is_empty() => bytes[place] = value,
                    2 => bytes.truncate(place),
                    _ => bytes.insert(place, value),
                }
            }
            bytes
        })
}

fn look_at_everything(bytes: &[u8]) {
    let _ = Certificate::parse_all(bytes).map(|keys| {
        for key in keys {
            let _ = key.summary(NOW);
            let _ = key
                .signer(key.key_id())
                .map(|signer| key.judge(signer, NOW));
        }
    });
    let _ = SecretCertificate::parse_all(bytes).map(|keys| {
        for key in keys {
            let _ = (key.protection(), key.unlock(&PASSPHRASE.into()));
        }
    });
}

#[derive(Debug, Clone)]
enum Step {
    Add(usize),
    Remove(usize, bool),
    Extend(usize, i64),
    Revoke(usize),
    Relock(usize),
    AppendByOther(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..3_usize;
    prop_oneof![
        4 => key.clone().prop_map(Step::Add),
        2 => (key.clone(), any::<bool>()).prop_map(|(key, secret)| Step::Remove(key, secret)),
        2 => (key.clone(), 1..1000_i64).prop_map(|(key, days)| Step::Extend(key, days)),
        1 => key.clone().prop_map(Step::Revoke),
        1 => key.clone().prop_map(Step::Relock),
        1 => key.prop_map(Step::AppendByOther),
    ]
}

fn run(home: &Home, step: &Step, now: i64) {
    let rings = &home.rings;
    let unlocked = |key: usize| three()[key].unlock(&PASSPHRASE.into()).unwrap();
    match step {
        Step::Add(key) => drop(rings.add_secret(&three()[*key], &mut at_once).unwrap()),
        Step::Remove(key, secret) => {
            let ring = if *secret { Ring::Secret } else { Ring::Public };
            drop(rings.remove(ring, three()[*key].fingerprint(), &mut at_once));
        }
        Step::Extend(key, days) => {
            let update = unlocked(*key)
                .extend(Some(now + days * 86_400), now)
                .unwrap();
            drop(rings.apply(&update, &mut at_once));
        }
        Step::Revoke(key) => {
            let update = unlocked(*key)
                .revoke(RevocationReason::None, "", now)
                .unwrap();
            drop(rings.apply(&update, &mut at_once));
        }
        Step::Relock(key) => drop(rings.replace_secret(&three()[*key], &mut at_once)),
        Step::AppendByOther(key) => {
            let path = home.path(Ring::Public);
            if let Ok(mut bytes) = std::fs::read(&path) {
                bytes.extend_from_slice(three()[*key].certificate().to_bytes());
                std::fs::write(&path, bytes).unwrap();
            }
        }
    }
}

/// The entries of all keys but one, in order.
fn others(home: &Home, ring: Ring, but: usize) -> Vec<Vec<u8>> {
    let fingerprint = three()[but].fingerprint();
    let contents = home.read(ring);
    assert!(contents.damage().is_none());
    let entries = contents
        .entries()
        .iter()
        .filter(|entry| entry.fingerprint() != Some(fingerprint));
    entries.map(|entry| entry.to_bytes().to_vec()).collect()
}

fn key_of(step: &Step) -> usize {
    match step {
        Step::Add(key) | Step::Remove(key, _) | Step::Extend(key, _) => *key,
        Step::Revoke(key) | Step::Relock(key) | Step::AppendByOther(key) => *key,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        look_at_everything(&bytes);
    }

    #[test]
    fn mutated_keys_never_panic(bytes in mutated()) {
        look_at_everything(&bytes);
    }

    #[test]
    fn mutated_files_are_repaired_or_kept(bytes in mutated()) {
        let home = Home::new(Policy::RefuseLinks);
        home.write(Ring::Public, &bytes);
        let was_damaged = home.read(Ring::Public).damage().is_some();
        let report = home.rings.repair(Ring::Public, &mut at_once).unwrap();
        prop_assert!(home.read(Ring::Public).damage().is_none());
        if was_damaged && !bytes.is_empty() {
            prop_assert_eq!(std::fs::read(report.backup.unwrap()).unwrap(), bytes);
        } else {
            prop_assert_eq!(home.bytes(Ring::Public), bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_step_touches_another_key(steps in prop::collection::vec(step(), 1..12)) {
        let home = Home::with_three();
        for (at, step) in steps.iter().enumerate() {
            let key = key_of(step);
            let before = [Ring::Public, Ring::Secret].map(|ring| others(&home, ring, key));
            run(&home, step, NOW + 1 + i64::try_from(at).unwrap());
            let after = [Ring::Public, Ring::Secret].map(|ring| others(&home, ring, key));
            prop_assert_eq!(before, after, "{:?}", step);
        }
        for entry in home.read(Ring::Secret).entries() {
            entry.secret().unwrap().unlock(&PASSPHRASE.into()).unwrap();
        }
    }
}

/// Packets that no step names: an attribute, a packet of an unassigned type, a signature by somebody else.
fn foreign(at: u8) -> Vec<u8> {
    let body = [at, 1, 2, 3];
    let tags = [17, 60, 61];
    let tag = tags[usize::from(at) % tags.len()];
    [&[0xC0 | tag, 4], &body[..]].concat()
}

/// All packets of a ring, cut by the plain rules of the format, in order.
fn packets(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while let [first, length, tail @ ..] = rest {
        assert_eq!(first & 0xC0, 0xC0, "what is written here has new headers");
        let size = |count: usize| {
            tail[..count]
                .iter()
                .fold(0, |sum, b| (sum << 8) | usize::from(*b))
        };
        let (header, body) = match length {
            0..=191 => (2, usize::from(*length)),
            192..=223 => (3, (usize::from(*length) - 192) * 256 + size(1) + 192),
            _ => (6, size(4)),
        };
        let (packet, later) = rest.split_at(header + body);
        found.push(packet.to_vec());
        rest = later;
    }
    assert!(rest.is_empty());
    found
}

/// The packets of a key, but those with a secret in them by their public part: a new lock is no loss.
fn named(packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let public = |packet: &Vec<u8>| match packet[0] & 0x3F {
        // Version, time and algorithm are enough to tell a primary key from a subkey.
        5 | 6 => vec![6],
        7 | 14 => vec![14],
        _ => packet.clone(),
    };
    packets.iter().map(public).collect()
}

/// Does one step on a key, and says whether it takes the key away.
fn step_on(home: &Home, key: &SecretCertificate, step: u8, now: i64) -> bool {
    let rings = &home.rings;
    let unlocked = || key.unlock(&PASSPHRASE.into()).unwrap();
    match step % 6 {
        0 => drop(rings.add_secret(key, &mut at_once).unwrap()),
        1 => drop(rings.add_public(key.certificate(), &mut at_once).unwrap()),
        2 => {
            let update = unlocked().extend(Some(now + 86_400), now).unwrap();
            drop(rings.apply(&update, &mut at_once));
        }
        3 => {
            let update = unlocked()
                .revoke(RevocationReason::Retired, "", now)
                .unwrap();
            drop(rings.apply(&update, &mut at_once));
        }
        4 => {
            let locked = key.change_passphrase(&PASSPHRASE.into(), &"new".into());
            drop(rings.replace_secret(&locked.unwrap(), &mut at_once));
        }
        _ => {
            for ring in [Ring::Secret, Ring::Public] {
                drop(rings.remove(ring, key.fingerprint(), &mut at_once));
            }
            return true;
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn no_step_loses_a_packet_that_it_does_not_name(
        steps in prop::collection::vec((0..3_usize, any::<u8>(), any::<bool>()), 1..16),
    ) {
        let home = Home::with_three();
        for (at, (key, step, appends)) in steps.into_iter().enumerate() {
            let rings = [Ring::Public, Ring::Secret];
            if appends {
                // As a command line would, at the end of the file: it belongs to whichever key is the last one.
                let ring = rings[at % 2];
                let mut bytes = home.bytes(ring);
                if !bytes.is_empty() {
                    bytes.extend(foreign(u8::try_from(at).unwrap()));
                    home.write(ring, &bytes);
                }
            }
            let key = &three()[key];
            let fingerprint = key.fingerprint();
            let blocks = |ring, own: bool| -> Vec<Vec<u8>> {
                let contents = home.read(ring);
                assert!(contents.damage().is_none());
                let entries = contents.entries().iter();
                let entries = entries.filter(|entry| (entry.fingerprint() == Some(fingerprint)) == own);
                entries.map(|entry| entry.to_bytes().to_vec()).collect()
            };
            let before = rings.map(|ring| (blocks(ring, true), blocks(ring, false)));
            let is_removal = step_on(&home, key, step, NOW + 1 + i64::try_from(at).unwrap());
            for (ring, (own, others)) in rings.into_iter().zip(before) {
                prop_assert_eq!(&blocks(ring, false), &others, "other keys, byte for byte");
                let after = blocks(ring, true);
                prop_assert_eq!(is_removal && !after.is_empty(), false);
                if !is_removal {
                    let now = named(&after.iter().flat_map(|block| packets(block)).collect::<Vec<_>>());
                    for packet in named(&own.iter().flat_map(|block| packets(block)).collect::<Vec<_>>()) {
                        prop_assert!(now.contains(&packet), "{step}: {packet:?}");
                    }
                }
                let whole = packets(&home.bytes(ring));
                let read = home.read(ring);
                let entries = read.entries().iter().flat_map(|entry| packets(entry.to_bytes()));
                prop_assert_eq!(entries.collect::<Vec<_>>(), whole, "the file is its entries");
            }
        }
    }
}
