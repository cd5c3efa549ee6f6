//! The seeds of the fuzz targets and small changes of them: nothing of it may break a promise.

use sifter_testkit::mutations::replay;

#[test]
fn almost_right_bytes_break_no_promise() {
    assert!(replay("read_references", scs_types::fuzzing::read_references) > 500);
    assert!(replay("read_key_index", scs_types::fuzzing::read_key_index) > 500);
    assert!(replay("read_bodies", scs_types::fuzzing::read_bodies) > 500);
}
