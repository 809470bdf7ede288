//! Compares moments by a clock that people and time servers may set.
//!
//! A computer that starts with a wrong time is corrected minutes later, often by whole hours. Moments that were
//! recorded before the correction may then lie in the future, and nothing may wait until they have come.

use crate::domain::bounds::Moved as _;
use chrono::{DateTime, TimeDelta, Utc};

/// Returns whether `at` lies less than `span` before `now`. A moment in the future does not: it was recorded by a wrong
/// clock, and its age is unknown.
#[must_use]
pub fn is_within(at: DateTime<Utc>, span: TimeDelta, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..span).contains(&now.since(at))
}

/// Returns whether this computer's clock differs so much from Cloudflare's that links may be refused: a token counts from
/// five minutes before it was made.
#[must_use]
pub fn is_off(skew: TimeDelta) -> bool {
    skew.abs() > TimeDelta::minutes(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    #[test]
    fn is_within_refuses_moments_in_the_future_and_moments_older_than_the_span() {
        for (within, seconds) in [(false, -10), (true, -9), (true, 0), (false, 1), (false, 3_600)] {
            assert_eq!(is_within(at(seconds), TimeDelta::seconds(10), at(0)), within, "{seconds}");
        }
    }
}
