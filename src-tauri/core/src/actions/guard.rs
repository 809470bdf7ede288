//! The guard: what the role of this desk allows. Every action that a person can ask for names its permission here first.
//!
//! A role is a rule of Hajime and keeps honest people from mistakes. What an API token may do is decided by Cloudflare.

use std::path::Path;

use crate::context::Context;
use crate::domain::ids::{RecordingId, SeriesId, SessionId};
use crate::domain::library::query::{Filter, Query};
use crate::domain::profile::role::{Permission, Role, is_own};
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::schedule::series::Series;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::store;

/// Refuses what the role does not allow.
pub(crate) fn allow(context: &Context, permission: Permission) -> Result<(), Error> {
    allowed(context.role(), permission)
}

/// Refuses what the role does not allow with a session: an instructor has the own ones. A session that does not exist, or
/// cannot be read, is left to the action.
pub(crate) fn allow_session(context: &Context, permission: Permission, id: SessionId) -> Result<(), Error> {
    allow(context, permission)?;
    match context.store().session(id) {
        Ok(Some(session)) if !has_session(context, &session)? => Err(Error::NotOwn { what: "class" }),
        _ => Ok(()),
    }
}

/// Refuses a series of another instructor. One that does not exist is left to the action.
pub(crate) fn allow_series(context: &Context, id: SeriesId) -> Result<(), Error> {
    let all = context.store().all_series()?;
    let exists = all.iter().any(|one| one.id == id);
    if exists && series(context, all)?.iter().all(|one| one.id != id) {
        return Err(Error::NotOwn { what: "class" });
    }
    Ok(())
}

/// Refuses a class that an instructor would plan for somebody else.
pub(crate) fn allow_name(context: &Context, permission: Permission, instructor: &str) -> Result<(), Error> {
    allow(context, permission)?;
    match own_name(context)? {
        Some(own) if !is_own(&own, instructor) => Err(Error::NotOwn { what: "class" }),
        _ => Ok(()),
    }
}

/// Refuses what the role does not allow with a recording: staff have those that are ready, an instructor the own ones. A
/// recording that does not exist is left to the action.
pub(crate) fn allow_recording(context: &Context, permission: Permission, id: RecordingId) -> Result<(), Error> {
    allow(context, permission)?;
    match context.store().recording(id)? {
        Some(recording) => allow_this(context, &recording),
        None => Ok(()),
    }
}

/// The same for several recordings.
pub(crate) fn allow_recordings(context: &Context, permission: Permission, ids: &[RecordingId]) -> Result<(), Error> {
    allow(context, permission)?;
    ids.iter().try_for_each(|id| allow_recording(context, permission, *id))
}

/// Refuses what the role does not allow with the data in a folder. Data that cannot be read has no role, and whoever finds it
/// damaged must be able to restore it.
pub(crate) fn allow_folder(folder: &Path, permission: Permission) -> Result<(), Error> {
    store::role_in(folder).map_or(Ok(()), |role| allowed(role, permission))
}

/// Whether the role has a permission, for actions that then leave something out.
pub(crate) fn may(context: &Context, permission: Permission) -> bool {
    context.role().may(permission)
}

/// The sessions that the role has.
pub(crate) fn sessions(context: &Context, mut all: Vec<Session>) -> Result<Vec<Session>, Error> {
    if !may(context, Permission::SeeSchedule) {
        return Ok(Vec::new());
    }
    if let Some(own) = own_name(context)? {
        all.retain(|session| is_own(&own, &session.plan.instructor));
    }
    Ok(all)
}

/// The series that the role has.
pub(crate) fn series(context: &Context, mut all: Vec<Series>) -> Result<Vec<Series>, Error> {
    allow(context, Permission::SeeSchedule)?;
    if let Some(own) = own_name(context)? {
        all.retain(|series| is_own(&own, &series.plan.instructor));
    }
    Ok(all)
}

/// The recordings that the role has.
pub(crate) fn recordings(context: &Context, all: Vec<Recording>) -> Result<Vec<Recording>, Error> {
    let mut had = Vec::with_capacity(all.len());
    for recording in all {
        if has_recording(context, &recording)? {
            had.push(recording);
        }
    }
    Ok(had)
}

/// A query for the recordings that the role has.
pub(crate) fn narrowed(context: &Context, query: &Query) -> Result<Query, Error> {
    let mut query = query.clone();
    if context.role() == Role::Staff {
        query.filter = Filter::Ready;
    }
    if let Some(own) = own_name(context)? {
        query.instructor = Some(own);
    }
    Ok(query)
}

fn allowed(role: Role, permission: Permission) -> Result<(), Error> {
    if role.may(permission) { Ok(()) } else { Err(Error::Role { role, permission }) }
}

/// The instructor whose classes alone the role has; `None` where the role has all.
fn own_name(context: &Context) -> Result<Option<String>, Error> {
    Ok(match context.role() {
        Role::Instructor => Some(context.store().preferences()?.instructor),
        Role::Staff | Role::Admin => None,
    })
}

fn has_session(context: &Context, session: &Session) -> Result<bool, Error> {
    Ok(own_name(context)?.is_none_or(|own| is_own(&own, &session.plan.instructor)))
}

fn has_recording(context: &Context, recording: &Recording) -> Result<bool, Error> {
    let is_shown = context.role() != Role::Staff || recording.status() == Status::Ready;
    Ok(is_shown && own_name(context)?.is_none_or(|own| is_own(&own, &recording.instructor)))
}

fn allow_this(context: &Context, recording: &Recording) -> Result<(), Error> {
    match context.role() {
        _ if has_recording(context, recording)? => Ok(()),
        Role::Staff => Err(Error::NotReady { sentence: recording.sentence() }),
        Role::Instructor | Role::Admin => Err(Error::NotOwn { what: "recording" }),
    }
}
