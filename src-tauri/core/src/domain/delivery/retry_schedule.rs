//! When a delivery is tried again: soon at first, then ever less often, for three days.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;

/// How long attempts go on after an event.
pub const RETRY_PERIOD: TimeDelta = TimeDelta::days(3);

/// The waits after the first attempts; the last one is repeated. A receiver that was restarted gets its event within
/// seconds, one that was mended the next day within hours.
const WAITS: [TimeDelta; 7] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(10),
];

/// The longest wait that a receiver may ask for. An absurd one would otherwise end all attempts.
pub const ASKED_WAIT_MAX: TimeDelta = TimeDelta::hours(24);

/// When the attempt after the n-th is due; `None` when there is none. `asked` is how long the receiver wants to be left
/// alone.
#[must_use]
pub fn next_attempt(
    attempts: u32,
    asked: Option<TimeDelta>,
    retry_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = WAITS.get(place).or(WAITS.last()).copied().unwrap_or(RETRY_PERIOD);
    let wait = asked.map_or(wait, |asked| asked.min(ASKED_WAIT_MAX).max(wait));
    Some(now.later(wait)).filter(|next| *next < retry_until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn attempts_go_on_for_three_days_and_end() {
        let until = begin() + RETRY_PERIOD;
        let (mut now, mut made) = (begin(), 1);
        let mut waits = Vec::new();
        while let Some(next) = next_attempt(made, None, until, now) {
            waits.push((next - now).num_seconds());
            (now, made) = (next, made + 1);
        }
        assert_eq!(waits[..5], [5, 300, 1_800, 7_200, 18_000]);
        assert_eq!(waits[5..], [36_000; 6]);
        assert!(until - now < TimeDelta::hours(10), "the last attempt is near the end: {now}");
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_and_for_no_shorter_one() {
        let until = begin() + RETRY_PERIOD;
        let wait = |attempts, asked| next_attempt(attempts, Some(asked), until, begin()).map(|next| next - begin());
        assert_eq!(wait(1, TimeDelta::minutes(7)), Some(TimeDelta::minutes(7)));
        assert_eq!(wait(2, TimeDelta::seconds(1)), Some(TimeDelta::minutes(5)));
        assert_eq!(wait(1, TimeDelta::days(3_650)), Some(ASKED_WAIT_MAX));
        assert_eq!(wait(1, TimeDelta::seconds(-9)), Some(TimeDelta::seconds(5)));
    }

    #[test]
    fn a_clock_that_jumped_past_the_end_ends_the_attempts() {
        assert_eq!(next_attempt(1, None, begin(), begin() + TimeDelta::days(9)), None);
        assert_eq!(next_attempt(u32::MAX, None, DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC), None);
    }
}
