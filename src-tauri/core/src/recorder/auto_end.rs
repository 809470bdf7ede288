//! The countdowns of live classes that are about to end by themselves. Nothing of this is stored: a process that begins
//! anew counts anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::recorder::auto_end::Countdown;
use crate::domain::recorder::room_people::{WayIn, way_in};
use crate::domain::schedule::person::Role;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::recorder::live_rooms::occupancy;
use crate::recorder::room_people;

/// The countdowns of one context.
#[derive(Debug, Default)]
pub(crate) struct Countdowns(Mutex<HashMap<SessionId, Countdown>>);

impl Countdowns {
    pub(crate) fn of(context: &Context) -> Arc<Self> {
        context.service()
    }

    /// Every countdown, for reading and changing.
    pub(crate) fn all(&self) -> MutexGuard<'_, HashMap<SessionId, Countdown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nobody but the host is in the room of a session; `None` before the first count. A single person counts as the
/// host only if RealtimeKit says so.
pub(crate) async fn nobody_but_host(context: &Context, session: &Session) -> Result<Option<bool>, Error> {
    let Some(seen) = occupancy(context, session.id) else { return Ok(None) };
    match seen.people {
        0 => Ok(Some(true)),
        1 => {
            let list = room_people::recent(context, session).await?;
            let mut there = list.seen.iter().filter(|one| one.connection.left_at.is_none());
            Ok(Some(there.all(|one| one.role == Role::Host || way_in(session.id, &one.mark) == WayIn::Host)))
        }
        _ => Ok(Some(false)),
    }
}
