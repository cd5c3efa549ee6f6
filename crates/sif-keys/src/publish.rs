//! What a keyserver may pass on of a key: its own statements, and more of them as they come.

use pgp::types::KeyDetails;

use crate::cert::Certificate;
use crate::error::Error;
use crate::framing;
use crate::merge::{self, MergeReport};

impl Certificate {
    /// Returns the key with nothing but what it says about itself: the user ids and subkeys that it has signed, with
    /// its own signatures. Pictures and the signatures of others are left out: anybody could add those.
    ///
    /// # Errors
    /// When what is left is no key.
    pub fn own_statements(&self) -> Result<Self, Error> {
        Ok(Self::from_block(&merge::only_own(self)?)?)
    }

    /// Returns the key with what `update` knows more about it, and what that was. Nothing is taken away.
    ///
    /// # Errors
    /// When it is another key, or the result would be malformed.
    pub fn merged_with(&self, update: &Self) -> Result<(Self, MergeReport), Error> {
        let (block, report) = merge::merge(self.to_bytes(), update, true)?;
        Ok((Self::from_block(&block)?, report))
    }

    /// Returns the number of bytes of the longest packet.
    ///
    /// # Errors
    /// When the packets cannot be told apart, which a key that was read never shows.
    pub fn longest_packet(&self) -> Result<usize, Error> {
        let frames = framing::split(self.to_bytes())?;
        Ok(frames
            .iter()
            .map(|frame| frame.raw.len())
            .max()
            .unwrap_or(0))
    }

    /// Returns the number that OpenPGP gives to the algorithm of the primary key.
    pub fn algorithm_number(&self) -> u8 {
        self.primary_key().algorithm().into()
    }
}
