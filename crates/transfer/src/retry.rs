//! How often and when something is tried again.

use std::{future::Future, time::Duration};

use rand::Rng;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How often and when something is tried again: full jitter, doubled each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many tries in all.
    pub tries: u32,
    /// The longest wait before the second try.
    pub base: Duration,
    /// The longest wait at all.
    pub cap: Duration,
    /// A server that asks for a longer wait is not waited for.
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 6,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            patience: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// The wait before try number `next`, from 1; none if there is no such try.
    pub(crate) fn wait(&self, next: u32, error: &Error) -> Option<Duration> {
        self.delay(next, error.wait()).filter(|_| error.may_pass())
    }

    /// The wait before try number `next`, from 1, if the server `asked` for a wait or not; none if there is no such try.
    #[must_use]
    pub fn delay(&self, next: u32, asked: Option<Duration>) -> Option<Duration> {
        if next == 0 || next >= self.tries {
            return None;
        }
        match asked {
            Some(asked) => (asked <= self.patience).then_some(asked),
            None => {
                let longest = self
                    .base
                    .saturating_mul(1 << (next - 1).min(16))
                    .min(self.cap);
                Some(longest.mul_f64(rand::thread_rng().gen_range(0.0..=1.0)))
            }
        }
    }

    /// Waits for try number `next`, from 1; `error` is how the one before ended.
    pub(crate) async fn pause(
        &self,
        next: u32,
        error: Error,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let Some(time) = self.wait(next, &error) else {
            return Err(error);
        };
        tracing::debug!(next, ?time, "trying again: {error}");
        let sleep = async {
            tokio::time::sleep(time).await;
            Ok(())
        };
        or_stop(stop, sleep).await
    }
}

/// The result of `work`, unless it is stopped before.
pub(crate) async fn or_stop<T>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Error::Stopped),
        result = work => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, wait: Option<u64>) -> Error {
        Error::Refused {
            status,
            message: String::new(),
            wait: wait.map(Duration::from_secs),
        }
    }

    #[test]
    fn waits_grow_have_a_cap_and_follow_the_server() {
        let retry = Retry::default();
        for next in 1..6 {
            let wait = retry.wait(next, &refused(503, None)).unwrap();
            assert!(wait <= retry.base * (1 << (next - 1)), "{wait:?}");
        }
        assert_eq!(retry.wait(6, &refused(503, None)), None);
        assert_eq!(
            retry.wait(1, &refused(429, Some(7))),
            Some(Duration::from_secs(7))
        );
        assert_eq!(retry.wait(1, &refused(429, Some(301))), None);
        assert_eq!(retry.wait(1, &refused(404, None)), None);
        assert_eq!(retry.wait(1, &Error::Stopped), None);
    }
}
