//! The page's bindings are generated from the commands, committed, and never edited.
//!
//! With `SIFTER_CODEGEN=write` (what `cargo xtask codegen` sets) this writes them; otherwise it fails when they differ.

use std::{fs, path::Path};

#[test]
fn bindings_are_those_of_the_commands() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/bindings/index.ts");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fresh = folder.path().join("index.ts");
    sifter_lib::typescript(&fresh).expect("every type has a form in TypeScript");
    let fresh = fs::read_to_string(fresh).expect("it was written just now");
    if std::env::var_os("SIFTER_CODEGEN").is_some_and(|mode| mode == "write") {
        fs::create_dir_all(committed.parent().expect("it has a folder"))
            .expect("the folder can be made");
        fs::write(committed, fresh).expect("the bindings can be written");
        return;
    }
    let old = fs::read_to_string(committed).unwrap_or_default();
    if let Some((number, (old, fresh))) = old
        .lines()
        .zip(fresh.lines())
        .enumerate()
        .find(|(_, (old, fresh))| old != fresh)
    {
        panic!(
            "bindings drifted at line {}:\n- {old}\n+ {fresh}\nrun `cargo xtask codegen`",
            number + 1
        );
    }
    assert_eq!(
        old.lines().count(),
        fresh.lines().count(),
        "bindings drifted: run `cargo xtask codegen`"
    );
}
