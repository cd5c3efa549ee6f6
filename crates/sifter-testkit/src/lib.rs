//! Images, keys and homes for tests
