//! Moments by a clock that people and time servers set.
//!
//! A computer that starts with a wrong time is set right minutes later, often by whole hours. What was put down before then lies in the
//! future: nothing may wait until it has come.

use crate::domain::bounds::Moved as _;
use chrono::{DateTime, TimeDelta, Utc};

/// Whether `at` is less than `span` ago. What lies ahead is longer ago than anybody knows.
#[must_use]
pub fn is_within(at: DateTime<Utc>, span: TimeDelta, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..span).contains(&now.since(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    #[test]
    fn what_lies_ahead_is_not_a_moment_ago() {
        for (within, seconds) in [(false, -10), (true, -9), (true, 0), (false, 1), (false, 3_600)] {
            assert_eq!(is_within(at(seconds), TimeDelta::seconds(10), at(0)), within, "{seconds}");
        }
    }
}
