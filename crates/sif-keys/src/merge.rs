//! Keys as trees of packets, for changes that touch only what they mean to.
//!
//! A tree keeps every packet as the bytes it was read from. Merging and every change of a key go through it, so
//! that packets that nobody means to change stay as they are, known or not.

use std::collections::HashMap;

use pgp::packet::SignatureType;
use pgp::types::KeyDetails;

use crate::cert::{Certificate, SelfSignature, read_signature};
use crate::error::{BadKey, Error};
use crate::fingerprint::Fingerprint;
use crate::framing::{self, Frame, tag};
use crate::secret::{Lock, SecretCertificate, SecretPart};
use crate::wiped::{self, Wiped};

/// A key packet, user id or attribute with the packets that follow it.
#[derive(Debug, Clone)]
struct Branch<'a> {
    head: Frame<'a>,
    /// The public body, by which the branch is recognised.
    identity: Vec<u8>,
    /// Signatures and whatever else follows, raw.
    leaves: Vec<Vec<u8>>,
}

/// The packets of one key.
#[derive(Debug, Clone)]
pub(crate) struct Tree<'a> {
    branches: Vec<Branch<'a>>,
}

/// Which packet a new signature belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The primary key.
    Primary,
    /// The user id with these bytes.
    UserId(Vec<u8>),
    /// The subkey with this public body.
    Subkey(Vec<u8>),
}

/// A signature to put into a key.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    pub(crate) place: Place,
    /// Body of the signature packet.
    pub(crate) signature: Vec<u8>,
    /// Body of an older signature of the same second that it takes the place of.
    pub(crate) replaces: Option<Vec<u8>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn read(block: &'a [u8]) -> Result<Self, BadKey> {
        let mut branches: Vec<Branch<'a>> = Vec::new();
        for frame in framing::split(block).map_err(|error| BadKey::malformed(error.to_string()))? {
            if is_head(frame.tag) {
                let identity = identity(frame)?;
                branches.push(Branch {
                    head: frame,
                    identity,
                    leaves: Vec::new(),
                });
            } else if let Some(branch) = branches.last_mut() {
                branch.leaves.push(frame.raw.to_vec());
            } else {
                return Err(BadKey::malformed("the first packet is not a key"));
            }
        }
        Ok(Self { branches })
    }

    pub(crate) fn to_bytes(&self) -> Wiped {
        wiped::concat(self.branches.iter().flat_map(|branch| {
            let leaves = branch.leaves.iter().map(Vec::as_slice);
            std::iter::once(branch.head.raw).chain(leaves)
        }))
    }

    /// Puts a signature first behind the packet that it belongs to. What is there already is not put twice.
    pub(crate) fn add(&mut self, addition: &Addition) -> Result<(), BadKey> {
        let branch = self
            .branches
            .iter_mut()
            .find(|branch| branch.is_at(&addition.place))
            .ok_or_else(|| BadKey::malformed("the key lacks the part that a signature is about"))?;
        if let Some(old) = &addition.replaces {
            branch
                .leaves
                .retain(|leaf| framing::next(leaf).map_or(true, |frame| frame.body != &old[..]));
        }
        let mut raw = Vec::new();
        framing::write(&mut raw, tag::SIGNATURE, &addition.signature);
        if !branch.has_signature(&raw) {
            branch.leaves.insert(0, raw);
        }
        Ok(())
    }

    fn find(&self, wanted: &Branch<'_>) -> Option<usize> {
        self.branches
            .iter()
            .position(|branch| branch.is_same_part(wanted))
    }
}

impl Branch<'_> {
    fn is_same_part(&self, other: &Branch<'_>) -> bool {
        group(self.head.tag) == group(other.head.tag) && self.identity == other.identity
    }

    fn is_at(&self, place: &Place) -> bool {
        match place {
            Place::Primary => is_primary(self.head.tag),
            Place::UserId(bytes) => self.head.tag == tag::USER_ID && self.identity == *bytes,
            Place::Subkey(bytes) => is_subkey(self.head.tag) && self.identity == *bytes,
        }
    }

    fn has_signature(&self, raw: &[u8]) -> bool {
        self.leaves.iter().any(|leaf| is_same_signature(leaf, raw))
    }
}

/// Whether two packets hold the same signature; the unsigned area may differ.
fn is_same_signature(left: &[u8], right: &[u8]) -> bool {
    let (Ok(left), Ok(right)) = (framing::next(left), framing::next(right)) else {
        return false;
    };
    if left.body == right.body {
        return true;
    }
    let (Ok(left), Ok(right)) = (read_signature(left), read_signature(right)) else {
        return false;
    };
    let (left, right) = (&left.packet, &right.packet);
    left.numbers() == right.numbers() && left.signed() == right.signed()
}

fn is_primary(tag: u8) -> bool {
    matches!(tag, tag::PUBLIC_KEY | tag::SECRET_KEY)
}

fn is_subkey(tag: u8) -> bool {
    matches!(tag, tag::PUBLIC_SUBKEY | tag::SECRET_SUBKEY)
}

fn is_head(tag: u8) -> bool {
    is_primary(tag) || is_subkey(tag) || matches!(tag, tag::USER_ID | tag::USER_ATTRIBUTE)
}

fn group(tag: u8) -> u8 {
    match tag {
        tag::SECRET_KEY => tag::PUBLIC_KEY,
        tag::SECRET_SUBKEY => tag::PUBLIC_SUBKEY,
        other => other,
    }
}

fn identity(frame: Frame<'_>) -> Result<Vec<u8>, BadKey> {
    if matches!(frame.tag, tag::SECRET_KEY | tag::SECRET_SUBKEY) {
        // Kinds that are not understood are recognised by their whole body.
        match crate::cert::public_body(frame) {
            Ok(body) => Ok(body.to_vec()),
            Err(BadKey::Unsupported(_)) => Ok(frame.body.to_vec()),
            Err(error) => Err(error),
        }
    } else {
        Ok(frame.body.to_vec())
    }
}

/// What a merge brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergeReport {
    /// New user ids.
    pub user_ids: usize,
    /// New subkeys.
    pub subkeys: usize,
    /// New statements of the key about itself: names, expiry, use.
    pub self_signatures: usize,
    /// New revocations.
    pub revocations: usize,
}

impl MergeReport {
    /// Returns whether nothing was new.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Returns `block` with what `update` knows more about the same key, and what that was.
///
/// Only statements of the key about itself are taken; signatures of others are left out. Subkeys are added only if
/// `with_subkeys`, because a secret ring has no use for new public ones. The result is read back as a whole.
///
/// # Errors
/// When either is malformed, when they are different keys, or when the result would be malformed.
pub(crate) fn merge(
    block: &[u8],
    update: &Certificate,
    with_subkeys: bool,
) -> Result<(Wiped, MergeReport), Error> {
    let known = Certificate::from_block(block)?;
    if known.fingerprint() != update.fingerprint() {
        return Err(BadKey::malformed("another key").into());
    }
    let mut tree = Tree::read(block)?;
    let news = Tree::read(update.to_bytes())?;
    let mut report = MergeReport::default();
    for branch in &news.branches {
        match tree.find(branch) {
            Some(at) => merge_leaves(&mut tree.branches[at], branch, update, &mut report),
            None => merge_branch(&mut tree, branch, update, with_subkeys, &mut report),
        }
    }
    if report.is_empty() {
        return Ok((Wiped::new(block.to_vec()), report));
    }
    let merged = tree.to_bytes();
    Certificate::from_block(&merged)?;
    Ok((merged, report))
}

/// Returns what all copies of a key say together, for each key of which the copies differ. Copies that do not fit
/// together are left apart.
pub fn join_copies<'a>(
    copies: impl IntoIterator<Item = &'a Certificate>,
) -> HashMap<Fingerprint, Certificate> {
    let mut first: HashMap<Fingerprint, &Certificate> = HashMap::new();
    let mut joined: HashMap<Fingerprint, Certificate> = HashMap::new();
    for copy in copies {
        let fingerprint = copy.fingerprint();
        let Some(known) = first.get(&fingerprint) else {
            first.insert(fingerprint, copy);
            continue;
        };
        let known = joined.get(&fingerprint).unwrap_or(known);
        if known.to_bytes() == copy.to_bytes() {
            continue;
        }
        if let Ok((bytes, report)) = merge(known.to_bytes(), copy, true)
            && !report.is_empty()
            && let Ok(both) = Certificate::from_block(&bytes)
        {
            joined.insert(fingerprint, both);
        }
    }
    joined
}

/// Which secret packets of a key take the place of those that an entry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taking {
    /// Only where the entry has none, or one without a secret in it.
    Missing,
    /// All that hold a secret.
    All,
}

/// Returns `block` with the secret packets of `key` in it, and what the key knows more. All other packets of the
/// block stay, among them secret subkeys that the key lacks.
///
/// # Errors
/// As [`merge`].
pub(crate) fn with_secrets(
    block: &[u8],
    key: &SecretCertificate,
    taking: Taking,
) -> Result<Wiped, Error> {
    let known = Certificate::from_block(block)?;
    if known.fingerprint() != key.fingerprint() {
        return Err(BadKey::malformed("another key").into());
    }
    let mut tree = Tree::read(block)?;
    let news = Tree::read(key.to_bytes())?;
    let mut report = MergeReport::default();
    for branch in &news.branches {
        let Some(at) = tree.find(branch) else {
            merge_branch(&mut tree, branch, key.certificate(), true, &mut report);
            continue;
        };
        let old = &mut tree.branches[at];
        if holds_secret(branch.head) && (taking == Taking::All || !holds_secret(old.head)) {
            old.head = branch.head;
        }
        merge_leaves(old, branch, key.certificate(), &mut report);
    }
    let changed = tree.to_bytes();
    Certificate::from_block(&changed)?;
    Ok(changed)
}

/// Whether there is a secret in a packet, locked or not.
fn holds_secret(frame: Frame<'_>) -> bool {
    matches!(frame.tag, tag::SECRET_KEY | tag::SECRET_SUBKEY)
        && crate::cert::public_body(frame)
            .is_ok_and(|public| SecretPart::new(&frame.body[public.len()..]).lock() != Lock::Absent)
}

fn merge_leaves(
    known: &mut Branch<'_>,
    news: &Branch<'_>,
    key: &Certificate,
    report: &mut MergeReport,
) {
    for leaf in &news.leaves {
        let Some(signature) = own_signature(leaf, key) else {
            continue;
        };
        if known.has_signature(leaf) {
            continue;
        }
        match signature.kind() {
            SignatureType::KeyRevocation
            | SignatureType::SubkeyRevocation
            | SignatureType::CertRevocation => report.revocations += 1,
            _ => report.self_signatures += 1,
        }
        known.leaves.insert(0, leaf.clone());
    }
}

fn merge_branch<'a>(
    tree: &mut Tree<'a>,
    branch: &Branch<'a>,
    key: &Certificate,
    with_subkeys: bool,
    report: &mut MergeReport,
) {
    let mut branch = branch.clone();
    branch
        .leaves
        .retain(|leaf| own_signature(leaf, key).is_some());
    if branch.leaves.is_empty() {
        return;
    }
    match branch.head.tag {
        tag::USER_ID => {
            let first_subkey = tree
                .branches
                .iter()
                .position(|branch| is_subkey(branch.head.tag));
            tree.branches
                .insert(first_subkey.unwrap_or(tree.branches.len()), branch);
            report.user_ids += 1;
        }
        tag if is_subkey(tag) && with_subkeys => {
            tree.branches.push(branch);
            report.subkeys += 1;
        }
        _ => {}
    }
}

/// Returns the packets of a key that are its own statements.
pub(crate) fn only_own(key: &Certificate) -> Result<Wiped, BadKey> {
    let mut tree = Tree::read(key.to_bytes())?;
    for branch in &mut tree.branches {
        branch
            .leaves
            .retain(|leaf| own_signature(leaf, key).is_some());
    }
    tree.branches.retain(|branch| {
        let tag = branch.head.tag;
        let may_stay = tag == tag::USER_ID || is_subkey(tag);
        is_primary(tag) || (may_stay && !branch.leaves.is_empty())
    });
    Ok(tree.to_bytes())
}

/// The signature in a packet, if the key itself made it.
fn own_signature(raw: &[u8], key: &Certificate) -> Option<SelfSignature> {
    let frame = framing::next(raw)
        .ok()
        .filter(|frame| frame.tag == tag::SIGNATURE)?;
    let signature = read_signature(frame).ok()?;
    let primary = key.primary_key();
    let named = signature.is_by(primary);
    // Bindings of subkeys need not name their maker.
    let binds = matches!(
        signature.kind(),
        SignatureType::SubkeyBinding | SignatureType::SubkeyRevocation
    );
    let same_algorithm = signature.packet.algorithm() == primary.algorithm();
    (named || (binds && same_algorithm)).then_some(signature)
}

/// Returns `block` with the signatures put in, read back as a whole.
pub(crate) fn with_additions(block: &[u8], additions: &[Addition]) -> Result<Wiped, Error> {
    let mut tree = Tree::read(block)?;
    for addition in additions {
        tree.add(addition)?;
    }
    let changed = tree.to_bytes();
    Certificate::from_block(&changed)?;
    Ok(changed)
}
