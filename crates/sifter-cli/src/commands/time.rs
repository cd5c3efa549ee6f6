//! Ends of keys, as they are typed.

use jiff::{Span, Timestamp as Moment, ToSpan, Zoned, civil::Date, tz::TimeZone};
use std::str::FromStr;

use sifter_api::{Clock, units::Timestamp};

/// When a key ends, if ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End(pub(crate) Option<Timestamp>);

impl FromStr for End {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_end(text, Clock::system().timestamp()).map(Self)
    }
}

const WRONG: &str = "neither a date nor a time from now; write 2030-01-31, 2y, 18mo, 90d or never";

/// Returns the moment that `text` means: a date, a time from `now`, or nothing for `never`.
fn parse_end(text: &str, now: Timestamp) -> Result<Option<Timestamp>, &'static str> {
    if text == "never" {
        return Ok(None);
    }
    if let Ok(date) = text.parse::<Date>() {
        let end = date.to_zoned(TimeZone::UTC).map_err(|_| WRONG)?;
        return Ok(Some(Timestamp(end.timestamp().as_second())));
    }
    let start = Moment::from_second(now.0).map_err(|_| WRONG)?;
    let end = start
        .to_zoned(TimeZone::UTC)
        .checked_add(span(text).ok_or(WRONG)?);
    end.map(|end: Zoned| Some(Timestamp(end.timestamp().as_second())))
        .map_err(|_| WRONG)
}

fn span(text: &str) -> Option<Span> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: i32 = number.parse().ok()?;
    // Beyond this no calendar reaches, and the constructors of spans refuse by panicking.
    let number = (number <= 9_000).then_some(number)?;
    match unit {
        "y" => Some(number.years()),
        "mo" => Some(number.months()),
        "d" => Some(number.days()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        let now = Timestamp(1_700_000_000);
        let cases = [
            ("never", Some(None)),
            ("2030-01-31", Some(Some(1_896_048_000))),
            ("90d", Some(Some(1_700_000_000 + 90 * 86_400))),
            ("1y", Some(Some(1_700_000_000 + 366 * 86_400))),
            ("", None),
            ("9999999999d", None),
            ("2 years", None),
            ("-1d", None),
        ];
        for (text, expected) in cases {
            let end = parse_end(text, now).ok().map(|end| end.map(|end| end.0));
            assert_eq!(end, expected, "{text}");
        }
    }
}
