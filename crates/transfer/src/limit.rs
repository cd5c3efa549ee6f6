//! A limit on bytes a second, shared by any number of transfers.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use tokio::time::Instant;

/// A limit on bytes a second, shared by its clones. It may change while transfers run.
#[derive(Clone, Debug, Default)]
pub struct Bandwidth(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// 0 is no limit.
    bytes_a_second: AtomicU64,
    /// When the line is free again.
    free_at: Mutex<Option<Instant>>,
}

impl Bandwidth {
    /// No limit.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// At most so many bytes a second; 0 is no limit.
    pub fn set(&self, bytes_a_second: u64) {
        self.0
            .bytes_a_second
            .store(bytes_a_second, Ordering::Relaxed);
    }

    /// Takes room for `bytes` on the line and waits until they may go.
    pub(crate) async fn pass(&self, bytes: usize) {
        let rate = self.0.bytes_a_second.load(Ordering::Relaxed);
        if rate == 0 {
            return;
        }
        let wait = self.0.book(bytes, rate);
        tokio::time::sleep(wait).await;
    }
}

impl Shared {
    fn book(&self, bytes: usize, rate: u64) -> Duration {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let start = free_at.filter(|time| *time > now).unwrap_or(now);
        #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
        *free_at = Some(start + takes);
        start - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_wait_for_those_before_them() {
        let line = Bandwidth::unlimited();
        line.pass(usize::MAX).await;
        line.set(1000);
        let start = Instant::now();
        let twin = line.clone();
        line.pass(500).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        twin.pass(1000).await;
        assert_eq!(start.elapsed().as_millis(), 500);
        line.pass(1).await;
        assert_eq!(start.elapsed().as_millis(), 1500);
    }
}
