//! A thousand random schedules of faults: a file is whole, or can be continued, or nothing is there.

use proptest::{prelude::*, test_runner::TestRunner};
use sifter_testkit::http::Fault;

use crate::case::Case;

/// Under wine one takes a hundred times as long.
const SCHEDULES: u32 = if cfg!(windows) { 20 } else { 1000 };

fn fault() -> impl Strategy<Value = Fault> {
    let place = 0_usize..6000;
    prop_oneof![
        8 => Just(Fault::None),
        2 => prop::sample::select(vec![500, 502, 503, 504, 403, 404, 408, 416]).prop_map(Fault::Status),
        1 => Just(Fault::Busy),
        3 => place.clone().prop_map(Fault::Close),
        3 => place.clone().prop_map(Fault::Reset),
        1 => (1_usize..500).prop_map(Fault::Drip),
        1 => Just(Fault::IgnoreRange),
        1 => Just(Fault::Unannounced),
        1 => Just(Fault::OtherPart),
        1 => Just(Fault::OtherTag),
        1 => Just(Fault::WrongLength),
        1 => Just(Fault::WrongBytes),
        1 => Just(Fault::Packed),
        1 => Just(Fault::Redirect),
    ]
}

#[test]
fn a_thousand_schedules_leave_no_wrong_file() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: SCHEDULES,
        ..ProptestConfig::default()
    });
    let input = (
        0_usize..30_000,
        prop::collection::vec(fault(), 0..30),
        1_usize..6,
    );
    runner
        .run(&input, |(length, faults, connections)| {
            runtime.block_on(check(length, &faults, connections))
        })
        .unwrap();
}

async fn check(length: usize, faults: &[Fault], connections: usize) -> Result<(), TestCaseError> {
    let case = Case::new(length.max(1), faults).await;
    let result = case
        .run(|download| download.connections = connections)
        .await;
    match &result {
        Ok(_) => prop_assert!(case.is_whole(), "{:?}", case.files()),
        Err(_) => prop_assert!(!case.target().exists(), "a file after {result:?}"),
    }
    if result.is_err() {
        // With a server that has come to its senses what is left leads to the whole file.
        while case.download().await.is_err() {}
        prop_assert!(case.is_whole(), "{:?}", case.files());
    }
    Ok(())
}
