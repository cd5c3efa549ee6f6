//! `sign` with keys of the keyring.

use sifter_testkit::{images, keys};

use crate::shell::{Ran, Shell, VARIABLE};

#[test]
fn one_image_in_place_or_as_a_copy() {
    let shell = Shell::of_anna();
    for name in ["a.sif", "b.sif", "c.sif", "d.sif"] {
        shell.put(name, images::plain());
    }
    let fingerprint = keys::anna().fingerprint().to_string();
    let lower = fingerprint.to_lowercase();
    for (line, code, says) in [
        ("a.sif".to_owned(), 0, "a.sif: signed, 1 new"),
        ("a.sif".to_owned(), 3, "--force"),
        ("--force a.sif".to_owned(), 0, "a.sif: signed, 1 new"),
        (
            "--key anna@lab.example b.sif".to_owned(),
            0,
            "b.sif: signed",
        ),
        (format!("--key {lower} c.sif"), 0, "c.sif: signed"),
        ("--copy d.sif".to_owned(), 0, "d-signed.sif: signed"),
        ("--key nobody@lab.example d.sif".to_owned(), 3, "no key"),
        ("--key tom@lab.example d.sif".to_owned(), 3, "public part"),
        ("--group 9 d.sif".to_owned(), 3, "d.sif"),
        ("--object 99 d.sif".to_owned(), 3, "d.sif"),
        (
            "--group 1 --object 1 d.sif".to_owned(),
            2,
            "cannot be used with",
        ),
        ("gone.sif".to_owned(), 3, "gone.sif"),
        (String::new(), 2, "required"),
    ] {
        let ran = shell.line(&format!("sign {line}"));
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(
            format!("{}{}", ran.out, ran.err).contains(says),
            "{line}: {ran:?}"
        );
    }
    assert_eq!(
        shell.get("d.sif"),
        images::plain(),
        "the copied one is as it was"
    );
    for name in ["a.sif", "b.sif", "c.sif", "d-signed.sif"] {
        assert_eq!(shell.line(&format!("verify {name}")).code, 0, "{name}");
    }
    let (code, json) = shell.json("sign --copy d.sif");
    assert_eq!(
        (code, json[0]["signatures"].as_u64()),
        (0, Some(1)),
        "{json}"
    );
}

#[test]
fn a_part_alone_is_signed_only_when_it_is_meant() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::two_groups());
    shell.put("loose.sif", images::with_ungrouped_part());
    for line in ["sign --object 1 x.sif", "sign loose.sif"] {
        let ran = shell.line(line);
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        assert!(ran.err.contains("--force"), "{line}: {ran:?}");
    }
    assert_eq!(shell.get("x.sif"), images::two_groups());
    assert_eq!(shell.line("sign --object 1 --force x.sif").code, 0);
    assert_eq!(shell.line("verify --object 1 x.sif").code, 0);
    assert_eq!(shell.line("verify x.sif").code, 1);
    assert_eq!(shell.line("sign --force loose.sif").code, 0);
}

#[test]
fn of_several_images_the_good_ones_are_signed() {
    let shell = Shell::of_anna();
    shell.put("a.sif", images::plain());
    shell.put("bad.sif", b"no image");
    shell.put("full.sif", images::full_table());
    shell.put("z.sif", images::plain());
    let (code, json) = shell.json("sign a.sif bad.sif full.sif z.sif");
    let told: Vec<_> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["name"].as_str().unwrap(),
                item["error"]["code"].as_str(),
            )
        })
        .collect();
    let expected = vec![
        ("a.sif", None),
        ("bad.sif", Some("not-sif")),
        ("full.sif", Some("no-capacity")),
        ("z.sif", None),
    ];
    assert_eq!((code, told), (1, expected));
    assert_eq!(shell.line("verify a.sif z.sif").code, 0);
    assert_eq!(shell.get("full.sif"), images::full_table());
    let ran = shell.line("sign bad.sif full.sif");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("bad.sif: "), "{ran:?}");
}

#[test]
fn a_contradicted_image_and_a_bad_key_are_refused() {
    let shell = Shell::with_keys(&[keys::anna(), keys::expired(), keys::open()], &[]);
    shell.put("x.sif", images::plain());
    let ran = shell.line("sign x.sif");
    assert_eq!(ran.code, 3, "two keys, and none is named: {ran:?}");
    assert!(ran.err.contains("--key"), "{ran:?}");
    let ran = shell.line("sign --key eve@lab.example x.sif");
    assert!(ran.code == 3 && ran.err.contains("expired"), "{ran:?}");
    let mut without = shell.command(&["sign", "--key", "Open Olga", "x.sif"]);
    let ran = Ran::of(&without.env_remove(VARIABLE).output().unwrap());
    assert_eq!(
        ran.code, 0,
        "a key without a passphrase needs none: {ran:?}"
    );
    let mut changed = shell.get("x.sif");
    let at = changed.windows(4).position(|part| part == b"hsqs").unwrap();
    changed[at] ^= 1;
    shell.put("x.sif", &changed);
    let ran = shell.line("sign --key anna@lab.example --force x.sif");
    assert!(
        ran.code == 3 && ran.err.contains("not what was signed"),
        "{ran:?}"
    );
    assert_eq!(shell.get("x.sif"), changed);
}
