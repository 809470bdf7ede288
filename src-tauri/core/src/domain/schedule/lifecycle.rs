//! The lifecycle of a session. Each transition is a function that takes the session and returns the new one, or
//! refuses.
//!
//! A transition that a person asks for may refuse. A transition that follows from an answer of Cloudflare leaves the
//! session unchanged where the answer does not fit: the answer may come late, when the session was already ended or
//! cancelled.
//!
//! ```text
//! cancelled <-> scheduled <-> starting -> live -> ending -> ended
//!                                 ^                           |
//!                                 +------- start again -------+
//! ```

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::schedule::limits::{EARLY_START, LENGTH_MAX};
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::refusal::{ScheduleChange, SessionRefusal};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, Room, RoomCode, Session, SessionState};

/// The treatment of a start long before the planned time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyStart {
    /// Nobody has confirmed an early start.
    Refused,
    /// A person has confirmed the early start.
    Confirmed,
}

impl Session {
    /// Makes a session that is on the schedule.
    #[must_use]
    pub fn new(plan: Plan, now: DateTime<Utc>) -> Self {
        let state = SessionState::Scheduled { code: None };
        let id = SessionId::new();
        Self { id, plan, state, series: None, origin: Origin::Here, created_at: now, updated_at: now }
    }

    /// Makes a session of a series.
    #[must_use]
    pub fn of_series(plan: Plan, place: SeriesPlace, now: DateTime<Utc>) -> Self {
        Self { series: Some(place), ..Self::new(plan, now) }
    }

    /// Returns whether the session begins at another time than the rule of its series says.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.series.is_some_and(|place| place.occurrence != self.plan.start.local())
    }

    /// Makes the session of a room that another desk opened and still has open.
    #[must_use]
    pub fn found_live(plan: Plan, room: Room, now: DateTime<Utc>) -> Self {
        let created_at = room.opened_at;
        Self {
            id: SessionId::new(),
            plan,
            state: SessionState::Live(room),
            series: None,
            origin: Origin::OtherDesk(None),
            created_at,
            updated_at: now,
        }
    }

    /// Makes a past session of another desk from what its recording tells. Where the room is unknown, the session is on
    /// the schedule, in the past.
    #[must_use]
    pub fn found_past(
        id: SessionId,
        plan: Plan,
        held: Option<(Room, DateTime<Utc>)>,
        origin: Origin,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let state = match held {
            Some((room, ended_at)) => SessionState::Ended(room, ended_at),
            None => SessionState::Scheduled { code: None },
        };
        Self { id, plan, state, series: None, origin, created_at: began, updated_at: now }
    }

    /// Returns whether a start at `now` is so early that it may be a mistake.
    #[must_use]
    pub fn is_early(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state, SessionState::Scheduled { .. }) && self.plan.start.instant().since(now) > EARLY_START
    }

    /// Returns whether a start needs a new room code, so that no room with that code can exist yet.
    #[must_use]
    pub fn needs_room_code(&self) -> bool {
        match &self.state {
            SessionState::Scheduled { code } => code.is_none(),
            // A session that another desk held has no room code of this desk.
            SessionState::Ended(room, _) => room.code.is_none(),
            SessionState::Starting { .. }
            | SessionState::Live(_)
            | SessionState::Ending(..)
            | SessionState::Cancelled { .. } => false,
        }
    }

    /// Gives a session on the schedule a room code, so that its room can be made before the start. Every other session,
    /// and one that has a code, stays unchanged.
    #[must_use]
    pub fn with_room_code(self) -> Self {
        match self.state {
            SessionState::Scheduled { code: None } => {
                Self { state: SessionState::Scheduled { code: Some(RoomCode::random()) }, ..self }
            }
            _ => self,
        }
    }

    /// Returns a session that has not begun with this room code. Every other session stays unchanged.
    #[must_use]
    pub fn with_code(self, code: Option<RoomCode>) -> Self {
        match self.state {
            SessionState::Scheduled { .. } => Self { state: SessionState::Scheduled { code }, ..self },
            SessionState::Cancelled { .. } => Self { state: SessionState::Cancelled { code }, ..self },
            SessionState::Starting { .. }
            | SessionState::Live(_)
            | SessionState::Ending(..)
            | SessionState::Ended(..) => self,
        }
    }

    /// Replaces the plan of a session that has not begun. Calls `change` only where the plan may be changed.
    pub fn edit<E: From<SessionRefusal>>(
        self,
        change: impl FnOnce(&Plan) -> Result<Plan, E>,
        now: DateTime<Utc>,
    ) -> Result<Self, E> {
        match self.state {
            SessionState::Scheduled { .. } => Ok(Self { plan: change(&self.plan)?, updated_at: now, ..self }),
            _ => Err(self.plan_is_fixed(ScheduleChange::Edit).into()),
        }
    }

    /// Moves the planned end of a live session by `by`, counted from now if the end has passed. The length becomes whole
    /// minutes, as people plan it.
    pub fn extend(self, by: TimeDelta, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        let end = self.plan.end().max(now).later(by);
        let seconds = end.since(self.plan.start.instant()).num_seconds();
        let minutes = seconds.saturating_add(59).div_euclid(60);
        self.with_length(TimeDelta::try_minutes(minutes).unwrap_or(TimeDelta::MAX), now)
    }

    /// Gives a live session another planned length.
    pub fn with_length(self, length: TimeDelta, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        match self.state {
            SessionState::Live(_) if length > LENGTH_MAX => Err(SessionRefusal::TooLong { title: self.plan.title }),
            SessionState::Live(_) => Ok(Self { plan: Plan { length, ..self.plan }, updated_at: now, ..self }),
            SessionState::Scheduled { .. }
            | SessionState::Starting { .. }
            | SessionState::Ending(..)
            | SessionState::Ended(..)
            | SessionState::Cancelled { .. } => Err(SessionRefusal::NotLive),
        }
    }

    /// Takes a session that has not begun off the schedule. Cancelling a cancelled session changes nothing.
    pub fn cancel(self, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        match self.state {
            SessionState::Scheduled { ref code } => {
                let code = code.clone();
                Ok(self.moved(SessionState::Cancelled { code }, now))
            }
            SessionState::Cancelled { .. } => Ok(self),
            _ => Err(self.plan_is_fixed(ScheduleChange::Cancel)),
        }
    }

    /// Puts a cancelled session back on the schedule. Restoring a scheduled session changes nothing.
    pub fn restore(self, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        match self.state {
            SessionState::Cancelled { ref code } => {
                let code = code.clone();
                Ok(self.moved(SessionState::Scheduled { code }, now))
            }
            SessionState::Scheduled { .. } => Ok(self),
            _ => Err(self.plan_is_fixed(ScheduleChange::Restore)),
        }
    }

    /// Begins a start that a person asked for. A session that is starting or live stays unchanged, so that a second
    /// press opens no second room.
    pub fn begin_start(self, early: EarlyStart, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        if early == EarlyStart::Refused && self.is_early(now) {
            let (start, zone) = (self.plan.start.instant(), self.plan.start.zone());
            return Err(SessionRefusal::TooEarly { title: self.plan.title, start, zone });
        }
        match &self.state {
            SessionState::Scheduled { code } => {
                let code = code.clone().unwrap_or_else(RoomCode::random);
                Ok(self.moved(SessionState::Starting { code, since: now }, now))
            }
            SessionState::Starting { .. } | SessionState::Live(_) => Ok(self),
            SessionState::Ending(..) | SessionState::Ended(..) => Err(SessionRefusal::Over { title: self.plan.title }),
            SessionState::Cancelled { .. } => Err(SessionRefusal::Cancelled { title: self.plan.title }),
        }
    }

    /// Begins a second start of an ended session, in the same room. `allowed` says whether the session ended a short
    /// while ago and has no recording.
    pub fn start_again(self, allowed: bool, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        match &self.state {
            SessionState::Ended(room, _) if allowed => {
                let code = room.code.clone().unwrap_or_else(RoomCode::random);
                Ok(self.moved(SessionState::Starting { code, since: now }, now))
            }
            _ => Err(SessionRefusal::NotRestartable { title: self.plan.title }),
        }
    }

    /// Makes the session live in the room with this code. This also works after a start that took so long that it
    /// counted as interrupted.
    #[must_use]
    pub fn opened(self, code: &RoomCode, room: MeetingId, now: DateTime<Utc>) -> Self {
        match &self.state {
            SessionState::Starting { code: own, .. } | SessionState::Scheduled { code: Some(own) } if own == code => {
                let room = Room { id: room, code: Some(own.clone()), opened_at: now };
                self.moved(SessionState::Live(room), now)
            }
            _ => self,
        }
    }

    /// Handles a room that could not be opened. A session that `had_ended` is over again. Any other is back on the
    /// schedule and keeps its room code, so that the next start looks for the room before it makes one.
    #[must_use]
    pub fn start_failed(self, had_ended: Option<(Room, DateTime<Utc>)>, now: DateTime<Utc>) -> Self {
        match (&self.state, had_ended) {
            (SessionState::Starting { .. }, Some((room, at))) => self.moved(SessionState::Ended(room, at), now),
            (SessionState::Starting { code, .. }, None) => {
                let code = Some(code.clone());
                self.moved(SessionState::Scheduled { code }, now)
            }
            _ => self,
        }
    }

    /// Begins the ending that a person asked for. A session that is ending or ended stays unchanged, so that a second
    /// press does no harm.
    pub fn begin_ending(self, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        match &self.state {
            SessionState::Live(room) => {
                let room = room.clone();
                Ok(self.moved(SessionState::Ending(room, now), now))
            }
            SessionState::Ending(..) | SessionState::Ended(..) => Ok(self),
            SessionState::Scheduled { .. } | SessionState::Starting { .. } | SessionState::Cancelled { .. } => {
                Err(SessionRefusal::NotLive)
            }
        }
    }

    /// Ends the session after Cloudflare confirmed every step. The end is the moment at which a person asked for it.
    #[must_use]
    pub fn ended(self, now: DateTime<Utc>) -> Self {
        match &self.state {
            SessionState::Ending(room, at) => {
                let state = SessionState::Ended(room.clone(), *at);
                self.moved(state, now)
            }
            _ => self,
        }
    }

    /// Ends a live session that another desk ended: its room is closed and empty.
    #[must_use]
    pub fn ended_elsewhere(self, now: DateTime<Utc>) -> Self {
        match &self.state {
            SessionState::Live(room) => {
                let state = SessionState::Ended(room.clone(), now);
                self.moved(state, now)
            }
            _ => self,
        }
    }

    fn moved(self, state: SessionState, now: DateTime<Utc>) -> Self {
        Self { state, updated_at: now, ..self }
    }

    fn plan_is_fixed(self, change: ScheduleChange) -> SessionRefusal {
        SessionRefusal::PlanIsFixed { phase: self.state.phase(), title: self.plan.title, change }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::schedule::session::SessionPhase;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn scheduled() -> Session {
        Session::new(Plan::example(now()), now())
    }

    fn room_id() -> MeetingId {
        "room-1".parse().unwrap()
    }

    fn code_of(session: &Session) -> RoomCode {
        match &session.state {
            SessionState::Starting { code, .. } => code.clone(),
            other => panic!("{other:?} has no start"),
        }
    }

    fn live() -> Session {
        let starting = scheduled().begin_start(EarlyStart::Refused, now()).unwrap();
        let code = code_of(&starting);
        starting.opened(&code, room_id(), now())
    }

    #[test]
    fn a_second_start_keeps_the_room_code_of_the_first() {
        let once = scheduled().begin_start(EarlyStart::Refused, now()).unwrap();
        let twice = once.clone().begin_start(EarlyStart::Refused, now() + TimeDelta::seconds(5)).unwrap();
        assert_eq!(once, twice);
        let failed = once.clone().start_failed(None, now());
        assert!(!failed.needs_room_code());
        assert_eq!(code_of(&failed.begin_start(EarlyStart::Refused, now()).unwrap()), code_of(&once));
    }

    #[test]
    fn a_start_long_before_the_plan_has_to_be_confirmed() {
        let early = now() - EARLY_START - TimeDelta::seconds(1);
        let refused = scheduled().begin_start(EarlyStart::Refused, early);
        assert!(matches!(refused, Err(SessionRefusal::TooEarly { .. })));
        assert!(scheduled().begin_start(EarlyStart::Confirmed, early).is_ok());
        assert!(scheduled().begin_start(EarlyStart::Refused, now() - EARLY_START).is_ok());
    }

    #[test]
    fn an_extension_counts_from_the_planned_end_or_from_now_and_never_beyond_24_hours() {
        let by = |minutes| TimeDelta::minutes(minutes);
        let length = |now: DateTime<Utc>, minutes| live().extend(by(minutes), now).map(|session| session.plan.length);
        assert_eq!(length(now() + by(30), 5), Ok(by(65)));
        // Five minutes and one second after the planned end.
        let late = now() + by(65) + TimeDelta::seconds(1);
        assert_eq!(length(late, 15), Ok(by(81)));
        assert_eq!(length(now(), 1_380), Ok(by(1_440)));
        assert_eq!(length(now(), 1_381), Err(SessionRefusal::TooLong { title: "Karate".into() }));
        assert_eq!(scheduled().extend(by(5), now()), Err(SessionRefusal::NotLive));
    }

    #[test]
    fn a_late_answer_does_not_open_a_session_that_was_cancelled_meanwhile() {
        let starting = scheduled().begin_start(EarlyStart::Refused, now()).unwrap();
        let code = code_of(&starting);
        let cancelled = starting.start_failed(None, now()).cancel(now()).unwrap();
        assert_eq!(cancelled.clone().opened(&code, room_id(), now()), cancelled);
    }

    #[test]
    fn the_end_of_a_session_is_the_moment_at_which_a_person_asked_for_it() {
        let (asked, confirmed) = (now() + TimeDelta::hours(1), now() + TimeDelta::hours(2));
        let ended = live().begin_ending(asked).unwrap().begin_ending(confirmed).unwrap().ended(confirmed);
        assert_eq!((ended.state.phase(), ended.state.ended_at()), (SessionPhase::Ended, Some(asked)));
        assert_eq!(ended.updated_at, confirmed);
    }

    #[test]
    fn a_failed_second_start_leaves_the_session_over_with_its_room() {
        let ended = live().ended_elsewhere(now());
        let again = ended.clone().start_again(true, now()).unwrap();
        assert_eq!(again.start_failed(ended.state.ended(), now()), ended);
        assert!(matches!(ended.start_again(false, now()), Err(SessionRefusal::NotRestartable { .. })));
    }

    /// An event that may happen to a session.
    #[derive(Debug, Clone, Copy)]
    enum Event {
        Edit,
        Cancel,
        Restore,
        Start(EarlyStart),
        StartAgain(bool),
        OpenedOwn,
        OpenedOther,
        StartFailed,
        BeginEnding,
        Ended,
        EndedElsewhere,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Edit),
            Just(Event::Cancel),
            Just(Event::Restore),
            Just(Event::Start(EarlyStart::Refused)),
            Just(Event::Start(EarlyStart::Confirmed)),
            any::<bool>().prop_map(Event::StartAgain),
            Just(Event::OpenedOwn),
            Just(Event::OpenedOther),
            Just(Event::StartFailed),
            Just(Event::BeginEnding),
            Just(Event::Ended),
            Just(Event::EndedElsewhere),
        ]
    }

    /// Returns the session after an event; a refusal leaves it unchanged. `had_ended` holds the end of a session that
    /// starts again.
    fn after(
        session: &Session,
        event: Event,
        had_ended: &mut Option<(Room, DateTime<Utc>)>,
        now: DateTime<Utc>,
    ) -> Session {
        let one = session.clone();
        let changed = match event {
            Event::Edit => one.edit(|plan| Ok::<_, SessionRefusal>(Plan { title: "Judo".into(), ..plan.clone() }), now),
            Event::Cancel => one.cancel(now),
            Event::Restore => one.restore(now),
            Event::Start(early) => one.begin_start(early, now),
            Event::StartAgain(allowed) => {
                let before = session.state.ended();
                let again = one.start_again(allowed, now);
                if again.is_ok() {
                    *had_ended = before;
                }
                again
            }
            Event::OpenedOwn => Ok(match &session.state {
                SessionState::Starting { code, .. } | SessionState::Scheduled { code: Some(code) } => {
                    one.opened(code, room_id(), now)
                }
                _ => one.opened(&RoomCode::random(), room_id(), now),
            }),
            Event::OpenedOther => Ok(one.opened(&RoomCode::random(), room_id(), now)),
            Event::StartFailed => Ok(one.start_failed(had_ended.take(), now)),
            Event::BeginEnding => one.begin_ending(now),
            Event::Ended => Ok(one.ended(now)),
            Event::EndedElsewhere => Ok(one.ended_elsewhere(now)),
        };
        changed.unwrap_or_else(|_| session.clone())
    }

    fn is_legal(from: SessionPhase, to: SessionPhase) -> bool {
        use SessionPhase::{Cancelled, Ended, Ending, Live, Scheduled, Starting};
        match from {
            // Live is legal: a start that counted as interrupted may succeed after all.
            Scheduled => matches!(to, Scheduled | Cancelled | Starting | Live),
            Cancelled => matches!(to, Cancelled | Scheduled),
            Starting => matches!(to, Starting | Live | Scheduled | Ended),
            Live => matches!(to, Live | Ending | Ended),
            Ending => matches!(to, Ending | Ended),
            Ended => matches!(to, Ended | Starting),
        }
    }

    proptest! {
        #[test]
        fn no_sequence_of_events_reaches_an_illegal_state(events in proptest::collection::vec(event(), 0..60)) {
            let (mut session, mut had_ended, mut clock) = (scheduled(), None, now());
            for event in events {
                clock += TimeDelta::minutes(1);
                let next = after(&session, event, &mut had_ended, clock);
                let (from, to) = (session.state.phase(), next.state.phase());
                prop_assert!(is_legal(from, to), "{event:?}: {from:?} -> {to:?}");
                prop_assert_eq!(next.id, session.id);
                prop_assert_eq!(next.created_at, session.created_at);
                // The plan of a session that has begun does not change.
                if !matches!(from, SessionPhase::Scheduled) {
                    prop_assert_eq!(&next.plan, &session.plan);
                }
                // The room does not change until the session is over.
                if let (Some(before), Some(after)) = (session.state.room(), next.state.room()) {
                    prop_assert_eq!(before, after);
                }
                // A session ends once, at or after the moment its room was opened.
                if let (Some(room), Some(at)) = (next.state.room(), next.state.ended_at()) {
                    prop_assert!(room.opened_at <= at);
                    if let Some(before) = session.state.ended_at() {
                        prop_assert_eq!(before, at);
                    }
                }
                // Each change sets the date of the change, and nothing else does.
                if next == session {
                    prop_assert_eq!(next.updated_at, session.updated_at);
                } else {
                    prop_assert_eq!(next.updated_at, clock);
                }
                session = next;
            }
        }
    }
}
