//! The threads on which everything of the network happens.
//!
//! A client keeps its connections on the threads where they were made, so all use the same ones, whatever runtime a
//! caller has. They are made at the first use.

use std::{future::Future, io, sync::LazyLock};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use crate::{Result, error::ApiError};

static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("network")
        .enable_all()
        .build()
});

/// Runs `work` on the threads of the network, from any runtime. It ends when nobody waits for it any more.
///
/// # Errors
/// Those of `work`; `internal` without threads.
pub(crate) async fn on_network<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let mut waited_for = WaitedFor(threads()?.spawn(work));
    (&mut waited_for.0).await?
}

/// Runs `work` and blocks the calling thread until it is done. Only for plain threads such as those of tasks.
///
/// # Errors
/// Those of `work`; `internal` without threads.
pub(crate) fn wait_for<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    threads()?.block_on(work)
}

fn threads() -> Result<&'static Runtime> {
    THREADS.as_ref().map_err(|error| ApiError::internal(error))
}

struct WaitedFor<T>(JoinHandle<T>);

impl<T> Drop for WaitedFor<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn work_is_done_from_plain_threads_and_from_any_runtime() {
        assert_eq!(wait_for(async { Ok(1) }), Ok(1));
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let runtime = builder.build().expect("a runtime");
            assert_eq!(runtime.block_on(on_network(async { Ok(2) })), Ok(2));
            let failed: Result<()> = runtime.block_on(on_network(async { panic!("a defect") }));
            assert_eq!(failed.expect_err("told").code, ErrorCode::Internal);
        }
    }
}
