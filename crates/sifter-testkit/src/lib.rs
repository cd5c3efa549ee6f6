//! Images, keys and homes for tests. Never part of what ships.
//!
//! Everything lives below a temporary folder that goes away with its value; the same call gives the same image.

pub mod faults;
pub mod homes;
pub mod http;
pub mod images;
pub mod issuer;
pub mod keys;
pub mod mutations;
pub mod peers;
pub mod registry;
pub mod tls;

pub use homes::TempHome;
