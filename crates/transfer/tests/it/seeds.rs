//! The seeds of the fuzz target and small changes of them: nothing of it may break a promise.

use sifter_testkit::mutations::replay;

#[test]
fn almost_right_headers_break_no_promise() {
    assert!(replay("read_part_headers", transfer::fuzzing::read_part_headers) > 500);
}
