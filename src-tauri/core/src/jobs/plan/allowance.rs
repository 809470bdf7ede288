//! How much of the account's rate budget the jobs take: a fifth, so that people, the dashboard and other programs have the rest.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::Budget;
use crate::domain::bounds::Moved as _;

/// Requests a user may make in [`WINDOW`], for all that they use together.
const ALLOWED: f64 = 1_200.0;
const WINDOW: f64 = 300.0;
/// What of it the jobs may take.
const SHARE: f64 = 0.2;
/// What may be taken at once after a quiet time.
const BURST: f64 = 40.0;

/// A bucket that fills with time and is emptied by requests.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Allowance {
    /// What was taken and has not come back yet, and when that was counted.
    taken: f64,
    at: Option<DateTime<Utc>>,
}

impl Allowance {
    /// Takes what was sent.
    pub fn take(&mut self, requests: u64, now: DateTime<Utc>) {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let requests = requests as f64;
        self.taken = self.taken(now) + requests;
        self.at = Some(now);
    }

    /// Until when nothing more may be asked that can wait; `None` while there is something left.
    #[must_use]
    pub fn spent_until(&self, now: DateTime<Utc>, budget: Budget) -> Option<DateTime<Utc>> {
        let over = self.taken(now) - BURST;
        let ours = (over >= 0.0).then(|| now.later(seconds((over + 1.0) / rate())));
        // Others may have taken more than their share: of what they left, a fifth at most is ours.
        let theirs = match (budget.remaining, budget.resets_in) {
            (Some(left), Some(resets_in)) if f64::from(left) * SHARE < 1.0 => {
                Some(now.later(seconds(resets_in.as_secs_f64())))
            }
            _ => None,
        };
        ours.max(theirs)
    }

    fn taken(&self, now: DateTime<Utc>) -> f64 {
        let since = self.at.map_or(0.0, |at| now.since(at).as_seconds_f64().max(0.0));
        (self.taken - since * rate()).max(0.0)
    }
}

/// What comes back in a second, so that a burst and what follows it stay within the share.
const fn rate() -> f64 {
    (ALLOWED * SHARE - BURST) / WINDOW
}

fn seconds(seconds: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "clamped right before")]
    let millis = (seconds.clamp(0.0, 900.0) * 1_000.0) as i64;
    TimeDelta::milliseconds(millis)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn in_any_five_minutes_a_fifth_is_taken_at_most() {
        let (mut allowance, mut now, mut sent) = (Allowance::default(), start(), Vec::new());
        while now < start() + TimeDelta::hours(1) {
            if allowance.spent_until(now, Budget::default()).is_none() {
                allowance.take(2, now);
                sent.push(now);
            }
            now += TimeDelta::milliseconds(100);
        }
        let most = sent
            .iter()
            .map(|from| 2 * sent.iter().filter(|at| (*from..*from + TimeDelta::minutes(5)).contains(at)).count());
        let most = most.max().unwrap();
        assert!((200..=240).contains(&most), "{most}");
    }

    #[test]
    fn what_others_left_is_left_to_them() {
        let budget =
            |left| Budget { remaining: Some(left), resets_in: Some(Duration::from_secs(40)), blocked_for: None };
        let allowance = Allowance::default();
        assert_eq!(allowance.spent_until(start(), budget(100)), None);
        assert_eq!(allowance.spent_until(start(), budget(3)), Some(start() + TimeDelta::seconds(40)));
    }

    #[test]
    fn a_clock_set_back_gives_nothing_away_and_takes_nothing() {
        let mut allowance = Allowance::default();
        allowance.take(20, start());
        allowance.take(20, start() - TimeDelta::days(1));
        assert!(allowance.spent_until(start() - TimeDelta::days(1), Budget::default()).is_some());
        assert_eq!(allowance.spent_until(start(), Budget::default()), None);
    }
}
