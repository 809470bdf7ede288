//! Undoes an import: what it made is cancelled or ends before it begins, and what it changed is as before.

use serde_json::Value;

use chrono::{DateTime, Utc};

use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::profile::journal::{JournalEntry, UndoRefusal};
use crate::domain::schedule::series::{SeriesSessions, fields, read_place, read_series};
use crate::domain::schedule::session::{Session, SessionPhase};
use crate::domain::schedule::session_fields::plan_before;

/// Returns the classes from before the import in `entry`. Classes that have begun stay.
pub fn undo(all: &SeriesSessions, entry: &JournalEntry, now: DateTime<Utc>) -> Result<SeriesSessions, UndoRefusal> {
    let open = |session: &Session| matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled);
    if entry.undone_by.is_some() {
        return Err(UndoRefusal::AlreadyUndone);
    }
    let present = fields(all);
    let mut changed = Vec::new();
    let differs = |(name, after): &(&String, &Value)| present.get(*name) != Some(*after);
    for (name, _) in entry.changes.after.iter().filter(differs) {
        match session_in(name).and_then(|id| all.sessions.get(&id)) {
            Some(session) if !open(session) => {}
            Some(session) => changed.push(format!("“{}”", session.plan.title)),
            None => changed.push("a series".to_owned()),
        }
    }
    if !changed.is_empty() {
        changed.dedup();
        return Err(UndoRefusal::ChangedSince { fields: changed });
    }
    let mut then = all.clone();
    for name in entry.changes.after.keys() {
        let before = entry.changes.before.get(name);
        let unreadable = || UndoRefusal::Unreadable { field: name.clone() };
        if let Some(session) = session_in(name).and_then(|id| then.sessions.get_mut(&id)).filter(|one| open(one)) {
            let Some(before) = before else {
                *session = session.clone().cancel(now)?;
                continue;
            };
            let fields = before.as_object().ok_or_else(unreadable)?;
            let plan = plan_before(&session.plan, fields)?;
            let place = read_place(fields).or(session.series);
            let restored = session.clone().restore(now)?.edit(|_| Ok::<_, UndoRefusal>(plan), now)?;
            let restored = Session { series: place, ..restored };
            *session = match fields.get("state").and_then(Value::as_str) {
                Some("cancelled") => restored.cancel(now)?,
                Some("scheduled") => restored,
                _ => return Err(unreadable()),
            };
        } else if let Some(id) = series_in(name) {
            match before {
                Some(before) => {
                    then.series.insert(id, read_series(id, before).ok_or_else(unreadable)?);
                }
                None => {
                    if let Some(series) = then.series.get_mut(&id) {
                        series.ends_before = Some(series.counts_from);
                    }
                    // The job may have made more of its sessions since.
                    let of_it = |one: &&mut Session| one.series.is_some_and(|place| place.series == id);
                    for session in then.sessions.values_mut().filter(of_it).filter(|one| open(one)) {
                        *session = session.clone().cancel(now)?;
                    }
                }
            }
        }
    }
    Ok(then)
}

/// Returns the session that a field of the journal is about.
pub(crate) fn session_in(name: &str) -> Option<SessionId> {
    name.strip_prefix("session/")?.parse().ok()
}

/// Returns the series that a field of the journal is about.
pub(crate) fn series_in(name: &str) -> Option<SeriesId> {
    name.strip_prefix("series/")?.parse().ok()
}
