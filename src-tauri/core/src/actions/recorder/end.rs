//! Ending a session.

use crate::actions::guard;
use crate::actions::schedule::sessions::{self, SessionView};
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::of_session::recording_of_session;
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::schedule::session::SessionPhase;
use crate::error::{Error, UserError};
use crate::recorder::ending::finish_ending;
use crate::recorder::lifecycle::{change_session, session};
use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::{ending_unnoted, room_lock};
use crate::store::Nature;

pub use crate::recorder::ending::Ended;

/// The result of ending a session, as people see it.
#[derive(Debug, Clone)]
pub struct EndedView {
    /// The session.
    pub session: SessionView,
    /// Whether the session had ended before.
    pub already_ended: bool,
    /// The status of the session's recording; `None` if it has none.
    pub recording: Option<Status>,
    /// The error that still keeps the session from ending; the jobs try again.
    pub trouble: Option<UserError>,
}

/// Converts the result of ending a session for people. If the database cannot be read, returns the error that keeps the
/// session from ending, or else the database's error.
pub fn view(context: &Context, ended: Ended) -> Result<EndedView, UserError> {
    guard::allow(context, Permission::RunClasses)?;
    let Ended { session, already_ended, trouble } = ended;
    let read = || -> Result<_, Error> {
        let recordings = context.store().recordings_of(session.id)?;
        let latest = recording_of_session(&recordings).map(Recording::status);
        Ok((sessions::view(context, session)?, latest))
    };
    match (read(), trouble) {
        (Ok((session, recording)), trouble) => Ok(EndedView { session, already_ended, recording, trouble }),
        (Err(_), Some(trouble)) => Err(trouble),
        (Err(error), None) => Err(error.into()),
    }
}

/// Ends a session: stops its recordings, removes everybody, closes the room, in this order. A second call is harmless.
/// It works with a full or damaged disk: the steps at Cloudflare are done even if they cannot be noted, and a session
/// that cannot be read is taken from memory.
pub async fn end(context: &Context, id: SessionId) -> Result<Ended, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let _room_lock = room_lock::take_for_ending(context).await;
    let now = context.now();
    let mut already_ended = false;
    let mut note = || {
        change_session(context, id, |session| {
            already_ended = session.state.phase() == SessionPhase::Ended;
            Ok(session.begin_ending(now)?)
        })
    };
    let noted = match note() {
        Err(Error::Store(error)) if error.nature() == Nature::Full && context.give_back_reserve() => note(),
        noted => noted,
    };
    let session = match noted {
        Ok(session) => session,
        Err(Error::Store(error)) => {
            let session = session(context, id).or_else(|unread| LiveRooms::of(context).remembered(id).ok_or(unread))?;
            return ending_unnoted::end(context, session, &error).await;
        }
        Err(error) => return Err(error),
    };
    if already_ended {
        return Ok(Ended { session, already_ended, trouble: None });
    }
    let outcome = finish_ending(context, &session).await;
    context.wake_jobs();
    match outcome {
        Ok(session) => Ok(Ended { session, already_ended, trouble: None }),
        // The intent to end the session is committed, so the jobs continue.
        Err(error @ Error::Cloudflare(_)) => {
            Ok(Ended { session, already_ended, trouble: Some(UserError::from(&error)) })
        }
        Err(Error::Store(error)) => ending_unnoted::end(context, session, &error).await,
        Err(error) => Err(error),
    }
}
