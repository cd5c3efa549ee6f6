//! Tests at the face of the crate.
#![allow(clippy::unwrap_used, missing_docs)]

mod corpus;
