//! When a person was in the room, from the connections that RealtimeKit lists.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;

/// One connection to a room. A person with two devices has two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// When it began.
    pub joined_at: DateTime<Utc>,
    /// When it ended; `None` while it lasts.
    pub left_at: Option<DateTime<Utc>>,
}

/// When a person was in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// When the person first joined.
    pub joined_at: DateTime<Utc>,
    /// When the person left for the last time; `None` while they are there.
    pub left_at: Option<DateTime<Utc>>,
    /// The time in the room. Two devices at the same time count once.
    pub present: TimeDelta,
}

impl Attendance {
    /// Adds up the connections of one person; `None` where there are none. A connection that lasts is counted up to
    /// `now`.
    #[must_use]
    pub fn of(connections: &[Connection], now: DateTime<Utc>) -> Option<Self> {
        let mut spans: Vec<(DateTime<Utc>, DateTime<Utc>)> =
            connections.iter().map(|one| (one.joined_at, one.left_at.unwrap_or(now).max(one.joined_at))).collect();
        spans.sort_unstable();
        let (joined_at, _) = *spans.first()?;
        let mut present = TimeDelta::zero();
        let mut counted_to = joined_at;
        for (from, to) in &spans {
            let from = (*from).max(counted_to);
            let more = to.since(from).max(TimeDelta::zero());
            present = present.checked_add(&more).unwrap_or(TimeDelta::MAX);
            counted_to = counted_to.max(*to);
        }
        let is_there = connections.iter().any(|one| one.left_at.is_none());
        let left_at = connections.iter().filter_map(|one| one.left_at).max().filter(|_| !is_there);
        Some(Self { joined_at, left_at, present })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_devices_at_once_count_once_and_a_pause_does_not_count() {
        let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).unwrap();
        let connection = |from, to: Option<i64>| Connection { joined_at: at(from), left_at: to.map(at) };
        let seen =
            Attendance::of(&[connection(5, Some(20)), connection(0, Some(10)), connection(30, Some(40))], at(50));
        let expected = Attendance { joined_at: at(0), left_at: Some(at(40)), present: TimeDelta::minutes(30) };
        assert_eq!(seen, Some(expected));
        let there = Attendance::of(&[connection(0, Some(10)), connection(20, None)], at(50)).unwrap();
        assert_eq!((there.left_at, there.present), (None, TimeDelta::minutes(40)));
        assert_eq!(Attendance::of(&[], at(50)), None);
        // A clock that disagrees makes nothing negative.
        assert_eq!(Attendance::of(&[connection(9, Some(3))], at(1)).unwrap().present, TimeDelta::zero());
    }
}
