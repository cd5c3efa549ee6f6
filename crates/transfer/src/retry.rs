//! How often and when something is tried again.

use std::{future::Future, time::Duration};

use rand::Rng;
use tokio::time::Instant;
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
    /// No try begins later than this after the first, or after the last one that moved something.
    pub within: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 6,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            patience: Duration::from_secs(300),
            within: Duration::MAX,
        }
    }
}

impl Retry {
    /// The tries that nobody has to be told of: hiccups of a few seconds. What lasts longer goes up to whoever shows a person
    /// that it is tried again, and when.
    #[must_use]
    pub fn unseen() -> Self {
        Self {
            within: Duration::from_secs(4),
            ..Self::default()
        }
    }

    /// Begins to count the tries of one thing.
    #[must_use]
    pub fn begin(self) -> Tries {
        Tries {
            retry: self,
            began: Instant::now(),
            failed: 0,
        }
    }

    /// The wait before try number `next`, from 1, if the server `asked` for a wait or not; none if there is no such try.
    fn delay(&self, next: u32, asked: Option<Duration>) -> Option<Duration> {
        if next == 0 || next >= self.tries {
            return None;
        }
        let longest = self
            .base
            .saturating_mul(1 << (next - 1).min(16))
            .min(self.cap);
        let wait = longest.mul_f64(rand::thread_rng().gen_range(0.0..=1.0));
        // Who asks for no wait at all gets the usual one, or it would be flooded.
        let wait = asked.map_or(wait, |asked| asked.max(wait));
        (wait <= self.patience.max(longest)).then_some(wait)
    }
}

/// The tries of one thing.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    retry: Retry,
    began: Instant,
    failed: u32,
}

impl Tries {
    /// The wait before another try, now that one failed and the server `asked` for a wait or not; none if there is no more.
    pub fn after_failure(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.failed += 1;
        let wait = self.retry.delay(self.failed, asked)?;
        let at = self.began.elapsed().saturating_add(wait);
        (at <= self.retry.within).then_some(wait)
    }

    /// The last try moved something, although it failed: the time counts from now.
    pub fn moved(&mut self) {
        self.began = Instant::now();
    }

    /// The last try brought it further: everything counts anew.
    pub(crate) fn got_further(&mut self) {
        *self = self.retry.begin();
    }

    /// Waits for another try after one that ended with `error`, if there is one and it may help.
    pub(crate) async fn pause(
        &mut self,
        error: Error,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        if !error.may_pass() {
            return Err(error);
        }
        let Some(time) = self.after_failure(error.wait()) else {
            return Err(error);
        };
        tracing::debug!(failed = self.failed, ?time, "trying again: {error}");
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

    #[test]
    fn waits_grow_have_a_cap_and_follow_the_server() {
        let retry = Retry::default();
        for next in 1..6 {
            let wait = retry.delay(next, None).unwrap();
            assert!(wait <= retry.base * (1 << (next - 1)), "{wait:?}");
        }
        assert_eq!(retry.delay(6, None), None);
        let asked = |seconds| retry.delay(1, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(7), Some(Duration::from_secs(7)));
        assert_eq!(asked(301), None);
        assert_eq!(asked(u64::MAX), None);
        // A past date, or nothing, is no leave to flood the server.
        let jitters = (0..20).map(|_| asked(0).unwrap());
        assert!(jitters.max().unwrap() > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_is_not_tried_in_secret() {
        let mut tries = Retry::unseen().begin();
        let mut waited = Duration::ZERO;
        while let Some(wait) = tries.after_failure(None) {
            waited += wait;
            tokio::time::sleep(wait).await;
        }
        assert!(waited <= Duration::from_secs(4), "{waited:?}");
        let mut tries = Retry::unseen().begin();
        assert_eq!(tries.after_failure(Some(Duration::from_secs(5))), None);
        // Nor is it after a try that took long itself, unless that moved something.
        let mut tries = Retry::unseen().begin();
        tokio::time::sleep(Duration::from_secs(30)).await;
        tries.moved();
        assert!(tries.after_failure(None).is_some());
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(tries.after_failure(None), None);
    }
}
