//! What the command lines refuse is never shown as verified, however good the signature is.

use std::fs;

use sifter_api::verdict::Badge;
use sifter_testkit::{images, keys};

use crate::desk::Desk;

/// Signs an image, overwrites bytes that no signature covers, and returns the badge.
async fn badge_after(offset: usize, bytes: &[u8]) -> Badge {
    let desk = Desk::new();
    let own = desk.own(keys::open()).await;
    let image = desk.image("tool.sif", &images::plain()).await;
    desk.sign(image, &own).await;
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
    let path = desk.path("tool.sif");
    let mut file = fs::read(&path).unwrap();
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    images::put(&path, &file);
    desk.verify(image).await.badge
}

#[tokio::test]
async fn an_image_that_says_it_is_empty_is_not_verified() {
    // The count of free descriptors becomes the count of all.
    assert_eq!(
        badge_after(80, &48_i64.to_le_bytes()).await,
        Badge::CantCheck
    );
}

#[tokio::test]
async fn a_signature_of_an_unknown_hash_type_is_not_verified() {
    // The fourth descriptor is the signature; its hash type is the first word of the last field.
    let place = 4096 + 3 * 585 + 201;
    assert_eq!(
        badge_after(place, &9_i32.to_le_bytes()).await,
        Badge::CantCheck
    );
}
