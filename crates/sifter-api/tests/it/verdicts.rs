//! From bytes to badges.

use std::fs;

use sha2::Digest as _;
use sifter_api::{
    ErrorCode,
    images::FindingCode,
    keys::TrustLevel,
    verdict::{
        Badge, ChangedThing, IntactState, KeySource, PartState, SignatureResult, VerifyRequest,
    },
};
use sifter_testkit::{images, keys};

use crate::desk::Desk;

/// Changes one byte of a part's data in the file.
async fn flip(desk: &Desk, image: sifter_api::units::ImageId, part: u32) {
    let view = desk.inspect(image).await;
    let part = view.parts.iter().find(|one| one.id == part).unwrap();
    let path = desk.sifter.image_path(image).await.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[usize::try_from(part.offset.0).unwrap()] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn signed_by_an_own_key_is_verified_and_a_changed_byte_is_tampered() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    assert_eq!(desk.verify(image).await.badge, Badge::NotSigned);
    desk.sign(image, &anna).await;
    let verdict = desk.verify(image).await;
    assert_eq!(
        (verdict.badge, verdict.intact.state),
        (Badge::Verified, IntactState::All)
    );
    assert_eq!(
        (verdict.intact.parts_total, verdict.intact.parts_covered),
        (3, 3)
    );
    let definition = sha2::Sha256::digest(b"Bootstrap: library\nFrom: alpine\n");
    assert_eq!(verdict.parts[0].sha256, Some(hex::encode(definition)));
    let signature = &verdict.signatures[0];
    assert_eq!(
        signature.signer.as_deref(),
        Some("Anna Ruiz <anna@lab.example>")
    );
    assert_eq!(signature.fingerprint.as_deref(), Some(anna.as_str()));
    assert_eq!(signature.trust.as_ref().unwrap().level, TrustLevel::Yours);
    assert_eq!(
        (verdict.command_line.exit_code, verdict.command_line.agrees),
        (0, true)
    );
    assert_eq!(
        verdict.command_line.command,
        "singularity verify --local x.sif"
    );

    flip(&desk, image, 3).await;
    assert_eq!(
        desk.sifter.get_verdict(image).await.unwrap(),
        None,
        "a changed file has no verdict"
    );
    let verdict = desk.verify(image).await;
    assert_eq!(
        (verdict.badge, verdict.intact.state),
        (Badge::Tampered, IntactState::Differs)
    );
    let change = &verdict.intact.changes[0];
    assert_eq!((change.what, change.part), (ChangedThing::Data, Some(3)));
    let states: Vec<_> = verdict
        .parts
        .iter()
        .map(|part| (part.id, part.state))
        .collect();
    assert!(
        states.contains(&(3, PartState::Changed)) && states.contains(&(1, PartState::Intact)),
        "{states:?}"
    );
    assert_eq!(
        (verdict.command_line.exit_code, verdict.command_line.agrees),
        (255, true)
    );
}

#[tokio::test]
async fn trust_decides_and_every_change_of_it_voids_the_verdict() {
    let signer = Desk::new();
    let tom = signer.own(keys::tom()).await;
    let image = signer.image("x.sif", &images::plain()).await;
    signer.sign(image, &tom).await;
    let bytes = fs::read(signer.path("x.sif")).unwrap();

    let desk = Desk::new();
    let image = desk.image("x.sif", &bytes).await;
    let verdict = desk.verify(image).await;
    assert_eq!(
        (verdict.badge, verdict.signatures[0].result),
        (Badge::UnknownKey, SignatureResult::UnknownKey)
    );
    assert!(verdict.signatures[0].fingerprint_claimed && !verdict.signatures[0].key_known);
    assert_eq!(
        verdict.signatures[0].fingerprint.as_deref(),
        Some(tom.as_str())
    );

    desk.other(keys::tom()).await;
    assert_eq!(
        desk.sifter.get_verdict(image).await.unwrap(),
        None,
        "a new key voids it"
    );
    assert_eq!(desk.verify(image).await.badge, Badge::UntrustedKey);
    desk.trust(&tom).await;
    assert_eq!(
        desk.sifter.get_verdict(image).await.unwrap(),
        None,
        "trust voids it"
    );
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
    desk.sifter.block_key(tom.clone()).await.unwrap();
    assert_eq!(desk.verify(image).await.badge, Badge::UntrustedKey);
    desk.sifter.distrust_key(tom).await.unwrap();
    let verdict = desk.verify(image).await;
    assert_eq!(verdict.badge, Badge::UntrustedKey);
    assert_eq!(
        (verdict.command_line.exit_code, verdict.command_line.agrees),
        (0, false),
        "the CLI trusts its keyring"
    );
}

#[tokio::test]
async fn one_good_set_is_enough_unless_every_signature_is_asked_for() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let tom = desk.own(keys::tom()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &anna).await;
    desk.sign(image, &tom).await;
    desk.sifter
        .delete_key(tom, "Tom Berg".into(), false)
        .await
        .unwrap();
    let verdict = desk.verify(image).await;
    assert_eq!(
        (verdict.badge, verdict.decisive),
        (Badge::Verified, Some(verdict.signatures[0].id))
    );
    assert_eq!(verdict.signatures[1].result, SignatureResult::UnknownKey);
    assert!(
        !verdict.command_line.agrees,
        "the command line has no such mode"
    );
    let mut settings = desk.sifter.get_settings().await.unwrap().settings;
    settings.require_every_signature = true;
    desk.sifter.change_settings(settings).await.unwrap();
    assert_eq!(desk.verify(image).await.badge, Badge::UnknownKey);
}

#[tokio::test]
async fn parts_outside_groups_are_not_covered() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::with_ungrouped_part()).await;
    desk.sign(image, &anna).await;
    let verdict = desk.verify(image).await;
    assert_eq!(
        (verdict.badge, verdict.intact.state),
        (Badge::PartlySigned, IntactState::Partly)
    );
    assert_eq!(verdict.intact.uncovered, [4]);
}

#[tokio::test]
async fn a_selection_is_judged_by_itself_with_only_the_keys_given() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::two_groups()).await;
    let request = sifter_api::sign::SignRequest {
        images: vec![image],
        fingerprint: anna,
        what: sifter_api::sign::SignWhat::Group(1),
        copy: false,
    };
    let plan = desk.sifter.plan_signing(request).await.unwrap();
    let keep = sifter_api::keys::KeepPassphrase::ThisAction;
    let task = desk
        .sifter
        .run_signing(plan.plan, Some(crate::desk::passphrase()), keep, true)
        .await
        .unwrap();
    desk.ended(task).await;
    let path = desk.path("x.sif");
    let check = |request: VerifyRequest| {
        desk.sifter
            .verify_file(&path, &request, &|_, _| true)
            .unwrap()
    };
    assert_eq!(check(VerifyRequest::default()).badge, Badge::PartlySigned);
    let group = |number| VerifyRequest {
        groups: vec![number],
        ..VerifyRequest::default()
    };
    assert_eq!(check(group(1)).badge, Badge::Verified);
    assert_eq!(check(group(2)).badge, Badge::NotSigned);
    let part = |id| VerifyRequest {
        parts: vec![id],
        ..VerifyRequest::default()
    };
    let both = VerifyRequest {
        groups: vec![1, 9],
        ..VerifyRequest::default()
    };
    let signature = check(VerifyRequest::default()).signatures[0].id;
    // What is not there, and what is a signature itself: the command line refuses all of these too.
    for request in [group(9), part(99), both, part(signature)] {
        let verdict = check(request.clone());
        let state = (verdict.badge, verdict.intact.state, verdict.decisive);
        assert_eq!(
            state,
            (Badge::CantCheck, IntactState::Unknown, None),
            "{request:?}"
        );
        assert_eq!(verdict.command_line.exit_code, 255, "{request:?}");
    }
    fs::write(desk.path("tom.asc"), keys::tom().certificate().to_armored()).unwrap();
    fs::write(
        desk.path("anna.asc"),
        keys::anna().certificate().to_armored(),
    )
    .unwrap();
    let only = |name: &str| VerifyRequest {
        keys: KeySource::Files(vec![desk.path(name)]),
        ..group(1)
    };
    assert_eq!(check(only("tom.asc")).badge, Badge::UnknownKey);
    assert_eq!(check(only("anna.asc")).badge, Badge::Verified);
}

#[tokio::test]
async fn a_revoked_key_says_so() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &anna).await;
    desk.pass(3600);
    let reason = sifter_api::keys::RevocationReason::Compromised;
    desk.sifter
        .revoke_key(
            anna.clone(),
            reason,
            String::new(),
            Some(crate::desk::passphrase()),
        )
        .await
        .unwrap();
    let verdict = desk.verify(image).await;
    assert_eq!(verdict.badge, Badge::RevokedKey);
    assert_eq!(
        verdict.signatures[0].revocation_reason.as_deref(),
        Some("compromised")
    );
    let error = desk
        .sifter
        .trust_key(anna, sifter_api::keys::Comparison::Pasted)
        .await
        .expect_err("no trust action");
    assert_eq!(error.code, ErrorCode::KeyRevoked);
}

#[tokio::test]
async fn a_clear_signed_block_of_five_mebibytes_is_refused_quickly() {
    let desk = Desk::new();
    let mut text = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n".to_vec();
    text.resize(5 << 20, b'x');
    let image = desk.image("big.sif", &images::with_signature(&text)).await;
    let verdict = desk.verify(image).await;
    assert!(
        matches!(verdict.badge, Badge::Tampered | Badge::CantCheck),
        "{:?}",
        verdict.badge
    );
    let hidden = desk
        .sifter
        .peek_part(image, 4, sifter_api::units::ByteCount(0), false)
        .await
        .unwrap();
    assert!(matches!(
        hidden,
        sifter_api::images::PeekView::Text {
            truncated: true,
            ..
        }
    ));
}

#[tokio::test]
async fn an_oci_object_whose_bytes_are_not_those_it_names_is_told_once_verified() {
    let desk = Desk::new();
    let blob = |bytes: &[u8]| {
        let data = std::io::Cursor::new(bytes.to_vec());
        sif::ObjectInput::new(sif::DataType::OciBlob, data)
    };
    let bytes = sif::ImageBuilder::new(uuid::Uuid::from_u128(7), images::MADE)
        .write(Vec::new(), vec![blob(b"first"), blob(b"second")])
        .unwrap();
    let image = desk.image("oci.sif", &bytes).await;
    let told = async || desk.inspect(image).await.findings;
    assert_eq!(desk.verify(image).await.parts.len(), 2);
    assert_eq!(told().await, []);

    flip(&desk, image, 2).await;
    assert_eq!(told().await, [], "nobody has read the parts yet");
    desk.verify(image).await;
    let [finding] = told().await.try_into().unwrap();
    assert_eq!(finding.code, FindingCode::OciDigestDiffers);
    assert!(finding.message.contains("part 2"), "{}", finding.message);
}
