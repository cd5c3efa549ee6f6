//! Names of files for images that are pulled, and of containers for files that are pushed.

use scs_types::library::is_name;

/// No file system takes a longer name; the bytes of `.part` and a number fit besides.
const LONGEST: usize = 230;
/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: [&str; 24] = [
    "con", "prn", "aux", "nul", "conin$", "conout$", "com1", "com2", "com3", "com4", "com5",
    "com6", "com7", "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8",
    "lpt9",
];

/// Returns the name that a command line would give the file of this reference, made fit for every file system. The
/// transport is gone from `rest` already.
pub(super) fn suggested(rest: &str) -> String {
    let last = rest.rsplit('/').next().unwrap_or_default();
    let mut steps = last.split(':');
    let name = steps.next().unwrap_or_default();
    let tag = steps.next().filter(|tag| !tag.is_empty());
    let tag = tag.unwrap_or("latest");
    let tag = tag.split(',').next().unwrap_or(tag);
    fit(&format!("{name}_{tag}.sif"))
}

/// Returns the name for the file of a web address: its last step.
pub(super) fn suggested_of_address(address: &str) -> String {
    let path = address.split("://").nth(1).unwrap_or(address);
    // What stands behind the path may be a signature: the name of a file is no place for it.
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = path.split_once('/').map_or("", |(_, path)| path);
    fit(last.rsplit('/').next().unwrap_or_default())
}

/// Returns `name` as it may stand in a folder on every system: never a path, never a device.
pub(super) fn fit(name: &str) -> String {
    let letter = |letter: char| match letter {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        letter if letter.is_control() || turns_text(letter) => '_',
        letter => letter,
    };
    let name = shortened(name.chars().map(letter).collect());
    let name = name.trim_end_matches(['.', ' ']).trim_start().to_owned();
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if name.is_empty() || name.chars().all(|letter| letter == '.') {
        return "image.sif".into();
    }
    if name.starts_with('.') || DEVICES.contains(&stem.trim_end()) {
        return format!("_{name}");
    }
    name
}

/// Letters that cannot be seen and change how the others are read: a name shall be what it looks like.
const fn turns_text(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Takes out of the middle what is too much, so that the ending stays.
fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let head = name.floor_char_boundary(LONGEST / 2);
    let mut tail = name.len() - LONGEST / 2;
    while !name.is_char_boundary(tail) {
        tail += 1;
    }
    let (head, tail) = (name.get(..head), name.get(tail..));
    [head.unwrap_or_default(), tail.unwrap_or_default()].concat()
}

/// Returns the container that a file of this name is pushed to: its name without the ending and without the tag that a
/// command line put behind it, in letters that a container may have.
pub(super) fn container_of_file(name: &str) -> String {
    let stem = name.strip_suffix(".sif").unwrap_or(name);
    let stem = stem.strip_suffix(".oci").unwrap_or(stem);
    let stem = stem.rsplit_once('_').map_or(stem, |(front, tag)| {
        let is_tag = tag == "latest" || tag.starts_with(|first: char| first.is_ascii_digit());
        if is_tag && !front.is_empty() {
            front
        } else {
            stem
        }
    });
    cleaned(stem)
}

/// Returns `text` as a name of the library: lower case, single separators between letters and digits.
pub(super) fn cleaned(text: &str) -> String {
    let mut name = String::new();
    let mut separator = None;
    for letter in text.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            if let Some(separator) = separator.take().filter(|_| !name.is_empty()) {
                name.push(separator);
            }
            name.push(letter);
        } else {
            separator = Some(match letter {
                '.' | '_' => letter,
                _ => '-',
            });
        }
        if name.len() >= 128 {
            break;
        }
    }
    if is_name(&name) { name } else { "image".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_as_the_command_lines_call_them() {
        let hash = format!("sha256.{}", "ab".repeat(32));
        for (rest, expected) in [
            ("alpine", "alpine_latest.sif".to_owned()),
            ("user/coll/img:1.0,2.0", "img_1.0.sif".into()),
            (&format!("user/coll/img:{hash}"), format!("img_{hash}.sif")),
            ("ghcr.io/org/img:3", "img_3.sif".into()),
            ("localhost:5000/img", "img_latest.sif".into()),
            ("alpine@sha256:cafe", "alpine@sha256_cafe.sif".into()),
            ("alpine:3@sha256:cafe", "alpine_3@sha256.sif".into()),
            ("user/img", "img_latest.sif".into()),
        ] {
            assert_eq!(suggested(rest), expected, "{rest}");
        }
        assert_eq!(suggested_of_address("https://h/p/img.sif"), "img.sif");
        assert_eq!(suggested_of_address("https://h/img.sif?x=1#y"), "img.sif");
        assert_eq!(suggested_of_address("https://h"), "image.sif");
    }

    #[test]
    fn no_name_leaves_its_folder_or_means_a_device() {
        for (name, expected) in [
            ("a/../b.sif", "a_.._b.sif"),
            ("..", "image.sif"),
            ("", "image.sif"),
            (".part", "_.part"),
            ("con.sif", "_con.sif"),
            ("NUL", "_NUL"),
            ("a:b*c?.sif. ", "a_b_c_.sif"),
            ("a\nb", "a_b"),
            ("a\u{202e}fis.exe", "a_fis.exe"),
            ("\u{feff}a\u{200b}.sif", "_a_.sif"),
            ("CONIN$.sif", "_CONIN$.sif"),
        ] {
            assert_eq!(fit(name), expected, "{name:?}");
        }
        let long = fit(&format!("{}.sif", "ä".repeat(300)));
        assert!(long.len() <= LONGEST && long.ends_with(".sif"), "{long}");
    }

    #[test]
    fn containers_are_called_after_files() {
        for (name, expected) in [
            ("samtools_1.20.sif", "samtools"),
            ("img_latest.sif", "img"),
            ("My Tool (new).sif", "my-tool-new"),
            ("r-env.sif", "r-env"),
            ("a__b_c.sif", "a_b_c"),
            ("Ünïcode.sif", "n-code"),
            ("***.sif", "image"),
            ("_1.sif", "1"),
        ] {
            assert_eq!(container_of_file(name), expected, "{name}");
            assert!(is_name(&container_of_file(name)), "{name}");
        }
    }
}
