//! Section `cli`: what the real `verify` command answers.

use sif::Image;
use sif_integrity::command_line::{Answer, Call, Dialect, Found, KeySource, answer};
use sif_integrity::{
    CertificateError, CertificatePools, KeyMaterial, Mode, Options, PublicKey, RingName, Selection,
    Silent, VerifiedLeaf, X509Certificate, verify, verify_leaf,
};

use crate::expected::CliCase;
use crate::{Corpus, Tally, same};

pub(crate) fn run(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("cli");
    for case in &corpus.expected.cli {
        let name = format!("verify {} {}", case.args.join(" "), case.image);
        tally.case(&name, || check(corpus, case));
    }
    tally
}

fn check(corpus: &Corpus, case: &CliCase) -> Result<(), String> {
    let found = run_command(corpus, case)?;
    same("exit code", &found.exit_code, &case.exit)?;
    if let Some(stdout) = &case.stdout {
        same("standard output", &found.stdout, stdout)?;
    }
    if let Some(stderr) = &case.stderr {
        same("standard error", &found.stderr, stderr)?;
    }
    if let Some(json) = &case.json {
        let document: serde_json::Value =
            serde_json::from_str(&found.json).map_err(|error| error.to_string())?;
        same("JSON", &document, json)?;
    }
    same(
        "exit code with JSON",
        &found.exit_code,
        &case.json_exit.unwrap_or(found.exit_code),
    )
}

#[derive(Default)]
struct Arguments {
    selection: Selection,
    legacy: bool,
    all: bool,
    key: Option<String>,
    certificate: Option<String>,
    intermediates: Option<String>,
    roots: Option<String>,
}

fn parse(args: &[String]) -> Result<Arguments, String> {
    let mut parsed = Arguments::default();
    let mut args = args.iter().flat_map(|arg| match arg.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
        _ => vec![arg.clone()],
    });
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("`{arg}` needs a value"));
        let number = |text: String| text.parse::<u32>().map_err(|error| error.to_string());
        match arg.as_str() {
            "-l" | "--local" | "-j" | "--json" => {}
            "-a" | "--all" => parsed.all = true,
            "--legacy-insecure" => parsed.legacy = true,
            "-g" | "--group-id" | "--groupid" => parsed.selection.groups.push(number(value()?)?),
            "-i" | "--sif-id" | "--id" => parsed.selection.objects.push(number(value()?)?),
            "--key" => parsed.key = Some(value()?),
            "--certificate" => parsed.certificate = Some(value()?),
            "--certificate-intermediates" => parsed.intermediates = Some(value()?),
            "--certificate-roots" => parsed.roots = Some(value()?),
            other => return Err(format!("unknown argument `{other}`")),
        }
    }
    parsed.selection.mode = match (parsed.legacy, parsed.all) {
        (false, _) => Mode::Current,
        (true, false) => Mode::LegacyPrimary,
        (true, true) => Mode::LegacyAll,
    };
    Ok(parsed)
}

fn run_command(corpus: &Corpus, case: &CliCase) -> Result<Answer, String> {
    let arguments = parse(&case.args)?;
    let key_source = match (&arguments.certificate, &arguments.key) {
        (Some(path), _) => KeySource::Certificate(path.clone()),
        (None, Some(path)) => KeySource::Key(path.clone()),
        (None, None) => KeySource::OpenPgp,
    };
    let call = Call {
        dialect: match case.command.contains("singularity") {
            true => Dialect::Singularity,
            false => Dialect::Apptainer,
        },
        image: case.image.clone(),
        key_source,
    };
    let keys = match &call.key_source {
        KeySource::OpenPgp => openpgp(corpus, case)?,
        KeySource::Key(path) => match PublicKey::from_pem(&corpus.read(path)?) {
            Ok(key) => KeyMaterial {
                rings: Vec::new(),
                pem: vec![key],
            },
            Err(error) => return Ok(answer(&call, Found::NoKeys(&error.to_string()))),
        },
        KeySource::Certificate(path) => match certified(corpus, path, &arguments) {
            Ok(leaf) => KeyMaterial {
                rings: Vec::new(),
                pem: vec![leaf.public_key],
            },
            Err(error) => return Ok(answer(&call, Found::BadCertificate(&error, corpus.now))),
        },
    };
    let bytes = corpus.read(&case.image)?;
    let image = match Image::read(&bytes) {
        Ok(image) => image,
        Err(error) => return Ok(answer(&call, Found::NotLoaded(&error))),
    };
    let options = Options {
        now: corpus.now,
        ..Options::default()
    };
    let found = verify(
        &bytes,
        &image,
        &keys,
        &arguments.selection,
        &options,
        &Silent,
    )
    .map_err(|error| error.to_string())?;
    Ok(answer(
        &call,
        Found::Verified {
            image: &image,
            strict: &found.strict,
            keys: &keys,
        },
    ))
}

fn openpgp(corpus: &Corpus, case: &CliCase) -> Result<KeyMaterial, String> {
    let global = corpus.ring(RingName::Global, &case.global_keyring)?;
    let local = corpus.ring(RingName::Local, &case.keyring)?;
    Ok(KeyMaterial {
        rings: vec![global, local],
        pem: Vec::new(),
    })
}

fn certified(
    corpus: &Corpus,
    leaf: &str,
    arguments: &Arguments,
) -> Result<VerifiedLeaf, CertificateError> {
    let read = |path: &str| corpus.read(path).map_err(|_| CertificateError::NoPem);
    let pool = |path: &Option<String>| match path {
        Some(path) => X509Certificate::pool_from_pem(&read(path)?),
        None => Ok(Vec::new()),
    };
    let pools = CertificatePools {
        intermediates: pool(&arguments.intermediates)?,
        roots: pool(&arguments.roots)?,
    };
    verify_leaf(
        &X509Certificate::from_pem(&read(leaf)?)?,
        &pools,
        corpus.now,
    )
}
