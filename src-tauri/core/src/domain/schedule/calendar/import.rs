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
use crate::domain::schedule::calendar::lines::{Component, Line, Part};
use crate::domain::schedule::holiday::{self, Holiday};
use crate::domain::schedule::limits::{INSTRUCTOR_MAX, LENGTH_MAX, START_GRACE, START_HORIZON, TITLE_MAX};
use crate::domain::schedule::recurrence::Rule;
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

/// What was imported before.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// The events that became classes.
    pub events: BTreeMap<Key, Known>,
    /// The calendars without those events.
    pub frames: BTreeMap<CalendarId, Component>,
    /// The holidays, on which classes of series are cancelled.
    pub holidays: Vec<Holiday>,
}

/// Why an event that changes one date of a known series is refused.
const OF_A_KNOWN_SERIES: &str = "It changes one date of a series that is here already; change that class here.";

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
    /// The calendar without the events that became classes. It keeps the refused ones, so that an export writes them
    /// again.
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
    earlier: &Earlier,
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
    let zones = Zones::of(&calendar);
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
    let mut frame = Component { parts: frame, name: calendar.name, number: calendar.number };
    let name = frame.line("X-WR-CALNAME").or_else(|| frame.line("NAME")).map(|line| one_line(&line.text()));
    let mut planning = Planning {
        defaults,
        earlier,
        earlier_zones: earlier.frames.iter().map(|(id, frame)| (*id, Zones::of(frame))).collect(),
        floating: zone,
        now,
        series: BTreeMap::new(),
        made: BTreeMap::new(),
        refused_series: BTreeSet::new(),
        unplaced: Vec::new(),
        import: Import {
            calendar: CalendarId::new(),
            name: name.unwrap_or_default().chars().take(TITLE_MAX).collect(),
            frame: String::new(),
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
    let Planning { mut import, unplaced, .. } = planning;
    frame.parts.extend(unplaced.into_iter().map(Part::Component));
    if let Some(before) = earlier.frames.get(&import.calendar) {
        take_over(&mut frame, before, &events);
    }
    import.frame = frame.text();
    Ok(import)
}

/// Adds to the frame what an earlier import of the calendar brought and this file does not have: zones, which other
/// events may need, and refused events.
fn take_over(frame: &mut Component, before: &Component, events: &[Component]) {
    let named = |component: &Component, name: &str| component.line(name).map(Line::text);
    let zones: BTreeSet<_> = frame.components().filter_map(|part| named(part, "TZID")).collect();
    let uids: BTreeSet<_> = events.iter().filter_map(|event| named(event, "UID")).collect();
    for part in before.components() {
        let is_new = match part.name.as_str() {
            "VTIMEZONE" => named(part, "TZID").is_some_and(|id| !zones.contains(&id)),
            "VEVENT" => named(part, "UID").is_some_and(|id| !uids.contains(&id)),
            _ => false,
        };
        if is_new {
            frame.parts.push(Part::Component(part.clone()));
        }
    }
}

struct Planning<'a> {
    defaults: &'a Preferences,
    earlier: &'a Earlier,
    /// The zones that each earlier calendar defines.
    earlier_zones: BTreeMap<CalendarId, Zones>,
    /// The zone of times without one.
    floating: Tz,
    now: DateTime<Utc>,
    /// The new series by the id of their events, with the days on which they take place.
    series: BTreeMap<String, (SeriesId, BTreeSet<NaiveDate>)>,
    /// The classes of new series, by their day.
    made: BTreeMap<(SeriesId, NaiveDate), SessionId>,
    refused_series: BTreeSet<String>,
    /// The refused events that no earlier import has.
    unplaced: Vec<Component>,
    import: Import,
}

impl Planning<'_> {
    fn all(&mut self, events: &[Component], zones: &Zones) {
        let mut read: Vec<(usize, &Component, Event)> = Vec::new();
        let mut keys = BTreeSet::new();
        for (position, component) in events.iter().enumerate() {
            let refused = match event::read(component, zones, self.floating) {
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
        if let Some(known) = keys.iter().find_map(|key| self.earlier.events.get(key)) {
            self.import.calendar = known.calendar;
        }
        // A series comes before its dates, wherever the file has them.
        read.sort_by_key(|(position, _, event)| (event.replaces.is_some(), *position));
        for (position, component, event) in read {
            let (floating, key) = (event.floating, (event.uid.clone(), event.replaces));
            let repeats = event.rule.is_some();
            match self.one(component, &event) {
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
        let is_here = component.line("UID").map(Line::text).is_some_and(|uid| {
            let mut from = self.earlier.events.range((uid.clone(), None)..);
            from.next().is_some_and(|(key, _)| key.0 == uid)
        });
        if !is_here {
            self.unplaced.push(component.clone());
        }
    }

    fn one(&mut self, component: &Component, event: &Event) -> Result<(Option<SessionId>, Option<SeriesId>), String> {
        if let Some(known) = self.earlier.events.get(&(event.uid.clone(), event.replaces)) {
            let ids = (known.session.as_ref().map(|one| one.id), known.series.as_ref().map(|one| one.id));
            let old =
                if known.text == component.text() { Some(event.clone()) } else { self.read_earlier(known, event) };
            if old.as_ref().is_some_and(|old| old.means_the_same_as(event)) {
                self.import.same = self.import.same.saturating_add(1);
                return Ok(ids);
            }
            return match &known.session {
                Some(session) if event.rule.is_none() => {
                    self.change(old.as_ref(), session.clone(), event).map(|()| ids)
                }
                _ if event.replaces.is_some() => Err(OF_A_KNOWN_SERIES.into()),
                _ => Err(
                    "The series is here already and differs. Change it here, or end it and import it under another id."
                        .into(),
                ),
            };
        }
        let plan = self.plan(event)?;
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
                if let Some(made) = self.made.remove(&(series, day)) {
                    self.import.after.sessions.remove(&made);
                }
                if event.cancelled || plan.end() < self.now {
                    return Ok((None, None));
                }
            } else if self.earlier.events.contains_key(&(event.uid.clone(), None)) {
                return Err(OF_A_KNOWN_SERIES.into());
            }
        }
        if let Some(rule) = event.rule.clone() {
            return self.new_series(event, plan, rule).map(|id| (None, Some(id)));
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

    fn new_series(&mut self, event: &Event, plan: Plan, rule: Rule) -> Result<SeriesId, String> {
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
        for session in series.sessions_to_make([], self.now) {
            let session = holiday::outside(session, &self.earlier.holidays, self.now);
            if let Some(place) = session.series {
                self.made.insert((series.id, place.occurrence.date()), session.id);
            }
            self.import.after.sessions.insert(session.id, session);
        }
        let id = series.id;
        self.series.insert(event.uid.clone(), (id, days));
        self.import.after.series.insert(id, series);
        Ok(id)
    }

    /// Reads an event as an earlier import did.
    fn read_earlier(&self, known: &Known, event: &Event) -> Option<Event> {
        let zones = self.earlier_zones.get(&known.calendar)?;
        // A time without a zone counted in the zone of the class that it became.
        let floating = known.session.as_ref().map_or(event.start.zone(), |session| session.plan.start.zone());
        event::read(&Component::from_text(&known.text)?, zones, floating).ok()
    }

    /// Changes a class that an earlier import made, unless somebody changed it here since. `old` is the event as it was
    /// imported.
    fn change(&mut self, old: Option<&Event>, session: Session, event: &Event) -> Result<(), String> {
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
        let untouched = old.is_some_and(|old| {
            let same_time = old.start.instant() == session.plan.start.instant() && old.length == session.plan.length;
            same_time && old.title == session.plan.title && old.cancelled == is_cancelled
        });
        if !untouched {
            return Err("The class was changed here since the last import, so it stays as it is.".into());
        }
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
