//! Images made anew must come out byte for byte.

use sif::{
    Architecture, ChangeTime, DataType, DeleteOptions, Editor, Error, Extra, FileSystem, GroupId,
    ImageBuilder, Link, MessageFormat, MessageType, ObjectId, ObjectInput, OciDigest,
    PartitionType, SbomFormat, UnixTime,
};
use uuid::Uuid;

use super::expected::{Create, NewObject, Operation, Recipe};
use super::{Corpus, Tally, same, same_bytes};

/// The time of an operation that has none of its own; deterministic images do not show it.
const NOW: UnixTime = UnixTime(1_700_000_000);

#[test]
fn writer_makes_the_same_bytes() {
    let Some(corpus) = Corpus::find("writer") else {
        return;
    };
    let mut tally = Tally::new("writer");
    for recipe in &corpus.expected.writer {
        tally.record(&recipe.golden, check(&corpus, recipe));
    }
    tally.finish();
}

fn check(corpus: &Corpus, recipe: &Recipe) -> Result<(), String> {
    let objects = recipe.objects.iter().map(|object| input(corpus, object));
    let mut storage = builder(&recipe.create)
        .write(Vec::new(), objects)
        .map_err(|error| error.to_string())?;
    let mut failure = None;
    for operation in &recipe.ops {
        // Each operation is a change of its own, as in the reference.
        let mut editor = Editor::open(storage.clone()).map_err(|error| error.to_string())?;
        match apply(corpus, &mut editor, operation) {
            Ok(()) => storage = editor.finish().map_err(|error| error.to_string())?,
            Err(error) => failure = Some(class(&error)),
        }
    }
    same("failure", &failure, &recipe.error.as_deref())?;
    same_bytes(&storage, &corpus.read(&recipe.golden))
}

fn builder(create: &Create) -> ImageBuilder {
    let (id, time) = match create.deterministic {
        true => (Uuid::nil(), UnixTime::ZERO),
        false => (Uuid::from_u128(7), NOW),
    };
    let id = create
        .id
        .as_ref()
        .map_or(id, |text| Uuid::parse_str(text).unwrap());
    let mut builder = ImageBuilder::new(id, create.time.map_or(time, UnixTime));
    if let Some(script) = &create.launch {
        builder = builder.launch_script(script.as_bytes());
    }
    if let Some(capacity) = create.capacity {
        builder = builder.capacity(capacity);
    }
    builder
}

fn apply(
    corpus: &Corpus,
    editor: &mut Editor<Vec<u8>>,
    operation: &Operation,
) -> Result<(), Error> {
    let time = match (operation.time, operation.deterministic) {
        (Some(time), _) => ChangeTime::At(UnixTime(time)),
        (None, true) => ChangeTime::Deterministic,
        (None, false) => ChangeTime::Now(NOW),
    };
    let id = ObjectId(operation.id.unwrap_or(0));
    let options = DeleteOptions {
        zero: operation.zero,
        compact: operation.compact,
    };
    match (operation.op.as_str(), &operation.kind) {
        ("add", _) => {
            let object = operation.object.as_ref().expect("an object to add");
            editor.add(input(corpus, object), time).map(drop)
        }
        ("del", Some(kind)) => {
            let kind = data_type(kind);
            editor
                .delete_where(|object| object.data_type() == kind, options, time)
                .map(drop)
        }
        ("del", None) => editor.delete(id, options, time),
        ("setprim", _) => editor.set_primary(id, time).map(drop),
        ("setdigest", _) => {
            let digest = operation
                .digest
                .as_deref()
                .and_then(OciDigest::parse)
                .expect("a digest");
            editor.set_extra(id, &Extra::Oci { digest }, time)
        }
        (other, _) => panic!("unknown operation `{other}`"),
    }
}

fn input(corpus: &Corpus, object: &NewObject) -> ObjectInput<std::io::Cursor<Vec<u8>>> {
    let bytes = match (&object.text, &object.hex, &object.file) {
        (Some(text), _, _) => text.clone().into_bytes(),
        (_, Some(digits), _) => hex::decode(digits).unwrap(),
        (_, _, Some(path)) => corpus.read(path),
        _ => Vec::new(),
    };
    let data = std::io::Cursor::new(bytes);
    let mut input = match data_type(&object.kind) {
        DataType::Partition => ObjectInput::partition(
            FileSystem::from_code(object.fs.unwrap_or(0)),
            PartitionType::from_code(object.part.unwrap_or(0)),
            Architecture::from_name(object.arch.as_deref().unwrap_or("")).expect("a known name"),
            data,
        ),
        DataType::Sbom => ObjectInput::sbom(SbomFormat::from_code(object.sbom.unwrap_or(0)), data),
        DataType::CryptographicMessage => ObjectInput::cryptographic_message(
            MessageFormat::from_code(object.format.unwrap_or(0)),
            MessageType::from_code(object.message.unwrap_or(0)),
            data,
        ),
        other => ObjectInput::new(other, data),
    };
    if let Some(group) = object.group {
        input = input.group(GroupId::new(group));
    }
    if let Some(id) = object.link {
        input = input.link(Link::Object(ObjectId(id)));
    }
    if let Some(group) = object.link_group {
        input = input.link(Link::Group(GroupId::new(group).unwrap()));
    }
    if let Some(alignment) = object.align {
        input = input.alignment(alignment);
    }
    input.name(object.name.clone().unwrap_or_default())
}

fn data_type(kind: &str) -> DataType {
    match kind {
        "deffile" => DataType::DefinitionFile,
        "envvar" => DataType::EnvironmentVariables,
        "labels" => DataType::Labels,
        "partition" => DataType::Partition,
        "signature" => DataType::Signature,
        "json" => DataType::GenericJson,
        "generic" => DataType::Generic,
        "crypto" => DataType::CryptographicMessage,
        "sbom" => DataType::Sbom,
        "oci-index" => DataType::OciRootIndex,
        "oci-blob" => DataType::OciBlob,
        other => panic!("unknown type `{other}`"),
    }
}

fn class(error: &Error) -> &'static str {
    match error {
        Error::InsufficientCapacity { .. } => "InsufficientCapacity",
        Error::PrimaryPartitionExists(_) => "PrimaryPartitionExists",
        Error::NotPartition(_) => "NotPartition",
        Error::NotSystemPartition(_) => "NotSystemPartition",
        Error::NameTooLarge(_) => "NameTooLarge",
        Error::ExtraTooLarge(_) => "ExtraTooLarge",
        Error::ObjectNotFound(_) | Error::NoObjectMatches => "ObjectNotFound",
        Error::InvalidObjectId => "InvalidObjectId",
        _ => "another",
    }
}
