//! The open rooms in memory: the sessions that are live and the occupancy of each room.
//!
//! Nothing of this is stored: an old count is useless. The sessions are kept here so that they can be ended even if the
//! database cannot be read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::{Session, SessionState};

/// The people in a live room, as last counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupancy {
    /// The number of people in the room.
    pub people: u32,
    /// The moment at which they were counted.
    pub at: DateTime<Utc>,
    /// Since when people have been in the room without a recording; `None` if they are recorded or nobody is there.
    pub unrecorded_since: Option<DateTime<Utc>>,
    /// Whether the alarm about this was shown.
    pub(crate) alarmed: bool,
}

/// The open rooms of one context.
#[derive(Debug, Default)]
pub(crate) struct LiveRooms {
    occupancies: Mutex<HashMap<SessionId, Occupancy>>,
    open: Mutex<HashMap<SessionId, Session>>,
}

impl LiveRooms {
    pub(crate) fn of(context: &Context) -> Arc<Self> {
        context.service()
    }

    /// The occupancy of every room, for reading and changing.
    pub(crate) fn occupancies(&self) -> MutexGuard<'_, HashMap<SessionId, Occupancy>> {
        self.occupancies.lock().unwrap_or_else(PoisonError::into_inner)
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
