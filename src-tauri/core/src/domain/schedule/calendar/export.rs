//! Writes the schedule as a calendar file.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{CalendarId, SeriesId};
use crate::domain::schedule::calendar::event::{self, Zones};
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

/// Writes the classes in `all`, each as the event that it was imported from as far as that still holds. Events of
/// `calendars` whose class is not in `all` are left out. A single calendar that covers everything keeps its own frame.
#[must_use]
pub fn file(all: &SeriesSessions, calendars: &[Calendar], now: DateTime<Utc>) -> String {
    let mut writing = Writing { all, now, events: Vec::new(), zones: BTreeSet::new() };
    let (mut done, mut done_series) = (BTreeSet::new(), BTreeSet::new());
    let mut used: Vec<Component> = Vec::new();
    for calendar in calendars {
        let Some(frame) = Component::from_text(&calendar.frame) else { continue };
        let defined = Zones::of(&frame, Tz::UTC);
        let before = writing.events.len();
        for kept in &calendar.events {
            let Some(component) = Component::from_text(&kept.text) else { continue };
            match (kept.session, kept.series) {
                (Some(id), _) => {
                    let Some(session) = all.sessions.get(&id) else { continue };
                    done.insert(id);
                    writing.events.push(as_now(component, session, &defined));
                    if writing.events.last().is_some_and(|event| *event != kept.text) {
                        writing.zones.insert(session.plan.start.zone().name());
                    }
                }
                (None, Some(id)) => {
                    let Some(series) = all.series.get(&id) else { continue };
                    done_series.insert(id);
                    let dates =
                        calendar.events.iter().filter(|one| one.key.0 == kept.key.0).filter_map(|one| one.key.1);
                    writing
                        .series(series, Some(Imported { event: component, zones: &defined, dates: dates.collect() }));
                }
                // One date of a series that does not take place.
                (None, None) => {
                    let series = calendar.events.iter().find(|one| one.key.0 == kept.key.0 && one.series.is_some());
                    if series.and_then(|one| one.series).is_some_and(|id| all.series.contains_key(&id)) {
                        writing.events.push(component.text());
                    }
                }
            }
        }
        if writing.events.len() > before {
            used.push(frame);
        }
    }
    for series in all.series.values().filter(|series| !done_series.contains(&series.id)) {
        writing.series(series, None);
    }
    let own =
        all.sessions.values().filter(|one| one.series.is_none_or(|place| !all.series.contains_key(&place.series)));
    let own: Vec<&Session> = own.filter(|one| !done.contains(&one.id)).collect();
    let foreign_only = own.is_empty() && all.series.keys().all(|id| done_series.contains(id));
    for session in own {
        let event = new_event(session, &format!("{}@hajime", session.id), session.plan.start.zone());
        writing.zones.insert(session.plan.start.zone().name());
        writing.events.push(event);
    }
    let mut frame = match used.as_slice() {
        [only] if foreign_only => only.clone(),
        _ => {
            let mut frame = Component::from_text(FRAME).unwrap_or(Component {
                name: "VCALENDAR".into(),
                number: 0,
                parts: Vec::new(),
            });
            let mut known = BTreeSet::new();
            for other in used {
                for zone in other.parts {
                    if let Part::Component(zone) = zone
                        && zone.name == "VTIMEZONE"
                        && known.insert(zone.line("TZID").map(Line::text))
                    {
                        frame.parts.push(Part::Component(zone));
                    }
                }
            }
            frame
        }
    };
    writing.add_zones(&mut frame);
    frame.parts.extend(writing.events.iter().filter_map(|event| Component::from_text(event)).map(Part::Component));
    let mut out = String::new();
    frame.write_folded(&mut out);
    out
}

/// The event that a series was imported from.
struct Imported<'a> {
    event: Component,
    zones: &'a Zones,
    /// The dates of the series that have an event of their own.
    dates: Vec<DateTime<Utc>>,
}

struct Writing<'a> {
    all: &'a SeriesSessions,
    now: DateTime<Utc>,
    events: Vec<String>,
    /// The zones of events that Hajime wrote.
    zones: BTreeSet<&'static str>,
}

impl Writing<'_> {
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
            frame.parts.extend(zone.map(Part::Component));
        }
    }

    /// Writes a series and those of its sessions that differ from it.
    fn series(&mut self, series: &Series, imported: Option<Imported<'_>>) {
        let uid = imported
            .as_ref()
            .and_then(|known| known.event.line("UID"))
            .map_or_else(|| format!("{}@hajime", series.id), Line::text);
        let zone = series.plan.start.zone();
        let of_it = |id: SeriesId| {
            self.all.sessions.values().filter(move |one| one.series.is_some_and(|place| place.series == id))
        };
        let cancelled: BTreeSet<NaiveDateTime> = of_it(series.id)
            .filter(|one| one.state.phase() == SessionPhase::Cancelled)
            .filter_map(|one| one.series.map(|place| place.occurrence))
            .filter(|local| series.ends_before.is_none_or(|end| *local < end))
            .collect();
        let differing: Vec<(&Session, NaiveDateTime)> = of_it(series.id)
            .filter(|one| one.state.phase() != SessionPhase::Cancelled)
            .filter(|one| {
                one.is_moved() || one.plan.title != series.plan.title || one.plan.length != series.plan.length
            })
            .filter_map(|one| Some((one, one.series?.occurrence)))
            .collect();
        let mut event = match &imported {
            Some(known) => known.event.clone(),
            None => {
                let head = Session::new(series.plan.clone(), series.created_at);
                Component::from_text(&new_event(&head, &uid, zone)).unwrap_or_else(|| Component {
                    name: "VEVENT".into(),
                    number: 0,
                    parts: Vec::new(),
                })
            }
        };
        let first = series.starts(series.created_at).next().filter(|_| series.counts_from > series.plan.start.local());
        if let Some(first) = first {
            set_time(&mut event, first, series.plan.length);
        }
        if imported.is_none() || series.ends_before.is_some() {
            event.set("RRULE", format!("RRULE:{}", ended(series)));
        }
        let mut left_out: BTreeSet<NaiveDateTime> = series.exceptions.iter().copied().chain(cancelled).collect();
        if let Some(known) = &imported {
            let read = event::read(&known.event, known.zones).map(|read| read.left_out).unwrap_or_default();
            // A date that the file changes has an event of its own.
            let replaced = known.dates.iter().map(|at| at.with_timezone(&zone).date_naive());
            let known: BTreeSet<_> = read.into_iter().chain(replaced).collect();
            left_out.retain(|local| !known.contains(&local.date()));
        }
        let changed = !left_out.is_empty() || series.ends_before.is_some() || !differing.is_empty();
        for local in left_out {
            let text = format!("EXDATE;TZID={}:{}", zone.name(), local.format("%Y%m%dT%H%M%S"));
            if let Some(line) = Line::of(text) {
                event.add(line);
            }
        }
        if imported.is_some() && changed {
            let sequence = event.line("SEQUENCE").and_then(|line| line.value().trim().parse::<i64>().ok()).unwrap_or(0);
            event.set("SEQUENCE", format!("SEQUENCE:{}", sequence.saturating_add(1)));
        }
        if imported.is_none() || changed {
            self.zones.insert(zone.name());
        }
        self.events.push(event.text());
        let overrides: Vec<String> = differing
            .into_iter()
            .filter_map(|(session, occurrence)| {
                let mut one = Component::from_text(&new_event(session, &uid, session.plan.start.zone()))?;
                let id = format!("RECURRENCE-ID;TZID={}:{}", zone.name(), occurrence.format("%Y%m%dT%H%M%S"));
                one.set("RECURRENCE-ID", id);
                Some(one.text())
            })
            .collect();
        self.events.extend(overrides);
    }
}

/// Returns the event of an imported class as the class is now. An event that still holds is returned as it was.
fn as_now(mut event: Component, session: &Session, zones: &Zones) -> String {
    let plan = &session.plan;
    let cancelled = session.state.phase() == SessionPhase::Cancelled;
    let was = event::read(&event, zones).ok();
    let title = was.as_ref().is_none_or(|was| was.title != plan.title);
    let time = was.as_ref().is_none_or(|was| (was.start.instant(), was.length) != (plan.start.instant(), plan.length));
    let status = was.as_ref().is_none_or(|was| was.cancelled != cancelled);
    if !(title || time || status) {
        return event.text();
    }
    if title {
        event.set("SUMMARY", format!("SUMMARY:{}", escaped(&plan.title)));
    }
    if time {
        set_time(&mut event, plan.start, plan.length);
    }
    if status {
        event.set("STATUS", format!("STATUS:{}", if cancelled { "CANCELLED" } else { "CONFIRMED" }));
    }
    let sequence = was.map_or(0, |was| was.sequence).saturating_add(revision(session).max(1));
    event.set("SEQUENCE", format!("SEQUENCE:{sequence}"));
    event.set("LAST-MODIFIED", format!("LAST-MODIFIED:{}", utc(session.updated_at)));
    event.set("DTSTAMP", format!("DTSTAMP:{}", utc(session.updated_at)));
    event.text()
}

fn new_event(session: &Session, uid: &str, zone: Tz) -> String {
    let plan = &session.plan;
    let status = if session.state.phase() == SessionPhase::Cancelled { "CANCELLED" } else { "CONFIRMED" };
    let lines = [
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid}"),
        format!("DTSTAMP:{}", utc(session.updated_at)),
        format!("CREATED:{}", utc(session.created_at)),
        format!("LAST-MODIFIED:{}", utc(session.updated_at)),
        format!("SEQUENCE:{}", revision(session)),
        at("DTSTART", plan.start.local(), plan.start.instant(), zone),
        format!("DURATION:{}", length(plan.length)),
        format!("SUMMARY:{}", escaped(&plan.title)),
        format!("STATUS:{status}"),
        "END:VEVENT".to_owned(),
    ];
    lines.join("\n")
}

/// Writes another start and length into an event. Its end becomes a length.
fn set_time(event: &mut Component, start: Start, lasts: TimeDelta) {
    event.set("DTSTART", at("DTSTART", start.local(), start.instant(), start.zone()));
    event.parts.retain(|part| !matches!(part, Part::Line(line) if line.is("DTEND")));
    event.set("DURATION", format!("DURATION:{}", length(lasts)));
}

fn at(name: &str, local: NaiveDateTime, instant: DateTime<Utc>, zone: Tz) -> String {
    // A time that the clocks skip or show twice is unequivocal as an instant only.
    if zone == Tz::UTC || Start::of_occurrence(local, zone).instant() != instant {
        return format!("{name}:{}", utc(instant));
    }
    format!("{name};TZID={}:{}", zone.name(), local.format("%Y%m%dT%H%M%S"))
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
    session.updated_at.signed_duration_since(session.created_at).num_seconds().clamp(0, i64::from(i32::MAX / 2))
}

/// Returns the rule of a series with the end that the series has.
fn ended(series: &Series) -> String {
    let rule = series.rule.to_string();
    let split = series.counts_from > series.plan.start.local();
    let last = match series.ends_before {
        Some(end) => Some(Start::of_occurrence(end, series.plan.start.zone()).instant().earlier(TimeDelta::seconds(1))),
        // A number of classes counts from the first, which another series has.
        None if split && rule.contains(";COUNT=") => {
            series.starts(series.created_at).last().map(|start| start.instant())
        }
        None => None,
    };
    let Some(last) = last else { return rule };
    let kept = rule.split(';').filter(|part| !part.starts_with("UNTIL=") && !part.starts_with("COUNT="));
    format!("{};UNTIL={}", kept.collect::<Vec<_>>().join(";"), utc(last))
}
