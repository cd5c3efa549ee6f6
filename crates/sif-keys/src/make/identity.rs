//! The name that a key carries.

use std::fmt;

use thiserror::Error;

/// Longest name, comment or mail address.
const MAX_PART: usize = 256;

/// Name, comment and mail address of a new key, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName {
    name: String,
    comment: String,
    mail: String,
}

/// Why a name cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum IdentityError {
    /// Neither a name nor a mail address.
    #[error("a name or a mail address is needed")]
    Empty,
    /// A character that user ids cannot hold.
    #[error("the {part} must not contain {character:?}")]
    Character {
        /// Which part: name, comment or mail address.
        part: &'static str,
        /// The character.
        character: char,
    },
    /// A part is too long.
    #[error("the {part} is longer than {MAX_PART} bytes")]
    TooLong {
        /// Which part: name, comment or mail address.
        part: &'static str,
    },
    /// The mail address has no shape of one.
    #[error("`{0}` is not a mail address")]
    NotMail(String),
}

impl UserName {
    /// Returns the checked name. Blanks around the parts are dropped; comment and one of the others may be empty.
    ///
    /// # Errors
    /// For the characters that the command lines refuse (`<>()` and NUL), control characters, and what is no mail
    /// address.
    pub fn new(name: &str, comment: &str, mail: &str) -> Result<Self, IdentityError> {
        let name = check("name", name)?;
        let comment = check("comment", comment)?;
        let mail = check("mail address", mail)?;
        if name.is_empty() && mail.is_empty() {
            return Err(IdentityError::Empty);
        }
        if !mail.is_empty() && !looks_like_mail(&mail) {
            return Err(IdentityError::NotMail(mail));
        }
        Ok(Self {
            name,
            comment,
            mail,
        })
    }
}

fn check(part: &'static str, text: &str) -> Result<String, IdentityError> {
    let text = text.trim();
    if text.len() > MAX_PART {
        return Err(IdentityError::TooLong { part });
    }
    // The characters that turn text around would let a key show another name than it has.
    let is_bad = |c: &char| "()<>".contains(*c) || c.is_control() || is_invisible(*c);
    match text.chars().find(is_bad) {
        Some(character) => Err(IdentityError::Character { part, character }),
        None => Ok(text.to_owned()),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn looks_like_mail(text: &str) -> bool {
    let blank = text.chars().any(char::is_whitespace);
    !blank
        && text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && !host.is_empty() && !host.contains('@')
        })
}

impl fmt::Display for UserName {
    /// Writes `Name (Comment) <mail>`; empty parts are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.name.is_empty() {
            parts.push(self.name.clone());
        }
        if !self.comment.is_empty() {
            parts.push(format!("({})", self.comment));
        }
        if !self.mail.is_empty() {
            parts.push(format!("<{}>", self.mail));
        }
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined() {
        for (name, comment, mail, text) in [
            (
                "Ada",
                "work",
                "ada@example.org",
                "Ada (work) <ada@example.org>",
            ),
            (" Ada ", "", "ada@example.org", "Ada <ada@example.org>"),
            ("Ada", "", "", "Ada"),
            ("", "", "ada@example.org", "<ada@example.org>"),
        ] {
            assert_eq!(
                UserName::new(name, comment, mail).unwrap().to_string(),
                text
            );
        }
    }

    #[test]
    fn what_the_command_lines_refuse_is_refused() {
        for bad in ['<', '>', '(', ')', '\0', '\n', '\u{7}', '\u{202E}'] {
            let text = format!("A{bad}b");
            let error = |part| {
                Err(IdentityError::Character {
                    part,
                    character: bad,
                })
            };
            assert_eq!(UserName::new(&text, "", ""), error("name"));
            assert_eq!(UserName::new("A", &text, ""), error("comment"));
            assert_eq!(UserName::new("A", "", &text), error("mail address"));
        }
        assert_eq!(UserName::new(" ", "c", ""), Err(IdentityError::Empty));
        assert_eq!(
            UserName::new("", "", "ada"),
            Err(IdentityError::NotMail("ada".into()))
        );
        assert_eq!(
            UserName::new(&"x".repeat(257), "", ""),
            Err(IdentityError::TooLong { part: "name" })
        );
    }
}
