//! Views of descriptors, the header and the map.

use sif::{Architecture, DataType, Descriptor, Extra, Link, raw::RawDescriptor};

use super::{HeaderView, LinkView, MapSegment, PartKind, PartView, SegmentKind};
use crate::units::{ByteCount, Timestamp};

/// Returns the view of one object; `problem` says why it is refused, if it is.
pub(super) fn part_view(raw: &RawDescriptor, problem: Option<String>) -> PartView {
    let extra = raw.extra();
    let (file_system, partition_type, arch) = match &extra {
        Extra::Partition {
            file_system,
            partition_type,
            architecture,
        } => (
            Some(file_system.name()),
            Some(partition_type.name()),
            arch_name(*architecture),
        ),
        _ => (None, None, None),
    };
    let fingerprint = match &extra {
        Extra::Signature { fingerprint, .. } => fingerprint.map(hex::encode_upper),
        _ => None,
    };
    PartView {
        id: raw.id().0,
        kind: kind_of(raw.data_type()),
        technical: technical(raw.data_type(), &extra),
        name: raw.name().into_owned(),
        group: raw.group().map(sif::GroupId::number),
        link: link_view(raw.link()),
        offset: count(raw.offset.get()),
        size: count(raw.size.get()),
        created: time_of(raw.created()),
        modified: time_of(raw.modified()),
        uid: count(raw.uid.get()),
        gid: count(raw.gid.get()),
        file_system: file_system.map(str::to_owned),
        partition_type: partition_type.map(|name| name.trim_start_matches('*').to_owned()),
        arch,
        primary: matches!(
            &extra,
            Extra::Partition {
                partition_type: sif::PartitionType::PrimarySystem,
                ..
            }
        ),
        fingerprint,
        problem,
    }
}

/// Returns the view of the header of a sound image.
pub(super) fn header_view(header: &sif::Header) -> HeaderView {
    HeaderView {
        launch_script: String::from_utf8_lossy(header.launch_script())
            .trim_end()
            .to_owned(),
        version: "01".into(),
        arch: arch_name(header.architecture()),
        image_uuid: (!header.id().is_nil()).then(|| header.id().to_string()),
        created: time_of(header.created()),
        modified: time_of(header.modified()),
        descriptors_total: header.descriptors_total(),
        descriptors_used: 0,
        data_offset: count(header.data_offset()),
        data_size: count(header.data_size()),
        deterministic: header.is_deterministic(),
    }
}

/// Returns the stretches of a sound image's file.
pub(super) fn map_of(image: &sif::Image) -> Vec<MapSegment> {
    image
        .layout()
        .into_iter()
        .map(|segment| {
            let (kind, part) = match segment.kind {
                sif::SegmentKind::Header => (SegmentKind::Header, None),
                sif::SegmentKind::Table => (SegmentKind::Table, None),
                sif::SegmentKind::Object(id) => (SegmentKind::Part, Some(id.0)),
                sif::SegmentKind::Gap => (SegmentKind::Gap, None),
                sif::SegmentKind::Trailing => (SegmentKind::Trailing, None),
            };
            let size = segment.range.end.saturating_sub(segment.range.start);
            MapSegment {
                kind,
                part,
                offset: ByteCount(segment.range.start),
                size: ByteCount(size),
            }
        })
        .collect()
}

/// Returns the architecture that the primary partition claims, else the header's.
pub(crate) fn arch_of(image: &sif::Image) -> Option<String> {
    let of_partition =
        image
            .primary_partition()
            .ok()
            .flatten()
            .and_then(|object| match object.extra() {
                Extra::Partition { architecture, .. } => arch_name(architecture),
                _ => None,
            });
    of_partition.or_else(|| arch_name(image.header().architecture()))
}

/// Returns whether anybody signed the image, whatever that signature is worth.
pub(crate) fn is_signed(objects: &[Descriptor]) -> bool {
    let is_signature = |object: &Descriptor| object.data_type() == DataType::Signature;
    objects.iter().any(is_signature)
}

/// Returns whether the image's file system is encrypted.
pub(crate) fn is_encrypted(objects: &[Descriptor]) -> bool {
    objects.iter().any(|object| {
        matches!(
            object.extra(),
            Extra::Partition {
                file_system: sif::FileSystem::EncryptedSquashfs
                    | sif::FileSystem::GocryptfsSquashfs,
                ..
            }
        )
    })
}

pub(super) fn arch_name(architecture: Architecture) -> Option<String> {
    architecture
        .is_known()
        .then(|| architecture.name().to_owned())
}

pub(super) fn time_of(time: sif::UnixTime) -> Option<Timestamp> {
    // Both zeros mean that no time was written.
    (!time.is_zero() && time.0 != 0).then_some(Timestamp(time.0))
}

/// Negative numbers are refused elsewhere and only shown here.
pub(super) fn count(number: i64) -> ByteCount {
    ByteCount(u64::try_from(number).unwrap_or(0))
}

pub(super) fn kind_of(data_type: DataType) -> PartKind {
    match data_type {
        DataType::DefinitionFile => PartKind::Definition,
        DataType::EnvironmentVariables => PartKind::Environment,
        DataType::Labels => PartKind::Labels,
        DataType::Partition => PartKind::FileSystem,
        DataType::Signature => PartKind::Signature,
        DataType::GenericJson => PartKind::Json,
        DataType::Generic => PartKind::Generic,
        DataType::CryptographicMessage => PartKind::CryptographicMessage,
        DataType::Sbom => PartKind::Sbom,
        DataType::OciRootIndex => PartKind::OciRootIndex,
        DataType::OciBlob => PartKind::OciBlob,
        _ => PartKind::Unknown,
    }
}

fn link_view(link: Link) -> Option<LinkView> {
    match link {
        Link::None => None,
        Link::Object(id) => Some(LinkView::Part(id.0)),
        Link::Group(group) => Some(LinkView::Group(group.number())),
    }
}

/// As the command line lists it; a type without a name by its number.
fn technical(data_type: DataType, extra: &Extra) -> String {
    let name = match data_type {
        DataType::Other(code) => format!("Unknown ({code:#x})"),
        known => known.name().to_owned(),
    };
    match extra {
        Extra::Partition {
            file_system,
            partition_type,
            architecture,
        } => {
            format!("{name} ({file_system}/{partition_type}/{architecture})")
        }
        Extra::Signature { hash, .. } => format!("{name} ({hash})"),
        Extra::CryptographicMessage { format, message } => format!("{name} ({format}/{message})"),
        Extra::Sbom { format } => format!("{name} ({format})"),
        _ => name,
    }
}
