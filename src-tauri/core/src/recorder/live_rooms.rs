//! The open rooms in memory: the sessions that are live and the occupancy of each room.
//!
//! Nothing of this is stored: an old count is useless. The sessions are kept here so that they can be ended even if the
//! database cannot be read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::clock::is_within;
use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::schedule::session::{Session, SessionState};

/// How long it is remembered that a recording was seen running. After a minute it proves nothing any more.
const CONFIRMATION_MEMORY: TimeDelta = TimeDelta::hours(1);

/// The people in a live room, as last counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupancy {
    /// The number of people in the room.
    pub people: u32,
    /// The moment at which they were counted.
    pub at: DateTime<Utc>,
    /// Since when people have been in the room without a recording; `None` if they are recorded or nobody is there.
    pub unrecorded_since: Option<DateTime<Utc>>,
    /// Since when nobody has been in the room; `None` if somebody is there.
    pub empty_since: Option<DateTime<Utc>>,
    /// Whether the alarm about this was shown.
    pub(crate) alarmed: bool,
}

/// The open rooms of one context.
#[derive(Debug, Default)]
pub(crate) struct LiveRooms {
    occupancies: Mutex<HashMap<SessionId, Occupancy>>,
    open: Mutex<HashMap<SessionId, Session>>,
    confirmed: Mutex<HashMap<RecordingId, DateTime<Utc>>>,
}

impl LiveRooms {
    pub(crate) fn of(context: &Context) -> Arc<Self> {
        context.service()
    }

    /// The occupancy of every room, for reading and changing.
    pub(crate) fn occupancies(&self) -> MutexGuard<'_, HashMap<SessionId, Occupancy>> {
        self.occupancies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that RealtimeKit said just now that a recording is running or paused.
    pub(crate) fn confirm(&self, recording: RecordingId, now: DateTime<Utc>) {
        let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        confirmed.retain(|_, at| is_within(*at, CONFIRMATION_MEMORY, now));
        confirmed.insert(recording, now);
    }

    /// When RealtimeKit last said that a recording is running or paused; `None` if this process never heard it.
    pub(crate) fn confirmed(&self, recording: RecordingId) -> Option<DateTime<Utc>> {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner).get(&recording).copied()
    }

    /// Replaces the remembered sessions by `open`.
    pub(crate) fn remember_all(&self, open: &[Session]) {
        *self.open() = open.iter().map(|session| (session.id, session.clone())).collect();
    }

    /// Remembers a session if its room is open, and forgets it otherwise.
    pub(crate) fn remember(&self, session: &Session) {
        match session.state {
            SessionState::Live(_) | SessionState::Ending(..) => self.open().insert(session.id, session.clone()),
            SessionState::Scheduled { .. }
            | SessionState::Starting { .. }
            | SessionState::Ended(..)
            | SessionState::Cancelled { .. } => self.open().remove(&session.id),
        };
    }

    /// The session as it was when the database was last read; `None` if its room was not open.
    pub(crate) fn remembered(&self, id: SessionId) -> Option<Session> {
        self.open().get(&id).cloned()
    }

    /// Forgets everything, because the database was replaced.
    pub(crate) fn clear(&self) {
        self.occupancies().clear();
        self.open().clear();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SessionId, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The occupancy of a session's room; `None` before the first count.
#[must_use]
pub fn occupancy(context: &Context, session: SessionId) -> Option<Occupancy> {
    LiveRooms::of(context).occupancies().get(&session).cloned()
}
