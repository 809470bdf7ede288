//! Writes the schedule as a calendar file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{CalendarId, SeriesId, SessionId};
use crate::domain::schedule::calendar::event::{self, Event, Zones};
use crate::domain::schedule::calendar::import::Kept;
use crate::domain::schedule::calendar::lines::{Component, Line, Part, escaped};
use crate::domain::schedule::calendar::zones;
use crate::domain::schedule::limits::START_HORIZON;
use crate::domain::schedule::series::{Series, SeriesSessions};
use crate::domain::schedule::session::{Session, SessionPhase};
use crate::domain::schedule::start::Start;

/// An imported calendar with the events that were kept.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// Its name.
    pub name: String,
    /// The calendar without its events.
    pub frame: String,
    /// Its events, in the order of the file.
    pub events: Vec<Kept>,
}

const FRAME: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Hajime//Hajime//EN\nCALSCALE:GREGORIAN\nMETHOD:PUBLISH\n\
                     REFRESH-INTERVAL;VALUE=DURATION:PT1H\nX-PUBLISHED-TTL:PT1H\nEND:VCALENDAR";

impl Calendar {
    /// Returns the calendar without what became no class: refused events, tasks and the like.
    #[must_use]
    pub fn classes_only(self) -> Self {
        let Some(mut frame) = Component::from_text(&self.frame) else { return self };
        frame.parts.retain(|part| !matches!(part, Part::Component(part) if part.name != "VTIMEZONE"));
        Self { frame: frame.text(), ..self }
    }
}

/// Writes the classes in `all`, each as the event that it was imported from as far as that still holds. Events of
/// `calendars` whose class is not in `all` are left out. A single calendar that covers everything keeps its own frame.
#[must_use]
pub fn file(all: &SeriesSessions, calendars: &[Calendar], now: DateTime<Utc>) -> String {
    let mut writing = Writing::new(all, calendars, now);
    let mut used: Vec<Component> = Vec::new();
    for calendar in calendars {
        let Some(frame) = Component::from_text(&calendar.frame) else { continue };
        let before = writing.events.len();
        writing.calendar(calendar, &Zones::of(&frame));
        if writing.events.len() > before {
            used.push(frame);
        }
    }
    let own = writing.own();
    let frame = match used.as_slice() {
        [only] if own == Own::Nothing => only.clone(),
        _ => own_frame(used),
    };
    writing.write(frame)
}

/// Writes all classes for programs that other people use: titles, instructors and times. What was imported beside them is left
/// out, as it may hold people and secrets.
pub(super) fn for_readers(all: &SeriesSessions, now: DateTime<Utc>) -> String {
    let mut frame = own_frame(Vec::new());
    frame.set("X-WR-CALNAME", "X-WR-CALNAME:Hajime".to_owned());
    let mut writing = Writing::new(all, &[], now);
    writing.detail = Detail::Instructors;
    writing.own();
    writing.write(frame)
}

/// Returns Hajime's frame with what the frames of several calendars hold.
fn own_frame(others: Vec<Component>) -> Component {
    let mut frame = Component::from_text(FRAME).unwrap_or_else(|| Component::named("VCALENDAR"));
    let mut known = BTreeSet::new();
    for other in others {
        for part in other.parts {
            if let Part::Component(part) = part
                && (part.name != "VTIMEZONE" || known.insert(part.line("TZID").map(Line::text)))
            {
                frame.parts.push(Part::Component(part));
            }
        }
    }
    frame
}

/// Whether there are classes that were not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Nothing,
    Something,
}

/// The event that a series was imported from.
struct Imported<'a> {
    event: Component,
    zones: &'a Zones,
    /// The dates of the series that have an event of their own.
    dates: &'a [DateTime<Utc>],
}

/// A series whose dates may have events of their own.
struct Dated<'a> {
    series: &'a Series,
    /// What the event of the series said.
    was: Option<Event>,
    /// The days on which the series takes place, where they may differ from those of the event.
    days: Option<BTreeSet<NaiveDate>>,
}

impl<'a> Dated<'a> {
    fn of(event: &Component, series: &'a Series, zones: &Zones, now: DateTime<Utc>) -> Self {
        let zone = series.plan.start.zone();
        let was = event::read(event, zones, zone).ok();
        let holds = was.as_ref().is_some_and(|was| {
            was.rule.as_ref() == Some(&series.rule)
                && wall_clock(was.start) == wall_clock(series.plan.start)
                && series.extra.iter().all(|local| was.extra.contains(local))
                && series.ends_before.is_none()
                && series.counts_from == series.plan.start.local()
        });
        let every = || Series { exceptions: BTreeSet::new(), ..series.clone() };
        let days = (!holds).then(|| every().starts(now).map(|start| start.local().date()).collect());
        Self { series, was, days }
    }

    /// Puts an event of one date in the place where the series has that date now. An event whose date is no longer one of
    /// the series becomes one of its own; without a class, it is no longer needed.
    fn place(&self, event: &mut Component, at_instant: DateTime<Utc>, class: Option<SessionId>) -> Place {
        let (Some(days), Some(was)) = (&self.days, &self.was) else { return Place::AsItWas };
        let (start, day) = (self.series.plan.start, at_instant.with_timezone(&was.start.zone()).date_naive());
        if days.contains(&day) {
            if wall_clock(was.start) == wall_clock(start) {
                return Place::AsItWas;
            }
            let id = on_wall_clock("RECURRENCE-ID", day.and_time(start.local().time()), start.zone());
            event.set("RECURRENCE-ID", id);
            return Place::Moved;
        }
        let Some(class) = class else { return Place::Gone };
        event.parts.retain(|part| !matches!(part, Part::Line(line) if line.is("RECURRENCE-ID")));
        event.set("UID", format!("UID:{class}@hajime"));
        Place::Moved
    }
}

/// What the events that Hajime writes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Times,
    Instructors,
}

/// What became of the event of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    AsItWas,
    Moved,
    Gone,
}

struct Writing<'a> {
    all: &'a SeriesSessions,
    now: DateTime<Utc>,
    detail: Detail,
    of_series: BTreeMap<SeriesId, Vec<&'a Session>>,
    /// The classes that an imported event of their own speaks of.
    with_event: BTreeSet<SessionId>,
    events: Vec<Component>,
    /// The zones of events that Hajime wrote.
    zones: BTreeSet<&'static str>,
    done: BTreeSet<SessionId>,
    done_series: BTreeSet<SeriesId>,
}

impl<'a> Writing<'a> {
    fn new(all: &'a SeriesSessions, calendars: &[Calendar], now: DateTime<Utc>) -> Self {
        let mut of_series: BTreeMap<SeriesId, Vec<&Session>> = BTreeMap::new();
        for session in all.sessions.values() {
            if let Some(place) = session.series {
                of_series.entry(place.series).or_default().push(session);
            }
        }
        let kept = calendars.iter().flat_map(|calendar| &calendar.events);
        Self {
            all,
            now,
            detail: Detail::Times,
            of_series,
            with_event: kept.filter_map(|kept| kept.session).collect(),
            events: Vec::new(),
            zones: BTreeSet::new(),
            done: BTreeSet::new(),
            done_series: BTreeSet::new(),
        }
    }

    /// Writes the file.
    fn write(self, mut frame: Component) -> String {
        self.add_zones(&mut frame);
        frame.parts.extend(self.events.into_iter().map(Part::Component));
        let mut out = String::new();
        frame.write_folded(&mut out);
        out
    }

    /// Returns the event of a class that was not imported.
    fn new_event(&self, session: &Session, uid: &str) -> Component {
        let mut event = new_event(session, uid);
        if self.detail == Detail::Instructors {
            let words = escaped(&format!("With {}", session.plan.instructor_name()));
            event.set("DESCRIPTION", format!("DESCRIPTION:{words}"));
        }
        event
    }

    /// Writes the events of an imported calendar whose classes are there.
    fn calendar(&mut self, calendar: &Calendar, zones: &Zones) {
        let mut dates: BTreeMap<&str, Vec<DateTime<Utc>>> = BTreeMap::new();
        let mut with_dates: BTreeMap<&str, Dated<'a>> = BTreeMap::new();
        for kept in &calendar.events {
            if let Some(at) = kept.key.1 {
                dates.entry(&kept.key.0).or_default().push(at);
            }
            let series = kept.series.and_then(|id| self.all.series.get(&id));
            if let Some((series, event)) = series.zip(Component::from_text(&kept.text)) {
                with_dates.insert(&kept.key.0, Dated::of(&event, series, zones, self.now));
            }
        }
        for kept in &calendar.events {
            let Some(mut event) = Component::from_text(&kept.text) else { continue };
            let of_series = kept.key.1.zip(with_dates.get(kept.key.0.as_str()));
            if let (None, Some(id)) = (kept.session, kept.series) {
                let Some(series) = self.all.series.get(&id) else { continue };
                self.done_series.insert(id);
                let dates = dates.get(kept.key.0.as_str()).map(Vec::as_slice).unwrap_or_default();
                self.series(series, Some(Imported { event, zones, dates }));
                continue;
            }
            let place = of_series.map(|(at, series)| series.place(&mut event, at, kept.session));
            if let Some(id) = kept.session {
                let Some(session) = self.all.sessions.get(&id) else { continue };
                self.done.insert(id);
                let changed = as_now(&mut event, session, zones);
                if changed == Changed::Yes {
                    self.zones.insert(session.plan.start.zone().name());
                }
            } else if matches!(place, None | Some(Place::Gone)) {
                // A date on which the class does not take place is part of its series.
                continue;
            }
            if let (Some(Place::Moved), Some((_, known))) = (place, of_series) {
                self.zones.insert(known.series.plan.start.zone().name());
            }
            self.events.push(event);
        }
    }

    /// Writes the series and classes that were not imported.
    fn own(&mut self) -> Own {
        let all = self.all;
        let before = self.events.len();
        for series in all.series.values() {
            if !self.done_series.contains(&series.id) {
                self.series(series, None);
            }
        }
        for session in all.sessions.values() {
            let in_series = session.series.is_some_and(|place| all.series.contains_key(&place.series));
            if !in_series && !self.done.contains(&session.id) {
                let event = self.new_event(session, &format!("{}@hajime", session.id));
                self.zones.insert(session.plan.start.zone().name());
                self.events.push(event);
            }
        }
        if self.events.len() == before { Own::Nothing } else { Own::Something }
    }

    fn add_zones(&self, frame: &mut Component) {
        let has: BTreeSet<String> = frame.components().filter_map(|zone| Some(zone.line("TZID")?.text())).collect();
        let starts = self.all.sessions.values().map(|session| session.plan.start.instant());
        let firsts = self.all.series.values().map(|series| series.plan.start.instant());
        let first = starts.clone().chain(firsts).min().unwrap_or(self.now);
        let last = starts.max().unwrap_or(self.now);
        let repeats = !self.all.series.is_empty();
        let last = if repeats { last.max(self.now.later(START_HORIZON)) } else { last };
        // To the beginning of a day, so that two exports in a row are equal.
        let day = |at: DateTime<Utc>| at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let (from, to) = (day(first.earlier(TimeDelta::days(2))), day(last.later(TimeDelta::days(2))));
        for name in self.zones.iter().filter(|name| **name != "UTC" && !has.contains(**name)) {
            let zone = name.parse().ok().and_then(|zone| zones::component(zone, from, to));
            // Zones come before the events that use them.
            let is_event = |part: &Part| matches!(part, Part::Component(part) if part.name != "VTIMEZONE");
            let before = frame.parts.iter().position(is_event).unwrap_or(frame.parts.len());
            if let Some(zone) = zone {
                frame.parts.insert(before, Part::Component(zone));
            }
        }
    }

    /// Writes a series and those of its sessions that differ from it.
    fn series(&mut self, series: &Series, imported: Option<Imported<'_>>) {
        let (plan, zone) = (&series.plan, series.plan.start.zone());
        let sessions = self.of_series.get(&series.id).map(Vec::as_slice).unwrap_or_default();
        let on = |session: &Session| {
            let date = session.series.map(|place| place.occurrence.date())?;
            let by_rule = date.and_time(plan.start.local().time());
            let extra = session.series.map(|place| place.occurrence).filter(|local| series.extra.contains(local));
            series.ends_before.is_none_or(|end| date < end.date()).then(|| extra.unwrap_or(by_rule))
        };
        let is_cancelled = |session: &Session| session.state.phase() == SessionPhase::Cancelled;
        let cancelled = sessions.iter().filter(|one| is_cancelled(one)).filter_map(|one| on(one));
        // A class that was imported alone and became the first of this series keeps its own event.
        let has_event = |session: &Session| imported.is_none() && self.done.contains(&session.id);
        let elsewhere = sessions.iter().filter(|one| has_event(one)).filter_map(|one| on(one));
        let mut left_out: BTreeSet<NaiveDateTime> =
            series.exceptions.iter().copied().chain(cancelled).chain(elsewhere).collect();
        let differs =
            |one: &Session| one.is_moved() || (&one.plan.title, one.plan.length) != (&plan.title, plan.length);
        let differing: Vec<(&Session, NaiveDateTime)> = sessions
            .iter()
            .filter(|one| !is_cancelled(one) && differs(one) && !has_event(one) && !self.with_event.contains(&one.id))
            .filter_map(|one| Some((*one, on(one)?)))
            .collect();
        let last_change = sessions.iter().filter(|one| one.updated_at > one.created_at).map(|one| one.updated_at).max();
        let changed_at = last_change.unwrap_or(series.created_at);
        let (mut event, changed) = match imported {
            Some(Imported { mut event, zones, dates }) => {
                let patched = patch(&mut event, series, zones, dates, &mut left_out);
                let changed = patched == Changed::Yes || !left_out.is_empty() || !differing.is_empty();
                (event, if changed { Changed::Yes } else { Changed::No })
            }
            None => {
                let head = Session::new(plan.clone(), series.created_at);
                let mut event = self.new_event(&head, &format!("{}@hajime", series.id));
                // Other programs take the start for a class, whether the rule has it or not.
                if let Some(first) = later_first(series).or_else(|| first_of_rule(series)) {
                    set_start(&mut event, first, plan.length);
                }
                event.set("RRULE", format!("RRULE:{}", ended(series)));
                add_extra(&mut event, series);
                (event, Changed::Yes)
            }
        };
        let uid = event.line("UID").map(|line| line.value().to_owned()).unwrap_or_default();
        if changed == Changed::Yes {
            let since = seconds_between(series.created_at, changed_at);
            let skipped = i64::try_from(left_out.len()).unwrap_or(i64::MAX);
            raise(&mut event, since.saturating_add(skipped), changed_at);
            self.zones.insert(zone.name());
        }
        for local in left_out {
            if let Some(line) = Line::of(on_wall_clock("EXDATE", local, zone)) {
                event.add(line);
            }
        }
        self.events.push(event);
        for (session, occurrence) in differing {
            let mut one = self.new_event(session, &uid);
            one.set("RECURRENCE-ID", on_wall_clock("RECURRENCE-ID", occurrence, zone));
            self.zones.insert(session.plan.start.zone().name());
            self.events.push(one);
        }
    }
}

/// Whether an event differs from what was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changed {
    Yes,
    No,
}

/// Writes into the event of an imported series what differs in the series now. Takes those dates out of `left_out` that the
/// event or an event of its own speaks of.
fn patch(
    event: &mut Component,
    series: &Series,
    zones: &Zones,
    dates: &[DateTime<Utc>],
    left_out: &mut BTreeSet<NaiveDateTime>,
) -> Changed {
    let plan = &series.plan;
    let was = event::read(event, zones, plan.start.zone()).ok();
    let start = later_first(series).unwrap_or(plan.start);
    let differs = |same: &dyn Fn(&Event) -> bool| was.as_ref().is_none_or(|was| !same(was));
    let title = differs(&|was| was.title == plan.title);
    let length = differs(&|was| was.length == plan.length);
    let begins = differs(&|was| wall_clock(was.start) == wall_clock(start));
    let rule = differs(&|was| was.rule.as_ref() == Some(&series.rule));
    let time = differs(&|was| (was.start.local().time(), was.start.zone()) == (start.local().time(), start.zone()));
    if title {
        set_title(event, &plan.title);
    }
    if begins {
        set_start(event, start, plan.length);
    } else if length {
        set_length(event, plan.length);
    }
    // An event that lists its dates alone has no rule.
    let lists_dates = !rule && event.line("RRULE").is_none();
    if !lists_dates && (rule || series.ends_before.is_some() || later_first(series).is_some()) {
        event.set("RRULE", format!("RRULE:{}", ended(series)));
    }
    let every: BTreeSet<NaiveDateTime> = was.iter().flat_map(|was| was.extra.iter().copied()).collect();
    let ended_early = series.ends_before.is_some() && !every.is_empty();
    let extra = ended_early || series.extra_dates().any(|local| !every.contains(&local));
    if extra {
        event.parts.retain(|part| !matches!(part, Part::Line(line) if line.is("RDATE")));
        add_extra(event, series);
    }
    // The dates that the file changes have an event of their own.
    let zone_was = was.as_ref().map_or(plan.start.zone(), |was| was.start.zone());
    let mut known: BTreeSet<NaiveDate> =
        dates.iter().map(|instant| instant.with_timezone(&zone_was).date_naive()).collect();
    if time {
        event.parts.retain(|part| !matches!(part, Part::Line(line) if line.is("EXDATE")));
    } else {
        known.extend(was.into_iter().flat_map(|was| was.left_out));
    }
    left_out.retain(|local| !known.contains(&local.date()));
    if title || length || begins || rule || extra || series.ends_before.is_some() { Changed::Yes } else { Changed::No }
}

/// Writes the dates beside those of the rule.
fn add_extra(event: &mut Component, series: &Series) {
    let zone = series.plan.start.zone();
    for line in series.extra_dates().filter_map(|local| Line::of(on_wall_clock("RDATE", local, zone))) {
        event.add(line);
    }
}

/// Returns the first class of the rule, also one that is left out.
fn first_of_rule(series: &Series) -> Option<Start> {
    let every = Series { exceptions: BTreeSet::new(), extra: BTreeSet::new(), ..series.clone() };
    every.starts(series.created_at).next()
}

/// Returns the first class of a series whose earlier classes stayed with another series.
fn later_first(series: &Series) -> Option<Start> {
    series.starts(series.created_at).next().filter(|_| series.counts_from > series.plan.start.local())
}

/// Writes into the event of an imported class what differs in the class now. An event that still holds stays as it was.
fn as_now(event: &mut Component, session: &Session, zones: &Zones) -> Changed {
    let plan = &session.plan;
    let cancelled = session.state.phase() == SessionPhase::Cancelled;
    let was = event::read(event, zones, plan.start.zone()).ok();
    let title = was.as_ref().is_none_or(|was| was.title != plan.title);
    let begins = was.as_ref().is_none_or(|was| was.start.instant() != plan.start.instant());
    let length = was.as_ref().is_none_or(|was| was.length != plan.length);
    let status = was.as_ref().is_none_or(|was| was.cancelled != cancelled);
    if !(title || begins || length || status) {
        return Changed::No;
    }
    if title {
        set_title(event, &plan.title);
    }
    if begins {
        set_start(event, plan.start, plan.length);
    } else if length {
        set_length(event, plan.length);
    }
    if status {
        event.set("STATUS", format!("STATUS:{}", if cancelled { "CANCELLED" } else { "CONFIRMED" }));
    }
    raise(event, revision(session), session.updated_at);
    Changed::Yes
}

/// Writes that an event was changed at a moment, and a number of changes that has grown by one at least.
fn raise(event: &mut Component, by: i64, changed_at: DateTime<Utc>) {
    let before = event.line("SEQUENCE").and_then(|line| line.value().trim().parse::<i64>().ok()).unwrap_or(0);
    event.set("SEQUENCE", format!("SEQUENCE:{}", before.saturating_add(by.max(1))));
    event.set("LAST-MODIFIED", format!("LAST-MODIFIED:{}", utc(changed_at)));
    event.set("DTSTAMP", format!("DTSTAMP:{}", utc(changed_at)));
}

/// Returns the event of a class that was not imported. `uid` stands as it does in a file.
fn new_event(session: &Session, uid: &str) -> Component {
    let plan = &session.plan;
    let status = if session.state.phase() == SessionPhase::Cancelled { "CANCELLED" } else { "CONFIRMED" };
    let lines = [
        format!("UID:{uid}"),
        format!("DTSTAMP:{}", utc(session.updated_at)),
        format!("CREATED:{}", utc(session.created_at)),
        format!("LAST-MODIFIED:{}", utc(session.updated_at)),
        format!("SEQUENCE:{}", revision(session)),
        at("DTSTART", plan.start),
        format!("DURATION:{}", length(plan.length)),
        format!("SUMMARY:{}", escaped(&plan.title)),
        format!("STATUS:{status}"),
    ];
    let mut event = Component::named("VEVENT");
    event.parts.extend(lines.into_iter().filter_map(Line::of).map(Part::Line));
    event
}

/// Writes another title.
fn set_title(event: &mut Component, title: &str) {
    event.set("SUMMARY", format!("SUMMARY:{}", escaped(title)));
}

/// Writes another start and length into an event. Its end becomes a length.
fn set_start(event: &mut Component, start: Start, lasts: TimeDelta) {
    event.set("DTSTART", at("DTSTART", start));
    set_length(event, lasts);
}

/// Writes another length into an event. Its end becomes a length.
fn set_length(event: &mut Component, lasts: TimeDelta) {
    event.parts.retain(|part| !matches!(part, Part::Line(line) if line.is("DTEND")));
    event.set("DURATION", format!("DURATION:{}", length(lasts)));
}

fn at(name: &str, start: Start) -> String {
    let (local, zone) = (start.local(), start.zone());
    // A time that the clocks skip or show twice is unequivocal as an instant only.
    if zone == Tz::UTC || Start::of_occurrence(local, zone).instant() != start.instant() {
        return format!("{name}:{}", utc(start.instant()));
    }
    format!("{name};TZID={}:{}", zone.name(), local.format("%Y%m%dT%H%M%S"))
}

fn on_wall_clock(name: &str, local: NaiveDateTime, zone: Tz) -> String {
    at(name, Start::of_occurrence(local, zone))
}

fn wall_clock(start: Start) -> (NaiveDateTime, Tz) {
    (start.local(), start.zone())
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

fn length(length: TimeDelta) -> String {
    if length.num_seconds() % 60 == 0 {
        format!("PT{}M", length.num_minutes())
    } else {
        format!("PT{}S", length.num_seconds())
    }
}

/// A number that grows with every change of the session. It is the seconds since the session was made.
fn revision(session: &Session) -> i64 {
    seconds_between(session.created_at, session.updated_at)
}

fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    to.signed_duration_since(from).num_seconds().clamp(0, i64::from(i32::MAX / 2))
}

/// Returns the rule of a series with the end that the series has. The end is an instant, as RFC 5545 asks for where the
/// start has a time.
fn ended(series: &Series) -> String {
    let (rule, zone) = (series.rule.to_string(), series.plan.start.zone());
    let split = series.counts_from > series.plan.start.local();
    let until = rule.split(';').find_map(|part| part.strip_prefix("UNTIL=")).filter(|until| !until.ends_with('Z'));
    let last = match (series.ends_before, until) {
        (Some(end), _) => Some(Start::of_occurrence(end, zone).instant().earlier(TimeDelta::seconds(1))),
        (None, Some(until)) => {
            let day = NaiveDate::parse_from_str(until, "%Y%m%d").ok().and_then(|day| day.and_hms_opt(23, 59, 59));
            let local = day.or_else(|| NaiveDateTime::parse_from_str(until, "%Y%m%dT%H%M%S").ok());
            local.map(|local| Start::of_occurrence(local, zone).instant())
        }
        // A number of classes counts from the first, which another series has.
        (None, None) if split && rule.contains(";COUNT=") => {
            series.starts(series.created_at).last().map(|start| start.instant())
        }
        (None, None) => None,
    };
    let Some(last) = last else { return rule };
    let kept = rule.split(';').filter(|part| !part.starts_with("UNTIL=") && !part.starts_with("COUNT="));
    format!("{};UNTIL={}", kept.collect::<Vec<_>>().join(";"), utc(last))
}
