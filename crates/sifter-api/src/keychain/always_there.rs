//! On these systems the keychain is part of the system.

pub(super) fn service_is_there() -> bool {
    true
}
