//! What an import of a calendar file does: which events become classes, which change one, and which are refused.
//!
//! An event that repeats becomes a series. A date of it that the file moves or changes is left out of the series and
//! becomes a class of its own, unless the series has a class on that day already: then that class changes.
//!
//! What somebody changed here is not overwritten: such a class stays, and the import names it.

mod known_series;
mod planning;
mod vanished;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::ids::{CalendarId, SeriesId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::calendar::all_day::NamedDays;
use crate::domain::schedule::calendar::event::Zones;
use crate::domain::schedule::calendar::import::planning::Planning;
use crate::domain::schedule::calendar::lines::{Component, Line, Part};
use crate::domain::schedule::holiday::Holiday;
use crate::domain::schedule::limits::TITLE_MAX;
use crate::domain::schedule::series::{Series, SeriesSessions};
use crate::domain::schedule::session::{Session, SessionPhase};
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
    /// Whether its calendar no longer has it, so that its class was cancelled.
    pub gone: bool,
    /// The classes that were cancelled for that reason.
    pub taken_off: BTreeSet<SessionId>,
    /// Whether a feed brought it.
    pub fed: bool,
}

/// Where a calendar comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A person chose it. Events that it does not have stay as they are.
    Chosen,
    /// A person follows it from now on. Events of other feeds are refused.
    NewFeed,
    /// It is read again from its address. The classes of events that it brought and no longer has are cancelled, and events of
    /// other calendars are refused.
    Feed(CalendarId),
}

/// What was imported before.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// The events that became classes.
    pub events: BTreeMap<Key, Known>,
    /// The classes of the series that they became.
    pub of_series: BTreeMap<SeriesId, Vec<Session>>,
    /// The calendars without those events.
    pub frames: BTreeMap<CalendarId, Component>,
    /// The feeds, with the moment at which each was asked last.
    pub feeds: BTreeMap<CalendarId, DateTime<Utc>>,
    /// The holidays, on which classes of series are cancelled.
    pub holidays: Vec<Holiday>,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How it is found again.
    pub key: Key,
    /// The calendar that it belongs to.
    pub calendar: CalendarId,
    /// Its place among the events of the file.
    pub position: usize,
    /// Its text.
    pub text: String,
    /// The class that it became.
    pub session: Option<SessionId>,
    /// The series that it became.
    pub series: Option<SeriesId>,
    /// Whether its calendar no longer has it.
    pub gone: bool,
    /// The classes that were cancelled for that reason.
    pub taken_off: BTreeSet<SessionId>,
    /// Whether a feed brought it.
    pub fed: bool,
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

/// A class that was changed here and in its calendar. It stays as it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedHere {
    /// The title here.
    pub title: String,
    /// The start of the class here, or of the first of the series.
    pub start: Start,
    /// What differs, as a sentence.
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
    /// The classes that their calendar no longer has, which are cancelled.
    pub gone: Vec<Item>,
    /// The classes that were changed here and in the calendar.
    pub changed_here: Vec<ChangedHere>,
    /// The events that are refused.
    pub refused: Vec<RefusedEvent>,
    /// The days that lie ahead and are no holidays yet, where the calendar has all-day events only.
    pub days: Vec<NamedDays>,
    /// How many events have times without a zone, which count in the zone that was asked for.
    pub floating: usize,
    /// The classes before.
    pub before: SeriesSessions,
    /// The classes after.
    pub after: SeriesSessions,
    /// The events to keep.
    pub kept: Vec<Kept>,
    /// The events to mark as gone, with the classes that were cancelled for that reason.
    pub gone_events: BTreeMap<Key, BTreeSet<SessionId>>,
}

/// Says what an import of a file does. `zone` is that of times that have none.
pub fn plan(
    file: &[u8],
    zone: Tz,
    defaults: &Preferences,
    earlier: &Earlier,
    source: Source,
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
    if let Source::Feed(id) = source
        && events.is_empty()
        && earlier.events.values().any(|known| known.fed && known.calendar == id)
    {
        let next = "Nothing was changed. Look at the other calendar; Hajime asks again by itself.";
        return Err(Invalid::one("file", "The calendar has no events any more.", next));
    }
    if let Source::Feed(id) = source {
        refuse_another(&events, earlier, id, now)?;
    }
    let mut frame = Component { parts: frame, name: calendar.name, number: calendar.number };
    let name = frame.line("X-WR-CALNAME").or_else(|| frame.line("NAME")).map(|line| one_line(&line.text()));
    let import = Import {
        calendar: if let Source::Feed(id) = source { id } else { CalendarId::new() },
        name: name.unwrap_or_default().chars().take(TITLE_MAX).collect(),
        frame: String::new(),
        new: Vec::new(),
        changed: Vec::new(),
        same: 0,
        gone: Vec::new(),
        changed_here: Vec::new(),
        refused: Vec::new(),
        days: Vec::new(),
        floating: 0,
        before: SeriesSessions::default(),
        after: SeriesSessions::default(),
        kept: Vec::new(),
        gone_events: BTreeMap::new(),
    };
    let mut planning = Planning::new(import, defaults, earlier, source, zone, now);
    planning.all(&events, &zones);
    let (mut import, unplaced) = planning.done();
    frame.parts.extend(unplaced.into_iter().map(Part::Component));
    if let Some(before) = earlier.frames.get(&import.calendar) {
        match source {
            Source::Feed(id) => take_over_zones(&mut frame, before, earlier, id),
            _ => take_over(&mut frame, before, &events),
        }
    }
    import.frame = frame.text();
    Ok(import)
}

/// Refuses a feed that has none of its events any more although some of their classes lie ahead: it is another calendar, or one
/// that gives its events new ids each time.
fn refuse_another(events: &[Component], earlier: &Earlier, id: CalendarId, now: DateTime<Utc>) -> Result<(), Invalid> {
    let uids: BTreeSet<_> = events.iter().filter_map(|event| event.line("UID")).map(Line::text).collect();
    let is_ahead =
        |session: &Session| session.state.phase() == SessionPhase::Scheduled && session.plan.start.instant() > now;
    let has_classes = |known: &Known| {
        let of_series = known.series.as_ref().and_then(|series| earlier.of_series.get(&series.id));
        known.session.iter().chain(of_series.into_iter().flatten()).any(is_ahead)
    };
    let mut ahead = earlier
        .events
        .iter()
        .filter(|(_, known)| known.calendar == id && known.fed && !known.gone && has_classes(known))
        .peekable();
    if ahead.peek().is_some() && ahead.all(|(key, _)| !uids.contains(&key.0)) {
        let message = "None of the events from before are in the calendar any more. Nothing was changed.";
        let next = "Look at the other calendar. If it is right, remove the feed here and add it again.";
        return Err(Invalid::one("file", message, next));
    }
    Ok(())
}

/// Adds to the frame of a feed the zones that events from before name and this file does not have.
fn take_over_zones(frame: &mut Component, before: &Component, earlier: &Earlier, id: CalendarId) {
    let id_of = |zone: &Component| zone.line("TZID").map(Line::text);
    let known: BTreeSet<_> = frame.components().filter_map(id_of).collect();
    let kept = earlier.events.values().filter(|known| known.calendar == id);
    let mut named = BTreeSet::new();
    for event in kept.filter_map(|known| Component::from_text(&known.text)) {
        named.extend(event.lines().filter_map(|line| line.parameter("TZID")).map(str::to_owned));
    }
    let zones = before.components().filter(|part| part.name == "VTIMEZONE");
    let missing = zones.filter(|zone| id_of(zone).is_some_and(|id| named.contains(&id) && !known.contains(&id)));
    let missing: Vec<Part> = missing.cloned().map(Part::Component).collect();
    frame.parts.extend(missing);
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
