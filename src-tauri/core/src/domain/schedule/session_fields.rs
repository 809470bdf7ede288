//! Converts a session to and from fields of the journal: the plan, and whether the session is on the schedule; and a plan
//! to the input of the form that changes it.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal, field};
use crate::domain::schedule::refusal::{ScheduleChange, SessionRefusal};
use crate::domain::schedule::session::{Plan, Session, SessionInput, SessionPhase};
use crate::domain::schedule::start::{Occurrence, Start};

/// The field of the planned length, in seconds.
pub(crate) const LENGTH: &str = "length_seconds";

/// Returns the session as fields by name. The start is one field, because a wall-clock time means nothing without its
/// zone.
#[must_use]
pub fn fields(session: &Session) -> Fields {
    let mut fields = plan_fields(&session.plan);
    fields.insert("state".into(), json!(session.state.name()));
    fields
}

/// Returns a plan as fields by name.
#[must_use]
pub fn plan_fields(plan: &Plan) -> Fields {
    let Plan { title, instructor, start, length, record, quality, max_participants } = plan;
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

/// Returns the plan that all fields describe; `None` where one is missing or cannot be read.
pub(super) fn plan(fields: &Fields) -> Option<Plan> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Plan {
        title: text("title")?,
        instructor: text("instructor")?,
        start: start(fields.get("start")?)?,
        length: TimeDelta::try_seconds(fields.get("length_seconds")?.as_i64()?)?,
        record: fields.get("record")?.as_bool()?,
        quality: text("quality")?.parse().ok()?,
        max_participants: u32::try_from(fields.get("max_participants")?.as_u64()?).ok()?,
    })
}

/// Returns a plan with the fields that a change had before it.
pub(super) fn plan_before(plan: &Plan, before: &Fields) -> Result<Plan, UndoRefusal> {
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

impl SessionInput {
    /// Returns the input that would lead to a plan, as a form shows it.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            title: plan.title.clone(),
            instructor: plan.instructor_name().to_owned(),
            start_local: plan.start.local().format("%Y-%m-%dT%H:%M").to_string(),
            timezone: plan.start.zone().name().to_owned(),
            duration_minutes: plan.length.num_minutes(),
            record: plan.record,
            quality: plan.quality.name().to_owned(),
            max_participants: plan.max_participants.into(),
        }
    }
}
