//! Rate limits: how many requests each client may still make in the current window.

use std::collections::HashMap;

use crate::clock::{Moment, seconds};

/// A client's state, as the `Ratelimit` header reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitStatus {
    /// Requests per window.
    pub quota: u64,
    /// The length of a window in seconds.
    pub window: u64,
    /// Requests left in this window.
    pub remaining: u64,
    /// Seconds until the window ends.
    pub reset: u64,
    /// Whether this request is refused, because the client is blocked.
    pub exceeded: bool,
}

/// The current window of each client.
#[derive(Debug, Default)]
pub struct RateLimits {
    windows: HashMap<String, Window>,
    blocked_until: Option<Moment>,
}

#[derive(Debug)]
struct Window {
    ends: Moment,
    used: u64,
    blocked: bool,
}

impl RateLimits {
    /// Counts a request of `client`, which may make `quota` requests in `window` seconds. The first request over the
    /// limit blocks the client for a whole window from that request on.
    pub fn count(&mut self, client: &str, quota: u64, window: u64, now: Moment) -> LimitStatus {
        // Windows that have ended are removed, so that the map does not grow without bound.
        if self.windows.len() > 1_000 {
            self.windows.retain(|_, running| running.ends > now);
        }
        let length = seconds(std::time::Duration::from_secs(window).as_secs_f64());
        let fresh = || Window { ends: now + length, used: 0, blocked: false };
        let running = self.windows.entry(client.to_owned()).or_insert_with(fresh);
        if running.ends <= now {
            *running = fresh();
        }
        running.used = running.used.saturating_add(1);
        if let Some(until) = self.blocked_until.filter(|until| *until > now) {
            running.blocked = true;
            running.ends = running.ends.max(until);
        }
        if running.used > quota && !running.blocked {
            running.blocked = true;
            running.ends = now + length;
        }
        // Seconds are rounded up, so that a client that waits as long as `reset` says does not come back too early.
        let left = (running.ends - now).num_milliseconds().max(0);
        LimitStatus {
            quota,
            window,
            remaining: quota.saturating_sub(running.used),
            reset: u64::try_from(left).unwrap_or(0).div_ceil(1_000).max(1),
            exceeded: running.blocked,
        }
    }

    /// Blocks every client until a whole window has passed.
    pub fn block_all(&mut self, window: u64, now: Moment) {
        self.blocked_until = Some(now + seconds(std::time::Duration::from_secs(window).as_secs_f64()));
    }

    /// Gives every client a fresh window.
    pub fn reset(&mut self) {
        self.windows.clear();
        self.blocked_until = None;
    }
}

/// The brakes of scripts (`ratelimit` bindings): how many requests each client made in the window that runs now.
#[derive(Debug, Default)]
pub struct Brakes {
    /// By client: the window and the requests in it.
    counts: HashMap<String, (i64, u32)>,
}

impl Brakes {
    /// Counts a request of `client`, and says whether it is among the first `limit` of a window of `period` seconds.
    pub fn admits(&mut self, client: &str, limit: u32, period: u32, now: Moment) -> bool {
        let window = now.timestamp().div_euclid(i64::from(period.max(1)));
        if self.counts.len() > 1_000 {
            self.counts.retain(|_, (of, _)| *of >= window);
        }
        let (of, count) = self.counts.entry(client.to_owned()).or_insert((window, 0));
        if *of != window {
            (*of, *count) = (window, 0);
        }
        *count = count.saturating_add(1);
        *count <= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_first_request_over_the_limit_blocks_its_client_for_a_whole_window() {
        let mut rate_limits = RateLimits::default();
        for used in 1..=3 {
            let left = rate_limits.count("a", 3, 300, at(0));
            assert_eq!((left.remaining, left.exceeded), (3 - used, false));
        }
        assert!(rate_limits.count("a", 3, 300, at(100)).exceeded);
        assert!(rate_limits.count("a", 3, 300, at(399)).exceeded);
        assert!(!rate_limits.count("b", 3, 300, at(399)).exceeded);
        assert!(!rate_limits.count("a", 3, 300, at(400)).exceeded);
    }

    #[test]
    fn a_brake_admits_so_many_requests_of_a_client_in_each_window() {
        let mut brakes = Brakes::default();
        let answers: Vec<bool> = (0..4).map(|second| brakes.admits("a", 2, 60, at(second))).collect();
        assert_eq!(answers, [true, true, false, false]);
        assert!(brakes.admits("b", 2, 60, at(4)));
        assert!(brakes.admits("a", 2, 60, at(60)));
    }

    #[test]
    fn block_all_blocks_every_client_until_the_window_ends() {
        let mut rate_limits = RateLimits::default();
        rate_limits.count("a", 3, 300, at(0));
        rate_limits.block_all(300, at(10));
        let left = rate_limits.count("a", 3, 300, at(11));
        assert!(left.exceeded && left.reset == 299);
        assert!(rate_limits.count("b", 3, 300, at(309)).exceeded);
        assert!(!rate_limits.count("c", 3, 300, at(310)).exceeded);
    }
}
