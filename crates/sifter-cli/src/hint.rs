//! What to do next, in words of the command line: the common words speak of what a window shows.

use sifter_api::{ApiError, ErrorCode, error::text_of};

/// Returns the error with a hint that can be followed here. One that was made for its case stays.
pub(crate) fn in_words_of_the_command_line(error: ApiError) -> ApiError {
    let is_common = error.hint.as_deref() == Some(text_of(error.code).hint);
    match hint(error.code) {
        Some(hint) if is_common => error.with_hint(hint),
        _ => error,
    }
}

fn hint(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::FileMissing => "check the name of the file",
        ErrorCode::FileIsFolder => "name a file inside it",
        ErrorCode::AlreadySigned => "nothing needs to be done",
        ErrorCode::PartMissing => "see the numbers of the objects with `list`",
        ErrorCode::PlanOutdated => "something changed meanwhile; say it again",
        ErrorCode::KeyringDamaged => "keep its good keys with `key repair`",
        ErrorCode::KeyExpired => "extend it with `key extend`, or sign with another key",
        ErrorCode::KeychainMissing => {
            "start the keychain service, or give each command its token with --tokenfile"
        }
        ErrorCode::KeychainLocked => {
            "unlock the keychain, or give each command its token with --tokenfile"
        }
        ErrorCode::KeychainDenied => {
            "let the keychain admit this program, or give each command its token with --tokenfile"
        }
        ErrorCode::TokenMissing => "sign in with `remote login`, or give a token with --tokenfile",
        ErrorCode::TokenWrong => "copy the whole token again; the login before stays",
        ErrorCode::TokenExpired => {
            "get a new token from the remote's token page and sign in with `remote login`"
        }
        ErrorCode::NotFoundOrPrivate => {
            "check the name; if it is private, sign in with an account that may see it"
        }
        ErrorCode::TransportUnsupported => "look for the image in a library with `search`",
        ErrorCode::ArchMissing => "name another architecture with --arch",
        ErrorCode::ArchMismatch => "name the architecture of the image with --arch",
        ErrorCode::ProxyFailed => "check the variables HTTPS_PROXY and NO_PROXY, and the settings",
        ErrorCode::TlsIssuerUnknown => "let this system trust the authority of your site",
        ErrorCode::RemoteUnknown => "see `remote list`, or add it with `remote add`",
        ErrorCode::RemoteNameTaken => "choose another name; `remote list` shows those that exist",
        ErrorCode::RemoteFixed => "add one of your own with `remote add`",
        ErrorCode::LoginRefused => "give user and password again; the login before stays",
        ErrorCode::CloudInUse => "quit the other one, then try again",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_hints_are_put_into_other_words_and_special_ones_stay() {
        let common = in_words_of_the_command_line(ApiError::plain(ErrorCode::RemoteUnknown));
        assert!(common.hint.unwrap_or_default().contains("remote list"));
        let special = ApiError::plain(ErrorCode::RemoteUnknown).with_hint("ask Anna");
        let special = in_words_of_the_command_line(special);
        assert_eq!(special.hint.as_deref(), Some("ask Anna"));
        let other = in_words_of_the_command_line(ApiError::plain(ErrorCode::DiskFull));
        assert_eq!(other, ApiError::plain(ErrorCode::DiskFull));
    }

    #[test]
    fn no_hint_speaks_of_what_only_a_window_has() {
        for text in sifter_api::error::TEXTS {
            let told = in_words_of_the_command_line(ApiError::plain(text.code));
            let hint = told.hint.unwrap_or_default();
            for word in [
                "the list",
                "Settings",
                "click",
                "add the folder",
                "reload",
                "Sifter quits",
            ] {
                assert!(!hint.contains(word), "{:?}: `{hint}`", text.code);
            }
        }
    }
}
