//! Series: a recurrence rule that yields sessions, and changes of several of them at once.
//!
//! An occurrence becomes a session some weeks before it begins. The session keeps the wall-clock time at which the rule
//! put it, so that a moved or cancelled one stays known and is never made again: only occurrences of the days after the
//! last one that became a session are made. A series has one occurrence a day at most.

mod begin;
mod change;
mod followed;
mod rule_change;
mod shared_room;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::schedule::limits::{START_GRACE, START_HORIZON};
use crate::domain::schedule::person::Person;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::session::{Plan, RoomCode, Session, SessionPhase};
use crate::domain::schedule::start::Start;

pub use change::{SeriesEdit, SeriesRefusal};
pub use undo::{fields, undo};
pub(crate) use undo::{read_place, read_series, series_of};

/// The time before its start at which an occurrence becomes a session.
pub const MADE_AHEAD: TimeDelta = TimeDelta::days(60);
/// The most dates that a series leaves out before they become sessions.
pub const EXCEPTIONS_MAX: usize = 1_000;

/// The sessions of a series that a change applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One session and those after it.
    Following,
    /// All sessions that have not begun.
    All,
}

/// The rooms in which the classes of a series are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rooms {
    /// Each class has a room of its own.
    #[default]
    Own,
    /// All classes share one room.
    Shared,
}

/// A series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Hajime's id of the series.
    pub id: SeriesId,
    /// How it repeats.
    pub rule: Rule,
    /// The plan of every session. Its start is where the rule begins to count.
    pub plan: Plan,
    /// The first wall-clock time that belongs to this series. It is later than the plan's start where the sessions
    /// before it stayed with another series.
    pub counts_from: NaiveDateTime,
    /// The wall-clock time from which on nothing belongs to this series; `None` while only the rule ends it.
    pub ends_before: Option<NaiveDateTime>,
    /// Occurrences that never become sessions.
    pub exceptions: BTreeSet<NaiveDateTime>,
    /// Occurrences beside those of the rule, on days of their own.
    pub extra: BTreeSet<NaiveDateTime>,
    /// The code of the room that all classes share; `None` where each class has a room of its own.
    pub room: Option<RoomCode>,
    /// The moment at which the series was put on the schedule.
    pub created_at: DateTime<Utc>,
}

impl Series {
    /// Makes a series. Refused if no class would ever take place.
    pub fn new(rule: Rule, plan: Plan, left_out: &[NaiveDate], now: DateTime<Utc>) -> Result<Self, Invalid> {
        if left_out.len() > EXCEPTIONS_MAX {
            let message = format!("{} dates would be left out.", left_out.len());
            return Err(Invalid::one("except", message, "Leave out at most 1000 dates."));
        }
        // `rrule` counts in whole seconds.
        let local = plan.start.local();
        let whole = local.with_nanosecond(0).unwrap_or(local);
        let start = if whole == local { plan.start } else { Start::of_occurrence(whole, plan.start.zone()) };
        let time = whole.time();
        let series = Self {
            id: SeriesId::new(),
            rule,
            plan: Plan { start, ..plan },
            counts_from: whole,
            ends_before: None,
            exceptions: left_out.iter().map(|date| date.and_time(time)).collect(),
            extra: BTreeSet::new(),
            room: None,
            created_at: now,
        };
        let all = Self { exceptions: BTreeSet::new(), ..series.clone() };
        let days: BTreeSet<NaiveDate> = all.starts(now).map(|start| start.local().date()).collect();
        if let Some(date) = left_out.iter().find(|date| !days.contains(date)) {
            let message = format!("The series has no class on {}.", date.format("%-d %B %Y"));
            return Err(Invalid::one("except", message, "Leave out only days on which a class would take place."));
        }
        if series.starts(now).next().is_none() {
            let next = "Check the days and the end of the rule.";
            return Err(Invalid::one("rrule", "No class of this rule takes place within five years.", next));
        }
        Ok(series)
    }

    /// Returns the rule in plain English.
    #[must_use]
    pub fn sentence(&self) -> String {
        let rule = self.rule.sentence(self.plan.start.local(), self.zone());
        let days = match self.extra_dates().count() {
            0 => rule,
            1 => format!("{rule}, and on one more date"),
            more => format!("{rule}, and on {more} more dates"),
        };
        match self.rooms() {
            Rooms::Own => days,
            Rooms::Shared => format!("{days}, all in one room"),
        }
    }

    /// Returns the occurrences beside those of the rule that belong to this series.
    pub fn extra_dates(&self) -> impl Iterator<Item = NaiveDateTime> {
        self.extra.iter().copied().filter(|local| self.spans(*local))
    }

    fn zone(&self) -> Tz {
        self.plan.start.zone()
    }

    fn time(&self) -> NaiveTime {
        self.plan.start.local().time()
    }

    /// Returns whether a wall-clock time lies between the beginning and the end of this series.
    fn spans(&self, local: NaiveDateTime) -> bool {
        local >= self.counts_from && self.ends_before.is_none_or(|end| local < end)
    }

    /// Returns the starts of the series, as far ahead as sessions can be planned.
    pub fn starts(&self, now: DateTime<Utc>) -> impl Iterator<Item = Start> + use<'_> {
        let last = now.later(START_HORIZON).with_timezone(&self.zone()).naive_local();
        self.starts_with_exceptions(last).filter(|start| !self.exceptions.contains(&start.local()))
    }

    /// Returns the starts up to the wall-clock time `last`, also those that are left out. A day of the rule comes before
    /// an extra date on that day.
    fn starts_with_exceptions(&self, last: NaiveDateTime) -> impl Iterator<Item = Start> + use<'_> {
        let mut of_rule = self.rule.starts(self.plan.start.local(), self.zone(), last).peekable();
        let extra = self.extra.range(..=last);
        let mut extra = extra.map(|local| Start::of_occurrence(*local, self.zone())).peekable();
        let starts = std::iter::from_fn(move || {
            let Some(one) = extra.peek().map(Start::local) else { return of_rule.next() };
            match of_rule.peek().map(Start::local) {
                Some(other) if other.date() == one.date() => {
                    extra.next();
                    of_rule.next()
                }
                Some(other) if other < one => of_rule.next(),
                _ => extra.next(),
            }
        });
        starts.filter(|start| self.spans(start.local()))
    }

    /// Returns the start of the series on a day.
    #[must_use]
    pub fn on(&self, date: NaiveDate, now: DateTime<Utc>) -> Option<Start> {
        self.starts(now).take_while(|start| start.local().date() <= date).find(|start| start.local().date() == date)
    }

    /// Returns the first start of the series after all sessions that it has.
    #[must_use]
    pub fn first_without_session<'a>(
        &self,
        has: impl IntoIterator<Item = &'a Session>,
        now: DateTime<Utc>,
    ) -> Option<Start> {
        let last = has.into_iter().filter_map(|session| self.day_of(session)).max();
        self.starts(now).find(|start| Some(start.local().date()) > last)
    }

    fn day_of(&self, session: &Session) -> Option<NaiveDate> {
        session.series.filter(|place| place.series == self.id).map(|place| place.occurrence.date())
    }

    /// Returns the sessions that are to be made now, given those that the series has: the occurrences of the next
    /// [`MADE_AHEAD`] and, where none of the sessions lies ahead, the next one.
    #[must_use]
    pub fn sessions_to_make<'a>(&self, has: impl IntoIterator<Item = &'a Session>, now: DateTime<Utc>) -> Vec<Session> {
        let (mut last, mut one_ahead) = (None, false);
        for session in has {
            last = last.max(self.day_of(session));
            let scheduled = session.state.phase() == SessionPhase::Scheduled;
            one_ahead = one_ahead || scheduled && session.plan.start.instant() > now;
        }
        let horizon = now.later(MADE_AHEAD);
        let mut made = Vec::new();
        for start in self.starts(now).skip_while(|start| Some(start.local().date()) <= last) {
            if start.instant() > horizon && one_ahead {
                break;
            }
            // A class whose time passed while Hajime was not running is not put on the schedule afterwards.
            if start.instant() >= now.earlier(START_GRACE) {
                one_ahead = true;
                made.push(self.class_at(start, now));
            }
        }
        made
    }
}

/// Series and their sessions, so that a change sees and returns everything that belongs together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeriesSessions {
    /// The series.
    pub series: BTreeMap<SeriesId, Series>,
    /// Their sessions.
    pub sessions: BTreeMap<SessionId, Session>,
    /// The people with whom a class of each series begins.
    pub people: BTreeMap<SeriesId, Vec<Person>>,
}

/// What a change does to one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionChange {
    /// The session before; `None` where the change makes it.
    pub before: Option<Session>,
    /// The session after.
    pub after: Session,
}

impl SeriesSessions {
    /// Returns the sessions that differ from those in `before`, by the time at which the rule put them.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<SessionChange> {
        let differing = self.sessions.values().filter_map(|after| {
            let before = before.sessions.get(&after.id);
            (before != Some(after)).then(|| SessionChange { before: before.cloned(), after: after.clone() })
        });
        let mut changes: Vec<SessionChange> = differing.collect();
        changes.sort_by_key(|change| (change.after.series.map(|place| place.occurrence), change.after.id));
        changes
    }
}

#[cfg(test)]
mod tests;
