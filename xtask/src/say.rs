//! What the commands print. One place, so that all of them look the same and the closing line stays the last one.

use std::io::Write as _;
use std::time::Duration;

/// Announces a step.
pub(crate) fn step(what: &str) {
    text(&format!("==> {what}\n"));
}

/// A line below a step.
pub(crate) fn line(what: &str) {
    text(&format!("    {what}\n"));
}

/// A plain line.
pub(crate) fn plain(what: &str) {
    text(&format!("{what}\n"));
}

/// A problem that ends a command; goes to standard error.
pub(crate) fn problem(why: &str) {
    // A closed terminal is no reason to stop a build.
    let _ = writeln!(std::io::stderr().lock(), "error: {why}");
}

/// Text as it is.
pub(crate) fn text(what: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(what.as_bytes());
    let _ = out.flush();
}

/// A duration for people: `4.2 s`, `3 min 05 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(Duration::from_millis(4_230)), "4.2 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
