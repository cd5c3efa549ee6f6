//! Fingerprints as words that can be read aloud: the PGP word list.
//!
//! Bytes at even places have words of two syllables, those at odd places words of three, so that a word left out or
//! two that changed places are noticed.

use thiserror::Error;

use crate::fingerprint::Fingerprint;

/// Words of two syllables, for the bytes 0, 2, 4 and so on.
const EVEN: &str = "\
    aardvark absurd accrue acme adrift adult afflict ahead aimless Algol allow alone ammo ancient apple artist \
    assume Athens atlas Aztec baboon backfield backward banjo beaming bedlamp beehive beeswax befriend Belfast berserk billiard \
    bison blackjack blockade blowtorch bluebird bombast bookshelf brackish breadline breakup brickyard briefcase Burbank button buzzard cement \
    chairlift chatter checkup chisel choking chopper Christmas clamshell classic classroom cleanup clockwork cobra commence concert cowbell \
    crackdown cranky crowfoot crucial crumpled crusade cubic dashboard deadbolt deckhand dogsled dragnet drainage dreadful drifter dropper \
    drumbeat drunken Dupont dwelling eating edict egghead eightball endorse endow enlist erase escape exceed eyeglass eyetooth \
    facial fallout flagpole flatfoot flytrap fracture framework freedom frighten gazelle Geiger glitter glucose goggles goldfish gremlin \
    guidance hamlet highchair hockey indoors indulge inverse involve island jawbone keyboard kickoff kiwi klaxon locale lockup \
    merit minnow miser Mohawk mural music necklace Neptune newborn nightbird Oakland obtuse offload optic orca payday \
    peachy pheasant physique playhouse Pluto preclude prefer preshrunk printer prowler pupil puppy python quadrant quiver quota \
    ragtime ratchet rebirth reform regain reindeer rematch repay retouch revenge reward rhythm ribcage ringbolt robust rocker \
    ruffled sailboat sawdust scallion scenic scorecard Scotland seabird select sentence shadow shamrock showgirl skullcap skydive slingshot \
    slowdown snapline snapshot snowcap snowslide solo southward soybean spaniel spearhead spellbind spheroid spigot spindle spyglass stagehand \
    stagnate stairway standard stapler steamship sterling stockman stopwatch stormy sugar surmount suspense sweatband swelter tactics talon \
    tapeworm tempest tiger tissue tonic topmost tracker transit trauma treadmill Trojan trouble tumor tunnel tycoon uncut \
    unearth unwind uproot upset upshot vapor village virus Vulcan waffle wallet watchword wayside willow woodlark Zulu";

/// Words of three syllables, for the bytes 1, 3, 5 and so on.
const ODD: &str = "\
    adroitness adviser aftermath aggregate alkali almighty amulet amusement antenna applicant Apollo armistice article asteroid Atlantic atmosphere \
    autopsy Babylon backwater barbecue belowground bifocals bodyguard bookseller borderline bottomless Bradbury bravado Brazilian breakaway Burlington businessman \
    butterfat Camelot candidate cannonball Capricorn caravan caretaker celebrate cellulose certify chambermaid Cherokee Chicago clergyman coherence combustion \
    commando company component concurrent confidence conformist congregate consensus consulting corporate corrosion councilman crossover crucifix cumbersome customer \
    Dakota decadence December decimal designing detector detergent determine dictator dinosaur direction disable disbelief disruptive distortion document \
    embezzle enchanting enrollment enterprise equation equipment escapade Eskimo everyday examine existence exodus fascinate filament finicky forever \
    fortitude frequency gadgetry Galveston getaway glossary gossamer graduate gravity guitarist hamburger Hamilton handiwork hazardous headwaters hemisphere \
    hesitate hideaway holiness hurricane hydraulic impartial impetus inception indigo inertia infancy inferno informant insincere insurgent integrate \
    intention inventive Istanbul Jamaica Jupiter leprosy letterhead liberty maritime matchmaker maverick Medusa megaton microscope microwave midsummer \
    millionaire miracle misnomer molasses molecule Montana monument mosquito narrative nebula newsletter Norwegian October Ohio onlooker opulent \
    Orlando outfielder Pacific pandemic Pandora paperweight paragon paragraph paramount passenger pedigree Pegasus penetrate perceptive performance pharmacy \
    phonetic photograph pioneer pocketful politeness positive potato processor provincial proximate puberty publisher pyramid quantity racketeer rebellion \
    recipe recover repellent replica reproduce resistor responsive retraction retrieval retrospect revenue revival revolver sandalwood sardonic Saturday \
    savagery scavenger sensation sociable souvenir specialist speculate stethoscope stupendous supportive surrender suspicious sympathy tambourine telephone therapist \
    tobacco tolerance tomorrow torpedo tradition travesty trombonist truncated typewriter ultimate undaunted underfoot unicorn unify universe unravel \
    upcoming vacancy vagabond vertigo Virginia visitor vocalist voyager warranty Waterloo whimsical Wichita Wilmington Wyoming yesteryear Yucatan";

/// Why words are not a fingerprint.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum WordsError {
    /// A word is not in the list.
    #[error("`{word}`, word {}, is not in the list", .place + 1)]
    Unknown {
        /// The word.
        word: String,
        /// Its place, from 0.
        place: usize,
    },
    /// A word is in the list for the other places: one was left out, or two changed places.
    #[error("`{word}` cannot be word {}", .place + 1)]
    OutOfStep {
        /// The word.
        word: String,
        /// Its place, from 0.
        place: usize,
    },
    /// The number of words fits no fingerprint.
    #[error("a fingerprint has 20 or 32 words, these are {0}")]
    WrongCount(usize),
}

fn list(place: usize) -> impl Iterator<Item = &'static str> {
    let words = if place.is_multiple_of(2) { EVEN } else { ODD };
    words.split_whitespace()
}

fn byte_of(word: &str, place: usize) -> Option<u8> {
    let at = list(place).position(|known| known.eq_ignore_ascii_case(word))?;
    u8::try_from(at).ok()
}

impl Fingerprint {
    /// Returns one word for each byte.
    pub fn to_words(&self) -> Vec<&'static str> {
        let word =
            |(place, byte): (usize, &u8)| list(place).nth(usize::from(*byte)).unwrap_or_default();
        self.as_bytes().iter().enumerate().map(word).collect()
    }

    /// Returns the fingerprint that these words spell, in any case and with any blanks, commas or dashes between.
    ///
    /// # Errors
    /// The first word that is wrong, or a wrong number of words.
    pub fn from_words(text: &str) -> Result<Self, WordsError> {
        let words = text
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty());
        let mut bytes = Vec::new();
        for (place, word) in words.enumerate() {
            let Some(byte) = byte_of(word, place) else {
                let word = word.to_owned();
                return Err(match byte_of(&word, place + 1) {
                    Some(_) => WordsError::OutOfStep { word, place },
                    None => WordsError::Unknown { word, place },
                });
            };
            bytes.push(byte);
        }
        Self::from_slice(&bytes).ok_or(WordsError::WrongCount(bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The example that goes round with the list.
    const HEX: &str = "E58294F2E9A227486E8B061B31CC528FD7FA3F19";
    const WORDS: &str = "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa \
        afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless";

    #[test]
    fn known_example_both_ways() {
        let fingerprint: Fingerprint = HEX.parse().unwrap();
        assert_eq!(fingerprint.to_words().join(" "), WORDS);
        assert_eq!(
            Fingerprint::from_words(&WORDS.to_uppercase().replace(' ', ", ")),
            Ok(fingerprint)
        );
    }

    #[test]
    fn slips_are_noticed() {
        let left_out = WORDS.replacen("Istanbul ", "", 1);
        let swapped = WORDS.replacen("topmost Istanbul", "Istanbul topmost", 1);
        let unknown = WORDS.replacen("Pluto", "Mars", 1);
        let out_of_step = |word: &str, place| {
            Err(WordsError::OutOfStep {
                word: word.into(),
                place,
            })
        };
        assert_eq!(Fingerprint::from_words(&left_out), out_of_step("Pluto", 1));
        assert_eq!(
            Fingerprint::from_words(&swapped),
            out_of_step("Istanbul", 0)
        );
        assert_eq!(
            Fingerprint::from_words(&unknown),
            Err(WordsError::Unknown {
                word: "Mars".into(),
                place: 2
            })
        );
        assert_eq!(
            Fingerprint::from_words("topmost"),
            Err(WordsError::WrongCount(1))
        );
    }

    #[test]
    fn the_lists_are_whole() {
        let all: HashSet<_> = list(0).chain(list(1)).collect();
        assert_eq!(
            (list(0).count(), list(1).count(), all.len()),
            (256, 256, 512)
        );
    }
}
