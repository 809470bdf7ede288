//! Classes that are held in one room, one after the other: to which of them something belongs that happened in the room.
//!
//! A room is closed between two classes, so what happens there happens in a class. The clocks of this computer and of
//! Cloudflare may differ, so the boundary lies between the end of one class and the beginning of the next.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::Session;

/// The longest time after the end of a class in which something may still belong to it.
const AFTER_END_MAX: TimeDelta = TimeDelta::minutes(30);
/// The time between a class and something in its room from which on it belongs to another class, of which this desk knows
/// nothing. A class may go on for hours without a recording.
pub const ANOTHER_CLASS_AFTER: TimeDelta = TimeDelta::hours(6);

/// A class that is or was held in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The class.
    pub session: SessionId,
    /// When the room was opened for it.
    pub opened_at: DateTime<Utc>,
    /// When it ended; `None` before that.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Held {
    /// Reads when a session was held; `None` before its room is open.
    #[must_use]
    pub fn of(session: &Session) -> Option<Self> {
        let opened_at = session.state.room()?.opened_at;
        Some(Self { session: session.id, opened_at, ended_at: session.state.ended_at() })
    }

    /// Returns the time between this class and something that lasted from `began` to `ended`; zero where they overlap.
    fn apart(&self, began: DateTime<Utc>, ended: DateTime<Utc>) -> TimeDelta {
        let before = self.opened_at.since(ended);
        let after = self.ended_at.map_or(TimeDelta::zero(), |end| began.since(end));
        before.max(after).max(TimeDelta::zero())
    }

    /// Returns the moment from which on what happens in the room belongs to `next`.
    fn boundary(&self, next: &Self) -> DateTime<Utc> {
        let Some(end) = self.ended_at else { return next.opened_at };
        let between = next.opened_at.since(end).part(2);
        end.later(between.clamp(TimeDelta::zero(), AFTER_END_MAX))
    }
}

/// Returns the class of a room to which something belongs that lasted from `began` to `ended`: the nearest one. `None` if
/// it can only belong to a class that is not among these.
#[must_use]
pub fn nearest(classes: &[Held], began: DateTime<Utc>, ended: DateTime<Utc>) -> Option<SessionId> {
    let apart = classes.iter().map(|held| (held.apart(began, ended), held.session));
    apart.min_by_key(|(apart, _)| *apart).filter(|(apart, _)| *apart < ANOTHER_CLASS_AFTER).map(|(_, session)| session)
}

/// The time in which what happens in a room belongs to one class. Without other classes in the room it has no bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeInRoom {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl TimeInRoom {
    /// Returns the time that belongs to a class, given all classes of its room.
    #[must_use]
    pub fn of(session: SessionId, classes: &[Held]) -> Self {
        let mut classes = classes.to_vec();
        classes.sort_by_key(|held| (held.opened_at, held.session));
        let mut time = Self::default();
        for pair in classes.windows(2) {
            let [before, after] = pair else { continue };
            if after.session == session {
                time.from = Some(before.boundary(after));
            }
            if before.session == session {
                time.until = Some(before.boundary(after));
            }
        }
        time
    }

    /// Returns whether something that happened at this moment belongs to the class. Where it is not known when, it belongs
    /// to the only class of a room, and to none of several.
    #[must_use]
    pub fn contains(&self, at: Option<DateTime<Utc>>) -> bool {
        match at {
            Some(at) => self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until),
            None => *self == Self::default(),
        }
    }

    /// Returns whether something overlaps this time. Both moments may be unknown.
    #[must_use]
    pub fn overlaps(&self, began: Option<DateTime<Utc>>, ended: Option<DateTime<Utc>>) -> bool {
        let too_late = began.zip(self.until).is_some_and(|(began, until)| began >= until);
        let too_early = ended.zip(self.from).is_some_and(|(ended, from)| ended < from);
        !too_late && !too_early
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn held(opened: i64, ended: Option<i64>) -> Held {
        Held { session: SessionId::new(), opened_at: at(opened), ended_at: ended.map(at) }
    }

    const WEEK: i64 = 7 * 24 * 60;

    #[test]
    fn the_only_class_of_a_room_has_all_its_time() {
        let only = held(0, Some(60));
        let time = TimeInRoom::of(only.session, &[only]);
        assert!(time.contains(None) && time.contains(Some(at(-WEEK))) && time.contains(Some(at(WEEK))));
    }

    #[test]
    fn what_happens_in_a_room_belongs_to_one_of_its_classes() {
        let classes = [held(WEEK, Some(WEEK + 60)), held(0, Some(60)), held(WEEK + 64, None)];
        let owners = |minutes: i64| -> Vec<usize> {
            let owns = |class: &Held| TimeInRoom::of(class.session, &classes).contains(Some(at(minutes)));
            (0..classes.len()).filter(|index| owns(&classes[*index])).collect()
        };
        for (minutes, owner) in [(-5, 1), (30, 1), (89, 1), (90, 0), (WEEK, 0), (WEEK + 61, 0), (WEEK + 62, 2)] {
            assert_eq!(owners(minutes), [owner], "{minutes}");
        }
        assert!(classes.iter().all(|class| !TimeInRoom::of(class.session, &classes).contains(None)));
    }

    #[test]
    fn a_recording_belongs_to_the_nearest_class_or_to_one_that_is_not_known() {
        let classes = [held(0, Some(60)), held(WEEK, None)];
        let near = |began, ended| nearest(&classes, at(began), at(ended));
        assert_eq!(near(5, 55), Some(classes[0].session));
        assert_eq!(near(70, 90), Some(classes[0].session));
        assert_eq!(near(WEEK + 3_000, WEEK + 3_060), Some(classes[1].session));
        assert_eq!(near(24 * 60, 25 * 60), None);
    }
}
