//! Sections `writer` and `recipes`: images made anew, signatures included.

use sif::{
    Architecture, ChangeTime, DataType, DeleteOptions, Editor, Error, Extra, FileSystem, GroupId,
    Image, ImageBuilder, Link, MessageFormat, MessageType, ObjectId, ObjectInput, OciDigest,
    PartitionType, SbomFormat, UnixTime,
};
use sif_integrity::{
    KeyMaterial, Ring, RingName, SignOptions, SigningKeys, SigningRequest, Silent, add_signatures,
    make_signatures, plan_signing,
};
use uuid::Uuid;

use crate::expected::{Create, NewObject, OneOrMore, Operation, Recipe, Select};
use crate::{Corpus, Tally, same, same_bytes, verify};

/// The time of an operation that has none of its own; deterministic images do not show it.
const NOW: UnixTime = UnixTime(1_700_000_000);

pub(crate) fn run_writer(corpus: &Corpus) -> Tally {
    run(corpus, "writer", &corpus.expected.writer)
}

pub(crate) fn run_recipes(corpus: &Corpus) -> Tally {
    run(corpus, "recipes", &corpus.expected.recipes)
}

fn run(corpus: &Corpus, section: &'static str, recipes: &[Recipe]) -> Tally {
    let mut tally = Tally::new(section);
    for recipe in recipes {
        tally.case(&recipe.golden, || check(corpus, recipe));
    }
    tally
}

/// What an operation may end in.
enum Stop {
    Format(Error),
    Signing(sif_integrity::Error),
    Other(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Format(error)
    }
}

impl From<sif_integrity::Error> for Stop {
    fn from(error: sif_integrity::Error) -> Self {
        Self::Signing(error)
    }
}

impl From<String> for Stop {
    fn from(error: String) -> Self {
        Self::Other(error)
    }
}

fn check(corpus: &Corpus, recipe: &Recipe) -> Result<(), String> {
    let objects = recipe.objects.iter().map(|object| input(corpus, object));
    let objects = objects.collect::<Result<Vec<_>, String>>()?;
    let mut failure = None;
    let mut keys = KeyMaterial::default();
    let mut storage = match builder(&recipe.create).write(Vec::new(), objects) {
        Ok(storage) => storage,
        Err(error) => {
            return same(
                "failure",
                &Some(format_class(&error)),
                &recipe.error.as_deref(),
            );
        }
    };
    for operation in &recipe.ops {
        // Each operation is a change of its own, as in the reference.
        match apply(corpus, storage.clone(), operation, &mut keys) {
            Ok(changed) => storage = changed,
            Err(Stop::Format(error)) => failure = Some(format_class(&error)),
            Err(Stop::Signing(error)) => failure = Some(signing_class(&error)),
            Err(Stop::Other(reason)) => return Err(reason),
        }
    }
    same("failure", &failure, &recipe.error.as_deref())?;
    if recipe.byte_exact == Some(false) {
        return verifies(&storage, &keys, corpus.now);
    }
    same_bytes(&storage, &corpus.read(&recipe.golden)?)
}

fn verifies(bytes: &[u8], keys: &KeyMaterial, now: i64) -> Result<(), String> {
    let image = Image::read(bytes).map_err(|error| error.to_string())?;
    let strict = verify::strict(bytes, &image, keys, &Select::default(), now)?;
    same("verdict", &strict.result, &Ok(()))
}

fn builder(create: &Create) -> ImageBuilder {
    let (id, time) = match create.deterministic {
        true => (Uuid::nil(), UnixTime::ZERO),
        false => (Uuid::from_u128(7), NOW),
    };
    let id = create
        .id
        .as_ref()
        .map_or(id, |text| Uuid::parse_str(text).expect("a UUID"));
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
    storage: Vec<u8>,
    operation: &Operation,
    keys: &mut KeyMaterial,
) -> Result<Vec<u8>, Stop> {
    let time = match (operation.time, operation.deterministic) {
        // The time of a signature is one thing, the time in the image another.
        (_, true) => ChangeTime::Deterministic,
        (Some(time), _) => ChangeTime::At(UnixTime(time)),
        (None, false) => ChangeTime::Now(NOW),
    };
    let mut editor = Editor::open(storage)?;
    let id = ObjectId(operation.id.unwrap_or(0));
    let options = DeleteOptions {
        zero: operation.zero,
        compact: operation.compact,
    };
    match (operation.op.as_str(), &operation.kind) {
        ("add", _) => {
            let object = operation
                .object
                .as_ref()
                .ok_or("no object to add".to_owned())?;
            editor.add(input(corpus, object)?, time)?;
        }
        ("del", Some(kind)) => {
            let kind = data_type(kind)?;
            editor.delete_where(|object| object.data_type() == kind, options, time)?;
        }
        ("del", None) => editor.delete(id, options, time)?,
        ("setprim", _) => {
            editor.set_primary(id, time)?;
        }
        ("setdigest", _) => {
            let digest = operation.digest.as_deref().and_then(OciDigest::parse);
            let digest = digest.ok_or("not a digest".to_owned())?;
            editor.set_extra(id, &Extra::Oci { digest }, time)?;
        }
        ("sign", _) => sign(corpus, &mut editor, operation, time, keys)?,
        (other, _) => return Err(Stop::Other(format!("unknown operation `{other}`"))),
    }
    Ok(editor.finish()?)
}

fn sign(
    corpus: &Corpus,
    editor: &mut Editor<Vec<u8>>,
    operation: &Operation,
    time: ChangeTime,
    keys: &mut KeyMaterial,
) -> Result<(), Stop> {
    let passphrase = operation.passphrase.as_deref();
    let paths = |list: &Option<OneOrMore<String>>| list.as_ref().map(OneOrMore::list);
    let pem = corpus.private_keys(&paths(&operation.pem).unwrap_or_default(), passphrase)?;
    let pgp = paths(&operation.pgp).and_then(|paths| paths.into_iter().next());
    let pgp = pgp
        .map(|path| corpus.signing_key(&path, passphrase))
        .transpose()?;
    keys.pem.extend(pem.iter().map(|key| key.public_key()));
    keys.rings.extend(pgp.iter().map(|key| Ring {
        name: RingName::Local,
        certificates: vec![key.certificate().clone()],
    }));
    // With both kinds given, PEM wins.
    let signing = match &pgp {
        Some(key) if pem.is_empty() => SigningKeys::OpenPgp(key),
        _ => SigningKeys::Pem(&pem),
    };
    let groups = operation.groups.iter().map(|number| GroupId::new(*number));
    let Some(groups) = groups.collect::<Option<Vec<_>>>() else {
        return Err(Stop::Other("group 0".to_owned()));
    };
    let objects = operation
        .objects
        .iter()
        .map(|list| list.list().into_iter().map(ObjectId).collect());
    let request = SigningRequest {
        groups,
        objects: objects.collect(),
    };
    let now = operation.time.unwrap_or(NOW.0);
    let options = SignOptions {
        now,
        threads: None,
        salt: !operation.no_salt,
    };
    let image = editor.image().clone();
    let plan = plan_signing(&image, &request, signing, now)?;
    let made = make_signatures(editor.storage(), &image, &plan, signing, &options, &Silent)?;
    add_signatures(editor, &made, time)?;
    Ok(())
}

fn input(
    corpus: &Corpus,
    object: &NewObject,
) -> Result<ObjectInput<std::io::Cursor<Vec<u8>>>, String> {
    let bytes = match (&object.text, &object.hex, &object.file) {
        (Some(text), _, _) => text.clone().into_bytes(),
        (_, Some(digits), _) => hex::decode(digits).map_err(|error| error.to_string())?,
        (_, _, Some(path)) => corpus.read(path)?,
        _ => Vec::new(),
    };
    let data = std::io::Cursor::new(bytes);
    let mut input = match data_type(&object.kind)? {
        DataType::Partition => ObjectInput::partition(
            FileSystem::from_code(object.fs.unwrap_or(0)),
            PartitionType::from_code(object.part.unwrap_or(0)),
            Architecture::from_name(object.arch.as_deref().unwrap_or_default())
                .unwrap_or(Architecture::UNKNOWN),
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
        input = input.link(Link::Group(GroupId::new(group).ok_or("group 0")?));
    }
    if let Some(alignment) = object.align {
        input = input.alignment(u64::try_from(alignment).unwrap_or(0));
    }
    if let Some(time) = object.time {
        input = input.time(UnixTime(time));
    }
    Ok(input.name(object.name.clone().unwrap_or_default()))
}

fn data_type(kind: &str) -> Result<DataType, String> {
    Ok(match kind {
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
        other => return Err(format!("unknown type `{other}`")),
    })
}

fn format_class(error: &Error) -> &'static str {
    match error {
        Error::InsufficientCapacity { .. } => "InsufficientCapacity",
        Error::PrimaryPartitionExists(_) => "PrimaryPartitionExists",
        Error::NotPartition(_) => "NotPartition",
        Error::NotSystemPartition(_) => "NotSystemPartition",
        Error::NameTooLarge(_) => "NameTooLarge",
        Error::ExtraTooLarge(_) => "ExtraTooLarge",
        Error::LaunchScriptTooLarge(_) => "LaunchScriptTooLarge",
        Error::ObjectNotFound(_) | Error::NoObjectMatches => "ObjectNotFound",
        Error::GroupNotFound(_) => "GroupNotFound",
        Error::InvalidObjectId => "InvalidObjectId",
        _ => "another",
    }
}

fn signing_class(error: &sif_integrity::Error) -> &'static str {
    match error {
        sif_integrity::Error::NoGroups => "NoGroupsFound",
        sif_integrity::Error::GroupNotFound(_) => "GroupNotFound",
        sif_integrity::Error::ObjectNotFound(_) => "ObjectNotFound",
        sif_integrity::Error::NonGroupedObject(_) => "InvalidGroupId",
        sif_integrity::Error::NoObjectsSpecified => "NoObjectsSpecified",
        sif_integrity::Error::NoKeyMaterial => "NoKeyMaterial",
        sif_integrity::Error::InsufficientCapacity { .. } => "InsufficientCapacity",
        _ => "another",
    }
}
