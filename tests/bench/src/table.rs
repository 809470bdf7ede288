//! The table of figures, their comparisons and their targets.

use std::{
    fmt,
    time::{Duration, Instant},
};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The figure, with its unit.
    pub(crate) figure: String,
    /// The comparison with something measured in the same run; empty when there is none.
    pub(crate) beside: String,
    /// The target, as text.
    pub(crate) mark: String,
    /// Whether the figure reaches its target.
    pub(crate) reached: bool,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    pub(crate) fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(crate) fn all_reached(&self) -> bool {
        self.0.iter().all(|row| row.reached)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: fn(&Row) -> &String, least: usize| {
            self.0.iter().map(|row| cell(row).chars().count()).chain([least]).max().unwrap_or(least)
        };
        let (what, figure) = (width(|row| &row.what, 4), width(|row| &row.figure, 6));
        let (beside, mark) = (width(|row| &row.beside, 6), width(|row| &row.mark, 4));
        let heads = ["what", "figure", "beside", "mark"];
        writeln!(f, "   {:what$}  {:>figure$}  {:>beside$}  {:>mark$}", heads[0], heads[1], heads[2], heads[3])?;
        for row in &self.0 {
            let sign = if row.reached { '✓' } else { '✗' };
            writeln!(
                f,
                " {sign} {:what$}  {:>figure$}  {:>beside$}  {:>mark$}",
                row.what, row.figure, row.beside, row.mark
            )?;
        }
        Ok(())
    }
}

/// Measured times, in the order of the measurements.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn since(&mut self, begun: Instant) {
        self.0.push(begun.elapsed());
    }

    /// Returns the measured time that `percent` of the times do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(rank).copied().unwrap_or_default()
    }
}

/// Formats a duration in milliseconds for the table.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_measured_time() {
        let times = Times((1..=100).map(Duration::from_millis).collect());
        assert_eq!(times.percentile(50), Duration::from_millis(50));
        assert_eq!(times.percentile(95), Duration::from_millis(95));
        assert_eq!(Times(vec![Duration::from_millis(7)]).percentile(95), Duration::from_millis(7));
        assert_eq!(Times::default().percentile(95), Duration::ZERO);
    }

    #[test]
    fn one_missed_target_fails_the_run() {
        let row =
            |reached| Row { what: "x".into(), figure: "1".into(), beside: String::new(), mark: "2".into(), reached };
        let mut table = Table::default();
        table.add(row(true));
        assert!(table.all_reached());
        table.add(row(false));
        assert!(!table.all_reached());
        assert!(table.to_string().contains('✗'));
    }
}
