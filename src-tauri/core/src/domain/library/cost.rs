//! What it costs to keep a video at Stream.

use std::fmt;

use chrono::TimeDelta;

/// The price of a thousand stored minutes for a month, in dollars (Stream docs, “Pricing”). Storage is paid in advance in
/// such thousands, so this is the share of one video.
const DOLLARS_FOR_THOUSAND_MINUTES: i64 = 5;

/// What it costs to keep a video for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageCost {
    length: TimeDelta,
}

impl StorageCost {
    /// Returns the cost of a video of this length. Its quality and its size do not matter.
    #[must_use]
    pub const fn of(length: TimeDelta) -> Self {
        Self { length }
    }

    /// Returns the stored minutes, to the nearest whole one and at least one.
    #[must_use]
    pub fn minutes(self) -> i64 {
        (self.length.num_seconds().saturating_add(30) / 60).max(1)
    }

    /// Returns the cost of a month in cents, to the nearest whole one.
    #[must_use]
    pub fn cents(self) -> i64 {
        // Seconds × dollars × 100 cents / (60 seconds × 1,000 minutes), with half a cent to round.
        let thousandths = self.length.num_seconds().saturating_mul(DOLLARS_FOR_THOUSAND_MINUTES);
        thousandths.saturating_add(300) / 600
    }
}

impl fmt::Display for StorageCost {
    /// Writes “$0.30 a month to store”.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cents() {
            ..1 => f.write_str("less than $0.01 a month to store"),
            cents => write!(f, "${}.{:02} a month to store", cents / 100, cents % 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_costs_thirty_cents_a_month() {
        for (seconds, words) in [
            (3_600, "$0.30 a month to store"),
            (90, "$0.01 a month to store"),
            (20, "less than $0.01 a month to store"),
            (86_400, "$7.20 a month to store"),
        ] {
            assert_eq!(StorageCost::of(TimeDelta::seconds(seconds)).to_string(), words);
        }
        assert_eq!(StorageCost::of(TimeDelta::seconds(3_612)).minutes(), 60);
        assert_eq!(StorageCost::of(TimeDelta::seconds(5)).minutes(), 1);
    }
}
