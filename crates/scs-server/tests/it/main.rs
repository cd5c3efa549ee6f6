//! The embedded cloud over real sockets.

mod access;
mod corpus;
mod crashes;
mod guards;
mod keystore;
mod library;
mod load;
mod support;
mod upkeep;
mod uploads;
