//! What a file that is not an image seems to be, from its first bytes.
//!
//! Only for a helpful message; nothing is decided by it.

use std::fmt;

/// A kind of file that people take for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LooksLike {
    /// No bytes at all.
    Empty,
    /// Zeros only: often a download that was reserved and never filled.
    Zeros,
    /// gzip.
    Gzip,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// bzip2.
    Bzip2,
    /// A tar archive.
    Tar,
    /// A tar archive in the OCI image layout.
    OciArchive,
    /// A tar archive as `docker save` makes it.
    DockerArchive,
    /// A squashfs file system without a container around it.
    Squashfs,
    /// An ext2, ext3 or ext4 file system.
    Ext,
    /// A LUKS volume.
    Luks,
    /// A program.
    Elf,
    /// A Windows program.
    WindowsProgram,
    /// A ZIP archive.
    Zip,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A PDF document.
    Pdf,
    /// An OpenPGP public key in text form.
    OpenPgpPublicKey,
    /// An OpenPGP secret key in text form.
    OpenPgpSecretKey,
    /// A signed message or a signature in text form.
    OpenPgpSignature,
    /// A key or certificate in PEM form.
    Pem,
    /// JSON.
    Json,
    /// A web page: often the log-in or error page that came instead of a download.
    Html,
    /// A script.
    Script,
    /// A definition file to build an image from.
    DefinitionFile,
    /// Other text.
    Text,
    /// A SIF image whose magic word is damaged or sits at another place.
    DamagedImage,
}

/// Returns what the first bytes of a file (2048 are enough) seem to be; `None` for no idea.
#[must_use]
pub fn sniff(start: &[u8]) -> Option<LooksLike> {
    if start.is_empty() {
        return Some(LooksLike::Empty);
    }
    by_magic(start)
        .or_else(|| tar(start))
        .or_else(|| {
            start
                .iter()
                .all(|byte| *byte == 0)
                .then_some(LooksLike::Zeros)
        })
        .or_else(|| text(start))
}

fn by_magic(start: &[u8]) -> Option<LooksLike> {
    const MAGICS: &[(usize, &[u8], LooksLike)] = &[
        (0, b"\x1f\x8b", LooksLike::Gzip),
        (0, b"\xfd7zXZ\0", LooksLike::Xz),
        (0, b"\x28\xb5\x2f\xfd", LooksLike::Zstd),
        (0, b"BZh", LooksLike::Bzip2),
        (0, b"hsqs", LooksLike::Squashfs),
        (0, b"sqsh", LooksLike::Squashfs),
        (0, b"LUKS\xba\xbe", LooksLike::Luks),
        (0, b"\x7fELF", LooksLike::Elf),
        (0, b"PK\x03\x04", LooksLike::Zip),
        (0, b"PK\x05\x06", LooksLike::Zip),
        (0, b"\x89PNG\r\n\x1a\n", LooksLike::Png),
        (0, b"\xff\xd8\xff", LooksLike::Jpeg),
        (0, b"%PDF-", LooksLike::Pdf),
        (0, b"MZ", LooksLike::WindowsProgram),
        (1080, b"\x53\xef", LooksLike::Ext),
        (32, b"SIF_MAGI", LooksLike::DamagedImage),
    ];
    let at = |offset: usize, magic: &[u8]| {
        start
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    MAGICS
        .iter()
        .find(|(offset, magic, _)| at(*offset, magic))
        .map(|(.., kind)| *kind)
}

/// Tells the archives of containers apart by the names of their first entries.
fn tar(start: &[u8]) -> Option<LooksLike> {
    if start.get(257..262)? != b"ustar" {
        return None;
    }
    let names: Vec<&[u8]> = start.chunks(512).map(entry_name).collect();
    let any = |test: fn(&[u8]) -> bool| names.iter().any(|name| test(name));
    if any(|name| name == b"oci-layout" || name == b"index.json" || name.starts_with(b"blobs/")) {
        return Some(LooksLike::OciArchive);
    }
    if any(|name| {
        name == b"manifest.json"
            || name == b"repositories"
            || name.len() >= 64 && name[..64].iter().all(u8::is_ascii_hexdigit)
    }) {
        return Some(LooksLike::DockerArchive);
    }
    Some(LooksLike::Tar)
}

fn entry_name(block: &[u8]) -> &[u8] {
    let name = block.get(..100).unwrap_or(block);
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    name.strip_prefix(b"./").unwrap_or(name)
}

fn text(start: &[u8]) -> Option<LooksLike> {
    let text = as_text(start)?.trim_start_matches('\u{feff}').trim_start();
    const STARTS: &[(&str, LooksLike)] = &[
        ("-----BEGIN PGP PUBLIC KEY", LooksLike::OpenPgpPublicKey),
        ("-----BEGIN PGP PRIVATE KEY", LooksLike::OpenPgpSecretKey),
        ("-----BEGIN PGP", LooksLike::OpenPgpSignature),
        ("-----BEGIN ", LooksLike::Pem),
        ("#!", LooksLike::Script),
        ("{", LooksLike::Json),
        ("[{", LooksLike::Json),
    ];
    if let Some((_, kind)) = STARTS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return Some(*kind);
    }
    let lower: String = text.chars().take(64).flat_map(char::to_lowercase).collect();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Some(LooksLike::Html);
    }
    let is_bootstrap = |line: &str| line.trim_start().to_lowercase().starts_with("bootstrap:");
    if text.lines().take(50).any(is_bootstrap) {
        return Some(LooksLike::DefinitionFile);
    }
    Some(LooksLike::Text)
}

/// Returns the bytes as text if they are UTF-8 (a character cut off at the end is fine) without NUL or
/// other control characters that text does not have.
fn as_text(start: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}');
    (!text.is_empty() && !text.contains(odd)).then_some(text)
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Zeros => "a file of zeros",
            Self::Gzip => "gzip data",
            Self::Xz => "xz data",
            Self::Zstd => "Zstandard data",
            Self::Bzip2 => "bzip2 data",
            Self::Tar => "a tar archive",
            Self::OciArchive => "an OCI archive",
            Self::DockerArchive => "an archive made by `docker save`",
            Self::Squashfs => "a squashfs file system without its container",
            Self::Ext => "an ext file system without its container",
            Self::Luks => "an encrypted LUKS volume",
            Self::Elf => "a program",
            Self::WindowsProgram => "a Windows program",
            Self::Zip => "a ZIP archive",
            Self::Png => "a PNG picture",
            Self::Jpeg => "a JPEG picture",
            Self::Pdf => "a PDF document",
            Self::OpenPgpPublicKey => "an OpenPGP public key",
            Self::OpenPgpSecretKey => "an OpenPGP secret key",
            Self::OpenPgpSignature => "an OpenPGP message or signature",
            Self::Pem => "a key or certificate in PEM form",
            Self::Json => "JSON text",
            Self::Html => "a web page",
            Self::Script => "a script",
            Self::DefinitionFile => "a definition file",
            Self::Text => "text",
            Self::DamagedImage => "a damaged SIF image",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_with(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            let mut block = [0_u8; 512];
            block[..name.len()].copy_from_slice(name.as_bytes());
            block[257..262].copy_from_slice(b"ustar");
            bytes.extend(block);
        }
        bytes
    }

    #[test]
    fn names_common_files() {
        let mut ext = vec![0; 2048];
        ext[1080..1082].copy_from_slice(b"\x53\xef");
        let cases: Vec<(Vec<u8>, Option<LooksLike>)> = vec![
            (vec![], Some(LooksLike::Empty)),
            (vec![0; 600], Some(LooksLike::Zeros)),
            (b"\x1f\x8b\x08\0".to_vec(), Some(LooksLike::Gzip)),
            (b"hsqs\x01\0".to_vec(), Some(LooksLike::Squashfs)),
            (ext, Some(LooksLike::Ext)),
            (b"\x7fELF\x02".to_vec(), Some(LooksLike::Elf)),
            (b"\x89PNG\r\n\x1a\n\0".to_vec(), Some(LooksLike::Png)),
            (b"PK\x03\x04\x14".to_vec(), Some(LooksLike::Zip)),
            (b"%PDF-1.7".to_vec(), Some(LooksLike::Pdf)),
            (b" {\"a\": 1}".to_vec(), Some(LooksLike::Json)),
            (b"<!DOCTYPE HTML><p>".to_vec(), Some(LooksLike::Html)),
            (b"#!/bin/sh\n".to_vec(), Some(LooksLike::Script)),
            (
                b"# x\nBootstrap: docker\nFrom: a".to_vec(),
                Some(LooksLike::DefinitionFile),
            ),
            (b"hello \xc3".to_vec(), Some(LooksLike::Text)),
            (b"hello \xc3\x28 there".to_vec(), None),
            (b"\x01\x02\x03".to_vec(), None),
            (
                b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n".to_vec(),
                Some(LooksLike::OpenPgpPublicKey),
            ),
            (
                b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n".to_vec(),
                Some(LooksLike::OpenPgpSecretKey),
            ),
            (
                b"-----BEGIN CERTIFICATE-----\n".to_vec(),
                Some(LooksLike::Pem),
            ),
            (tar_with(&["etc/passwd"]), Some(LooksLike::Tar)),
            (tar_with(&["./blobs/sha256/0"]), Some(LooksLike::OciArchive)),
            (
                tar_with(&["x", "manifest.json"]),
                Some(LooksLike::DockerArchive),
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(
                sniff(&bytes),
                expected,
                "{}",
                bytes[..bytes.len().min(40)].escape_ascii()
            );
        }
    }
}
