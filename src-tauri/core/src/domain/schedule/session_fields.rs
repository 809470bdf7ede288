//! Converts a session to and from fields of the journal: the plan, and whether the session is on the schedule.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal, field};
use crate::domain::schedule::refusal::{ScheduleChange, SessionRefusal};
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::schedule::start::{Occurrence, Start};

/// The field of the planned length, in seconds.
const LENGTH: &str = "length_seconds";

/// Returns the session as fields by name. The start is one field, because a wall-clock time means nothing without its
/// zone.
#[must_use]
pub fn fields(session: &Session) -> Fields {
    let Plan { title, instructor, start, length, record, quality, max_participants } = &session.plan;
    let occurrence = start.occurrence().map(|occurrence| match occurrence {
        Occurrence::First => "first",
        Occurrence::Second => "second",
    });
    let start = json!({
        // In milliseconds, as the database keeps it.
        "local": start.local().format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        "timezone": start.zone().name(),
        "occurrence": occurrence,
    });
    let values = [
        ("title", json!(title)),
        ("instructor", json!(instructor)),
        ("start", start),
        (LENGTH, json!(length.num_seconds())),
        ("record", json!(record)),
        ("quality", json!(quality.name())),
        ("max_participants", json!(max_participants)),
        ("state", json!(session.state.name())),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the session from before the change in `entry`; where the change created the session, it is cancelled.
/// Refused once the session has begun, except for a change of nothing but the length while it is live; [`UndoRefusal`]
/// lists when else.
pub fn undo(session: Session, entry: &JournalEntry, now: DateTime<Utc>) -> Result<Session, UndoRefusal> {
    if session.state.phase() == SessionPhase::Live && entry.changes.before.keys().eq([LENGTH]) {
        entry.check_undo(&fields(&session))?;
        let length = field(&entry.changes.before, LENGTH, length)?.unwrap_or(session.plan.length);
        return Ok(session.with_length(length, now)?);
    }
    if !matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled) {
        let (title, phase) = (session.plan.title, session.state.phase());
        return Err(SessionRefusal::PlanIsFixed { title, phase, change: ScheduleChange::Edit }.into());
    }
    entry.check_undo(&fields(&session))?;
    let before = &entry.changes.before;
    if entry.is_creation() {
        return Ok(session.cancel(now)?);
    }
    match before.get("state").and_then(Value::as_str) {
        Some("cancelled") => Ok(session.cancel(now)?),
        Some("scheduled") => Ok(session.restore(now)?),
        Some(_) => Err(UndoRefusal::Unreadable { field: "state".into() }),
        None => session.edit(|plan| plan_before(plan, before), now),
    }
}

fn plan_before(plan: &Plan, before: &Fields) -> Result<Plan, UndoRefusal> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let plan = plan.clone();
    Ok(Plan {
        title: field(before, "title", text)?.unwrap_or(plan.title),
        instructor: field(before, "instructor", text)?.unwrap_or(plan.instructor),
        start: field(before, "start", start)?.unwrap_or(plan.start),
        length: field(before, LENGTH, length)?.unwrap_or(plan.length),
        record: field(before, "record", Value::as_bool)?.unwrap_or(plan.record),
        quality: field(before, "quality", |value| value.as_str()?.parse().ok())?.unwrap_or(plan.quality),
        max_participants: field(before, "max_participants", number)?.unwrap_or(plan.max_participants),
    })
}

fn length(value: &Value) -> Option<TimeDelta> {
    TimeDelta::try_seconds(value.as_i64()?)
}

fn start(value: &Value) -> Option<Start> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let local: NaiveDateTime = text("local")?.parse().ok()?;
    let occurrence = match text("occurrence") {
        None => None,
        Some("first") => Some(Occurrence::First),
        Some("second") => Some(Occurrence::Second),
        Some(_) => return None,
    };
    Some(Start::derived(local, text("timezone")?.parse().ok()?, occurrence))
}
