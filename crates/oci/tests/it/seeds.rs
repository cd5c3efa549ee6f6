//! The seeds of the fuzz targets and small changes of them: nothing of it may break a promise.

use sifter_testkit::mutations::replay;

#[test]
fn almost_right_bytes_break_no_promise() {
    assert!(replay("read_oci_reference", oci::fuzzing::read_reference) > 500);
    assert!(replay("read_challenge", oci::fuzzing::read_challenge) > 500);
    assert!(replay("read_links", oci::fuzzing::read_links) > 500);
    assert!(replay("read_logins", oci::fuzzing::read_logins) > 500);
}
