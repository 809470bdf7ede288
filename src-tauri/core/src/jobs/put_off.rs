//! What a job tries again later, by its id. The wait doubles with each failure.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::jobs::job::Wake;

/// The wait after the first failure.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(2);

/// What failed, how often, and when it is tried again. After `MAX_DOUBLINGS` doublings the wait stays the same.
#[derive(Debug)]
pub(crate) struct PutOff<Id, const MAX_DOUBLINGS: u32>(HashMap<Id, (u32, DateTime<Utc>)>);

impl<Id, const MAX_DOUBLINGS: u32> Default for PutOff<Id, MAX_DOUBLINGS> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Id: Copy + Eq + Hash, const MAX_DOUBLINGS: u32> PutOff<Id, MAX_DOUBLINGS> {
    /// Notes a failure.
    pub(crate) fn fail(&mut self, id: Id, now: DateTime<Utc>) {
        let (failures, until) = self.0.entry(id).or_insert((0, now));
        let doublings = (*failures).min(MAX_DOUBLINGS);
        let wait = FIRST_WAIT.checked_mul(1_i32 << doublings).unwrap_or(FIRST_WAIT);
        *failures = failures.saturating_add(1);
        *until = now.later(wait);
    }

    /// Forgets a failure, because it is done.
    pub(crate) fn done(&mut self, id: &Id) {
        self.0.remove(id);
    }

    /// Forgets everything that does not wait any more.
    pub(crate) fn keep(&mut self, waits: impl Fn(&Id) -> bool) {
        self.0.retain(|id, _| waits(id));
    }

    /// Makes everything due.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Makes everything due once the network is back.
    pub(crate) fn woken(&mut self, wake: Wake) {
        if wake == Wake::Network {
            self.clear();
        }
    }

    /// Whether it may be tried now.
    pub(crate) fn is_due(&self, id: &Id, now: DateTime<Utc>) -> bool {
        self.0.get(id).is_none_or(|(_, until)| *until <= now)
    }

    /// When the first is tried again; `None` where nothing waits.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.0.values().map(|(_, until)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_limit_and_ends_with_success() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut put_off = PutOff::<u8, 2>::default();
        assert!(put_off.is_due(&1, now));
        for minutes in [2, 4, 8, 8] {
            put_off.fail(1, now);
            assert_eq!(put_off.next(), Some(now + TimeDelta::minutes(minutes)));
            assert!(!put_off.is_due(&1, now + TimeDelta::minutes(minutes) - TimeDelta::seconds(1)));
            assert!(put_off.is_due(&1, now + TimeDelta::minutes(minutes)));
        }
        put_off.done(&1);
        assert_eq!(put_off.next(), None);
        put_off.fail(1, now);
        assert_eq!(put_off.next(), Some(now + TimeDelta::minutes(2)));
        put_off.keep(|_| false);
        assert!(put_off.is_due(&1, now));
    }
}
