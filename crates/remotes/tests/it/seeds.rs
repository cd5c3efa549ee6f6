//! The seeds of the fuzz targets and small changes of them: nothing of it may break a promise.

use sifter_testkit::mutations::replay;

#[test]
fn almost_right_bytes_break_no_promise() {
    assert!(replay("read_remotes", remotes::fuzzing::read_remotes) > 500);
}
