//! Addresses of the web without what may be a login in them. Who signed an address lends it to one person for a while: it is
//! used, and neither kept nor shown.

/// Parts of names that say that a value is one's own.
const TELLING: [&str; 12] = [
    "sig", "token", "key", "secret", "pass", "pwd", "auth", "cred", "session", "jwt", "access",
    "code",
];
/// Who guesses values that are shorter needs no address. Digests and dates in signed addresses are as long.
const SHORT: usize = 15;

/// Returns `address` without its fragment, and without its query if that may hold a secret.
pub(crate) fn without_secrets(address: &str) -> &str {
    let address = address.split('#').next().unwrap_or_default();
    match address.split_once('?') {
        Some((front, query)) if may_be_secret(query) => front,
        _ => address,
    }
}

fn may_be_secret(query: &str) -> bool {
    query.split(['&', ';']).any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let name = name.to_ascii_lowercase();
        value.len() > SHORT || TELLING.iter().any(|part| name.contains(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_login_goes_and_the_rest_stays() {
        for (address, shown) in [
            ("https://h/x.sif", "https://h/x.sif"),
            ("https://h/x.sif#top", "https://h/x.sif"),
            ("https://h/x.sif?download=1", "https://h/x.sif?download=1"),
            ("https://h/x.sif?v=1.2&raw", "https://h/x.sif?v=1.2&raw"),
            ("https://h/x.sif?download=1&token=a", "https://h/x.sif"),
            ("https://h/x.sif?X-Amz-Signature=ab", "https://h/x.sif"),
            (
                "https://h/x.sif?AWSAccessKeyId=a;Expires=1",
                "https://h/x.sif",
            ),
            ("https://h/x.sif?0123456789abcdef", "https://h/x.sif"),
            ("https://h/x.sif?s=0123456789abcdef", "https://h/x.sif"),
            ("oras://h/x:1", "oras://h/x:1"),
        ] {
            assert_eq!(without_secrets(address), shown);
        }
    }
}
