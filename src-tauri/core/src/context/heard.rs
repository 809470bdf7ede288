//! What this process heard from Cloudflare last.

use chrono::TimeDelta;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::health::desk::{BudgetSeen, Heard};

impl Context {
    /// What this process heard from Cloudflare last: answers, rate budget and clock.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let (cloudflare, now) = (self.cloudflare(), self.now());
        let budget = cloudflare.budget();
        let resets_at = budget.resets_in.and_then(|left| TimeDelta::from_std(left).ok()).map(|left| now.later(left));
        Heard {
            budget: budget.remaining.zip(resets_at).map(|(remaining, resets_at)| BudgetSeen { remaining, resets_at }),
            clock_ahead: cloudflare.clock_skew().map(|ahead| ahead.num_milliseconds()),
            ..cloudflare.answers()
        }
    }
}
