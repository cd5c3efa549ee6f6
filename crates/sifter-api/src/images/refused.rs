//! A look at an image that is refused: what could be parsed, never a verdict.

use sif::{Inspection, raw::RawHeader};

use super::{
    FindingView, HeaderView, ImageFormat, ImageRow, ImageView, MapSegment, PartView, SegmentKind,
    parts::{arch_name, count, part_view, time_of},
};
use crate::{error::ApiError, units::ByteCount};

pub(super) fn view(
    row: ImageRow,
    header: &RawHeader,
    found: &Inspection,
    error: ApiError,
) -> ImageView {
    let parts: Vec<PartView> = found
        .descriptors
        .iter()
        .map(|(slot, raw)| part_view(raw, problem_of(found, *slot)))
        .collect();
    ImageView {
        row,
        format: ImageFormat::Sif,
        encrypted: false,
        header: header_view(header, parts.len()),
        map: map_of(found, &parts),
        findings: Vec::<FindingView>::new(),
        refused: Some(with_all_faults(error, found)),
        definition: None,
        labels: None,
        environment: None,
        verdict: None,
        verify_automatically: false,
        parts,
    }
}

fn problem_of(found: &Inspection, slot: u32) -> Option<String> {
    found
        .faults
        .iter()
        .find(|fault| fault.slot == Some(slot))
        .map(|fault| format!("its {} {}", fault.field, fault.problem))
}

fn with_all_faults(mut error: ApiError, found: &Inspection) -> ApiError {
    error.causes = found.faults.iter().map(ToString::to_string).collect();
    if found.more_faults {
        error
            .causes
            .push("there are more reasons of this kind".into());
    }
    error
}

fn header_view(header: &RawHeader, used: usize) -> HeaderView {
    let known = sif::Architecture::from_bytes(header.architecture);
    HeaderView {
        launch_script: String::from_utf8_lossy(header.launch_script())
            .trim_end()
            .to_owned(),
        version: header
            .version
            .escape_ascii()
            .to_string()
            .trim_end_matches("\\x00")
            .to_owned(),
        arch: arch_name(known),
        image_uuid: (!header.uuid().is_nil()).then(|| header.uuid().to_string()),
        created: time_of(sif::UnixTime(header.created.get())),
        modified: time_of(sif::UnixTime(header.modified.get())),
        descriptors_total: u32::try_from(header.descriptors_total.get()).unwrap_or(0),
        descriptors_used: u32::try_from(used).unwrap_or(u32::MAX),
        data_offset: count(header.data_offset.get()),
        data_size: count(header.data_size.get()),
        deterministic: header.is_deterministic(),
    }
}

/// Shows each part where it claims to lie, cut at the end of the file. Parts may overlap here.
fn map_of(found: &Inspection, parts: &[PartView]) -> Vec<MapSegment> {
    let header = MapSegment {
        kind: SegmentKind::Header,
        part: None,
        offset: ByteCount(0),
        size: ByteCount(found.length.min(sif::raw::HEADER_SIZE as u64)),
    };
    let mut map = vec![header];
    map.extend(parts.iter().map(|part| MapSegment {
        kind: SegmentKind::Part,
        part: Some(part.id),
        offset: ByteCount(part.offset.0.min(found.length)),
        size: ByteCount(part.size.0.min(found.length.saturating_sub(part.offset.0))),
    }));
    map.sort_by_key(|segment| segment.offset);
    map
}
