//! What notifications call a thing.

/// Longer names are cut: notifications are small.
const NAME_LENGTH: usize = 60;

/// The last part of a path or a reference, without a hash and without what a notification server could take for markup.
pub(super) fn name(subject: &str) -> String {
    let last = subject
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let end = [":sha256.", "@sha256:", ":sif."]
        .into_iter()
        .filter_map(|hash| last.find(hash))
        .min();
    let last = &last[..end.unwrap_or(last.len())];
    let plain: String = last
        .chars()
        .filter(|character| !character.is_control() && !"<>&".contains(*character))
        .collect();
    if plain.chars().count() <= NAME_LENGTH {
        return plain;
    }
    plain.chars().take(NAME_LENGTH - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(name("/a/b/c.sif"), "c.sif");
        assert_eq!(name("C:\\a\\c.sif"), "c.sif");
        assert_eq!(name("library://lab/tools/samtools:1.19"), "samtools:1.19");
        for hash in [":sha256.0123", "@sha256:0123", ":sif.0123"] {
            assert_eq!(
                name(&format!("oras://lab/tools/samtools{hash}")),
                "samtools"
            );
        }
        assert_eq!(name("<b>\u{1b}x&"), "bx");
        assert_eq!(name(&"x".repeat(200)).chars().count(), NAME_LENGTH);
    }
}
