//! Moving the planned end of a live session.

use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::actions::profile::journal;
use crate::actions::schedule::sessions::{self, SessionView};
use crate::context::Context;
use crate::domain::ids::{JournalId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::journal::{Entity, Scope};
use crate::domain::profile::role::Permission;
use crate::domain::schedule::limits::LENGTH_MAX_MINUTES;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::recorder::lifecycle::change_by_hand;
use crate::recorder::planned_end::{overlapped, recording_cut};

/// The number of entries among which an undo looks for its change.
const NEWEST_CHANGES: u32 = 100;

/// A session whose planned end was moved.
#[derive(Debug, Clone)]
pub struct Extended {
    /// The session.
    pub session: SessionView,
    /// The entry of the journal, by which the change is undone.
    pub change: JournalId,
    /// The instructor's next class, if it begins before the new end.
    pub overlapped: Option<Session>,
    /// When the running recording ends by itself and another one begins, if that is before the new end.
    pub recording_cut: Option<DateTime<Utc>>,
}

/// Moves the planned end of a live session by this number of minutes, counted from now if the end has passed. Nothing
/// changes at Cloudflare: a room has no end. An overlap with another class is told and not refused.
pub fn extend(context: &Context, id: SessionId, minutes: i64) -> Result<Extended, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    if !(1..=i64::from(LENGTH_MAX_MINUTES)).contains(&minutes) {
        let message = format!("A class cannot be extended by {minutes} minutes.");
        return Err(Invalid::one("minutes", message, "Give a number of minutes from 1 to 1440.").into());
    }
    let now = context.now();
    let session = change_by_hand(context, id, |session| Ok(session.extend(TimeDelta::minutes(minutes), now)?))?;
    let entry = context.store().journal(Scope::Of(Entity::Session(id)), 1)?.into_iter().next();
    let change = entry.ok_or_else(|| Error::NotFound { what: "change", id: id.to_string() })?.id;
    Ok(Extended {
        overlapped: overlapped(context, &session)?,
        recording_cut: recording_cut(&session, &context.store().recordings_of(id)?),
        session: sessions::view(context, session)?,
        change,
    })
}

/// Undoes an extension while the session is live. Refused if the end was moved again.
pub fn undo(context: &Context, id: SessionId, change: JournalId) -> Result<SessionView, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let of_session = journal::list(context, Scope::Of(Entity::Session(id)), NEWEST_CHANGES)?;
    if !of_session.iter().any(|entry| entry.id == change) {
        return Err(Error::NotFound { what: "change", id: change.to_string() });
    }
    journal::undo(context, change)?;
    sessions::view(context, sessions::get(context, id)?)
}
