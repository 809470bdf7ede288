//! Rate limits: how many requests each client may still make in the running window.

use std::collections::HashMap;

use crate::clock::{Moment, seconds};

/// What is left of a limit, as the `Ratelimit` header tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// The limit.
    pub quota: u64,
    /// The length of a window in seconds.
    pub window: u64,
    /// Requests that may still be made.
    pub remaining: u64,
    /// Seconds until the window ends.
    pub reset: u64,
    /// Whether the request that asked is one too many.
    pub exceeded: bool,
}

/// The running windows, by client.
#[derive(Debug, Default)]
pub struct Budgets {
    windows: HashMap<String, Window>,
    blocked_until: Option<Moment>,
}

#[derive(Debug)]
struct Window {
    ends: Moment,
    used: u64,
    blocked: bool,
}

impl Budgets {
    /// Counts a request of `client`. The first one too many blocks the client for a whole window from then on.
    pub fn take(&mut self, client: &str, quota: u64, window: u64, now: Moment) -> Left {
        // A map of every client ever seen would only grow; a window that is over says nothing.
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
        // Rounded up: told to come back in no seconds, a client would come back too early.
        let left = (running.ends - now).num_milliseconds().max(0);
        Left {
            quota,
            window,
            remaining: quota.saturating_sub(running.used),
            reset: u64::try_from(left).unwrap_or(0).div_ceil(1_000).max(1),
            exceeded: running.blocked,
        }
    }

    /// Refuses everything every client asks until a whole window has passed.
    pub fn block_all(&mut self, window: u64, now: Moment) {
        self.blocked_until = Some(now + seconds(std::time::Duration::from_secs(window).as_secs_f64()));
    }

    /// Gives every client a fresh window.
    pub fn forget_all(&mut self) {
        self.windows.clear();
        self.blocked_until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn one_too_many_blocks_for_a_whole_window() {
        let mut budgets = Budgets::default();
        for used in 1..=3 {
            let left = budgets.take("a", 3, 300, at(0));
            assert_eq!((left.remaining, left.exceeded), (3 - used, false));
        }
        assert!(budgets.take("a", 3, 300, at(100)).exceeded);
        assert!(budgets.take("a", 3, 300, at(399)).exceeded);
        assert!(!budgets.take("b", 3, 300, at(399)).exceeded);
        assert!(!budgets.take("a", 3, 300, at(400)).exceeded);
    }

    #[test]
    fn a_block_holds_for_everybody_until_its_end() {
        let mut budgets = Budgets::default();
        budgets.take("a", 3, 300, at(0));
        budgets.block_all(300, at(10));
        let left = budgets.take("a", 3, 300, at(11));
        assert!(left.exceeded && left.reset == 299);
        assert!(budgets.take("b", 3, 300, at(309)).exceeded);
        assert!(!budgets.take("c", 3, 300, at(310)).exceeded);
    }
}
