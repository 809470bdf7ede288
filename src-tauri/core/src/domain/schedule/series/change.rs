//! Changes several sessions of a series in one step: other plans, a day left out, an end.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};
use chrono_tz::Tz;

use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::refusal::{ScheduleChange, SessionRefusal};
use crate::domain::schedule::series::{Rooms, Scope, Series, SeriesSessions};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, Session, SessionInput, SessionPhase};
use crate::domain::schedule::start::Start;

/// The reason why a series was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesRefusal {
    /// The input is wrong, and the person can correct it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The session has begun or was cancelled.
    #[error(transparent)]
    Session(#[from] SessionRefusal),
    /// The session belongs to no series.
    #[error("the session belongs to no series")]
    NoSeries {
        /// The session's title.
        title: String,
    },
    /// The session belongs to a series already.
    #[error("the session belongs to a series already")]
    HasSeries {
        /// The session's title.
        title: String,
    },
    /// The series has no class on this day.
    #[error("the series has no class on {date}")]
    NotThatDay {
        /// The day.
        date: NaiveDate,
    },
}

/// What changes of a series besides the plan of its classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeriesEdit {
    /// The new rule; `None` where the series keeps its rule.
    pub rule: Option<Rule>,
    /// The rooms of the classes; `None` where they stay.
    pub rooms: Option<Rooms>,
}

/// The new time of the day and zone of a series.
#[derive(Debug, Clone, Copy)]
struct NewTime {
    time: NaiveTime,
    zone: Tz,
}

impl NewTime {
    fn of(self, local: NaiveDateTime) -> NaiveDateTime {
        local.date().and_time(self.time)
    }
}

impl SeriesSessions {
    /// Returns one session and its place in its series.
    fn placed(&self, id: SessionId) -> Option<(&Session, SeriesPlace, &Series)> {
        let session = self.sessions.get(&id)?;
        let place = session.series?;
        Some((session, place, self.series.get(&place.series)?))
    }

    /// Changes the plan of a session and of those after it, or of all of its series that have not begun.
    ///
    /// Only the fields that differ from the session's plan are changed, so that what was agreed for one class stays. A
    /// moved session keeps its time. A change of those after it splits the series.
    ///
    /// With a rule in `change` the series repeats by that rule. Without it, a start on another day of the same week moves
    /// that day of a weekly series. The second part of a split series keeps the room that the classes share.
    pub fn edit(
        mut self,
        id: SessionId,
        scope: Scope,
        input: &SessionInput,
        change: SeriesEdit,
        now: DateTime<Utc>,
    ) -> Result<Self, SeriesRefusal> {
        let SeriesEdit { rule, rooms } = change;
        let were = rooms.map(|rooms| (rooms, self.clone()));
        let (session, place, series) = self.placed(id).ok_or_else(|| self.no_series(id))?;
        let (before, series) = (session.plan.clone(), series.clone());
        if session.state.phase() != SessionPhase::Scheduled {
            let (title, phase) = (before.title, session.state.phase());
            return Err(SessionRefusal::PlanIsFixed { title, phase, change: ScheduleChange::Edit }.into());
        }
        let wanted = before.check_change(input, now)?;
        let moved = wanted.start != before.start;
        let rule = match rule {
            None if wanted.start.local().date() != before.start.local().date() => {
                Some(series.rule_of_another_day(place.occurrence, wanted.start.local())?)
            }
            None => None,
            Some(rule) => Some(rule).filter(|rule| *rule != series.rule),
        };
        // `rrule` counts in whole seconds, and would leave out the first class of a time between two.
        let time = wanted.start.local().time();
        let time = time.with_nanosecond(0).unwrap_or(time);
        let new_time = moved.then(|| NewTime { time, zone: wanted.start.zone() });
        let split = scope == Scope::Following
            && series.starts(now).next().is_some_and(|first| first.local() < place.occurrence);
        let target = if split { self.split(&series, place.occurrence) } else { series };
        let changed = target.clone().changed(&before, &wanted, new_time);
        for session in self.sessions.values_mut() {
            let Some(place) = session.series.filter(|place| place.series == target.id) else { continue };
            // What has begun, or is over without having begun, stays as it is.
            let open = matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled);
            if open && session.plan.end() > now {
                let occurrence = new_time.map_or(place.occurrence, |new| new.of(place.occurrence));
                let shifted = session.clone().shifted(&target, &changed, &before, &wanted, now)?;
                *session = Session { series: Some(SeriesPlace { occurrence, ..place }), ..shifted };
            }
        }
        let changed_id = changed.id;
        self.series.insert(changed_id, changed);
        if let Some(rule) = rule {
            self.repeat(changed_id, rule, wanted.start.local(), now)?;
        }
        if let Some((rooms, were)) = were {
            self.set_rooms(changed_id, rooms, now);
            self.fit_rooms(&were, now);
        }
        Ok(self)
    }

    /// Splits a series in two and returns the second, which begins with the occurrence at `from` and has the same people.
    fn split(&mut self, series: &Series, from: NaiveDateTime) -> Series {
        let mut first = series.clone();
        let mut second = Series { id: SeriesId::new(), counts_from: from, ..series.clone() };
        second.exceptions = first.exceptions.split_off(&from);
        second.extra = first.extra.split_off(&from);
        first.ends_before = Some(from);
        for session in self.sessions.values_mut() {
            if let Some(place) =
                session.series.as_mut().filter(|place| place.series == series.id && place.occurrence >= from)
            {
                place.series = second.id;
            }
        }
        if let Some(people) = self.people.get(&series.id).cloned() {
            self.people.insert(second.id, people);
        }
        self.series.insert(first.id, first);
        self.series.insert(second.id, second.clone());
        second
    }

    /// Cancels a session and those after it, and ends the series before it. What has begun stays.
    pub fn end_before(mut self, id: SessionId, now: DateTime<Utc>) -> Result<Self, SeriesRefusal> {
        let (_, place, series) = self.placed(id).ok_or_else(|| self.no_series(id))?;
        let ended = Series { ends_before: Some(place.occurrence), ..series.clone() };
        for session in self.sessions.values_mut() {
            let later = session
                .series
                .is_some_and(|other| other.series == place.series && other.occurrence >= place.occurrence);
            if later && session.state.phase() == SessionPhase::Scheduled {
                *session = session.clone().cancel(now)?;
            }
        }
        self.series.insert(ended.id, ended);
        Ok(self)
    }

    /// Leaves out the class of a day: cancels its session or, where it is not made yet, keeps it from being made.
    pub fn skip_day(mut self, id: SessionId, date: NaiveDate, now: DateTime<Utc>) -> Result<Self, SeriesRefusal> {
        let (_, place, series) = self.placed(id).ok_or_else(|| self.no_series(id))?;
        let mut series = series.clone();
        let that_day = |other: &Session| {
            other.series.is_some_and(|other| other.series == place.series && other.occurrence.date() == date)
        };
        if let Some(session) = self.sessions.values_mut().find(|session| that_day(session)) {
            *session = session.clone().cancel(now)?;
            return Ok(self);
        }
        let start = series.on(date, now).ok_or(SeriesRefusal::NotThatDay { date })?;
        series.exceptions.insert(start.local());
        self.series.insert(series.id, series);
        Ok(self)
    }

    fn no_series(&self, id: SessionId) -> SeriesRefusal {
        let title = self.sessions.get(&id).map(|session| session.plan.title.clone());
        SeriesRefusal::NoSeries { title: title.unwrap_or_default() }
    }
}

impl Series {
    /// Returns the rule with the day of an occurrence moved to another day of its week.
    fn rule_of_another_day(&self, from: NaiveDateTime, to: NaiveDateTime) -> Result<Rule, Invalid> {
        let rule = self.rule.clone().with_days_of(self.plan.start.local());
        let one_week = rule.period_of(from.date()) == rule.period_of(to.date());
        let moved = one_week.then(|| rule.with_weekday_moved(from.weekday(), to.weekday())).flatten();
        moved.ok_or_else(|| {
            let next = "Choose the days at which the series repeats, or move this class alone.";
            Invalid::one("start_local", "A series cannot follow this class to that day.", next)
        })
    }

    /// Returns the series with the fields in which `wanted` differs from `before`.
    fn changed(self, before: &Plan, wanted: &Plan, new_time: Option<NewTime>) -> Self {
        let plan = with_differences(&self.plan, before, wanted);
        let Some(new) = new_time else { return Self { plan, ..self } };
        let rule = self.rule.clone().ending_with_a_day(self.time(), self.zone());
        let start = Start::of_occurrence(new.of(plan.start.local()), new.zone);
        Self {
            rule,
            plan: Plan { start, ..plan },
            counts_from: new.of(self.counts_from),
            ends_before: self.ends_before.map(|end| new.of(end)),
            exceptions: self.exceptions.iter().map(|occurrence| new.of(*occurrence)).collect(),
            extra: self.extra.iter().map(|occurrence| new.of(*occurrence)).collect(),
            ..self
        }
    }
}

impl Session {
    /// Returns the session with the fields in which `wanted` differs from `before`, and at the new time of the day if it
    /// was not moved.
    pub(super) fn shifted(
        self,
        was: &Series,
        is: &Series,
        before: &Plan,
        wanted: &Plan,
        now: DateTime<Utc>,
    ) -> Result<Self, SessionRefusal> {
        let mut plan = with_differences(&self.plan, before, wanted);
        if !self.is_moved() && (was.time(), was.zone()) != (is.time(), is.zone()) {
            plan.start = Start::of_occurrence(plan.start.local().date().and_time(is.time()), is.zone());
        }
        self.with_plan(plan, now)
    }

    /// Returns the session with another plan, also while it is cancelled.
    pub(super) fn with_plan(self, plan: Plan, now: DateTime<Utc>) -> Result<Self, SessionRefusal> {
        if plan == self.plan {
            return Ok(self);
        }
        let cancelled = self.state.phase() == SessionPhase::Cancelled;
        let edited = self.restore(now)?.edit(|_| Ok::<_, SessionRefusal>(plan), now)?;
        if cancelled { edited.cancel(now) } else { Ok(edited) }
    }
}

/// Returns a plan with the fields in which `wanted` differs from `before`. The start is not one of them.
fn with_differences(plan: &Plan, before: &Plan, wanted: &Plan) -> Plan {
    fn pick<T: PartialEq + Clone>(has: &T, before: &T, wanted: &T) -> T {
        if before == wanted { has.clone() } else { wanted.clone() }
    }
    Plan {
        title: pick(&plan.title, &before.title, &wanted.title),
        instructor: pick(&plan.instructor, &before.instructor, &wanted.instructor),
        start: plan.start,
        length: pick(&plan.length, &before.length, &wanted.length),
        record: pick(&plan.record, &before.record, &wanted.record),
        quality: pick(&plan.quality, &before.quality, &wanted.quality),
        max_participants: pick(&plan.max_participants, &before.max_participants, &wanted.max_participants),
    }
}
