//! What entities, collections, containers, tags and architectures may be called.

/// Names of architectures, as Go spells them.
pub const ARCHITECTURES: [&str; 13] = [
    "386", "amd64", "arm", "arm64", "ppc64", "ppc64le", "mips", "mipsle", "mips64", "mips64le",
    "s390x", "riscv64", "loong64",
];

/// No name on any server is longer.
const LENGTH_LIMIT: usize = 255;
/// Nor is a tag.
const TAG_LIMIT: usize = 128;

/// Whether an entity, collection or container may be called so.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut was_letter = false;
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => was_letter = true,
            b'.' | b'_' | b'-' if was_letter => was_letter = false,
            _ => return false,
        }
    }
    was_letter && text.len() <= LENGTH_LIMIT
}

/// Whether a tag may be called so: as in registries, which keep the images of newer libraries. `1.16.1--h6899075_1` is a
/// usual one. A comma separates tags and is in none.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_inner = |byte: u8| is_start(&byte) || matches!(byte, b'.' | b'-');
    text.len() <= TAG_LIMIT
        && text.as_bytes().first().is_some_and(is_start)
        && text.bytes().all(is_inner)
}

/// Whether `text` is an architecture that images can have.
#[must_use]
pub fn is_architecture(text: &str) -> bool {
    ARCHITECTURES.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "0", "a.b", "a_b-c.d", "alpine", "3.18"] {
            assert!(is_name(good), "{good}");
        }
        let long = "a".repeat(256);
        for bad in [
            "",
            "A",
            ".a",
            "a.",
            "a..b",
            "a.-b",
            "a b",
            "..",
            "a/b",
            "ä",
            "a\0",
            long.as_str(),
            "a%2fb",
            "a:b",
        ] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn tags() {
        for good in [
            "latest",
            "1.0",
            "V2",
            "1.16.1--h6899075_1",
            "_a",
            "a.",
            "a-",
        ] {
            assert!(is_tag(good), "{good}");
        }
        let long = "a".repeat(129);
        for bad in [
            "", ".", "..", "-a", "a,b", "a b", "a/b", "a:b", "ä", "a\0", "a%", &long,
        ] {
            assert!(!is_tag(bad), "{bad:?}");
        }
    }
}
