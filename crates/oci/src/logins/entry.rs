//! One login as `docker-config.json` has it.

use base64::{
    Engine,
    alphabet::STANDARD as ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::members::{Members, text_value};
use crate::login::Login;

/// Some programs leave the padding out.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The members that say who one is. All go when a new login takes the place.
const LOGIN_MEMBERS: [&str; 5] = [
    "auth",
    "username",
    "password",
    "identitytoken",
    "registrytoken",
];

/// The login of an entry; none if it has none.
pub(super) fn read(entry: &RawValue) -> Option<Login> {
    let members = Members::read(entry.get())?;
    if let Some(token) = members.text("registrytoken") {
        return Some(Login::Bearer(token.into()));
    }
    if let Some(token) = members.text("identitytoken") {
        return Some(Login::Identity(token.into()));
    }
    let (user, password) = match members.text("auth") {
        Some(packed) => unpack(&packed)?,
        None => (members.text("username")?, members.text("password")?.into()),
    };
    Some(Login::Password { user, password })
}

/// The name of an entry; none if it has none or is kept by a token.
pub(super) fn user(entry: &RawValue) -> Option<String> {
    match read(entry)? {
        Login::Password { user, .. } => Some(user),
        Login::Identity(_) | Login::Bearer(_) => None,
    }
}

fn unpack(packed: &str) -> Option<(String, SecretString)> {
    let bytes = Zeroizing::new(TOLERANT.decode(packed.trim()).ok()?);
    let text = std::str::from_utf8(&bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    // Old versions of the command lines padded with zeros.
    let password = password.trim_matches('\0');
    let is_whole = !user.is_empty() && !password.is_empty();
    is_whole.then(|| (user.to_owned(), password.to_owned().into()))
}

/// The entry `old`, or a new one, with this login in it. Other members stay.
pub(super) fn with(old: Option<&RawValue>, login: &Login) -> Option<Box<RawValue>> {
    let mut members = old
        .and_then(|old| Members::read(old.get()))
        .unwrap_or_default();
    for name in LOGIN_MEMBERS {
        members.remove(name);
    }
    match login {
        Login::Password { user, password } => {
            let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
            let packed = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
            members.set("auth", text_value(&packed)?);
        }
        Login::Identity(token) => {
            members.set("identitytoken", text_value(token.expose_secret())?);
        }
        Login::Bearer(token) => members.set("registrytoken", text_value(token.expose_secret())?),
    }
    members.value(2)
}

/// The entry without its login.
pub(super) fn without(old: Option<&RawValue>) -> Option<Box<RawValue>> {
    let mut members = old
        .and_then(|old| Members::read(old.get()))
        .unwrap_or_default();
    for name in LOGIN_MEMBERS {
        members.remove(name);
    }
    members.value(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let entry: Box<RawValue> = serde_json::from_str(text).unwrap();
        match read(&entry) {
            None => "none".into(),
            Some(Login::Password { user, password }) => {
                format!("{user}/{}", password.expose_secret())
            }
            Some(Login::Identity(token)) => format!("identity {}", token.expose_secret()),
            Some(Login::Bearer(token)) => format!("bearer {}", token.expose_secret()),
        }
    }

    #[test]
    fn entries_are_read() {
        let cases: &[(&str, &str)] = &[
            (r#"{"auth":"YW5uYTpvcGVuOnNlc2FtZQ=="}"#, "anna/open:sesame"),
            (r#"{"auth":"YW5uYTpvcGVuOnNlc2FtZQ"}"#, "anna/open:sesame"),
            (r#"{"username":"anna","password":"x"}"#, "anna/x"),
            (r#"{"auth":"YW5uYTo=","identitytoken":"t"}"#, "identity t"),
            (r#"{"registrytoken":"t"}"#, "bearer t"),
            (r#"{"auth":"YW5uYQ=="}"#, "none"),
            (r#"{"auth":"***"}"#, "none"),
            (r#"{"auth":7}"#, "none"),
            ("{}", "none"),
            ("null", "none"),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_new_login_takes_the_place_of_all_others() {
        let old: Box<RawValue> =
            serde_json::from_str(r#"{"email":"a@b.example","auth":"eA==","identitytoken":"t"}"#)
                .unwrap();
        let login = Login::Password {
            user: "anna".into(),
            password: "x".to_owned().into(),
        };
        let new = with(Some(&old), &login).unwrap();
        assert_eq!(
            new.get(),
            "{\n\t\t\t\"email\": \"a@b.example\",\n\t\t\t\"auth\": \"YW5uYTp4\"\n\t\t}"
        );
        for login in [
            Login::Identity("t".to_owned().into()),
            Login::Bearer("t".to_owned().into()),
        ] {
            let entry = with(Some(&new), &login).unwrap();
            assert_eq!(format!("{:?}", read(&entry)), format!("{:?}", Some(login)));
            assert!(!entry.get().contains("YW5uYTp4"));
        }
        assert_eq!(
            without(Some(&new)).unwrap().get(),
            "{\n\t\t\t\"email\": \"a@b.example\"\n\t\t}"
        );
    }
}
