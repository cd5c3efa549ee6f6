//! The words of each code: what it says when nothing more exact is known, what to do next, and whether trying again
//! may help. A front end that translates keys its own catalogue by the code.

use super::ErrorCode::{self, *};

/// The words of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// The case.
    pub code: ErrorCode,
    /// What happened, when nothing more exact is known.
    pub message: &'static str,
    /// What to do next.
    pub hint: &'static str,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

const fn text(code: ErrorCode, message: &'static str, hint: &'static str) -> ErrorText {
    ErrorText {
        code,
        message,
        hint,
        retryable: false,
    }
}

const fn again(code: ErrorCode, message: &'static str, hint: &'static str) -> ErrorText {
    ErrorText {
        code,
        message,
        hint,
        retryable: true,
    }
}

/// Every code with its words.
pub const TEXTS: &[ErrorText] = &[
    text(
        NotSif,
        "not a SIF image",
        "check that this is the file you meant, or get it again",
    ),
    text(
        FileEmpty,
        "the file is empty",
        "get the image again; the download or copy did not finish",
    ),
    text(
        SifTruncated,
        "the image ends too early",
        "get the image again; the download or copy was cut off",
    ),
    text(
        SifMalformed,
        "the structure of the image is damaged",
        "get the image again from where it came; do not run this one",
    ),
    text(
        SifUnsupported,
        "this form of SIF is not known to this version",
        "look for a newer version of Sifter",
    ),
    again(
        FileMissing,
        "the file is not there",
        "locate the file, or remove it from the list",
    ),
    text(
        FileIsFolder,
        "this is a folder, not an image",
        "open an image inside it, or add the folder to Images",
    ),
    text(
        FileIsSpecial,
        "this is a pipe, socket or device, not a file",
        "save its content to a file and open that",
    ),
    again(
        FileNotReadable,
        "reading the file is not permitted",
        "ask its owner for permission to read, or copy it to a folder of yours",
    ),
    again(
        FileNotWritable,
        "writing is not permitted here",
        "sign a copy in a folder of yours, or ask the owner for permission to write",
    ),
    again(
        FileChanged,
        "the file changed while it was read",
        "wait until the other program has finished, then try again",
    ),
    again(
        FileLocked,
        "another program is changing the file",
        "wait until the other program has finished, then try again",
    ),
    text(
        LinkLoop,
        "the link leads back to itself",
        "open the file that the link was meant for",
    ),
    text(
        PathTooLong,
        "the name or path is too long",
        "move the file to a folder with a shorter path",
    ),
    text(
        FileExists,
        "a file of that name is there already",
        "choose another name",
    ),
    again(
        DiskFull,
        "no space is left on the disk",
        "make room on the disk, then try again; the file was left as it was",
    ),
    again(
        Io,
        "the disk reported an error",
        "check the disk or the network drive, then try again",
    ),
    text(
        NoCapacity,
        "the image has no room for another signature",
        "sign a newly built copy; this image's table of parts is full",
    ),
    text(
        ImageTampered,
        "the image is not what was signed",
        "get the image again; Sifter does not sign over a contradiction",
    ),
    text(
        AlreadySigned,
        "this key has signed the image already",
        "nothing needs to be done, or confirm to sign again",
    ),
    text(
        PartMissing,
        "the image has no such part",
        "reload the image; it may have changed",
    ),
    again(
        PlanOutdated,
        "something changed since this was planned",
        "look at the new plan, then run it",
    ),
    text(
        HandleUnknown,
        "this is not known any more",
        "go back and choose it again",
    ),
    again(
        WrongPassphrase,
        "wrong passphrase",
        "try again; check caps lock and the keyboard layout",
    ),
    again(
        PassphraseNeeded,
        "the key is locked",
        "enter the passphrase of the key",
    ),
    text(
        KeyMissing,
        "the key is not on this computer",
        "import the key, or ask its owner for it",
    ),
    text(
        NoSecretKey,
        "only the public part of the key is on this computer",
        "sign with a key of your own, or import the secret part",
    ),
    text(
        KeyExpired,
        "the key has expired",
        "extend its expiry, or sign with another key",
    ),
    text(KeyRevoked, "the key was revoked", "sign with another key"),
    text(
        KeyNotForSigning,
        "the key is not meant for signing",
        "choose a key that may sign",
    ),
    text(
        KeyMalformed,
        "the key cannot be read",
        "export the key again where it came from",
    ),
    text(
        NoKeyInFile,
        "no key was found",
        "choose a file with an OpenPGP key, for example one that ends in .asc",
    ),
    text(
        KeyNameNotAllowed,
        "a key's name, mail and comment cannot hold <, >, ( or )",
        "remove these characters",
    ),
    text(
        KeyringDamaged,
        "the keyring file is damaged",
        "repair it; the damaged file is kept as a backup",
    ),
    again(
        KeyringNotReadable,
        "the keyring cannot be read",
        "give yourself permission to read the keyring folder and the files in it",
    ),
    again(
        KeyringNotWritable,
        "the keyring cannot be written",
        "give yourself permission to write in the keyring folder, or make room on the disk",
    ),
    again(
        KeyringBusy,
        "another program keeps changing the keyring",
        "wait until it has finished, then try again",
    ),
    text(
        PemMalformed,
        "the PEM text cannot be read",
        "choose a file with a PEM key or certificate, unchanged",
    ),
    text(
        CertificateRefused,
        "the certificate chain does not hold",
        "check the root and intermediate certificates and their dates",
    ),
    again(
        GnupgFailed,
        "GnuPG did not answer",
        "install GnuPG, or export the key there and import the file",
    ),
    again(
        KeychainMissing,
        "no keychain service runs on this computer",
        "keep the passphrase until Sifter quits, or start the keychain service and try again",
    ),
    again(
        KeychainLocked,
        "the keychain is locked",
        "unlock the keychain, or keep the passphrase until Sifter quits",
    ),
    again(
        KeychainDenied,
        "the keychain refused",
        "allow Sifter in the keychain's settings, or keep the passphrase until Sifter quits",
    ),
    text(
        SettingLocked,
        "this setting is set by your administrator",
        "ask your administrator",
    ),
    text(
        StateReplaced,
        "a file of Sifter's own was damaged and is new",
        "open your images again; the damaged file is kept",
    ),
    text(
        InputInvalid,
        "the input is not of the expected form",
        "correct the input",
    ),
    text(
        FingerprintMismatch,
        "the fingerprint is not that of the key",
        "compare again with what the key's owner gave you; do not trust the key",
    ),
    text(
        TokenMissing,
        "this needs a login",
        "sign in at this remote, then try again",
    ),
    text(
        TokenWrong,
        "the token is not accepted",
        "copy the whole token from the token page again; the login before stays",
    ),
    text(
        TokenExpired,
        "the login has expired",
        "get a new token from the remote's token page and sign in again",
    ),
    text(
        Forbidden,
        "the account may not do this",
        "ask the owner for access, or use a place of your own",
    ),
    text(
        NotFoundOrPrivate,
        "it does not exist, or it is private",
        "check the name; if it is private, sign in with an account that may see it",
    ),
    text(
        LibraryReadOnly,
        "the container is read-only",
        "push to another container, or ask its owner to open it",
    ),
    text(
        QuotaExceeded,
        "the account has no room left",
        "delete images there, or ask for more room",
    ),
    text(
        NameNotAllowed,
        "the name is not allowed",
        "use lower-case letters, digits, dots, dashes and underscores",
    ),
    text(
        ReferenceInvalid,
        "this is no reference to an image",
        "write it like library://owner/collection/container:tag",
    ),
    text(
        AddressNeeded,
        "the whole address was not kept",
        "paste the address again; what arrived already is used",
    ),
    text(
        TransportUnsupported,
        "images of this kind cannot be pulled here",
        "look for the image in a library",
    ),
    text(
        ArchMissing,
        "there is no image for this architecture",
        "choose one of the architectures that the library has",
    ),
    text(
        ArchMismatch,
        "the image is for another architecture",
        "choose the architecture of the image",
    ),
    again(
        Offline,
        "this computer has no network connection",
        "connect to a network; everything on this computer works without",
    ),
    again(
        HostUnknown,
        "no server of this name is known",
        "check the name and the network",
    ),
    again(
        ServerUnreachable,
        "the server does not answer",
        "check that the server runs and that no firewall is between",
    ),
    again(
        ProxyFailed,
        "the proxy did not let the request through",
        "check the proxy in Settings, Transfers",
    ),
    text(
        TlsNameWrong,
        "the server's certificate is for another name",
        "check the address; somebody may be in between",
    ),
    text(
        TlsIssuerUnknown,
        "the server's certificate is from an unknown authority",
        "add the authority of your site in Settings, Transfers",
    ),
    text(
        TlsFailed,
        "a secure connection could not be made",
        "check the address, and whether the server speaks https",
    ),
    text(
        ClockWrong,
        "the server's certificate is out of date, or this computer's clock is wrong",
        "check the date of this computer, then ask the server's administrator",
    ),
    again(
        ServerFailed,
        "the server failed",
        "try again later; nothing was changed here",
    ),
    again(
        RateLimited,
        "the server asks to wait",
        "wait a while, then try again",
    ),
    text(
        ServerAnswerInvalid,
        "the server's answer makes no sense",
        "check that the address leads to the right service",
    ),
    again(
        DigestMismatch,
        "the bytes that arrived are not those that were announced",
        "pull again; the file was not kept",
    ),
    text(
        ServiceMissing,
        "the remote does not offer this",
        "use another remote",
    ),
    text(
        RemoteUnknown,
        "no remote of this name is known",
        "choose a remote from the list",
    ),
    text(
        RemoteNameTaken,
        "a remote of this name exists",
        "choose another name",
    ),
    text(
        RemoteFixed,
        "this remote cannot be changed",
        "add a remote of your own",
    ),
    text(
        RemoteExclusive,
        "the administrator allows only one remote",
        "use that remote, or ask the administrator",
    ),
    text(
        RemoteFileDamaged,
        "the list of remotes cannot be read",
        "mend the file as the message says; nothing is written to it until then",
    ),
    text(
        LoginRefused,
        "user or password is wrong",
        "type them again; the login before stays",
    ),
    again(
        CloudInUse,
        "another Sifter uses the library of this computer",
        "close the other one, then try again",
    ),
    again(Cancelled, "cancelled", "start it again when you want"),
    text(
        Internal,
        "a defect of Sifter",
        "copy the details and report them",
    ),
];

/// Returns the words of `code`.
#[must_use]
pub fn text_of(code: ErrorCode) -> ErrorText {
    TEXTS
        .iter()
        .find(|text| text.code == code)
        .copied()
        .unwrap_or(ErrorText {
            code,
            message: "a defect of Sifter",
            hint: "copy the details and report them",
            retryable: false,
        })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// No arm may be forgotten here: the compiler asks for it.
    fn place(code: ErrorCode) -> usize {
        TEXTS
            .iter()
            .position(|text| text.code == code)
            .unwrap_or(usize::MAX)
    }

    #[test]
    fn every_code_has_its_words_once() {
        let last = Internal as usize;
        let seen: HashSet<_> = TEXTS.iter().map(|text| text.code as usize).collect();
        assert_eq!(seen, (0..=last).collect(), "each code stands in the table");
        assert_eq!(TEXTS.len(), last + 1, "and only once");
        for text in TEXTS {
            assert_eq!(TEXTS[place(text.code)], *text);
            for words in [text.message, text.hint] {
                assert!(
                    !words.is_empty() && !words.ends_with('.'),
                    "{:?}: `{words}`",
                    text.code
                );
                let first = words.chars().next().unwrap_or_default();
                let proper = words.starts_with("GnuPG") || words.starts_with("Sifter");
                assert!(first.is_lowercase() || proper, "{:?}: `{words}`", text.code);
            }
        }
    }
}
