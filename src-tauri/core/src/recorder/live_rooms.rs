//! The open rooms, in memory: which sessions are live, and how many people each room has.
//!
//! Nothing of this is stored. A count from yesterday helps nobody, and a session can be ended also when the database cannot be read any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::{Session, SessionState};

/// The people in a live room, as last counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupancy {
    /// People in the room.
    pub people: u32,
    /// When they were counted.
    pub at: DateTime<Utc>,
    /// Since when people are there without being recorded.
    pub unrecorded_since: Option<DateTime<Utc>>,
    /// Whether the alarm about that was shown.
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

    /// The counts of all rooms, to be read and changed.
    pub(crate) fn occupancies(&self) -> MutexGuard<'_, HashMap<SessionId, Occupancy>> {
        self.occupancies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the remembered sessions by those that are open now.
    pub(crate) fn remember_all(&self, open: &[Session]) {
        *self.open() = open.iter().map(|session| (session.id, session.clone())).collect();
    }

    /// Remembers a session that was read or changed, or forgets it when its room is not open.
    pub(crate) fn remember(&self, session: &Session) {
        match session.state {
            SessionState::Live(_) | SessionState::Ending(..) => self.open().insert(session.id, session.clone()),
            SessionState::Scheduled { .. }
            | SessionState::Starting { .. }
            | SessionState::Ended(..)
            | SessionState::Cancelled => self.open().remove(&session.id),
        };
    }

    /// A session whose room was open when the database could last be read.
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

/// The people in a session's room, as last counted; `None` before the first count.
#[must_use]
pub fn occupancy(context: &Context, session: SessionId) -> Option<Occupancy> {
    LiveRooms::of(context).occupancies().get(&session).cloned()
}
