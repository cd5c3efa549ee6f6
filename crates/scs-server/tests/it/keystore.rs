//! Publishing and finding keys.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use scs_types::keystore::read_index;
use sif_keys::{Certificate, Passphrase};
use sifter_testkit::keys;

use crate::support::{Said, Server, start, start_with};

async fn add(server: &Server, text: &str) -> Said {
    let body = format!("keytext={}", utf8_percent_encode(text, NON_ALPHANUMERIC));
    let request = server
        .request("POST", "/pks/add")
        .header("content-type", "application/x-www-form-urlencoded");
    Said::read(request.body(body).send().await.unwrap()).await
}

async fn lookup(server: &Server, query: &str) -> Said {
    server.anonymous(&format!("/pks/lookup?{query}")).await
}

fn text(said: &Said) -> &str {
    std::str::from_utf8(&said.body).unwrap()
}

#[tokio::test]
async fn keys_are_found_in_every_way() {
    let server = start().await;
    let anna = keys::anna().certificate();
    assert_eq!(add(&server, &anna.to_armored()).await.status, 200);
    assert_eq!(
        add(&server, &keys::tom().certificate().to_armored())
            .await
            .status,
        200
    );
    let whole = anna.fingerprint().to_string();
    let subkey = anna
        .summary(keys::MADE)
        .subkeys
        .first()
        .map(|subkey| subkey.fingerprint.to_string());
    let id = whole[24..].to_lowercase();
    let mut searches = vec![
        format!("0x{whole}"),
        whole.to_lowercase(),
        whole.clone(),
        format!("0x{id}"),
        id.clone(),
        format!("0x{}", &whole[32..]),
        format!("0x{}", id.trim_start_matches('0')),
    ];
    searches.extend(subkey.iter().map(|subkey| format!("0x{}", &subkey[24..])));
    searches.extend(subkey);
    for search in searches {
        let said = lookup(&server, &format!("op=get&exact=on&search={search}")).await;
        assert_eq!(
            (said.status, said.header("content-type")),
            (200, "application/pgp-keys"),
            "{search}"
        );
        let found = Certificate::parse_all(&said.body).unwrap();
        assert_eq!(found.len(), 1, "{search}");
        assert_eq!(found[0].fingerprint(), anna.fingerprint(), "{search}");
        assert!(text(&said).ends_with("-----\n"));
    }
    let index = async |search: &str| {
        let said = lookup(
            &server,
            &format!("op=index&options=mr&fingerprint=on&x-pagesize=256&search={search}"),
        )
        .await;
        (
            said.status,
            read_index(text(&said)).unwrap_or_default().len(),
        )
    };
    for (search, expected) in [
        ("lab.example", (200, 2)),
        ("ANNA", (200, 1)),
        ("%25", (404, 0)),
        ("_", (404, 0)),
        ("nobody", (404, 0)),
        ("'+OR+1=1--", (404, 0)),
        ("%3Canna%40lab.example%3E", (200, 1)),
        (whole.as_str(), (200, 1)),
        ("0x0000000000000000", (404, 0)),
    ] {
        assert_eq!(index(search).await, expected, "{search}");
    }
    let said = lookup(&server, "op=index&options=mr&search=anna").await;
    let listed = read_index(text(&said)).unwrap().remove(0);
    assert_eq!(
        (listed.fingerprint.as_str(), listed.algorithm, listed.bits),
        (whole.as_str(), Some(anna.algorithm_number()), Some(256))
    );
    assert_eq!(listed.created, Some(anna.created()));
    assert_eq!(listed.user_names, anna.user_ids());
    for (query, status) in [
        ("op=stats&search=x", 501),
        ("op=get", 400),
        ("search=x", 501),
        ("op=index&search=x&x-pagesize=a", 400),
        ("op=index&search=x&x-pagetoken='", 400),
        ("op=get&exact=on&search=anna@lab.example", 200),
        ("op=get&exact=on&search=ann", 404),
    ] {
        assert_eq!(lookup(&server, query).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn people_are_found_whatever_letters_they_have() {
    let server = start().await;
    for (name, mail) in [
        ("Jürgen Müller", "mueller@lab.example"),
        ("Łukasz Żak", "zak@lab.example"),
        ("Strauß", "strauss@lab.example"),
    ] {
        let key = keys::named(name, mail).certificate().to_armored();
        assert_eq!(add(&server, &key).await.status, 200, "{name}");
    }
    for (search, expected) in [
        ("müller", "Jürgen Müller <mueller@lab.example>"),
        ("MÜLLER", "Jürgen Müller <mueller@lab.example>"),
        ("mu\u{308}LLER", "Jürgen Müller <mueller@lab.example>"),
        ("łUKASZ żak", "Łukasz Żak <zak@lab.example>"),
        ("STRAUSS <", "Strauß <strauss@lab.example>"),
    ] {
        let search = encoded(search);
        let said = lookup(&server, &format!("op=index&options=mr&search={search}")).await;
        let found = read_index(text(&said)).unwrap_or_default();
        let names: Vec<&str> = found
            .iter()
            .flat_map(|key| key.user_names.iter().map(String::as_str))
            .collect();
        assert_eq!(names, [expected], "{search}");
    }
    let exact = encoded("JÜRGEN MÜLLER <mueller@LAB.example>");
    let said = lookup(&server, &format!("op=get&exact=on&search={exact}")).await;
    assert_eq!(said.status, 200);
    let said = lookup(&server, "op=index&options=mr&search=muller").await;
    assert_eq!(said.status, 404, "an accent counts");
}

/// Each byte as a query has it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let server = start().await;
    let all = [keys::anna(), keys::tom(), keys::rsa(), keys::expired()];
    let together: String = all
        .iter()
        .map(|key| key.certificate().to_armored())
        .collect();
    assert_eq!(add(&server, &together).await.status, 200);
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let said = lookup(
            &server,
            &format!("op=index&options=mr&search=lab.example&x-pagesize=3&x-pagetoken={token}"),
        )
        .await;
        assert_eq!(said.status, 200);
        let page = read_index(text(&said)).unwrap();
        assert!(
            text(&said).starts_with(&format!("info:1:{}\n", page.len())),
            "the count is that of the page"
        );
        found.extend(page);
        token = said.header("x-hkp-next-page-token").to_owned();
        if token.is_empty() {
            break;
        }
    }
    found.sort_by(|left, right| left.fingerprint.cmp(&right.fingerprint));
    found.dedup();
    assert_eq!(found.len(), 4);
    let expired = keys::expired().certificate().fingerprint().to_string();
    for key in found {
        assert_eq!(key.is_expired, key.fingerprint == expired);
    }
}

#[tokio::test]
async fn only_public_keys_within_limits_are_taken() {
    let server = start_with(|settings| settings.limits.key_packet = 60).await;
    let secret = keys::anna().to_armored();
    for (keytext, status) in [
        ("", 400),
        ("hello", 422),
        (secret.as_str(), 422),
        (
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
            422,
        ),
    ] {
        assert_eq!(add(&server, keytext).await.status, status, "{keytext:.40}");
    }
    assert_eq!(add(&server, &"x".repeat((1 << 20) + 1)).await.status, 413);
    assert_eq!(add(&server, &"+".repeat(3 << 20)).await.status, 413);
    let said = Said::read(
        server
            .request("POST", "/pks/add")
            .body("x=1")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(said.status, 400);
    // A signature longer than a packet may be.
    assert_eq!(
        add(&server, &keys::anna().certificate().to_armored())
            .await
            .status,
        413
    );
    assert_eq!(
        lookup(&server, "op=index&options=mr&search=lab.example")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn news_of_a_key_are_merged_and_foreign_names_left_out() {
    let server = start().await;
    let anna = keys::anna();
    let before = anna.certificate();
    let key = anna.unlock(&Passphrase::from(keys::PASSPHRASE)).unwrap();
    let update = key
        .extend(Some(keys::MADE + 900_000_000), keys::MADE + 10)
        .unwrap();
    let after = Certificate::from_block(&update.apply_to(before.to_bytes()).unwrap()).unwrap();
    add(&server, &after.to_armored()).await;
    // What is known longer does not take back what is new.
    assert_eq!(add(&server, &before.to_armored()).await.status, 200);
    let said = lookup(
        &server,
        &format!("op=get&search=0x{}", before.fingerprint()),
    )
    .await;
    let stored = Certificate::parse_all(&said.body).unwrap().remove(0);
    assert_eq!(stored.expires(), Some(keys::MADE + 900_000_000));
    // A name of somebody else, without a signature of the key, is dropped.
    let mut forged = before.to_bytes().to_vec();
    forged.extend([0xcd, 5]);
    forged.extend(b"Mel M");
    let forged = Certificate::from_block(&forged).unwrap();
    assert_eq!(add(&server, &forged.to_armored()).await.status, 200);
    assert_eq!(
        lookup(&server, "op=index&options=mr&search=Mel")
            .await
            .status,
        404
    );
    let said = lookup(
        &server,
        &format!("op=get&search=0x{}", before.fingerprint()),
    )
    .await;
    let stored = Certificate::parse_all(&said.body).unwrap().remove(0);
    assert!(
        !stored
            .to_bytes()
            .windows(5)
            .any(|window| window == b"Mel M")
    );
}

#[tokio::test]
async fn strangers_need_a_token_where_it_is_asked_for() {
    let server = start_with(|settings| settings.anonymous_key_add = false).await;
    let text = keys::anna().certificate().to_armored();
    assert_eq!(add(&server, &text).await.status, 401);
    let body = format!("keytext={}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
    let request = server
        .request("POST", "/pks/add")
        .bearer_auth(&server.token)
        .body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(server.cloud.audit(1).unwrap()[0].who, "alice");
}
