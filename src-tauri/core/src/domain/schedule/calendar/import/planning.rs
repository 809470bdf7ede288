//! Goes through the events of a calendar, one by one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::{ChangedHere, Earlier, Import, Item, Kept, Key, Known, RefusedEvent, SERIES_MAX, Source};
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{CalendarId, SeriesId, SessionId};
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::calendar::all_day::{self, HOLIDAYS_MAX};
use crate::domain::schedule::calendar::event::{self, Event, Zones};
use crate::domain::schedule::calendar::lines::{Component, Line};
use crate::domain::schedule::holiday;
use crate::domain::schedule::limits::{INSTRUCTOR_MAX, LENGTH_MAX, START_GRACE, START_HORIZON, TITLE_MAX};
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::series::Series;
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::text::one_line;

/// The class or the series that an event became; neither for a date that does not take place.
pub(super) type Became = (Option<SessionId>, Option<SeriesId>);

/// Why an event changes nothing.
#[derive(Debug)]
pub(super) enum Stays {
    /// The event cannot be a class.
    Refused(String),
    /// Its class was changed here.
    ChangedHere(ChangedHere),
}

impl From<String> for Stays {
    fn from(reason: String) -> Self {
        Self::Refused(reason)
    }
}

impl From<&str> for Stays {
    fn from(reason: &str) -> Self {
        Self::Refused(reason.to_owned())
    }
}

impl From<SessionRefusal> for Stays {
    fn from(refusal: SessionRefusal) -> Self {
        Self::Refused(refusal.message())
    }
}

/// A series of the file, with the days on which it takes place, those that are left out included.
pub(super) struct InFile {
    pub(super) id: SeriesId,
    pub(super) days: BTreeMap<NaiveDate, NaiveDateTime>,
    /// Whether an earlier import made it.
    pub(super) is_known: bool,
}

pub(super) struct Planning<'a> {
    pub(super) defaults: &'a Preferences,
    pub(super) earlier: &'a Earlier,
    pub(super) source: Source,
    /// The zones that each earlier calendar defines.
    earlier_zones: BTreeMap<CalendarId, Zones>,
    /// The zone of times without one.
    floating: Tz,
    pub(super) now: DateTime<Utc>,
    /// The series of the file by the id of their events.
    pub(super) series: BTreeMap<String, InFile>,
    /// The classes of new series, by their day.
    made: BTreeMap<(SeriesId, NaiveDate), SessionId>,
    refused_series: BTreeSet<String>,
    /// The events of the file that can be read.
    pub(super) keys: BTreeSet<Key>,
    /// The ids of those that cannot.
    pub(super) unreadable: BTreeSet<String>,
    /// The refused events that no earlier import has.
    unplaced: Vec<Component>,
    pub(super) import: Import,
}

impl<'a> Planning<'a> {
    pub(super) fn new(
        import: Import,
        defaults: &'a Preferences,
        earlier: &'a Earlier,
        source: Source,
        floating: Tz,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            defaults,
            earlier,
            source,
            earlier_zones: earlier.frames.iter().map(|(id, frame)| (*id, Zones::of(frame))).collect(),
            floating,
            now,
            series: BTreeMap::new(),
            made: BTreeMap::new(),
            refused_series: BTreeSet::new(),
            keys: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            unplaced: Vec::new(),
            import,
        }
    }

    /// Returns what the import does, and the refused events that go into the frame.
    pub(super) fn done(self) -> (Import, Vec<Component>) {
        (self.import, self.unplaced)
    }

    pub(super) fn all(&mut self, events: &[Component], zones: &Zones) {
        let mut read: Vec<(usize, &Component, Event)> = Vec::new();
        for (position, component) in events.iter().enumerate() {
            let refused = match event::read(component, zones, self.floating) {
                Ok(event) if self.keys.insert((event.uid.clone(), event.replaces)) => {
                    read.push((position, component, event));
                    continue;
                }
                Ok(_) => (component.number, "The file has this event twice.".to_owned()),
                Err(refused) => refused,
            };
            let uid = component.line("UID").map(Line::text);
            if component.line("RECURRENCE-ID").is_none() {
                self.refused_series.extend(uid.clone());
            }
            self.unreadable.extend(uid);
            self.refuse(component, refused.0, refused.1);
        }
        if !matches!(self.source, Source::Feed(_)) {
            // New events go to a calendar that no feed has, where there is one.
            let known = || self.keys.iter().filter_map(|key| self.earlier.events.get(key));
            if let Some(known) = known().find(|known| !known.fed).or_else(|| known().next()) {
                self.import.calendar = known.calendar;
            }
        }
        // A series comes before its dates, wherever the file has them.
        read.sort_by_key(|(position, _, event)| (event.replaces.is_some(), *position));
        for (position, component, event) in read {
            let (floating, key) = (event.floating, (event.uid.clone(), event.replaces));
            match self.one(component, &event) {
                Ok((session, series)) => {
                    self.import.floating = self.import.floating.saturating_add(usize::from(floating));
                    let (calendar, fed) = self.belongs_to(&key);
                    self.import.kept.push(Kept {
                        key,
                        calendar,
                        position,
                        text: component.text(),
                        session,
                        series,
                        gone: false,
                        taken_off: BTreeSet::new(),
                        fed,
                    });
                }
                Err(Stays::ChangedHere(changed)) => self.import.changed_here.push(changed),
                Err(Stays::Refused(reason)) => {
                    if event.rule.is_some() {
                        self.refused_series.insert(key.0);
                    }
                    self.refuse(component, component.number, reason);
                }
            }
        }
        if let Source::Feed(calendar) = self.source {
            self.vanished(calendar);
        }
        // A feed takes no holidays.
        if self.source == Source::Chosen && events.iter().all(all_day::is_all_day) {
            let days = events.iter().flat_map(|event| all_day::days_of(event, self.now));
            let new = days.filter(|days| !days.is_among(&self.earlier.holidays));
            let mut days: Vec<_> = new.take(HOLIDAYS_MAX).collect();
            days.sort();
            days.dedup_by_key(|days| (days.first, days.last));
            self.import.days = days;
        }
        self.import.refused.sort_by_key(|refused| refused.line);
    }

    /// The calendar that an event is kept with, and whether a feed brought it. What a feed brought stays with the feed.
    fn belongs_to(&self, key: &Key) -> (CalendarId, bool) {
        let of_feed = self.earlier.events.get(key).filter(|known| known.fed).map(|known| known.calendar);
        (of_feed.unwrap_or(self.import.calendar), of_feed.is_some() || self.source != Source::Chosen)
    }

    fn refuse(&mut self, component: &Component, line: usize, reason: String) {
        let title = component.line("SUMMARY").map(|line| one_line(&line.text())).unwrap_or_default();
        let title = title.chars().take(TITLE_MAX).collect();
        self.import.refused.push(RefusedEvent { line, title, reason });
        let is_here = component.line("UID").map(Line::text).is_some_and(|uid| {
            let mut from = self.earlier.events.range((uid.clone(), None)..);
            from.next().is_some_and(|(key, _)| key.0 == uid)
        });
        if !is_here {
            self.unplaced.push(component.clone());
        }
    }

    fn one(&mut self, component: &Component, event: &Event) -> Result<Became, Stays> {
        let earlier = self.earlier;
        let Some(known) = earlier.events.get(&(event.uid.clone(), event.replaces)) else {
            return self.first_seen(event);
        };
        let is_of_another = known.calendar != self.import.calendar;
        let is_refused = match self.source {
            Source::Chosen => false,
            Source::NewFeed => is_of_another && known.fed,
            Source::Feed(_) => is_of_another,
        };
        if is_refused {
            return Err(
                "It belongs to another calendar here. Remove that calendar, or take this event out of one.".into()
            );
        }
        let mut old = if known.text == component.text() { Some(event.clone()) } else { self.read_earlier(known) };
        if known.gone {
            old = old.map(|old| Event { cancelled: true, ..old });
        }
        if let Some(series) = known.series.as_ref().filter(|_| event.replaces.is_none()) {
            return self.known_series(known, old.as_ref(), series, event).map(|()| (None, Some(series.id)));
        }
        let became = (known.session.as_ref().map(|one| one.id), known.series.as_ref().map(|one| one.id));
        if old.as_ref().is_some_and(|old| old.means_the_same_as(event)) {
            self.import.same = self.import.same.saturating_add(1);
            return Ok(became);
        }
        match &known.session {
            Some(_) if event.rule.is_some() => {
                Err("It repeats now and was a single class. Cancel that class, then import it again.".into())
            }
            Some(session) => {
                let session = self.import.after.sessions.get(&session.id).unwrap_or(session).clone();
                self.change(old.as_ref(), session, event).map(|()| became)
            }
            // The date was cancelled, or over, and now takes place.
            None => self.first_seen(event),
        }
    }

    fn first_seen(&mut self, event: &Event) -> Result<Became, Stays> {
        let plan = self.plan(event)?;
        if let Some(instant) = event.replaces {
            if self.refused_series.contains(&event.uid) {
                return Err("Its series is refused.".into());
            }
            if let Some(became) = self.date_of_series(event, &plan, instant)? {
                return Ok(became);
            }
        }
        if let Some(rule) = event.rule.clone() {
            return self.new_series(event, plan, rule).map(|id| (None, Some(id)));
        }
        self.check_start(&plan)?;
        let session = Session::new(plan, self.now);
        let session = if event.cancelled { session.cancel(self.now)? } else { session };
        self.import.new.push(Item { title: session.plan.title.clone(), start: session.plan.start, repeats: None });
        let id = session.id;
        self.import.after.sessions.insert(id, session);
        Ok((Some(id), None))
    }

    /// Takes the date of an event out of its series, or changes the class that the series has on that date. `None` where the
    /// event becomes a class of its own.
    fn date_of_series(&mut self, event: &Event, plan: &Plan, instant: DateTime<Utc>) -> Result<Option<Became>, Stays> {
        let Some(InFile { id, days, is_known }) = self.series.get(&event.uid) else {
            return match self.earlier.events.get(&(event.uid.clone(), None)) {
                Some(known) if known.series.is_some() => {
                    Err("Its series is here already, and the file does not have it.".into())
                }
                _ => Ok(None),
            };
        };
        let (id, is_known) = (*id, *is_known);
        let series = self.import.after.series.get(&id);
        let Some(series) = series.or_else(|| self.earlier_series(&event.uid)) else {
            return Err("Its series is refused.".into());
        };
        let day = instant.with_timezone(&series.plan.start.zone()).date_naive();
        let Some(local) = days.get(&day).copied() else {
            return Err("It stands for a date on which its series has no class.".into());
        };
        if is_known && let Some(session) = self.class_on(id, day) {
            return self.change_date(session, id, event, plan).map(|id| Some((Some(id), None)));
        }
        let (is_over, series) = (plan.end() < self.now, series.clone());
        self.before_of_series(&series);
        if let Some(series) = self.import.after.series.get_mut(&id) {
            series.exceptions.insert(local);
        }
        if let Some(made) = self.made.remove(&(id, day)) {
            self.import.after.sessions.remove(&made);
        }
        Ok((event.cancelled || is_over).then_some((None, None)))
    }

    fn new_series(&mut self, event: &Event, plan: Plan, rule: Rule) -> Result<SeriesId, Stays> {
        if event.cancelled {
            return Err("The whole series is cancelled.".into());
        }
        if self.series.len() >= SERIES_MAX {
            return Err("The file has more than 500 series; import the others from a file of their own.".into());
        }
        let (series, days) = self.series_of(event, plan, rule)?;
        let begins = series.starts(self.now).find(|start| start.instant() >= self.now.earlier(START_GRACE));
        let start = begins.ok_or("All its dates lie in the past or are left out.")?;
        let repeats = Some(series.sentence());
        self.import.new.push(Item { title: series.plan.title.clone(), start, repeats });
        for session in series.sessions_to_make([], self.now) {
            let session = holiday::outside(session, &self.earlier.holidays, self.now);
            if let Some(place) = session.series {
                self.made.insert((series.id, place.occurrence.date()), session.id);
            }
            self.import.after.sessions.insert(session.id, session);
        }
        let id = series.id;
        self.series.insert(event.uid.clone(), InFile { id, days, is_known: false });
        self.import.after.series.insert(id, series);
        Ok(id)
    }

    /// Returns the series that an event says, and the days on which it takes place, those that are left out included.
    pub(super) fn series_of(
        &self,
        event: &Event,
        plan: Plan,
        rule: Rule,
    ) -> Result<(Series, BTreeMap<NaiveDate, NaiveDateTime>), Stays> {
        let mut series = Series::new(rule, plan, &[], self.now).map_err(|invalid| invalid.to_string())?;
        let mut days: BTreeMap<NaiveDate, NaiveDateTime> =
            series.starts(self.now).map(|start| (start.local().date(), start.local())).collect();
        for extra in &event.extra {
            match days.get(&extra.date()) {
                Some(known) if known == extra => {}
                Some(_) => {
                    let day = extra.format("%-d %B %Y");
                    return Err(format!("It has two classes on {day}; a series has one a day.").into());
                }
                None => {
                    days.insert(extra.date(), *extra);
                    series.extra.insert(*extra);
                }
            }
        }
        series.exceptions = event.left_out.iter().filter_map(|day| days.get(day).copied()).collect();
        Ok((series, days))
    }

    /// Reads an event as an earlier import did.
    pub(super) fn read_earlier(&self, known: &Known) -> Option<Event> {
        let zones = self.earlier_zones.get(&known.calendar)?;
        // A time without a zone counted in the zone of the class that it became.
        let of_session = known.session.as_ref().map(|session| session.plan.start.zone());
        let of_series = known.series.as_ref().map(|series| series.plan.start.zone());
        let floating = of_session.or(of_series).unwrap_or(self.floating);
        event::read(&Component::from_text(&known.text)?, zones, floating).ok()
    }

    /// Changes a class that an earlier import made, unless somebody changed it here since. `old` is the event as it was
    /// imported.
    fn change(&mut self, old: Option<&Event>, session: Session, event: &Event) -> Result<(), Stays> {
        let wanted = self.plan(event)?;
        let phase = session.state.phase();
        let is_cancelled = phase == SessionPhase::Cancelled;
        let now_is = (&session.plan.title, session.plan.start, session.plan.length, is_cancelled);
        if now_is == (&wanted.title, wanted.start, wanted.length, event.cancelled) {
            self.import.same = self.import.same.saturating_add(1);
            return Ok(());
        }
        if !matches!(phase, SessionPhase::Scheduled | SessionPhase::Cancelled) {
            return Err("The class has begun, so it is not changed.".into());
        }
        if !old.is_some_and(|old| is_as(old, &session)) {
            return Err(changed_here(&session, "It was changed here and in the calendar, so it stays as it is here."));
        }
        self.change_to(session, &wanted, event.cancelled)
    }

    /// Gives a class the title, the time and the state that its event says.
    pub(super) fn change_to(&mut self, session: Session, wanted: &Plan, cancelled: bool) -> Result<(), Stays> {
        self.check_start(wanted)?;
        let phase = session.state.phase();
        let plan =
            Plan { title: wanted.title.clone(), start: wanted.start, length: wanted.length, ..session.plan.clone() };
        let changed = session.clone().restore(self.now)?.edit(|_| Ok::<_, SessionRefusal>(plan), self.now)?;
        let changed = match phase {
            _ if cancelled => changed.cancel(self.now)?,
            SessionPhase::Cancelled => holiday::outside(changed, &self.earlier.holidays, self.now),
            _ => changed,
        };
        if (&changed.plan, changed.state.phase()) == (&session.plan, phase) {
            self.import.same = self.import.same.saturating_add(1);
            return Ok(());
        }
        self.import.changed.push(Item { title: changed.plan.title.clone(), start: changed.plan.start, repeats: None });
        self.import.before.sessions.entry(session.id).or_insert(session);
        self.import.after.sessions.insert(changed.id, changed);
        Ok(())
    }

    fn check_start(&self, plan: &Plan) -> Result<(), String> {
        let at = plan.start.instant();
        if at < self.now.earlier(START_GRACE) {
            return Err("It lies in the past.".into());
        }
        if at > self.now.later(START_HORIZON) {
            return Err("It is more than five years away.".into());
        }
        Ok(())
    }

    pub(super) fn plan(&self, event: &Event) -> Result<Plan, String> {
        if event.title.is_empty() {
            return Err("It has no title.".into());
        }
        let count = event.title.chars().count();
        if count > TITLE_MAX {
            return Err(format!("Its title has {count} characters; a class has at most 120."));
        }
        if event.length <= chrono::TimeDelta::zero() {
            return Err("It ends when it begins, or before.".into());
        }
        if event.length > LENGTH_MAX {
            return Err("It is longer than 24 hours.".into());
        }
        let own = Some(one_line(&self.defaults.instructor)).filter(|name| !name.is_empty());
        let instructor = own.or_else(|| event.organizer.clone()).filter(|name| !name.is_empty());
        let instructor = instructor.ok_or("Nobody is named who teaches it. Say in Settings who teaches here.")?;
        if instructor.chars().count() > INSTRUCTOR_MAX {
            return Err("The name of its organiser has more than 80 characters.".into());
        }
        Ok(Plan {
            title: event.title.clone(),
            instructor,
            start: event.start,
            length: event.length,
            record: self.defaults.record,
            quality: self.defaults.quality,
            max_participants: self.defaults.max_participants,
        })
    }
}

/// Returns whether a class is as its event says.
pub(super) fn is_as(event: &Event, session: &Session) -> bool {
    let is_cancelled = session.state.phase() == SessionPhase::Cancelled;
    let same_time = event.start.instant() == session.plan.start.instant() && event.length == session.plan.length;
    same_time && event.title == session.plan.title && event.cancelled == is_cancelled
}

pub(super) fn changed_here(session: &Session, reason: &str) -> Stays {
    let (title, start) = (session.plan.title.clone(), session.plan.start);
    Stays::ChangedHere(ChangedHere { title, start, reason: reason.to_owned() })
}
