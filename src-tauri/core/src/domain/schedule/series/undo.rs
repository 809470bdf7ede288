//! Converts series and their sessions to and from fields of the journal, and undoes a change of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value, json};

use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::profile::journal::{Entity, Fields, JournalEntry, UndoRefusal};
use crate::domain::schedule::person::Person;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::roster;
use crate::domain::schedule::series::{Series, SeriesSessions};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, RoomCode, Session, SessionPhase};
use crate::domain::schedule::session_fields::{self, plan_before, plan_fields};
use crate::domain::schedule::start::Start;

const SERIES: &str = "series/";
const SESSION: &str = "session/";
const PEOPLE: &str = "people/";

/// Returns series and sessions as fields: one for each series, one for its people and one for each session, so that an
/// entry of the journal holds only those that changed.
#[must_use]
pub fn fields(all: &SeriesSessions) -> Fields {
    let series = all.series.values().map(|series| (format!("{SERIES}{}", series.id), of_series(series)));
    let sessions = all.sessions.values().map(|session| (format!("{SESSION}{}", session.id), of_session(session)));
    let with_people = all.people.iter().filter(|(_, people)| !people.is_empty());
    let people = with_people.map(|(id, people)| (format!("{PEOPLE}{id}"), roster::list(people)));
    series.chain(sessions).chain(people).collect()
}

/// Returns the ids of the series that an entry of the journal is about.
pub(crate) fn series_of(entry: &JournalEntry) -> BTreeSet<SeriesId> {
    let names = entry.changes.before.keys().chain(entry.changes.after.keys());
    let changed = names.filter_map(|name| name.strip_prefix(SERIES)?.parse().ok());
    // A change that only touches sessions names no series.
    let own = if let Entity::Series(id) = entry.entity { Some(id) } else { None };
    changed.chain(own).collect()
}

/// Returns series and sessions from before the change in `entry`; where the change created the series, it ends before it
/// begins and its sessions are cancelled. Sessions that have begun or are over stay, and those that were made since
/// follow the series. `with_own_people` has other people than their series; where one of them would go, or one that was
/// changed by hand, the undo is refused.
pub fn undo(
    now_are: &SeriesSessions,
    with_own_people: &BTreeSet<SessionId>,
    entry: &JournalEntry,
    now: DateTime<Utc>,
) -> Result<SeriesSessions, UndoRefusal> {
    check(now_are, entry)?;
    let mut then = now_are.clone();
    if entry.is_creation() {
        for series in then.series.values_mut() {
            series.ends_before = Some(series.counts_from);
        }
        for session in then.sessions.values_mut().filter(|session| !has_begun(session)) {
            *session = session.clone().cancel(now)?;
        }
        return Ok(then);
    }
    for name in entry.changes.after.keys().filter(|name| !entry.changes.before.contains_key(*name)) {
        if let Some(id) = name.strip_prefix(SERIES).and_then(|id| id.parse().ok()) {
            then.series.remove(&id);
            then.people.remove(&id);
        }
    }
    for (name, value) in &entry.changes.before {
        let unreadable = || UndoRefusal::Unreadable { field: name.clone() };
        if let Some(id) = name.strip_prefix(SERIES) {
            let id = id.parse().map_err(|_| unreadable())?;
            then.series.insert(id, read_series(id, value).ok_or_else(unreadable)?);
        } else if let Some(id) = name.strip_prefix(PEOPLE) {
            let people: Option<Vec<Person>> = roster::of_list(value);
            then.people.insert(id.parse().map_err(|_| unreadable())?, people.ok_or_else(unreadable)?);
        }
    }
    // What the change put on the schedule goes, and what an undo took off comes back.
    let goes = |session: &Session| !is_over(session, now) && !has_own_room(session, now_are);
    then.sessions.retain(|id, session| !was_made_by(entry, *id) || !goes(session));
    for (name, value) in &entry.changes.before {
        let id = name.strip_prefix(SESSION).and_then(|id| id.parse().ok());
        if let Some(id) = id.filter(|id| !then.sessions.contains_key(id)) {
            let session = value.as_object().and_then(|fields| read_session(id, fields, now));
            then.sessions.insert(id, session.ok_or_else(|| UndoRefusal::Unreadable { field: name.clone() })?);
        }
    }
    let mut with_another_rule = BTreeSet::new();
    for session in then.sessions.values_mut().filter(|session| !has_begun(session)) {
        *session = match entry.changes.before.get(&format!("{SESSION}{}", session.id)) {
            Some(Value::Object(fields)) => restored(session.clone(), fields, now)?,
            _ if was_made_by(entry, session.id) && is_over(session, now) => continue,
            _ if was_made_by(entry, session.id) => session.clone().cancel(now)?,
            _ => {
                let all: Vec<&Series> = then.series.values().collect();
                let followed = followed(session.clone(), now_are, &all, now)?;
                let rule = |session: &Session, series: &BTreeMap<SeriesId, Series>| {
                    Some(series.get(&session.series?.series)?.rule.clone())
                };
                if rule(session, &now_are.series) != rule(&followed, &then.series) {
                    with_another_rule.extend(followed.series.map(|place| place.series));
                }
                followed
            }
        };
    }
    // The days that the job has passed meanwhile by the other rule.
    for id in with_another_rule {
        let now_is = then.series.get(&id).map(|series| now.with_timezone(&series.plan.start.zone()).naive_local());
        then.make_missing(id, now_is.unwrap_or_default(), now);
    }
    then.leave_removed(now_are, now)?;
    then.fit_rooms(now_are, now);
    check_gone(now_are, &then, with_own_people, entry)?;
    Ok(then)
}

impl SeriesSessions {
    /// Takes the sessions out of the series that the undo has removed: to a series that still exists or, where there is
    /// none, out of any series. Of those, a session that lies ahead was made by the series alone and goes with it.
    fn leave_removed(&mut self, were: &Self, now: DateTime<Utc>) -> Result<(), UndoRefusal> {
        let kept = self.series.keys().next().copied();
        let removed: BTreeSet<SeriesId> =
            were.series.keys().filter(|id| !self.series.contains_key(id)).copied().collect();
        let is_left = |session: &Session| session.series.is_some_and(|place| removed.contains(&place.series));
        if kept.is_none() {
            self.sessions
                .retain(|_, session| !is_left(session) || is_over(session, now) || has_own_room(session, were));
        }
        for session in self.sessions.values_mut().filter(|session| is_left(session)) {
            if kept.is_none() && !is_over(session, now) {
                *session = session.clone().cancel(now)?;
            }
            session.series = session.series.zip(kept).map(|(place, series)| SeriesPlace { series, ..place });
        }
        Ok(())
    }
}

/// Whether the change put a session on the schedule. The creation of a whole series is another matter.
fn was_made_by(entry: &JournalEntry, id: SessionId) -> bool {
    let name = format!("{SESSION}{id}");
    entry.changes.after.contains_key(&name) && !entry.changes.before.contains_key(&name)
}

/// Whether a room may exist for the session alone, so that its row is needed. A room that the classes of a series share
/// is known from the others.
fn has_own_room(session: &Session, all: &SeriesSessions) -> bool {
    let series = session.series.and_then(|place| all.series.get(&place.series));
    session.state.code().is_some_and(|code| series.and_then(|series| series.room.as_ref()) != Some(code))
}

fn read_session(id: SessionId, fields: &Fields, now: DateTime<Utc>) -> Option<Session> {
    let session = Session::of_series(session_fields::plan(fields)?, read_place(fields)?, now);
    Some(Session { id, ..session })
}

fn has_begun(session: &Session) -> bool {
    !matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled)
}

/// Whether the session has begun, or its start has passed without one. Recordings may be attached to it.
fn is_over(session: &Session, now: DateTime<Utc>) -> bool {
    has_begun(session) || session.plan.start.instant() <= now
}

/// Refuses an undo when the entry was undone already, or when something that it changed has changed since. A session
/// that has begun may have changed.
fn check(now_are: &SeriesSessions, entry: &JournalEntry) -> Result<(), UndoRefusal> {
    if entry.undone_by.is_some() {
        return Err(UndoRefusal::AlreadyUndone);
    }
    let present = fields(now_are);
    let mut changed = BTreeSet::new();
    for (name, after) in &entry.changes.after {
        if present.get(name) == Some(after) {
            continue;
        }
        if name.starts_with(PEOPLE) {
            // Where the change made the whole series, the series and its people stay.
            if !entry.is_creation() {
                changed.insert("the people of the series".to_owned());
            }
            continue;
        }
        let session = name.strip_prefix(SESSION).and_then(|id| id.parse::<SessionId>().ok());
        match session.and_then(|id| now_are.sessions.get(&id)) {
            Some(session) if has_begun(session) => {}
            Some(session) => {
                changed.insert(format!("the class of {}", session.plan.start.local().format("%-d %B %Y")));
            }
            None => {
                changed.insert("the series".to_owned());
            }
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(UndoRefusal::ChangedSince { fields: changed.into_iter().collect() }) }
}

/// Refuses an undo with which a session would go that somebody has changed since it was made. [`check`] has compared
/// the plans of those that the entry names.
fn check_gone(
    now_are: &SeriesSessions,
    then: &SeriesSessions,
    with_own_people: &BTreeSet<SessionId>,
    entry: &JournalEntry,
) -> Result<(), UndoRefusal> {
    let is_on = |session: &Session| session.state.phase() == SessionPhase::Scheduled;
    let stays =
        |session: &Session| then.sessions.get(&session.id).is_some_and(|after| after.series.is_some() || is_on(after));
    let mut changed = BTreeSet::new();
    for session in now_are.sessions.values().filter(|session| is_on(session) && !stays(session)) {
        let day = session.plan.start.local().format("%-d %B %Y");
        let series = session.series.and_then(|place| now_are.series.get(&place.series));
        let made = series.map(|series| Plan { start: session.plan.start, ..series.plan.clone() });
        if !was_made_by(entry, session.id) && (session.is_moved() || made.as_ref() != Some(&session.plan)) {
            changed.insert(format!("the class of {day}"));
        }
        if with_own_people.contains(&session.id) {
            changed.insert(format!("the people of the class of {day}"));
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(UndoRefusal::ChangedSince { fields: changed.into_iter().collect() }) }
}

/// Returns a session that was made after the change, as the series would have made it before.
fn followed(
    session: Session,
    were: &SeriesSessions,
    are: &[&Series],
    now: DateTime<Utc>,
) -> Result<Session, UndoRefusal> {
    let Some((place, was)) = session.series.and_then(|place| Some((place, were.series.get(&place.series)?))) else {
        return Ok(session);
    };
    let at = |series: &Series| place.occurrence.date().and_time(series.time());
    let of_that_day = |series: &&&Series| series.spans(at(series));
    let own = are.iter().find(|series| series.id == was.id);
    let Some(is) = own.filter(of_that_day).or_else(|| are.iter().find(of_that_day)).or(own) else { return Ok(session) };
    let place = SeriesPlace { series: is.id, occurrence: at(is) };
    // Only the fields that follow the series change.
    let mut plan = session.plan.clone();
    if plan.title == was.plan.title {
        plan.title.clone_from(&is.plan.title);
    }
    if plan.instructor == was.plan.instructor {
        plan.instructor.clone_from(&is.plan.instructor);
    }
    if plan.length == was.plan.length {
        plan.length = is.plan.length;
    }
    if plan.record == was.plan.record {
        plan.record = is.plan.record;
    }
    if plan.quality == was.plan.quality {
        plan.quality = is.plan.quality;
    }
    if plan.max_participants == was.plan.max_participants {
        plan.max_participants = is.plan.max_participants;
    }
    if !session.is_moved() && (was.time(), was.zone()) != (is.time(), is.zone()) {
        plan.start = Start::of_occurrence(place.occurrence, is.zone());
    }
    let followed = session.with_plan(plan, now)?;
    let off_rule = is.rule != was.rule && is.on(place.occurrence.date(), now).is_none();
    let ended = (off_rule || !is.spans(place.occurrence)) && followed.plan.start.instant() > now;
    let followed = if ended { followed.cancel(now)? } else { followed };
    Ok(Session { series: Some(place), ..followed })
}

fn restored(session: Session, fields: &Fields, now: DateTime<Utc>) -> Result<Session, UndoRefusal> {
    let plan = plan_before(&session.plan, fields)?;
    let unreadable = || UndoRefusal::Unreadable { field: "series".into() };
    // A class that was of its own has no place in a series.
    let series = fields.get("series").map(|_| read_place(fields).ok_or_else(unreadable)).transpose()?;
    let session = Session { series, ..session.with_plan(plan, now)? };
    Ok(match fields.get("state").and_then(Value::as_str) {
        Some("cancelled") => session.cancel(now)?,
        Some("scheduled") => session.restore(now)?,
        _ => return Err(UndoRefusal::Unreadable { field: "state".into() }),
    })
}

fn of_session(session: &Session) -> Value {
    let mut fields = session_fields::fields(session);
    if let Some(SeriesPlace { series, occurrence }) = session.series {
        fields.insert("series".into(), json!(series.to_string()));
        fields.insert("occurrence".into(), json!(written(occurrence)));
    }
    Value::Object(fields)
}

pub(crate) fn read_place(fields: &Fields) -> Option<SeriesPlace> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    Some(SeriesPlace { series: text("series")?.parse().ok()?, occurrence: text("occurrence")?.parse().ok()? })
}

fn of_series(series: &Series) -> Value {
    let mut fields = plan_fields(&series.plan);
    let exceptions: Vec<String> = series.exceptions.iter().map(|occurrence| written(*occurrence)).collect();
    for (name, value) in [
        ("rule", json!(series.rule.to_string())),
        ("counts_from", json!(written(series.counts_from))),
        ("ends_before", json!(series.ends_before.map(written))),
        ("exceptions", json!(exceptions)),
        ("created_at", json!(series.created_at.timestamp_millis())),
    ] {
        fields.insert(name.into(), value);
    }
    // Entries from before there were extra dates must compare as equal.
    if !series.extra.is_empty() {
        let extra: Vec<String> = series.extra.iter().map(|occurrence| written(*occurrence)).collect();
        fields.insert("extra".into(), json!(extra));
    }
    // As with extra dates.
    if let Some(code) = &series.room {
        fields.insert("room".into(), json!(code.as_str()));
    }
    Value::Object(fields)
}

/// Reads a series from its field of the journal.
pub(crate) fn read_series(id: SeriesId, value: &Value) -> Option<Series> {
    let fields = value.as_object()?;
    let local = |value: &Value| value.as_str()?.parse::<NaiveDateTime>().ok();
    Some(Series {
        id,
        rule: Rule::parse(fields.get("rule")?.as_str()?).ok()?,
        plan: session_fields::plan(fields)?,
        counts_from: local(fields.get("counts_from")?)?,
        ends_before: match fields.get("ends_before")? {
            Value::Null => None,
            written => Some(local(written)?),
        },
        exceptions: fields.get("exceptions")?.as_array()?.iter().map(local).collect::<Option<_>>()?,
        extra: match fields.get("extra") {
            None => BTreeSet::new(),
            Some(extra) => extra.as_array()?.iter().map(local).collect::<Option<_>>()?,
        },
        room: match fields.get("room") {
            None => None,
            Some(code) => Some(RoomCode::from_stored(code.as_str()?.to_owned())?),
        },
        created_at: DateTime::from_timestamp_millis(fields.get("created_at")?.as_i64()?)?,
    })
}

fn written(local: NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M:%S").to_string()
}
