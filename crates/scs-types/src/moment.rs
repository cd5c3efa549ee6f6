//! A point in time as the services write it.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What Go writes for a time that was never set.
const UNSET: &str = "0001-01-01T00:00:00Z";

/// A point in time, or none. Anything unreadable is none: no screen needs it so much that an answer should be lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Option<Timestamp>);

impl Moment {
    fn read(text: &str) -> Self {
        if text == UNSET {
            return Self(None);
        }
        Self(text.parse().ok())
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self(Some(time))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(time) => serializer.collect_str(&time),
            None => serializer.serialize_str(UNSET),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(value.as_str().map(Self::read).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Moment {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_no_time_is_none() {
        for json in [
            "null",
            "\"\"",
            "1772442900",
            "\"2026-03-02\"",
            "\"0001-01-01T00:00:00Z\"",
            "{}",
        ] {
            assert_eq!(read(json), Moment(None), "{json}");
        }
    }

    #[test]
    fn times_survive_and_none_is_gos_zero() {
        let time = read("\"2026-03-02T09:20:31.482+02:00\"");
        assert_eq!(
            serde_json::to_string(&time).unwrap(),
            "\"2026-03-02T07:20:31.482Z\""
        );
        assert_eq!(
            serde_json::to_string(&Moment(None)).unwrap(),
            format!("\"{UNSET}\"")
        );
    }
}
