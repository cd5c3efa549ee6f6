//! PEM keys of every kind, with OpenSSL's signatures as the other opinion.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::Aead as _;
use crypto_secretbox::{KeyInit as _, XSalsa20Poly1305};
use sif_integrity::{PrivateKey, PrivateKeyError, PublicKey, PublicKeyError, encode_pem};

use crate::support::{data, private};

const KINDS: [&str; 6] = ["rsa", "p224", "p256", "p384", "p521", "ed25519"];

#[test]
fn openssl_signatures_verify_and_ours_too() {
    let message = data("keys/message.txt");
    for kind in KINDS {
        let public = PublicKey::from_pem(&data(&format!("keys/{kind}.pub.pem"))).expect("a key");
        let foreign = data(&format!("keys/{kind}.sig"));
        assert!(public.verifies(&message, &foreign), "{kind}");
        assert!(!public.verifies(b"another message", &foreign), "{kind}");
        let ours = private(kind).sign(&message).expect("a key that signs");
        assert!(public.verifies(&message, &ours), "{kind}");
        assert!(!public.verifies(&message, &ours[1..]), "{kind}");
        assert_eq!(
            public.key_id(),
            private(kind).public_key().key_id(),
            "{kind}"
        );
    }
}

/// The fingerprints that `ssh-keygen -l` prints for these keys.
#[test]
fn key_ids_are_ssh_fingerprints() {
    for (kind, id) in [
        ("rsa", "SHA256:jQhI6IdrORo8WRkKh+I6aCMn4HkHvknaBHK8Ieu6xXk"),
        ("p224", ""),
        ("p256", "SHA256:vVHrzXUK5SwY3V8FJXEXQwftBxW41Jlp0MuDjTxLonA"),
        ("p384", "SHA256:yv91YwR0HkidAl6fUbJ51NtfjB94McpCGZPvWR8/V6g"),
        ("p521", "SHA256:0Wr/dp39AU6ByWIurz2AXHxTdTIRHJ3tcYfk+RMxfsw"),
    ] {
        assert_eq!(private(kind).public_key().key_id(), id, "{kind}");
    }
}

#[test]
fn fixed_width_ecdsa_is_accepted() {
    let message = b"m";
    let key = private("p256");
    let der = key.sign(message).expect("signs");
    let fixed = p256::ecdsa::Signature::from_der(&der)
        .expect("DER")
        .to_bytes();
    assert!(key.public_key().verifies(message, &fixed));
}

#[test]
fn locked_keys_open_with_their_passphrase_only() {
    for file in ["ec-aes256", "ec-pkcs8-locked", "ec-pkcs8-des3", "rsa-des3"] {
        let text = data(&format!("keys/{file}.pem"));
        let open = |passphrase: Option<&[u8]>| PrivateKey::from_pem(&text, passphrase);
        assert!(open(Some(b"secret")).is_ok(), "{file}");
        assert_eq!(open(None).err(), Some(PrivateKeyError::Locked), "{file}");
        let wrong = open(Some(b"Secret")).err();
        let refused = [
            Some(PrivateKeyError::WrongPassphrase),
            Some(PrivateKeyError::Malformed),
        ];
        assert!(refused.contains(&wrong), "{file}: {wrong:?}");
    }
    let public = PublicKey::from_pem(&data("keys/ec-public.pem")).expect("a key");
    let locked = PrivateKey::from_pem(&data("keys/ec-aes256.pem"), Some(b"secret")).expect("opens");
    assert_eq!(locked.public_key().key_id(), public.key_id());
}

#[test]
fn large_rsa_keys_are_read_up_to_a_limit() {
    let message = data("keys/message.txt");
    let spki = data("keys/rsa8192.pub.pem");
    for text in [spki.clone(), data("keys/rsa8192.pkcs1.pem")] {
        let key = PublicKey::from_pem(&text).expect("8192 bits");
        assert!(key.verifies(&message, &data("keys/rsa8192.sig")));
        assert!(!key.verifies(b"another message", &data("keys/rsa8192.sig")));
    }
    // A modulus of 16 392 bits: 2049 bytes, and the first is not zero.
    let modulus = [&[0x02, 0x82, 0x08, 0x02, 0x00][..], &[0xFF; 2049]].concat();
    let inside = [&modulus[..], &[0x02, 0x03, 0x01, 0x00, 0x01]].concat();
    let length = u16::try_from(inside.len()).expect("small").to_be_bytes();
    let der = [&[0x30, 0x82][..], &length, &inside].concat();
    let error = PublicKey::from_pem(encode_pem("RSA PUBLIC KEY", &der).as_bytes()).err();
    let expected = PublicKeyError::Unsupported("RSA with 16392 bits".to_owned());
    assert_eq!(error, Some(expected));
}

#[test]
fn a_byte_order_mark_in_front_does_not_matter() {
    let marked = |name: &str| [&b"\xEF\xBB\xBF"[..], &data(name)].concat();
    assert!(PublicKey::from_pem(&marked("keys/p256.pub.pem")).is_ok());
    assert!(PrivateKey::from_pem(&marked("keys/p256.pem"), None).is_ok());
}

#[test]
fn a_cipher_that_is_not_known_is_named() {
    let block = sif_integrity::first_block(&data("keys/ec-pkcs8-locked.pem")).expect("a block");
    let mut der = block.contents.to_vec();
    // AES-256 in CBC mode, whose last byte becomes that of GCM.
    let oid = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A];
    let at = der.windows(oid.len()).position(|window| window == oid);
    der[at.expect("the cipher") + oid.len() - 1] = 0x2E;
    let text = encode_pem("ENCRYPTED PRIVATE KEY", &der);
    let error = PrivateKey::from_pem(text.as_bytes(), Some(b"secret")).err();
    let expected = PrivateKeyError::Unsupported("AES-256-GCM".to_owned());
    assert_eq!(error, Some(expected));
}

fn sigstore(log_n: u8, label: &str) -> String {
    use p256::pkcs8::EncodePrivateKey;
    let plain = p256::SecretKey::from_slice(&[5; 32])
        .expect("a scalar")
        .to_pkcs8_der();
    let mut key = [0; 32];
    let parameters = scrypt::Params::new(log_n.min(12), 8, 1, 32).expect("small");
    scrypt::scrypt(b"secret", &[1; 32], &parameters, &mut key).expect("32 bytes");
    let cipher = XSalsa20Poly1305::new(&key.into());
    let sealed = cipher
        .encrypt(&[2; 24].into(), plain.expect("a key").as_bytes())
        .expect("seals");
    let json = serde_json::json!({
        "kdf": {"name": "scrypt", "params": {"N": 1_u64 << log_n, "r": 8, "p": 1}, "salt": STANDARD.encode([1; 32])},
        "cipher": {"name": "nacl/secretbox", "nonce": STANDARD.encode([2; 24])},
        "ciphertext": STANDARD.encode(sealed),
    });
    encode_pem(label, json.to_string().as_bytes())
}

#[test]
fn sigstore_keys() {
    for label in [
        "ENCRYPTED SIGSTORE PRIVATE KEY",
        "ENCRYPTED COSIGN PRIVATE KEY",
    ] {
        let text = sigstore(12, label);
        assert!(PrivateKey::from_pem(text.as_bytes(), Some(b"secret")).is_ok());
        let wrong = PrivateKey::from_pem(text.as_bytes(), Some(b"wrong")).err();
        assert_eq!(wrong, Some(PrivateKeyError::WrongPassphrase));
    }
    let greedy = sigstore(40, "ENCRYPTED SIGSTORE PRIVATE KEY");
    let error = PrivateKey::from_pem(greedy.as_bytes(), Some(b"secret")).err();
    assert_eq!(
        error,
        Some(PrivateKeyError::Unsupported("excessive cost".to_owned()))
    );
}

#[test]
fn malformed_pem() {
    let block = |label: &str, bytes: &[u8]| encode_pem(label, bytes).into_bytes();
    let certificate = data("certs/root.pem");
    for (text, error) in [
        (Vec::new(), PublicKeyError::NoPem),
        (
            b"-----BEGIN PUBLIC KEY-----\nMCow".to_vec(),
            PublicKeyError::NoPem,
        ),
        (block("PUBLIC KEY", b"xyz"), PublicKeyError::Malformed),
        (block("RSA PUBLIC KEY", b""), PublicKeyError::Malformed),
        (
            certificate,
            PublicKeyError::NotAPublicKey("CERTIFICATE".to_owned()),
        ),
    ] {
        assert_eq!(PublicKey::from_pem(&text).err(), Some(error));
    }
    for (text, error) in [
        (b"nothing".to_vec(), PrivateKeyError::NoPem),
        (block("PRIVATE KEY", &[0; 40]), PrivateKeyError::Malformed),
        (block("EC PRIVATE KEY", b"0"), PrivateKeyError::Malformed),
        (
            block("OPENSSH PRIVATE KEY", b"0"),
            PrivateKeyError::NotAPrivateKey("OPENSSH PRIVATE KEY".to_owned()),
        ),
        (
            data("keys/p256.pub.pem"),
            PrivateKeyError::NotAPrivateKey("PUBLIC KEY".to_owned()),
        ),
    ] {
        assert_eq!(PrivateKey::from_pem(&text, None).err(), Some(error));
    }
}
