//! The numbered kinds of the format: data types, file systems, partition types, hash types,
//! message and bill-of-materials formats, and the two-digit architectures.
//!
//! Every enumeration has an `Other` arm, so that a value that nobody has named yet survives reading
//! and writing.

use std::fmt;

macro_rules! codes {
    (
        $(#[$doc:meta])*
        $name:ident, unknown = $unknown:literal {
            $( $(#[$variant_doc:meta])* $variant:ident = $code:literal, $text:literal; )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )*
            /// A value without a name; kept as it is.
            Other(i32),
        }

        impl $name {
            /// All named values, in the order of their codes.
            pub const NAMED: &'static [Self] = &[$( Self::$variant, )*];

            /// Returns the kind for the code as it stands in a file.
            #[must_use]
            pub fn from_code(code: i32) -> Self {
                match code {
                    $( $code => Self::$variant, )*
                    other => Self::Other(other),
                }
            }

            /// Returns the code as it stands in a file.
            #[must_use]
            pub fn code(self) -> i32 {
                match self {
                    $( Self::$variant => $code, )*
                    Self::Other(code) => code,
                }
            }

            /// Returns the name that `siftool` prints.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Other(_) => $unknown,
                }
            }

            /// Tells whether the value has a name.
            #[must_use]
            pub fn is_known(self) -> bool {
                !matches!(self, Self::Other(_))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

codes! {
    /// What an object holds.
    DataType, unknown = "Unknown" {
        /// A definition file.
        DefinitionFile = 0x4001, "Def.FILE";
        /// Environment variables.
        EnvironmentVariables = 0x4002, "Env.Vars";
        /// Labels, as JSON.
        Labels = 0x4003, "JSON.Labels";
        /// A file system.
        Partition = 0x4004, "FS";
        /// A signature over a group or an object.
        Signature = 0x4005, "Signature";
        /// JSON metadata.
        GenericJson = 0x4006, "JSON.Generic";
        /// Bytes of any kind.
        Generic = 0x4007, "Generic/Raw";
        /// A cryptographic message, such as the key of an encrypted partition.
        CryptographicMessage = 0x4008, "Cryptographic Message";
        /// A software bill of materials.
        Sbom = 0x4009, "SBOM";
        /// The root index of an OCI image.
        OciRootIndex = 0x400A, "OCI.RootIndex";
        /// A blob of an OCI image.
        OciBlob = 0x400B, "OCI.Blob";
    }
}

codes! {
    /// The file system inside a partition.
    FileSystem, unknown = "Unknown" {
        /// squashfs.
        Squashfs = 1, "Squashfs";
        /// ext3.
        Ext3 = 2, "Ext3";
        /// An immutable object archive.
        ImmutableObjects = 3, "Archive";
        /// No known structure.
        Raw = 4, "Raw";
        /// A LUKS2 volume that holds squashfs.
        EncryptedSquashfs = 5, "Encrypted squashfs";
        /// squashfs encrypted by gocryptfs; written by Apptainer only.
        GocryptfsSquashfs = 6, "Gocryptfs squashfs";
    }
}

codes! {
    /// What a partition is for.
    PartitionType, unknown = "Unknown" {
        /// A root file system that is not the one to run.
        System = 1, "System";
        /// The root file system to run; at most one in an image.
        PrimarySystem = 2, "*System";
        /// Data.
        Data = 3, "Data";
        /// A writable overlay.
        Overlay = 4, "Overlay";
    }
}

codes! {
    /// The digest algorithm that a signature's descriptor names.
    HashType, unknown = "Unknown" {
        /// SHA-256.
        Sha256 = 1, "SHA-256";
        /// SHA-384.
        Sha384 = 2, "SHA-384";
        /// SHA-512.
        Sha512 = 3, "SHA-512";
        /// BLAKE2s-256.
        Blake2s256 = 4, "BLAKE2s-256";
        /// BLAKE2b-256.
        Blake2b256 = 5, "BLAKE2b-256";
    }
}

codes! {
    /// The form of a cryptographic message.
    MessageFormat, unknown = "Unknown" {
        /// OpenPGP.
        OpenPgp = 1, "OpenPGP";
        /// PEM.
        Pem = 2, "PEM";
    }
}

codes! {
    /// What a cryptographic message is.
    MessageType, unknown = "Unknown" {
        /// A clear-signed text.
        ClearSignature = 0x100, "Clear Signature";
        /// A secret encrypted with RSA-OAEP.
        RsaOaep = 0x200, "RSA-OAEP";
    }
}

codes! {
    /// The form of a software bill of materials.
    SbomFormat, unknown = "unknown" {
        /// CycloneDX as JSON.
        CycloneDxJson = 1, "cyclonedx-json";
        /// CycloneDX as XML.
        CycloneDxXml = 2, "cyclonedx-xml";
        /// GitHub's JSON.
        GithubJson = 3, "github-json";
        /// SPDX as JSON.
        SpdxJson = 4, "spdx-json";
        /// SPDX as RDF.
        SpdxRdf = 5, "spdx-rdf";
        /// SPDX as tags and values.
        SpdxTagValue = 6, "spdx-tag-value";
        /// SPDX as YAML.
        SpdxYaml = 7, "spdx-yaml";
        /// Syft's JSON.
        SyftJson = 8, "syft-json";
    }
}

/// A processor architecture: two digits and a NUL in the file, Go's names outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Architecture([u8; 3]);

/// The names of the architectures; the position is the number in the file.
const ARCHITECTURES: [&str; 14] = [
    "unknown", "386", "amd64", "arm", "arm64", "ppc64", "ppc64le", "mips", "mipsle", "mips64",
    "mips64le", "s390x", "riscv64", "loong64",
];

impl Architecture {
    /// No architecture, or one that nobody named: `00`.
    pub const UNKNOWN: Self = Self(*b"00\0");

    /// Returns the architecture for the three bytes as they stand in a file.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// Returns the architecture of Go's name, `None` for a name outside the list (`unknown` too).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let number = ARCHITECTURES
            .iter()
            .skip(1)
            .position(|known| *known == name)?
            + 1;
        let digits = u8::try_from(number).ok()?;
        Some(Self([b'0' + digits / 10, b'0' + digits % 10, 0]))
    }

    /// Returns the three bytes as they stand in a file.
    #[must_use]
    pub const fn bytes(self) -> [u8; 3] {
        self.0
    }

    /// Returns Go's name; `unknown` for `00` and for every code outside the list.
    #[must_use]
    pub fn name(self) -> &'static str {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', 0] = self.0 else {
            return ARCHITECTURES[0];
        };
        let number = usize::from(tens - b'0') * 10 + usize::from(ones - b'0');
        ARCHITECTURES
            .get(number)
            .copied()
            .unwrap_or(ARCHITECTURES[0])
    }

    /// Tells whether the code names an architecture.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.name() != ARCHITECTURES[0]
    }

    /// Returns the names of all architectures that a partition may have.
    #[must_use]
    pub fn names() -> &'static [&'static str] {
        &ARCHITECTURES[1..]
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_both_ways() {
        for code in [
            -1,
            0,
            1,
            6,
            0x4000,
            0x4001,
            0x400B,
            0x400C,
            i32::MAX,
            i32::MIN,
        ] {
            assert_eq!(DataType::from_code(code).code(), code);
            assert_eq!(FileSystem::from_code(code).code(), code);
            assert_eq!(SbomFormat::from_code(code).code(), code);
        }
        assert_eq!(DataType::from_code(0x400C).name(), "Unknown");
        assert_eq!(SbomFormat::from_code(0).name(), "unknown");
        assert_eq!(DataType::NAMED.len(), 11);
    }

    #[test]
    fn architectures_by_name_and_bytes() {
        for (bytes, name) in [(b"01\0", "386"), (b"02\0", "amd64"), (b"13\0", "loong64")] {
            assert_eq!(Architecture::from_name(name), Some(Architecture(*bytes)));
            assert_eq!(Architecture(*bytes).name(), name);
        }
        for bytes in [
            b"00\0",
            b"14\0",
            b"020",
            b"\0\0\0",
            b"2\0\0",
            b"\xff\xff\xff",
        ] {
            assert_eq!(Architecture(*bytes).name(), "unknown");
        }
        assert_eq!(Architecture::from_name("unknown"), None);
        assert_eq!(Architecture::from_name("AMD64"), None);
    }
}
