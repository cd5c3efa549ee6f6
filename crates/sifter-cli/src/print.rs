//! Printing: JSON for programs, short lines for people.

use std::io::Write as _;

use serde::Serialize;
use sifter_api::{ApiError, units::Timestamp};

use crate::exit::Outcome;

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(&text),
        Err(error) => eprintln!("error: {error}"),
    }
}

/// Prints a line. A reader that went away is no failure.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", safe(text));
}

/// Prints text as it is, already with its line ends.
pub(crate) fn text(text: &str) {
    let _ = write!(std::io::stdout(), "{}", safe(text));
}

/// Prints an error and returns how to end.
pub(crate) fn error(error: &ApiError, as_json: bool) -> Outcome {
    if as_json {
        json(error);
    } else {
        eprintln!("error: {}", safe(&error.message));
        for cause in &error.causes {
            eprintln!("  because: {}", safe(cause));
        }
        if let Some(hint) = &error.hint {
            eprintln!("  next: {}", safe(hint));
        }
    }
    Outcome::of(error.code)
}

/// Names in images are hostile: a terminal must not obey them.
fn safe(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && !matches!(c, '\n' | '\t') {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Returns a date and time, UTC.
pub(crate) fn time(time: Timestamp) -> String {
    let (days, second) = (time.0.div_euclid(86_400), time.0.rem_euclid(86_400));
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
        second / 3600,
        second / 60 % 60
    )
}

/// Returns the day of the Gregorian calendar that is so many days after 1970, by eras of 400 years from March on.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year + era * 400 + next, month, day)
}

/// Returns a size with one decimal place.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_735_732_800, "2025-01-01 12:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
        ] {
            assert_eq!(time(Timestamp(seconds)), text);
        }
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_234_567, "1.2 MB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn a_terminal_is_not_moved_by_names() {
        assert_eq!(safe("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb\nc");
    }
}
