//! Holidays: ranges of days on which the classes of a series, or of all series, do not take place.
//!
//! A class that falls into one is cancelled, also when it is put on the schedule later. So it stays known, and it comes
//! back when the holiday is removed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::ids::{HolidayId, SeriesId, SessionId};
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal};
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{Session, SessionPhase};

/// The longest reason, in characters.
pub const REASON_MAX: usize = 100;
/// The longest holiday.
pub const HOLIDAY_MAX: TimeDelta = TimeDelta::days(366);

const HOLIDAY: &str = "holiday";
const SESSION: &str = "session/";

/// A range of days without classes of series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Hajime's id of the holiday.
    pub id: HolidayId,
    /// The first day, in the zone of each class.
    pub first: NaiveDate,
    /// The last day, which belongs to it.
    pub last: NaiveDate,
    /// Why there are no classes, as people read it.
    pub reason: String,
    /// The only series that it is for; `None` for all.
    pub series: Option<SeriesId>,
    /// The moment at which it was added.
    pub created_at: DateTime<Utc>,
}

impl Holiday {
    /// Makes a holiday from what a person typed.
    pub fn new(
        first: NaiveDate,
        last: NaiveDate,
        reason: &str,
        series: Option<SeriesId>,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut problems = Vec::new();
        let length = last.signed_duration_since(first);
        let mut refuse = |field, message: &str, next| {
            problems.push(FieldError { field, message: message.to_owned(), next });
        };
        if length < TimeDelta::zero() {
            refuse("to", "The last day is before the first.", "Choose a last day that is not before the first.");
        } else if length > HOLIDAY_MAX {
            refuse("to", "The holiday is longer than a year.", "Choose a year at most.");
        }
        if last < now.date_naive().pred_opt().unwrap_or_default() {
            refuse("to", "These days are over.", "Choose days that lie ahead.");
        }
        if reason.is_empty() {
            refuse(
                "reason",
                "The holiday has no reason.",
                "Say why there are no classes, for example Christmas holidays.",
            );
        } else if reason.chars().count() > REASON_MAX {
            refuse("reason", "The reason is too long.", "Use at most 100 characters.");
        } else if reason.chars().any(char::is_control) {
            refuse("reason", "The reason holds characters that cannot be shown.", "Type it by hand.");
        }
        Invalid::check(problems)?;
        Ok(Self { id: HolidayId::new(), first, last, reason, series, created_at: now })
    }

    /// Returns whether a session falls into the holiday.
    #[must_use]
    pub fn covers(&self, session: &Session) -> bool {
        let date = session.plan.start.local().date();
        session.series.is_some_and(|place| self.covers_series_on(Some(place.series), date))
    }

    /// Returns whether a class of a series would fall into the holiday on a day; `None` is a series that is not made yet.
    #[must_use]
    pub fn covers_series_on(&self, series: Option<SeriesId>, date: NaiveDate) -> bool {
        let of_series = self.series.is_none() || self.series == series;
        of_series && (self.first..=self.last).contains(&date)
    }
}

/// Returns the session as it is put on the schedule: cancelled where it falls into a holiday.
#[must_use]
pub fn outside(session: Session, holidays: &[Holiday], now: DateTime<Utc>) -> Session {
    let falls_into_one = holidays.iter().any(|holiday| holiday.covers(&session));
    // Only a session that has begun refuses to be cancelled.
    if falls_into_one { session.clone().cancel(now).unwrap_or(session) } else { session }
}

/// A holiday with the sessions that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolidaySessions {
    /// The holiday; `None` before it is added and after it is removed.
    pub holiday: Option<Holiday>,
    /// The sessions of series that lie ahead, and those that the holiday has cancelled.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Those that the holiday has cancelled, also where another one had cancelled them before.
    pub cancelled: Vec<SessionId>,
    /// Those that other holidays have cancelled.
    pub cancelled_by_others: BTreeSet<SessionId>,
}

impl HolidaySessions {
    /// Adds a holiday and cancels the sessions that fall into it.
    pub fn add(mut self, holiday: Holiday, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        for session in self.sessions.values_mut() {
            if session.plan.start.instant() <= now || !holiday.covers(session) {
                continue;
            }
            if session.state.phase() == SessionPhase::Scheduled {
                *session = session.clone().cancel(now)?;
                self.cancelled.push(session.id);
            } else if self.cancelled_by_others.contains(&session.id) {
                self.cancelled.push(session.id);
            }
        }
        self.holiday = Some(holiday);
        Ok(self)
    }

    /// Removes the holiday and puts back the sessions that it cancelled, unless their time is over or another holiday
    /// covers them.
    pub fn remove(mut self, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        for id in std::mem::take(&mut self.cancelled) {
            if let Some(session) = self.sessions.get_mut(&id)
                && session.state.phase() == SessionPhase::Cancelled
                && !self.cancelled_by_others.contains(&id)
                && session.plan.start.instant() > now
            {
                *session = session.clone().restore(now)?;
            }
        }
        self.holiday = None;
        Ok(self)
    }

    /// Returns what a change of the holiday is about, as fields of the journal.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let sessions = self.sessions.values();
        let states = sessions.map(|session| (format!("{SESSION}{}", session.id), json!(session.state.name())));
        states.chain(self.holiday.as_ref().map(|holiday| (HOLIDAY.to_owned(), of_holiday(holiday)))).collect()
    }

    /// Undoes the change in `entry`: removes the holiday that it added, or adds the one that it removed. A session that
    /// somebody changed meanwhile stays as it is.
    pub fn undo(mut self, entry: &JournalEntry, id: HolidayId, now: DateTime<Utc>) -> Result<Self, UndoRefusal> {
        if entry.undone_by.is_some() {
            return Err(UndoRefusal::AlreadyUndone);
        }
        let (before, after) = (&entry.changes.before, &entry.changes.after);
        if self.holiday.as_ref().map(of_holiday).as_ref() != after.get(HOLIDAY) {
            return Err(UndoRefusal::ChangedSince { fields: vec![HOLIDAY.into()] });
        }
        let unreadable = || UndoRefusal::Unreadable { field: HOLIDAY.into() };
        let Some(value) = before.get(HOLIDAY) else { return Ok(self.remove(now)?) };
        self.holiday = Some(read_holiday(id, value).ok_or_else(unreadable)?);
        let cancelled = before.iter().filter(|(_, state)| state.as_str() == Some("cancelled"));
        for id in cancelled.filter_map(|(name, _)| name.strip_prefix(SESSION)?.parse().ok()) {
            if let Some(session) = self.sessions.get_mut(&id)
                && session.state.phase() == SessionPhase::Scheduled
            {
                *session = session.clone().cancel(now)?;
                self.cancelled.push(id);
            }
        }
        Ok(self)
    }
}

fn of_holiday(holiday: &Holiday) -> Value {
    json!({
        "first": holiday.first.to_string(),
        "last": holiday.last.to_string(),
        "reason": holiday.reason,
        "series": holiday.series.map(|series| series.to_string()),
        "created_at": holiday.created_at.timestamp_millis(),
    })
}

fn read_holiday(id: HolidayId, value: &Value) -> Option<Holiday> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(Holiday {
        id,
        first: text("first")?.parse().ok()?,
        last: text("last")?.parse().ok()?,
        reason: text("reason")?.to_owned(),
        series: match value.get("series")? {
            Value::Null => None,
            series => Some(series.as_str()?.parse().ok()?),
        },
        created_at: DateTime::from_timestamp_millis(value.get("created_at")?.as_i64()?)?,
    })
}
