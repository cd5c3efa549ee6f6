//! What entities, collections, containers, tags and architectures may be called.

/// Names of architectures, as Go spells them.
pub const ARCHITECTURES: [&str; 13] = [
    "386", "amd64", "arm", "arm64", "ppc64", "ppc64le", "mips", "mipsle", "mips64", "mips64le",
    "s390x", "riscv64", "loong64",
];

/// No name on any server is longer.
const LENGTH_LIMIT: usize = 255;

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

/// Whether a tag may be called so: as a name. A comma separates tags and is in none.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    is_name(text)
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
}
