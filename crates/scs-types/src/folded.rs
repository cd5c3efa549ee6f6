//! Names of people as they are compared: in capitals or not, in whatever way their letters are put together.

use icu_normalizer::ComposingNormalizerBorrowed;
use unicase::UniCase;

/// The form of `text` in which two texts are the same that differ only in capitals, or in how an accent is written: `MÜLLER`
/// and `Müller`, `Łukasz` and `łukasz`. An accent itself counts.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed = ComposingNormalizerBorrowed::new_nfkc();
    let lower = UniCase::unicode(composed.normalize(text)).to_folded_case();
    composed.normalize(&lower).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_however_they_are_written() {
        for (one, other) in [
            ("Anna RUIZ", "anna ruiz"),
            ("MÜLLER", "müller"),
            ("Mu\u{308}ller", "MÜLLER"),
            ("Łukasz Żak", "ŁUKASZ ŻAK"),
            ("Straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ДМИТРИЙ", "дмитрий"),
            ("Ａｎｎａ", "anna"),
            ("漢字", "漢字"),
        ] {
            assert_eq!(folded(one), folded(other));
            assert_eq!(folded(&folded(one)), folded(one), "{one}");
        }
        assert_ne!(folded("Müller"), folded("Muller"));
    }
}
