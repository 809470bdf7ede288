//! The journal: who changed what, and undoing one change.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::health::alert::rule;
use crate::domain::ids::{JournalId, SessionId};
use crate::domain::library::{description, retention, view};
use crate::domain::profile::journal::{Entity, JournalEntry, Scope, UndoRefusal};
use crate::domain::profile::preference_fields;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::{calendar, roster, series, session_fields, template};
use crate::error::Error;
use crate::ports::Topic;
use crate::store::Subject;

/// The entries of the journal, newest first, at most `limit`.
pub fn list(context: &Context, scope: Scope, limit: u32) -> Result<Vec<JournalEntry>, Error> {
    guard::allow(context, Permission::SeeJournal)?;
    Ok(context.store().journal(scope, limit)?)
}

/// The newest `limit` entries about a session, newest first: about its plan, its people, and the series it belongs to.
pub fn of_session(context: &Context, id: SessionId, limit: u32) -> Result<Vec<JournalEntry>, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    let session =
        context.store().session(id)?.ok_or_else(|| Error::NotFound { what: "session", id: id.to_string() })?;
    let series = session.series.map(|place| [Entity::Series(place.series), Entity::SeriesRoster(place.series)]);
    let mut entries = Vec::new();
    for entity in [Entity::Session(id), Entity::Roster(id)].into_iter().chain(series.into_iter().flatten()) {
        entries.extend(list(context, Scope::Of(entity), limit)?);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(entries)
}

/// Undoes one change and returns the journal's entry about the undo, which can itself be undone. Refused if a field of
/// the change has been changed again, or if the session has begun.
///
/// An undo may bring back an earlier join page, to which the invitations lead. Whoever offers the undo must have the
/// person confirm that address first.
pub fn undo(context: &Context, id: JournalId) -> Result<JournalEntry, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    undo_where(context, id, true)
}

/// Undoes one change of the schedule or the library as [`undo`] does. A change of the settings is refused, so that no join page has to
/// be confirmed.
pub fn undo_in_schedule(context: &Context, id: JournalId) -> Result<JournalEntry, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    undo_where(context, id, false)
}

/// Refuses to undo what the role could not have changed.
fn allow_undo(context: &Context, id: JournalId) -> Result<(), Error> {
    let Some(entry) = context.store().journal_entry(id)? else { return Ok(()) };
    match entry.entity {
        Entity::Session(session) | Entity::Roster(session) => {
            guard::allow_session(context, Permission::PlanClasses, session)
        }
        Entity::Series(series) | Entity::SeriesRoster(series) => {
            guard::allow(context, Permission::PlanClasses)?;
            guard::allow_series(context, series)
        }
        Entity::Template(_) => guard::allow(context, Permission::PlanClasses),
        Entity::Holiday(_) | Entity::Import(_) | Entity::AlertRule(_) | Entity::Settings => {
            guard::allow(context, Permission::ChangeSettings)
        }
        Entity::Recording(recording) => guard::allow_recording(context, Permission::Describe, recording),
        Entity::Recordings(_) => guard::allow(context, Permission::Describe),
        Entity::Retention(_) => guard::allow(context, Permission::TendRecordings),
        Entity::View(_) => guard::allow(context, Permission::SetDesk),
    }
}

fn undo_where(context: &Context, id: JournalId, settings_too: bool) -> Result<JournalEntry, Error> {
    allow_undo(context, id)?;
    let now = context.now();
    let undo = |entry: &JournalEntry, subject| {
        Ok::<_, Error>(match subject {
            Subject::Session(session) => Subject::Session(session_fields::undo(session, entry, now)?),
            Subject::Roster(people) => Subject::Roster(roster::undo(&people, entry)?),
            Subject::SeriesRosters(all) => Subject::SeriesRosters(all.undo(entry, now)?),
            Subject::Series(all, with_own_people) => {
                let before = match entry.entity {
                    Entity::Import(_) => calendar::undo::undo(&all, entry, now)?,
                    _ => series::undo(&all, &with_own_people, entry, now)?,
                };
                Subject::Series(before, with_own_people)
            }
            Subject::Templates(all) => Subject::Templates(template::undo(&all, entry)?),
            Subject::Holiday(holiday, all) => Subject::Holiday(holiday, all.undo(entry, holiday, now)?),
            Subject::Recording(written) => Subject::Recording(written.undo(entry)?),
            Subject::Recordings(tags) => Subject::Recordings(description::bulk_undo(&tags, entry)?),
            Subject::Retention(standings) => Subject::Retention(retention::undo(&standings, entry)?),
            Subject::Views(id, all) => Subject::Views(id, view::undo(&all, id, entry)?),
            Subject::AlertRules(id, all) => Subject::AlertRules(id, rule::undo(&all, id, entry)?),
            Subject::Settings(_) if !settings_too => return Err(UndoRefusal::OfSettings.into()),
            Subject::Settings(preferences) => Subject::Settings(preference_fields::undo(&preferences, entry)?),
        })
    };
    let not_found = || Error::NotFound { what: "change", id: id.to_string() };
    let made = context.store().undo_change(id, now, undo)?.ok_or_else(not_found)?;
    context.changed(&[match made.entity {
        Entity::Session(_)
        | Entity::Roster(_)
        | Entity::SeriesRoster(_)
        | Entity::Series(_)
        | Entity::Template(_)
        | Entity::Holiday(_)
        | Entity::Import(_) => Topic::Sessions,
        Entity::Recording(_) | Entity::Recordings(_) | Entity::Retention(_) | Entity::View(_) => Topic::Recordings,
        Entity::AlertRule(_) | Entity::Settings => Topic::Desk,
    }]);
    Ok(made)
}
