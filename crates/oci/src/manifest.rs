//! Manifests: the one that a SIF file gets, and what is read of others.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{digest::Digest, registry::LibraryImage};

/// The media type of a manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of the configuration of a SIF file, which is empty.
pub const SIF_CONFIG: &str = "application/vnd.sylabs.sif.config.v1+json";
/// The media type of a SIF file.
pub const SIF_LAYER: &str = "application/vnd.sylabs.sif.layer.v1.sif";
/// What old command lines wrote instead, with its mistake.
const OLD_SIF_LAYER: &str = "appliciation/vnd.sylabs.sif.layer.tar";

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Manifests of before there were configurations. They have no layers that could be of another kind.
const OLD_DOCKER: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];
const TITLE: &str = "org.opencontainers.image.title";
const CREATED: &str = "org.opencontainers.image.created";

/// The empty configuration.
pub(crate) const CONFIG: &[u8] = b"{}";

/// All kinds of manifests that can be told apart.
pub(crate) const ACCEPTED: [&str; 4] = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST];

/// A manifest as it is written. The order of its members is that of the command line, so that the same file gets the same
/// digest from both.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    schema_version: u32,
    media_type: &'a str,
    config: WrittenDescriptor<'a>,
    layers: [WrittenDescriptor<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenDescriptor<'a> {
    media_type: &'a str,
    size: u64,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations<'a>>,
}

#[derive(Serialize)]
struct Annotations<'a> {
    #[serde(rename = "org.opencontainers.image.title")]
    title: &'a str,
}

/// The manifest of a SIF file with this digest and length; `title` is the name of the file.
pub(crate) fn of_sif(digest: Digest, size: u64, title: &str) -> Vec<u8> {
    let manifest = Written {
        schema_version: 2,
        media_type: MANIFEST,
        config: WrittenDescriptor {
            media_type: SIF_CONFIG,
            size: CONFIG.len() as u64,
            digest: Digest::of(CONFIG).to_string(),
            annotations: None,
        },
        layers: [WrittenDescriptor {
            media_type: SIF_LAYER,
            size,
            digest: digest.to_string(),
            annotations: Some(Annotations { title }),
        }],
    };
    // Texts and numbers can always be written.
    serde_json::to_vec(&manifest).unwrap_or_default()
}

/// The configuration of an image of a library. It is not that of an OCI image, for all its members.
#[derive(Serialize)]
struct LibraryConfig<'a> {
    architecture: &'a str,
    os: &'a str,
    rootfs: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    signed: bool,
    encrypted: bool,
}

/// The configuration by which a library knows the image with this digest.
pub(crate) fn library_config(digest: Digest, image: &LibraryImage<'_>) -> Vec<u8> {
    let config = LibraryConfig {
        architecture: image.architecture,
        os: "linux",
        rootfs: digest.to_string(),
        description: image.description,
        signed: image.is_signed,
        encrypted: image.is_encrypted,
    };
    // Texts can always be written.
    serde_json::to_vec(&config).unwrap_or_default()
}

/// The manifest of an image of a library. Its type is told by the request alone, as its own clients do.
pub(crate) fn of_library(digest: Digest, size: u64, config: &[u8]) -> Vec<u8> {
    let manifest = json!({
        "schemaVersion": 2,
        "config": {"mediaType": SIF_CONFIG, "digest": Digest::of(config).to_string(), "size": config.len()},
        "layers": [{"mediaType": SIF_LAYER, "digest": digest.to_string(), "size": size}],
    });
    manifest.to_string().into_bytes()
}

/// The index `before`, in which `architecture` leads to `manifest`. Entries for others stay as they are.
pub(crate) fn with_architecture(
    before: Option<&[u8]>,
    manifest: &[u8],
    architecture: &str,
) -> Vec<u8> {
    let before = before.and_then(|text| serde_json::from_slice::<Map<String, Value>>(text).ok());
    let mut index = before.unwrap_or_default();
    let is_another = |entry: &Value| {
        let platform = entry.get("platform");
        platform.and_then(|platform| platform.get("architecture")) != Some(&architecture.into())
    };
    let others = match index.remove("manifests") {
        Some(Value::Array(entries)) => entries.into_iter().filter(is_another).collect(),
        _ => Vec::new(),
    };
    let own = json!({
        "mediaType": MANIFEST,
        "digest": Digest::of(manifest).to_string(),
        "size": manifest.len(),
        "platform": {"architecture": architecture, "os": "linux"},
    });
    let entries = std::iter::once(own).chain(others).collect();
    index.insert("schemaVersion".into(), 2.into());
    index.insert("mediaType".into(), INDEX.into());
    index.insert("manifests".into(), Value::Array(entries));
    Value::Object(index).to_string().into_bytes()
}

/// A manifest or an index, as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Manifest {
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    annotations: Option<Texts>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    annotations: Option<Texts>,
    platform: Option<Platform>,
}

type Texts = std::collections::BTreeMap<String, Option<String>>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Platform {
    architecture: Option<String>,
    os: Option<String>,
}

/// What a manifest leads to.
#[derive(Debug)]
pub(crate) enum Content {
    /// One manifest for each architecture.
    Index(Vec<Descriptor>),
    /// A SIF file.
    Sif(Sif),
    /// An OCI image.
    OciImage,
    /// Something else, with its media type.
    Other(String),
    /// Nothing that can be read.
    Broken(&'static str),
}

/// The SIF file of a manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sif {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) title: Option<String>,
    pub(crate) created: Option<String>,
}

impl Manifest {
    /// What it leads to. `kind` is the type that the server gave it.
    pub(crate) fn content(self, kind: &str) -> Content {
        let own = self.media_type.as_deref().unwrap_or(kind);
        if OLD_DOCKER.contains(&own) {
            return Content::OciImage;
        }
        if matches!(own, INDEX | DOCKER_LIST) || self.manifests.is_some() {
            return Content::Index(self.manifests.unwrap_or_default());
        }
        let created = text(self.annotations.as_ref(), CREATED);
        let layers = self.layers.unwrap_or_default();
        let [layer] = layers.as_slice() else {
            return other_than_sif(self.config.as_ref(), &layers);
        };
        if !layer.is_sif() {
            return other_than_sif(self.config.as_ref(), &layers);
        }
        match layer.digest.parse() {
            Ok(digest) => Content::Sif(Sif {
                digest,
                size: layer.size,
                title: text(layer.annotations.as_ref(), TITLE),
                created,
            }),
            Err(_) => Content::Broken("a layer without a digest of a known kind"),
        }
    }
}

/// A layer of a file system makes it an OCI image, whatever else is in it.
fn other_than_sif(config: Option<&Descriptor>, layers: &[Descriptor]) -> Content {
    let config = config
        .map(|config| config.media_type.as_str())
        .unwrap_or_default();
    let is_image = |kind: &str| {
        kind.starts_with("application/vnd.oci.image.")
            || kind.starts_with("application/vnd.docker.")
            || kind.starts_with("application/vnd.sylabs.image.")
    };
    if is_image(config) || layers.iter().any(|layer| is_image(&layer.media_type)) {
        return Content::OciImage;
    }
    if layers.iter().any(|layer| layer.is_sif()) {
        // Which of them is meant nobody can say; the command lines refuse it too.
        return Content::Other(format!("{} layers in place of one", layers.len()));
    }
    let kinds = layers.iter().map(|layer| layer.media_type.as_str());
    let kind = kinds.chain([config]).find(|kind| !kind.is_empty());
    Content::Other(kind.unwrap_or("nothing").chars().take(100).collect())
}

fn text(annotations: Option<&Texts>, key: &str) -> Option<String> {
    annotations?
        .get(key)?
        .clone()
        .filter(|text| !text.is_empty())
}

impl Descriptor {
    fn is_sif(&self) -> bool {
        self.media_type == SIF_LAYER || self.media_type == OLD_SIF_LAYER
    }

    /// The architecture that it is for, where that is told.
    pub(crate) fn architecture(&self) -> Option<&str> {
        let platform = self.platform.as_ref()?;
        let is_real = platform.os.as_deref() != Some("unknown");
        platform
            .architecture
            .as_deref()
            .filter(|arch| is_real && !arch.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        serde_json::from_str::<Manifest>(text)
            .unwrap()
            .content(MANIFEST)
    }

    #[test]
    fn the_manifest_is_the_one_of_the_command_line() {
        let digest = "sha256:d13b48fdf171d7bd92c00b06ec9f8f8924d4b59db3b2b8b8030269222075662a";
        let manifest = of_sif(digest.parse().unwrap(), 306_224, "a.sif");
        assert_eq!(
            Digest::of(&manifest).to_string(),
            "sha256:05c5fe79f6bedf1411a12b5bbd3cb9cca86d536a3cb72581de1c4a594db94232"
        );
        let Content::Sif(sif) = content(&String::from_utf8(manifest).unwrap()) else {
            panic!("not a SIF file");
        };
        assert_eq!((sif.size, sif.title.as_deref()), (306_224, Some("a.sif")));
    }

    #[test]
    fn contents_are_told_apart() {
        let digest = Digest::of(CONFIG);
        let layer = |kind: &str| {
            format!(r#"{{"layers":[{{"mediaType":"{kind}","digest":"{digest}","size":2}}]}}"#)
        };
        assert!(matches!(content(&layer(SIF_LAYER)), Content::Sif(_)));
        assert!(matches!(content(&layer(OLD_SIF_LAYER)), Content::Sif(_)));
        assert!(matches!(
            content(&layer("application/vnd.oci.image.layer.v1.tar+gzip")),
            Content::OciImage
        ));
        assert!(
            matches!(content(&layer("text/plain")), Content::Other(kind) if kind == "text/plain")
        );
        assert!(matches!(content("{}"), Content::Other(kind) if kind == "nothing"));
        assert!(
            matches!(content(r#"{"manifests":[]}"#), Content::Index(entries) if entries.is_empty())
        );
        assert!(matches!(
            content(&format!(r#"{{"mediaType":"{INDEX}"}}"#)),
            Content::Index(_)
        ));
        let broken = r#"{"layers":[{"mediaType":"application/vnd.sylabs.sif.layer.v1.sif","digest":"md5:0","size":2}]}"#;
        assert!(matches!(content(broken), Content::Broken(_)));
        let two = layer(SIF_LAYER).replace(
            "\"layers\":[",
            &format!(
                "\"layers\":[{{\"mediaType\":\"{SIF_LAYER}\",\"digest\":\"{digest}\",\"size\":2}},"
            ),
        );
        assert!(
            matches!(content(&two), Content::Other(kind) if kind == "2 layers in place of one")
        );
        let old = serde_json::from_str::<Manifest>(r#"{"schemaVersion":1,"fsLayers":[]}"#).unwrap();
        assert!(matches!(old.content(OLD_DOCKER[1]), Content::OciImage));
        let tied = r#"{"annotations":null,"config":null,"layers":null,"manifests":null}"#;
        assert!(matches!(content(tied), Content::Other(_)));
    }
}
