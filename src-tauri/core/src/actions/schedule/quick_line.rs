//! Scheduling a class, or a series, from one line.

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::actions::guard;
use crate::actions::schedule::{series, sessions};
use crate::context::Context;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::profile::preferences::Preferences;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::calendar_days::read_zone;
use crate::domain::schedule::quick_line::{Language, Part, QuickLine};
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::session::{Plan, Session, SessionInput};
use crate::error::Error;

/// A line, and how it is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The text.
    pub text: &'a str,
    /// The IANA zone of the class.
    pub zone: &'a str,
    /// The language of the words and the order of dates, as a BCP 47 tag.
    pub language: &'a str,
    /// Who teaches; `None` for the instructor in the settings.
    pub instructor: Option<&'a str>,
}

/// A part of the class, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The part.
    pub part: Part,
    /// What it means.
    pub means: String,
    /// The words of the line that say so; `None` where the line does not say and the settings or the clock decide.
    pub source: Option<String>,
}

/// Why the line makes no class yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The words that may mean two things.
    pub source: Option<String>,
    /// A sentence that says what is wrong.
    pub message: String,
    /// A sentence that says what to write.
    pub next: String,
}

/// What a line would put on the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The parts, in the order in which people read them.
    pub parts: Vec<Shown>,
    /// The words that mean nothing here and are left out.
    pub left_out: Vec<String>,
    /// Why no class can be made; empty where it can.
    pub unclear: Vec<Unclear>,
    /// The class as far as it is known; fields that the line does not name are those of the settings.
    pub input: SessionInput,
    /// The recurrence rule; `None` for a single class.
    pub rule: Option<String>,
    /// A sentence where the clocks skip the time or show it twice.
    pub note: Option<String>,
}

/// Reads a line. Changes nothing.
pub fn read(context: &Context, line: Line<'_>) -> Result<Read, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let Line { text, zone, language, instructor } = line;
    let (now, zone) = (context.now(), read_zone(zone)?);
    let mut settings = context.store().preferences()?;
    if let Some(instructor) = instructor {
        instructor.clone_into(&mut settings.instructor);
    }
    let line = QuickLine::read(text, now, zone, Language::of_tag(language));
    let words = |span: std::ops::Range<usize>| text.get(span).unwrap_or_default().to_owned();
    let mut unclear: Vec<Unclear> = line
        .problems
        .iter()
        .map(|problem| Unclear {
            source: problem.span.clone().map(words),
            message: problem.message.clone(),
            next: problem.next.clone(),
        })
        .collect();
    let input = input(&line, zone, &settings);
    let mut note = None;
    if unclear.is_empty() {
        match Plan::check(&input, now) {
            Ok(plan) => note = plan.start.note(),
            Err(invalid) => unclear.extend(problems(&invalid)),
        }
        if let Some(Err(invalid)) = line.rule.as_deref().map(Rule::parse) {
            unclear.extend(problems(&invalid));
        }
    }
    Ok(Read {
        parts: parts(text, &line, &input, zone),
        left_out: line.left_out.iter().cloned().map(words).collect(),
        unclear,
        input,
        rule: line.rule,
        note,
    })
}

/// Puts the class of a line on the schedule, or its series, and returns the first session. A line that is unclear is
/// refused.
pub fn schedule(context: &Context, line: Line<'_>) -> Result<Session, Error> {
    guard::allow(context, Permission::PlanClasses)?;
    let Read { unclear, input, rule, .. } = read(context, line)?;
    if !unclear.is_empty() {
        let sentences: Vec<String> = unclear.into_iter().map(|one| format!("{} {}", one.message, one.next)).collect();
        return Err(Invalid::one("text", sentences.join(" "), "Change the line, or use the form.").into());
    }
    let Some(rule) = rule else { return sessions::schedule(context, &input) };
    let made = series::schedule(context, &input, &rule, &[], series::Mode::Make)?;
    made.sessions.into_iter().next().ok_or_else(|| {
        let message = "No class of this rule lies ahead.".to_owned();
        Invalid::one("text", message, "Name a day and a time that are still to come.").into()
    })
}

fn problems(invalid: &Invalid) -> Vec<Unclear> {
    let problem = |FieldError { field, message, next }: &FieldError| {
        let (message, next) = match *field {
            // The line names nobody, so the person cannot correct it there.
            "instructor" => ("This desk does not know who teaches.", "Write your name in Settings, or use the form."),
            _ => (message.as_str(), *next),
        };
        Unclear { source: None, message: message.to_owned(), next: next.to_owned() }
    };
    invalid.problems().iter().map(problem).collect()
}

fn input(line: &QuickLine, zone: Tz, settings: &Preferences) -> SessionInput {
    SessionInput {
        title: line.title.clone().unwrap_or_default(),
        instructor: settings.instructor.clone(),
        start_local: line.start.map(|start| start.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default(),
        timezone: zone.name().to_owned(),
        duration_minutes: line.minutes.unwrap_or_else(|| settings.duration_minutes.into()),
        record: line.record.unwrap_or(settings.record),
        quality: settings.quality.name().to_owned(),
        max_participants: settings.max_participants.into(),
    }
}

fn parts(text: &str, line: &QuickLine, input: &SessionInput, zone: Tz) -> Vec<Shown> {
    let source = |part: Part| {
        let spans = line.understood.iter().filter(|one| one.part == part);
        let words: Vec<&str> = spans.filter_map(|one| text.get(one.span.clone())).collect();
        (!words.is_empty()).then(|| words.join(" … "))
    };
    let mut shown = Vec::new();
    let mut add = |part: Part, means: String| shown.push(Shown { part, means, source: source(part) });
    if let Some(title) = &line.title {
        add(Part::Title, title.clone());
    }
    if let Some(start) = line.start {
        add(Part::Day, start.format("%A, %-d %B %Y").to_string());
        add(Part::Time, times(start, input.duration_minutes));
    }
    add(Part::Length, length(input.duration_minutes));
    if let Some(rule) = line.rule.as_deref().and_then(|rule| Rule::parse(rule).ok()) {
        let first = line.start.unwrap_or_default();
        add(Part::Repeats, rule.sentence(first, zone));
    }
    add(Part::Record, if input.record { format!("Yes, {}", input.quality) } else { "No".to_owned() });
    shown
}

fn times(start: NaiveDateTime, minutes: i64) -> String {
    let end = TimeDelta::try_minutes(minutes).and_then(|length| start.checked_add_signed(length)).unwrap_or(start);
    format!("{} to {}", start.format("%H:%M"), end.format("%H:%M"))
}

fn length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
