//! What `siftool` prints: `list`, `header`, `info` and `dump`, byte for byte.

use std::fmt::Write as _;
use std::io;

use crate::{DataType, Descriptor, Error, Extra, HashType, Image, Link, Source, UnixTime};

/// Returns the table of objects that `siftool list` prints.
#[must_use]
pub fn list(image: &Image) -> String {
    let rule = "-".repeat(78);
    let mut text =
        format!("{rule}\nID   |GROUP   |LINK    |SIF POSITION (start-end)  |TYPE\n{rule}\n");
    for object in image.objects() {
        let _ = write!(text, "{:<4} |", object.id());
        let _ = match object.group() {
            Some(group) => write!(text, "{group:<7} |"),
            None => write!(text, "{:<7} |", "NONE"),
        };
        let _ = match object.link() {
            Link::None => write!(text, "{:<7} |", "NONE"),
            Link::Object(id) => write!(text, "{id:<7} |"),
            Link::Group(group) => write!(text, "{group:<3} (G) |"),
        };
        let position = format!("{}-{}", object.offset(), object.end());
        let _ = write!(text, "{position:<25} ");
        // The tool stops in the middle of the line when it cannot read the detail.
        if let Some(kind) = type_with_detail(object) {
            let _ = writeln!(text, "|{kind}");
        }
    }
    text
}

/// Returns what `siftool header` prints.
#[must_use]
pub fn header(image: &Image) -> String {
    let header = image.header();
    let mut rows = Rows::default();
    let script = String::from_utf8_lossy(header.launch_script());
    let script = script.strip_suffix('\n').unwrap_or(&script);
    rows.add_unless(script.is_empty(), "Launch Script:", script);
    rows.add("Version:", "01");
    let architecture = header.architecture();
    rows.add_unless(
        !architecture.is_known(),
        "Primary Architecture:",
        architecture.name(),
    );
    rows.add_unless(header.id().is_nil(), "ID:", header.id().to_string());
    rows.add_time("Created At:", header.created());
    rows.add_time("Modified At:", header.modified());
    rows.add("Descriptors Free:", header.descriptors_free().to_string());
    rows.add("Descriptors Total:", header.descriptors_total().to_string());
    rows.add(
        "Descriptors Offset:",
        header.descriptors_offset().to_string(),
    );
    rows.add(
        "Descriptors Size:",
        human_size(header.raw().descriptors_size.get()),
    );
    rows.add("Data Offset:", header.data_offset().to_string());
    rows.add("Data Size:", human_size(header.data_size()));
    rows.print(0, 1)
}

/// Returns what `siftool info` prints about an object.
#[must_use]
pub fn info(object: &Descriptor) -> String {
    let mut rows = Rows::default();
    rows.add("Data Type:", object.data_type().name());
    rows.add("ID:", object.id().to_string());
    rows.add(
        "Group ID:",
        object
            .group()
            .map_or("NONE".into(), |group| group.to_string()),
    );
    rows.add(
        "Linked ID:",
        match object.link() {
            Link::None => "NONE".into(),
            Link::Object(id) => id.to_string(),
            Link::Group(group) => format!("{group} (G)"),
        },
    );
    rows.add("Offset:", object.offset().to_string());
    rows.add("Size:", object.size().to_string());
    rows.add_time("Created At:", object.created());
    rows.add_time("Modified At:", object.modified());
    rows.add_unless(object.name_bytes().is_empty(), "Name:", object.name());
    add_extra(&mut rows, &object.extra());
    rows.print(2, 2)
}

/// Writes an object's bytes, as `siftool dump` does.
///
/// # Errors
/// [`Error::Read`] and [`Error::Write`].
pub fn dump<S: Source>(
    source: S,
    object: &Descriptor,
    output: &mut impl io::Write,
) -> Result<(), Error> {
    let mut piece = vec![0; 64 * 1024];
    let mut reader = object.reader(source);
    loop {
        match io::Read::read(&mut reader, &mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => output.write_all(&piece[..count]).map_err(Error::Write)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::Read(error)),
        }
    }
}

/// Returns the time as `siftool` prints it, in UTC; `None` for the time that stands for "none".
#[must_use]
pub fn time(time: UnixTime) -> Option<String> {
    if time.is_zero() {
        return None;
    }
    let (days, second) = (time.0.div_euclid(86_400), time.0.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} +0000 UTC"
    ))
}

/// Returns a size in the largest unit that leaves at least 1, rounded half away from zero; one below zero too, as a
/// damaged header may have it.
#[must_use]
pub fn human_size(bytes: i64) -> String {
    let size = bytes.unsigned_abs();
    let mut unit = 0;
    while unit < 6 && size >= 1 << (10 * (unit + 1)) {
        unit += 1;
    }
    if unit == 0 {
        return format!("{bytes} B");
    }
    let divisor = 1_u128 << (10 * unit);
    let rounded = (u128::from(size) + divisor / 2) / divisor;
    let sign = if bytes < 0 { "-" } else { "" };
    format!(
        "{sign}{rounded} {}iB",
        ["", "K", "M", "G", "T", "P", "E"][unit]
    )
}

/// Returns the data type with its detail; `None` for a signature whose digest algorithm has no name.
fn type_with_detail(object: &Descriptor) -> Option<String> {
    let name = object.data_type().name();
    Some(match object.extra() {
        Extra::Partition {
            file_system,
            partition_type,
            architecture,
        } => {
            format!("{name} ({file_system}/{partition_type}/{architecture})")
        }
        Extra::Signature {
            hash: HashType::Other(_),
            ..
        } => return None,
        Extra::Signature { hash, .. } => format!("{name} ({hash})"),
        Extra::CryptographicMessage { format, message } => format!("{name} ({format}/{message})"),
        Extra::Sbom { format } => format!("{name} ({format})"),
        _ => name.to_owned(),
    })
}

fn add_extra(rows: &mut Rows, extra: &Extra) {
    match extra {
        Extra::Partition {
            file_system,
            partition_type,
            architecture,
        } => {
            rows.add("Filesystem Type:", file_system.name());
            rows.add("Partition Type:", partition_type.name());
            rows.add("Architecture:", architecture.name());
        }
        Extra::Signature { hash, fingerprint } if hash.is_known() => {
            rows.add("Hash Type:", hash.name());
            let bytes = fingerprint.iter().flatten();
            rows.add(
                "Entity:",
                bytes.map(|byte| format!("{byte:02X}")).collect::<String>(),
            );
        }
        Extra::CryptographicMessage { format, message } => {
            rows.add("Format Type:", format.name());
            rows.add("Message Type:", message.name());
        }
        Extra::Sbom { format } => rows.add("Format:", format.name()),
        Extra::Oci { digest } => rows.add("Digest:", digest.to_string()),
        _ => {}
    }
}

/// Labels and values in two columns.
#[derive(Default)]
struct Rows(Vec<(&'static str, String)>);

impl Rows {
    fn add(&mut self, label: &'static str, value: impl Into<String>) {
        self.0.push((label, value.into()));
    }

    fn add_unless(&mut self, left_out: bool, label: &'static str, value: impl Into<String>) {
        if !left_out {
            self.add(label, value);
        }
    }

    fn add_time(&mut self, label: &'static str, moment: UnixTime) {
        if let Some(text) = time(moment) {
            self.add(label, text);
        }
    }

    fn print(&self, indent: usize, gap: usize) -> String {
        let width = self
            .0
            .iter()
            .map(|(label, _)| label.len())
            .max()
            .unwrap_or(0)
            + gap;
        let mut text = String::new();
        for (label, value) in &self.0 {
            let _ = writeln!(text, "{:indent$}{label:<width$}{value}", "");
        }
        text
    }
}

/// Returns year, month and day of a count of days since 1970-01-01.
///
/// Counts in eras of 400 years that start on 1 March, so that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / (ERA - 1);
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// Returns the number that `siftool add --datatype` takes for a data type, 1 to 11.
#[must_use]
pub fn data_type_number(data_type: DataType) -> Option<usize> {
    DataType::NAMED
        .iter()
        .position(|named| *named == data_type)
        .map(|position| position + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 +0000 UTC"),
            (-1, "1969-12-31 23:59:59 +0000 UTC"),
            (951_782_400, "2000-02-29 00:00:00 +0000 UTC"),
            (1_593_475_316, "2020-06-30 00:01:56 +0000 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 +0000 UTC"),
            (-62_135_596_799, "0001-01-01 00:00:01 +0000 UTC"),
        ] {
            assert_eq!(time(UnixTime(seconds)).as_deref(), Some(text));
        }
        assert_eq!(time(UnixTime::ZERO), None);
        assert!(time(UnixTime(i64::MAX)).is_some() && time(UnixTime(i64::MIN)).is_some());
    }

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (-7, "-7 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1535, "1 KiB"),
            (1536, "2 KiB"),
            (28_080, "27 KiB"),
            (1_048_575, "1024 KiB"),
            (1 << 20, "1 MiB"),
            (i64::MAX, "8 EiB"),
            (-1023, "-1023 B"),
            (-1536, "-2 KiB"),
            (i64::MIN, "-8 EiB"),
        ] {
            assert_eq!(human_size(bytes), text);
        }
    }
}
