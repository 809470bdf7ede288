//! The jobs' share of the account's rate budget: a fifth. The rest is for people, the dashboard and other programs.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::Budget;
use crate::domain::bounds::Moved as _;

/// The requests that Cloudflare allows one user in [`WINDOW_SECONDS`], for all programs together.
const MAX_REQUESTS_PER_WINDOW: f64 = 1_200.0;
const WINDOW_SECONDS: f64 = 300.0;
/// The share of them that the jobs may send.
const JOBS_SHARE: f64 = 0.2;
/// The requests that the jobs may send at once after a quiet time.
const MAX_BURST: f64 = 40.0;

/// A token bucket: each request takes from it, and time fills it again.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Allowance {
    /// The requests that were sent and that time has not made up for yet, and the moment when they were counted.
    taken: f64,
    at: Option<DateTime<Utc>>,
}

impl Allowance {
    /// Takes requests that were sent from the bucket.
    pub fn take(&mut self, requests: u64, now: DateTime<Utc>) {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let requests = requests as f64;
        self.taken = self.taken(now) + requests;
        self.at = Some(now);
    }

    /// The moment until which requests that can wait are put off; `None` if they may be sent.
    #[must_use]
    pub fn spent_until(&self, now: DateTime<Utc>, budget: Budget) -> Option<DateTime<Utc>> {
        let over = self.taken(now) - MAX_BURST;
        let ours = (over >= 0.0).then(|| now.later(seconds((over + 1.0) / rate())));
        // Other programs may have sent more than their share. The jobs take at most a fifth of what these have left.
        let theirs = match (budget.remaining, budget.resets_in) {
            (Some(left), Some(resets_in)) if f64::from(left) * JOBS_SHARE < 1.0 => {
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

/// The requests that time makes up for per second. A burst and the requests after it stay within the share.
const fn rate() -> f64 {
    (MAX_REQUESTS_PER_WINDOW * JOBS_SHARE - MAX_BURST) / WINDOW_SECONDS
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
    fn the_jobs_send_at_most_a_fifth_of_the_limit_in_any_five_minutes() {
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
    fn a_budget_that_others_used_up_puts_requests_off_until_it_resets() {
        let budget =
            |left| Budget { remaining: Some(left), resets_in: Some(Duration::from_secs(40)), blocked_for: None };
        let allowance = Allowance::default();
        assert_eq!(allowance.spent_until(start(), budget(100)), None);
        assert_eq!(allowance.spent_until(start(), budget(3)), Some(start() + TimeDelta::seconds(40)));
    }

    #[test]
    fn setting_the_clock_back_neither_frees_nor_uses_up_requests() {
        let mut allowance = Allowance::default();
        allowance.take(20, start());
        allowance.take(20, start() - TimeDelta::days(1));
        assert!(allowance.spent_until(start() - TimeDelta::days(1), Budget::default()).is_some());
        assert_eq!(allowance.spent_until(start(), Budget::default()), None);
    }
}
