//! What an import of a calendar file does: which events become classes, which change one, and which are refused.
//!
//! An event that repeats becomes a series. A date of it that the file moves or changes is left out of the series and
//! becomes a class of its own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{CalendarId, SeriesId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::calendar::event::{self, Event, Zones};
use crate::domain::schedule::calendar::lines::{Component, Part};
use crate::domain::schedule::limits::{INSTRUCTOR_MAX, LENGTH_MAX, START_GRACE, START_HORIZON, TITLE_MAX};
use crate::domain::schedule::series::{Series, SeriesSessions};
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::schedule::start::Start;
use crate::domain::text::one_line;

/// The most events of one import.
pub const EVENTS_MAX: usize = 20_000;
/// The most series of one import. Each is counted for five years.
pub const SERIES_MAX: usize = 500;

/// An event is found again by its id and, for one date of a series, the instant that it stands for.
pub type Key = (String, Option<DateTime<Utc>>);

/// An event that was imported before, with the class that it became.
#[derive(Debug, Clone)]
pub struct Known {
    /// The calendar that it belongs to.
    pub calendar: CalendarId,
    /// The event as it was imported.
    pub text: String,
    /// The class.
    pub session: Option<Session>,
    /// The series.
    pub series: Option<Series>,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How it is found again.
    pub key: Key,
    /// Its place among the events of the file.
    pub position: usize,
    /// Its text.
    pub text: String,
    /// The class that it became.
    pub session: Option<SessionId>,
    /// The series that it became.
    pub series: Option<SeriesId>,
}

/// An event that becomes a class or changes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The title.
    pub title: String,
    /// The start of the class, or of the first of a series.
    pub start: Start,
    /// How it repeats, in plain English.
    pub repeats: Option<String>,
}

/// An event that no class is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEvent {
    /// The line of the file.
    pub line: usize,
    /// The title, where it has one.
    pub title: String,
    /// The reason, as a sentence.
    pub reason: String,
}

/// What an import does.
#[derive(Debug, Clone)]
pub struct Import {
    /// The calendar.
    pub calendar: CalendarId,
    /// The name of the calendar, as the other program calls it.
    pub name: String,
    /// The calendar without its events.
    pub frame: String,
    /// The events that become classes or series.
    pub new: Vec<Item>,
    /// The events that change a class.
    pub changed: Vec<Item>,
    /// How many events are as they were.
    pub same: usize,
    /// The events that are refused.
    pub refused: Vec<RefusedEvent>,
    /// How many events have times without a zone, which count in the zone that was asked for.
    pub floating: usize,
    /// The classes before.
    pub before: SeriesSessions,
    /// The classes after.
    pub after: SeriesSessions,
    /// The events to keep.
    pub kept: Vec<Kept>,
}

/// Says what an import of a file does. `zone` is that of times that have none.
pub fn plan(
    file: &[u8],
    zone: Tz,
    defaults: &Preferences,
    known: &BTreeMap<Key, Known>,
    now: DateTime<Utc>,
) -> Result<Import, Invalid> {
    let mut calendars = Component::read(file)?.into_iter().filter(|component| component.name == "VCALENDAR");
    let Some(mut calendar) = calendars.next() else {
        return Err(Invalid::one("file", "The file holds no calendar.", "Choose a calendar file (.ics)."));
    };
    // Some programs write one calendar for each event.
    for other in calendars {
        let new = other.parts.into_iter().filter(|part| matches!(part, Part::Component(_)));
        calendar.parts.extend(new);
    }
    let zones = Zones::of(&calendar, zone);
    let is_event = |part: &Part| matches!(part, Part::Component(part) if part.name == "VEVENT");
    let (events, frame): (Vec<Part>, Vec<Part>) = calendar.parts.into_iter().partition(is_event);
    let events: Vec<Component> = events
        .into_iter()
        .filter_map(|part| if let Part::Component(event) = part { Some(event) } else { None })
        .collect();
    if events.len() > EVENTS_MAX {
        let message = format!("The calendar has {} events.", events.len());
        return Err(Invalid::one("file", message, "Export a span with at most 20,000 events, then import that."));
    }
    let frame = Component { parts: frame, name: calendar.name, number: calendar.number };
    let name = frame.line("X-WR-CALNAME").or_else(|| frame.line("NAME")).map(|line| one_line(&line.text()));
    let mut planning = Planning {
        defaults,
        known,
        now,
        series: BTreeMap::new(),
        refused_series: BTreeSet::new(),
        import: Import {
            calendar: CalendarId::new(),
            name: name.unwrap_or_default().chars().take(TITLE_MAX).collect(),
            frame: frame.text(),
            new: Vec::new(),
            changed: Vec::new(),
            same: 0,
            refused: Vec::new(),
            floating: 0,
            before: SeriesSessions::default(),
            after: SeriesSessions::default(),
            kept: Vec::new(),
        },
    };
    planning.all(&events, &zones);
    Ok(planning.import)
}

struct Planning<'a> {
    defaults: &'a Preferences,
    known: &'a BTreeMap<Key, Known>,
    now: DateTime<Utc>,
    /// The new series by the id of their events, with the days on which they take place.
    series: BTreeMap<String, (SeriesId, BTreeSet<NaiveDate>)>,
    refused_series: BTreeSet<String>,
    import: Import,
}

impl Planning<'_> {
    fn all(&mut self, events: &[Component], zones: &Zones) {
        let mut read: Vec<(usize, &Component, Event)> = Vec::new();
        let mut keys = BTreeSet::new();
        for (position, component) in events.iter().enumerate() {
            let refused = match event::read(component, zones) {
                Ok(event) if keys.insert((event.uid.clone(), event.replaces)) => {
                    read.push((position, component, event));
                    continue;
                }
                Ok(_) => (component.number, "The file has this event twice.".to_owned()),
                Err(refused) => refused,
            };
            if let Some(uid) = component.line("UID").filter(|_| component.line("RECURRENCE-ID").is_none()) {
                self.refused_series.insert(uid.text());
            }
            self.refuse(component, refused.0, refused.1);
        }
        if let Some(known) = keys.iter().find_map(|key| self.known.get(key)) {
            self.import.calendar = known.calendar;
        }
        // A series comes before its dates, wherever the file has them.
        read.sort_by_key(|(position, _, event)| (event.replaces.is_some(), *position));
        for (position, component, event) in read {
            let (floating, key) = (event.floating, (event.uid.clone(), event.replaces));
            let repeats = event.rule.is_some();
            match self.one(component, event) {
                Ok((session, series)) => {
                    self.import.floating = self.import.floating.saturating_add(usize::from(floating));
                    self.import.kept.push(Kept { key, position, text: component.text(), session, series });
                }
                Err(reason) => {
                    if repeats {
                        self.refused_series.insert(key.0);
                    }
                    self.refuse(component, component.number, reason);
                }
            }
        }
        self.import.refused.sort_by_key(|refused| refused.line);
    }

    fn refuse(&mut self, component: &Component, line: usize, reason: String) {
        let title = component.line("SUMMARY").map(|line| one_line(&line.text())).unwrap_or_default();
        let title = title.chars().take(TITLE_MAX).collect();
        self.import.refused.push(RefusedEvent { line, title, reason });
    }

    fn one(&mut self, component: &Component, event: Event) -> Result<(Option<SessionId>, Option<SeriesId>), String> {
        if let Some(known) = self.known.get(&(event.uid.clone(), event.replaces)) {
            let ids = (known.session.as_ref().map(|one| one.id), known.series.as_ref().map(|one| one.id));
            if known.text == component.text() {
                self.import.same = self.import.same.saturating_add(1);
                return Ok(ids);
            }
            return match &known.session {
                Some(session) if event.rule.is_none() => self.change(known, session.clone(), &event).map(|()| ids),
                _ => Err(
                    "The series is here already and differs. Change it here, or end it and import it under another id."
                        .into(),
                ),
            };
        }
        let plan = self.plan(&event)?;
        if let Some(instant) = event.replaces {
            if self.refused_series.contains(&event.uid) {
                return Err("Its series is refused.".into());
            }
            if let Some((series, days)) = self.series.get(&event.uid) {
                let series = *series;
                let Some(own) = self.import.after.series.get_mut(&series) else {
                    return Err("Its series is refused.".into());
                };
                let day = instant.with_timezone(&own.plan.start.zone()).date_naive();
                if !days.contains(&day) {
                    return Err("It stands for a date on which its series has no class.".into());
                }
                own.exceptions.insert(day.and_time(own.plan.start.local().time()));
                self.import.after.sessions.retain(|_, session| {
                    session.series.is_none_or(|place| place.series != series || place.occurrence.date() != day)
                });
                if event.cancelled || plan.end() < self.now {
                    return Ok((None, None));
                }
            } else if self.known.contains_key(&(event.uid.clone(), None)) {
                return Err("It changes one date of a series that is here already; change that class here.".into());
            }
        }
        if let Some(rule) = event.rule.clone() {
            return self.new_series(&event, plan, rule).map(|id| (None, Some(id)));
        }
        self.check_start(&plan)?;
        let session = Session::new(plan, self.now);
        let session =
            if event.cancelled { session.cancel(self.now).map_err(|refusal| refusal.message())? } else { session };
        self.import.new.push(Item { title: session.plan.title.clone(), start: session.plan.start, repeats: None });
        let id = session.id;
        self.import.after.sessions.insert(id, session);
        Ok((Some(id), None))
    }

    fn new_series(
        &mut self,
        event: &Event,
        plan: Plan,
        rule: crate::domain::schedule::recurrence::Rule,
    ) -> Result<SeriesId, String> {
        if event.cancelled {
            return Err("The whole series is cancelled.".into());
        }
        if self.series.len() >= SERIES_MAX {
            return Err("The file has more than 500 series; import the others from a file of their own.".into());
        }
        let mut series = Series::new(rule, plan, &[], self.now).map_err(|invalid| invalid.to_string())?;
        let days: BTreeSet<NaiveDate> = series.starts(self.now).map(|start| start.local().date()).collect();
        let time = series.plan.start.local().time();
        series.exceptions =
            event.left_out.iter().filter(|day| days.contains(day)).map(|day| day.and_time(time)).collect();
        let begins = series.starts(self.now).find(|start| start.instant() >= self.now.earlier(START_GRACE));
        let start = begins.ok_or("All its dates lie in the past or are left out.")?;
        let repeats = Some(series.sentence());
        self.import.new.push(Item { title: series.plan.title.clone(), start, repeats });
        let sessions = series.sessions_to_make([], self.now);
        self.import.after.sessions.extend(sessions.into_iter().map(|session| (session.id, session)));
        let id = series.id;
        self.series.insert(event.uid.clone(), (id, days));
        self.import.after.series.insert(id, series);
        Ok(id)
    }

    /// Changes a class that an earlier import made, unless somebody changed it here since.
    fn change(&mut self, known: &Known, session: Session, event: &Event) -> Result<(), String> {
        let old = Component::from_text(&known.text);
        let zones = Zones::of(&Component { name: String::new(), number: 0, parts: Vec::new() }, event.start.zone());
        let phase = session.state.phase();
        if !matches!(phase, SessionPhase::Scheduled | SessionPhase::Cancelled) {
            return Err("The class has begun, so it is not changed.".into());
        }
        let untouched = old.and_then(|old| event::read(&old, &zones).ok()).is_some_and(|old| {
            let same_time = old.start.instant() == session.plan.start.instant() && old.length == session.plan.length;
            same_time && old.title == session.plan.title && old.cancelled == (phase == SessionPhase::Cancelled)
        });
        if !untouched {
            return Err("The class was changed here since the last import, so it stays as it is.".into());
        }
        let wanted = self.plan(event)?;
        self.check_start(&wanted)?;
        let plan = Plan { title: wanted.title, start: wanted.start, length: wanted.length, ..session.plan.clone() };
        let changed = session.clone().restore(self.now).map_err(|refusal| refusal.message())?;
        let changed = changed
            .edit(|_| Ok::<_, crate::domain::schedule::refusal::SessionRefusal>(plan), self.now)
            .map_err(|refusal| refusal.message())?;
        let changed =
            if event.cancelled { changed.cancel(self.now).map_err(|refusal| refusal.message())? } else { changed };
        if (&changed.plan, changed.state.phase()) == (&session.plan, phase) {
            self.import.same = self.import.same.saturating_add(1);
            return Ok(());
        }
        self.import.changed.push(Item { title: changed.plan.title.clone(), start: changed.plan.start, repeats: None });
        self.import.before.sessions.insert(session.id, session);
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

    fn plan(&self, event: &Event) -> Result<Plan, String> {
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
