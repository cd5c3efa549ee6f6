//! The page about the command line against what the program says of itself.

use std::{collections::BTreeSet, fs, path::Path};

use crate::shell::Shell;

/// Verbs and options of one command, as its `--help` lists them.
struct Help {
    verbs: BTreeSet<String>,
    options: BTreeSet<String>,
}

/// Options that every program has.
const OF_ALL: [&str; 2] = ["--help", "--version"];

fn help(shell: &Shell, verbs: &[&str]) -> Help {
    let mut words = verbs.to_vec();
    words.push("--help");
    let ran = shell.run(&words);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{verbs:?}");
    let verb = |line: &str| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        let is_verb = name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "help";
        is_verb.then(|| name.to_owned())
    };
    let listed = ran.out.lines().skip_while(|line| *line != "Commands:");
    Help {
        verbs: listed
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter_map(verb)
            .collect(),
        options: options(&ran.out),
    }
}

/// Everything that looks like a long option.
fn options(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    text.split(|c: char| !is_part(c))
        .filter(|word| word.len() > 3 && word.starts_with("--") && !word.ends_with('-'))
        .filter(|word| !OF_ALL.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_page_and_the_program_say_the_same() {
    let shell = Shell::new();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let page = fs::read_to_string(page).unwrap();
    let mut known = BTreeSet::new();
    let mut commands = Vec::new();
    for verb in help(&shell, &[]).verbs {
        let inner = help(&shell, &[&verb]).verbs;
        if inner.is_empty() {
            commands.push(vec![verb]);
        } else {
            commands.extend(inner.into_iter().map(|one| vec![verb.clone(), one]));
        }
    }
    assert!(commands.len() > 20, "{commands:?}");
    for command in commands {
        let name = command.join(" ");
        let written = ["`", "$ sifter-cli "].map(|before| format!("{before}{name}"));
        let is_written = written.iter().any(|text| page.contains(text));
        assert!(is_written, "the page does not name `{name}`");
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let options = help(&shell, &words).options;
        for option in ["--json", "--passphrase-file"] {
            assert!(options.contains(option), "`{name}` has no {option}");
        }
        known.extend(options);
    }
    let written = options(&page);
    let missing: Vec<_> = known.difference(&written).collect();
    let invented: Vec<_> = written.difference(&known).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
    assert!(invented.is_empty(), "only on the page: {invented:?}");
}

#[test]
fn each_page_of_help_begins_with_the_words_of_the_list() {
    fn check(shell: &Shell, verbs: &[&str]) -> usize {
        let words = |more: &[&str]| shell.run(&[verbs, more, &["--help"]].concat()).out;
        let list = words(&[]);
        let listed = list.lines().skip_while(|line| *line != "Commands:").skip(1);
        let mut count = 0;
        for line in listed.take_while(|line| !line.is_empty()) {
            let (verb, about) = line.trim().split_once("  ").unwrap();
            if verb == "help" {
                continue;
            }
            let page = words(&[verb]);
            assert_eq!(page.lines().next(), Some(about.trim()), "{verbs:?} {verb}");
            count += 1 + check(shell, &[verbs, &[verb]].concat());
        }
        count
    }
    assert!(check(&Shell::new(), &[]) > 40);
}

#[test]
fn exit_codes_are_the_ones_of_the_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let page = fs::read_to_string(page).unwrap();
    let of_page: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .map(|(code, _)| code)
        .filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let help = Shell::new().run(&["--help"]).out.replace('\n', " ");
    let (_, told) = help.split_once("Exit codes:").unwrap();
    let (told, _) = told.split_once("Usage:").unwrap();
    let of_help: Vec<&str> = told
        .split(';')
        .filter_map(|part| part.split_whitespace().next())
        .collect();
    assert_eq!(of_page, of_help);
}
