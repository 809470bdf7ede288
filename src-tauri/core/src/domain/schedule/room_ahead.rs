//! Rooms that are made before their sessions begin, so that a start only opens them: which room needs what.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{AppId, MeetingId, SessionId};
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Session, SessionState};

/// The time before its start from which a session has a room.
pub const ROOM_HORIZON: TimeDelta = TimeDelta::hours(24);
/// The time after its planned end for which the room of a session that never began is remembered. After that it is
/// found by its room code, as every room.
pub const REMEMBERED_AFTER_END: TimeDelta = TimeDelta::days(7);

/// The room of a session that has not begun, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomAhead {
    /// The session.
    pub session: SessionId,
    /// The room; `None` while the answer to the request for it is not known.
    pub room: Option<KnownRoom>,
}

/// A room that RealtimeKit has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRoom {
    /// The app that the room belongs to.
    pub app: AppId,
    /// The id of the meeting.
    pub id: MeetingId,
    /// The title that RealtimeKit was last told, with the room code.
    pub title: String,
    /// Whether RealtimeKit confirmed that nobody can join.
    pub closed: bool,
}

/// What the room of a session needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomNeed {
    /// The room is to be found by its room code or made, and closed.
    Make,
    /// The room is to be told the present title, and closed.
    Tell,
    /// The session will not begin. The room is to be closed.
    Close,
    /// The session will not begin soon, and nobody knows whether its room was made. If it was, it is to be closed.
    Settle,
    /// Nothing needs to be remembered any more.
    Forget,
}

/// Returns what the room of a session needs at `now`; `None` if nothing.
#[must_use]
pub fn need(session: &Session, known: Option<&RoomAhead>, now: DateTime<Utc>) -> Option<RoomNeed> {
    let long_over = session.plan.end().later(REMEMBERED_AFTER_END) < now;
    match &session.state {
        // The start and the end look after the room themselves.
        SessionState::Starting { .. } | SessionState::Live(_) | SessionState::Ending(..) => None,
        SessionState::Ended(..) => known.map(|_| RoomNeed::Forget),
        SessionState::Cancelled { .. } => match &known?.room {
            None => Some(RoomNeed::Settle),
            Some(room) if !room.closed => Some(RoomNeed::Close),
            Some(_) => long_over.then_some(RoomNeed::Forget),
        },
        SessionState::Scheduled { code } => match known.map(|known| &known.room) {
            Some(Some(room)) => {
                let title = code.as_ref().map(|code| code.meeting_title(&session.plan.title));
                if !room.closed || title.as_ref().is_some_and(|title| *title != room.title) {
                    return Some(RoomNeed::Tell);
                }
                long_over.then_some(RoomNeed::Forget)
            }
            _ if is_near(session, now) => Some(RoomNeed::Make),
            Some(None) => Some(RoomNeed::Settle),
            None => None,
        },
    }
}

/// Whether a session of this desk begins within [`ROOM_HORIZON`], or should have begun and is not over by its plan.
fn is_near(session: &Session, now: DateTime<Utc>) -> bool {
    session.origin == Origin::Here
        && session.plan.start.instant() <= now.later(ROOM_HORIZON)
        && session.plan.end() > now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::lifecycle::EarlyStart;
    use crate::domain::schedule::session::Plan;

    fn now() -> DateTime<Utc> {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    fn beginning(hours: i64) -> Session {
        Session::new(Plan::example(now() + TimeDelta::hours(hours)), now()).with_room_code()
    }

    fn made(session: &Session, title: &str, closed: bool) -> RoomAhead {
        let SessionState::Scheduled { code: Some(code) } = &session.state else { panic!("not scheduled") };
        let (app, id) = ("app-1".parse().unwrap(), "room-1".parse().unwrap());
        let room = KnownRoom { app, id, title: code.meeting_title(title), closed };
        RoomAhead { session: session.id, room: Some(room) }
    }

    #[test]
    fn a_session_gets_a_room_a_day_before_it_begins_and_until_it_is_over() {
        for (hours, need_of_it) in [(25, None), (24, Some(RoomNeed::Make)), (0, Some(RoomNeed::Make)), (-1, None)] {
            assert_eq!(need(&beginning(hours), None, now()), need_of_it, "{hours}");
        }
        let elsewhere = Session { origin: Origin::OtherDesk(None), ..beginning(1) };
        assert_eq!(need(&elsewhere, None, now()), None);
    }

    #[test]
    fn a_room_gets_the_title_of_its_class_and_is_closed_after_a_failed_start() {
        let session = beginning(1);
        assert_eq!(need(&session, Some(&made(&session, "Karate", true)), now()), None);
        assert_eq!(need(&session, Some(&made(&session, "Judo", true)), now()), Some(RoomNeed::Tell));
        assert_eq!(need(&session, Some(&made(&session, "Karate", false)), now()), Some(RoomNeed::Tell));
        let starting = session.clone().begin_start(EarlyStart::Refused, now()).unwrap();
        assert_eq!(need(&starting, Some(&made(&session, "Judo", false)), now()), None);
    }

    #[test]
    fn a_room_of_which_nothing_is_known_is_settled_when_its_session_is_cancelled_or_moved_far() {
        let unknown = |session: &Session| RoomAhead { session: session.id, room: None };
        let (near, far) = (beginning(1), beginning(100));
        let cancelled = near.clone().cancel(now()).unwrap();
        assert_eq!(need(&near, Some(&unknown(&near)), now()), Some(RoomNeed::Make));
        assert_eq!(need(&far, Some(&unknown(&far)), now()), Some(RoomNeed::Settle));
        assert_eq!(need(&cancelled, Some(&unknown(&near)), now()), Some(RoomNeed::Settle));
        assert_eq!(need(&cancelled, Some(&made(&near, "Karate", false)), now()), Some(RoomNeed::Close));
        assert_eq!(need(&cancelled, Some(&made(&near, "Karate", true)), now()), None);
        let later = now() + TimeDelta::days(9);
        assert_eq!(need(&cancelled, Some(&made(&near, "Karate", true)), later), Some(RoomNeed::Forget));
    }
}
