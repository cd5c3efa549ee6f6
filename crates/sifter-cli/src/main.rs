//! Sifter on the command line
fn main() {}
