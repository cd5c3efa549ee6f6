//! How many connections are worth having.

/// How many connections are worth having: one more as long as that makes the transfer faster.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pace {
    connections: usize,
    most: usize,
    best: f64,
    is_settled: bool,
}

/// One more connection must bring a tenth.
const WORTH: f64 = 1.1;

impl Pace {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            connections: most.min(4),
            most,
            best: 0.0,
            is_settled: false,
        }
    }

    pub(crate) const fn connections(&self) -> usize {
        self.connections
    }

    /// Hears how fast the last second was, in bytes a second.
    pub(crate) fn heard(&mut self, rate: f64) {
        if self.is_settled {
            return;
        }
        if rate > self.best * WORTH && self.connections < self.most {
            self.best = rate;
            self.connections += 1;
        } else {
            self.is_settled = true;
        }
    }

    /// The server asked for less.
    pub(crate) fn slow_down(&mut self) {
        self.connections = (self.connections / 2).max(1);
        self.is_settled = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_added_while_they_help() {
        let mut pace = Pace::new(8);
        for rate in [100.0, 150.0, 200.0, 205.0, 900.0] {
            pace.heard(rate);
        }
        assert_eq!(pace.connections(), 7);
        pace.slow_down();
        assert_eq!(pace.connections(), 3);
        for _ in 0..4 {
            pace.slow_down();
        }
        assert_eq!(pace.connections(), 1);
        assert_eq!(Pace::new(0).connections(), 1);
    }
}
