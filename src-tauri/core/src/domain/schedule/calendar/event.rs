//! What an event of a calendar file says about a class, or why no class can be made of it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::schedule::calendar::lines::{Component, Line};
use crate::domain::schedule::calendar::zones;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::series::EXCEPTIONS_MAX;
use crate::domain::schedule::start::Start;
use crate::domain::text::one_line;

/// The zones that a file defines, by the names that its events use.
#[derive(Debug, Clone, Default)]
pub struct Zones {
    defined: BTreeMap<String, Tz>,
}

/// An event that a class can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The id that all programs share.
    pub uid: String,
    /// The wall-clock time of the series that this event stands for, in the zone of the event; `None` for an event of
    /// its own and for the series itself.
    pub replaces: Option<DateTime<Utc>>,
    /// The title.
    pub title: String,
    /// The start.
    pub start: Start,
    /// Whether the start had no zone.
    pub floating: bool,
    /// The length.
    pub length: TimeDelta,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// The name of the organiser.
    pub organizer: Option<String>,
    /// How it repeats.
    pub rule: Option<Rule>,
    /// The days that are left out.
    pub left_out: Vec<NaiveDate>,
    /// The wall-clock times beside those of the rule, in the zone of the start.
    pub extra: Vec<NaiveDateTime>,
    /// The number that grows with every change.
    pub sequence: i64,
}

/// The rule of an event that lists its dates.
pub(super) const ONCE: &str = "FREQ=DAILY;COUNT=1";

/// Why no class can be made of an event: the number of the line, and a sentence.
pub type Refused = (usize, String);

impl Zones {
    /// Reads the zones that a calendar defines.
    #[must_use]
    pub fn of(calendar: &Component) -> Self {
        let zones = calendar.components().filter(|part| part.name == "VTIMEZONE");
        Self { defined: zones.filter_map(zones::of_component).collect() }
    }

    fn named(&self, name: &str) -> Option<Tz> {
        self.defined.get(name).copied().or_else(|| zones::named(name))
    }

    fn moment(&self, line: &Line, value: &str, floating: Tz) -> Result<(Start, bool), Refused> {
        let refused = |why: String| (line.number, why);
        let shown: String = value.chars().take(40).collect();
        if line.parameter("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("DATE")) || value.len() == 8 {
            return Err(refused("It lasts the whole day; a class begins at a time.".into()));
        }
        let local = NaiveDateTime::parse_from_str(value.trim_end_matches('Z'), "%Y%m%dT%H%M%S")
            .map_err(|_| refused(format!("“{shown}” is not a date and time.")))?;
        if value.ends_with('Z') {
            return Ok((Start::at(local.and_utc(), Tz::UTC), false));
        }
        match line.parameter("TZID") {
            None => Ok((Start::of_occurrence(local, floating), true)),
            Some(name) => {
                let shown: String = name.chars().take(60).collect();
                let zone = self.named(name).ok_or_else(|| refused(format!("The time zone “{shown}” is not known.")))?;
                Ok((Start::of_occurrence(local, zone), false))
            }
        }
    }
}

impl Event {
    /// Returns whether another event means the same class. The number of changes and the name of the organiser do not
    /// count.
    #[must_use]
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        Self { sequence: other.sequence, organizer: other.organizer.clone(), ..self.clone() } == *other
    }
}

/// Reads an event. A time without a zone is one of `floating`.
pub fn read(event: &Component, zones: &Zones, floating: Tz) -> Result<Event, Refused> {
    if let Some(line) = event.line("EXRULE") {
        return Err((line.number, "EXRULE leaves dates out by a rule, which RFC 5545 has given up.".into()));
    }
    let needed = |name: &str, why: &str| event.line(name).ok_or_else(|| (event.number, why.to_owned()));
    let uid = needed("UID", "It has no UID, so it could not be found again.")?.text();
    let moment = |line: &Line, value: &str| zones.moment(line, value.trim(), floating);
    let (start, has_no_zone) = {
        let line = needed("DTSTART", "It has no start.")?;
        moment(line, line.value())?
    };
    let length = match (event.line("DTEND"), event.line("DURATION")) {
        (Some(line), _) => {
            let (end, _) = moment(line, line.value())?;
            end.instant().signed_duration_since(start.instant())
        }
        (None, Some(line)) => {
            let shown: String = line.value().chars().take(40).collect();
            duration(line.value()).ok_or_else(|| (line.number, format!("“{shown}” is not a length.")))?
        }
        (None, None) => return Err((event.number, "It has no end and no length.".into())),
    };
    let rules: Vec<&Line> = event.lines().filter(|line| line.is("RRULE")).collect();
    let rule = match rules.as_slice() {
        // Dates without a rule are the first class and extra ones.
        [] if event.line("RDATE").is_some() => Rule::parse(ONCE).ok(),
        [] => None,
        [line] => Some(Rule::parse(line.value()).map_err(|invalid| (line.number, invalid.to_string()))?),
        [_, second, ..] => return Err((second.number, "It repeats by two rules; a series has one.".into())),
    };
    let replaces = match event.line("RECURRENCE-ID") {
        None => None,
        Some(line) if line.parameter("RANGE").is_some() => {
            return Err((
                line.number,
                "It changes this class and all after it, which programs no longer write.".into(),
            ));
        }
        Some(line) => Some(moment(line, line.value())?.0.instant()),
    };
    let mut left_out = Vec::new();
    for line in event.lines().filter(|line| line.is("EXDATE")) {
        for value in line.value().split(',').map(str::trim) {
            if left_out.len() >= EXCEPTIONS_MAX {
                return Err((line.number, "It leaves out more than 1000 dates.".into()));
            }
            let day = NaiveDate::parse_from_str(value, "%Y%m%d").ok().filter(|_| value.len() == 8);
            left_out.push(match day {
                Some(day) => day,
                None => moment(line, value)?.0.instant().with_timezone(&start.zone()).date_naive(),
            });
        }
    }
    let mut extra = Vec::new();
    for line in event.lines().filter(|line| line.is("RDATE")) {
        if line.parameter("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("PERIOD")) {
            return Err((line.number, "It adds a date with a length of its own; plan that class by itself.".into()));
        }
        for value in line.value().split(',').map(str::trim) {
            if extra.len() >= EXCEPTIONS_MAX {
                return Err((line.number, "It adds more than 1000 dates.".into()));
            }
            let day = NaiveDate::parse_from_str(value, "%Y%m%d").ok().filter(|_| value.len() == 8);
            extra.push(match day {
                Some(day) => day.and_time(start.local().time()),
                None => moment(line, value)?.0.instant().with_timezone(&start.zone()).naive_local(),
            });
        }
    }
    Ok(Event {
        uid,
        replaces,
        title: event.line("SUMMARY").map(|line| one_line(&line.text())).unwrap_or_default(),
        start,
        floating: has_no_zone,
        length,
        cancelled: event.line("STATUS").is_some_and(|line| line.value().trim().eq_ignore_ascii_case("CANCELLED")),
        organizer: event.line("ORGANIZER").and_then(|line| line.parameter("CN")).map(one_line),
        rule,
        left_out,
        extra,
        sequence: event.line("SEQUENCE").and_then(|line| line.value().trim().parse().ok()).unwrap_or(0),
    })
}

/// Reads a length such as `PT1H30M`, `P1D` or `P1W`.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (mut total, mut digits, mut timed) = (0_i64, String::new(), false);
    for letter in rest.chars() {
        let unit = match letter {
            '0'..='9' if digits.len() < 9 => {
                digits.push(letter);
                continue;
            }
            'T' if digits.is_empty() => {
                timed = true;
                continue;
            }
            'W' => 604_800,
            'D' => 86_400,
            'H' if timed => 3_600,
            'M' if timed => 60,
            'S' if timed => 1,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    digits.is_empty().then(|| TimeDelta::try_seconds(total)).flatten()
}
