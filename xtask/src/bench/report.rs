//! The table and the JSON of a run.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::Outcome;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Mebibytes,
}

/// How our figure is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Goal {
    /// Ours divided by theirs, at most.
    Ratio(f64),
    /// Ours minus theirs, at most.
    Above(f64),
    /// Told, not judged.
    None,
}

/// One comparison.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) work: String,
    pub(super) unit: Unit,
    pub(super) ours: f64,
    pub(super) against: String,
    pub(super) theirs: f64,
    pub(super) goal: Goal,
}

impl Line {
    fn ratio(&self) -> f64 {
        self.ours / self.theirs
    }

    /// Whether the goal is met; `None` when there is none.
    fn met(&self) -> Option<bool> {
        match self.goal {
            Goal::Ratio(most) => Some(self.ratio() <= most),
            Goal::Above(most) => Some(self.ours - self.theirs <= most),
            Goal::None => None,
        }
    }

    fn figure(&self, value: f64) -> String {
        match self.unit {
            Unit::Seconds if value < 1.0 => format!("{:.1} ms", value * 1000.0),
            Unit::Seconds => format!("{value:.3} s"),
            Unit::Mebibytes => format!("{value:.1} MiB"),
        }
    }

    fn comparison(&self) -> String {
        match self.goal {
            Goal::Above(_) => format!("+{:.1} MiB", self.ours - self.theirs),
            Goal::None if self.theirs == 0.0 => "-".into(),
            Goal::Ratio(_) | Goal::None => format!("{:.2} x", self.ratio()),
        }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::Ratio(most) => format!("<= {most:.2} x"),
            Goal::Above(most) => format!("<= +{most:.0} MiB"),
            Goal::None => "-".into(),
        }
    }
}

/// A table in Markdown, so that it can be pasted.
pub(super) fn table(lines: &[Line]) -> String {
    let mut text = String::from(
        "\n| work | Sifter | against | theirs | compared | goal | met |\n|---|---|---|---|---|---|---|\n",
    );
    for line in lines {
        let met = match line.met() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "-",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {met} |",
            line.work,
            line.figure(line.ours),
            line.against,
            line.figure(line.theirs),
            line.comparison(),
            line.goal_text(),
        );
    }
    text
}

/// The same for programs.
pub(super) fn json(lines: &[Line]) -> Outcome<String> {
    let rows: Vec<Value> = lines.iter().map(row).collect();
    Ok(serde_json::to_string_pretty(&json!({ "rows": rows }))?)
}

fn row(line: &Line) -> Value {
    let goal = match line.goal {
        Goal::Ratio(most) => json!({ "ratio": most }),
        Goal::Above(most) => json!({ "above": most }),
        Goal::None => Value::Null,
    };
    json!({
        "work": line.work,
        "unit": match line.unit { Unit::Seconds => "s", Unit::Mebibytes => "MiB" },
        "ours": line.ours,
        "against": line.against,
        "theirs": line.theirs,
        "ratio": line.ratio(),
        "goal": goal,
        "met": line.met(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ours: f64, theirs: f64, goal: Goal) -> Line {
        Line {
            work: "verify".into(),
            unit: Unit::Seconds,
            ours,
            against: "openssl".into(),
            theirs,
            goal,
        }
    }

    #[test]
    fn goals_are_judged() {
        assert_eq!(line(1.04, 1.0, Goal::Ratio(1.05)).met(), Some(true));
        assert_eq!(line(1.06, 1.0, Goal::Ratio(1.05)).met(), Some(false));
        assert_eq!(line(80.0, 20.0, Goal::Above(64.0)).met(), Some(true));
        assert_eq!(line(90.0, 20.0, Goal::Above(64.0)).met(), Some(false));
        assert_eq!(line(9.0, 1.0, Goal::None).met(), None);
    }

    #[test]
    fn table_shows_the_comparison() {
        let text = table(&[line(0.52, 1.0, Goal::Ratio(0.6))]);
        let row = "| verify | 520.0 ms | openssl | 1.000 s | 0.52 x | <= 0.60 x | yes |";
        assert!(text.contains(row), "{text}");
    }
}
