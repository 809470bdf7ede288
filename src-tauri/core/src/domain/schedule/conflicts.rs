//! What speaks against a plan: the instructor teaches another class then, more people are on the roster than the class
//! takes, or Stream has too few minutes left. A conflict never keeps a plan from being saved.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::schedule::limits::{LENGTH_MAX, PARTICIPANTS_MAX};
use crate::domain::schedule::session::Plan;
use crate::domain::schedule::start::Start;

/// How far ahead the classes of a series are compared with other classes.
pub const SERIES_AHEAD: TimeDelta = TimeDelta::days(366);
/// The most classes of a series that are compared with other classes.
pub const OCCURRENCES_MAX: usize = 400;
/// The time after which RealtimeKit stops recording a room that everybody left. Two classes of one instructor with less
/// time between them follow each other without a break.
pub const EMPTY_ROOM_STOP: TimeDelta = TimeDelta::seconds(60);
/// The shortest class that a solution proposes.
const SHORTEST_PROPOSED: TimeDelta = TimeDelta::minutes(5);

/// Another class on the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherClass {
    /// The session; `None` for a class of a series that is not a session yet.
    pub id: Option<SessionId>,
    /// The title.
    pub title: String,
    /// The name of the instructor.
    pub instructor: String,
    /// The start.
    pub start: DateTime<Utc>,
    /// The planned end.
    pub end: DateTime<Utc>,
}

/// The kind of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// The instructor teaches another class at the same time.
    Instructor,
    /// The instructor teaches another class right before or after.
    BackToBack,
    /// The roster has more people than the class takes.
    Capacity,
    /// Stream has too few minutes left for the recording.
    Storage,
}

impl ConflictKind {
    /// Returns the stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instructor => "instructor",
            Self::BackToBack => "back_to_back",
            Self::Capacity => "capacity",
            Self::Storage => "storage",
        }
    }
}

/// A change of the plan after which the conflict is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solution {
    /// Begin at this wall-clock time, in the zone of the plan.
    BeginAt(NaiveDateTime),
    /// Last this many minutes, and end at this wall-clock time.
    EndAt {
        /// The new end.
        local: NaiveDateTime,
        /// The new length.
        minutes: i64,
    },
    /// Let this many people take part.
    Participants(u32),
}

impl Solution {
    /// Returns the words of the button that makes the change.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::BeginAt(local) => format!("Begin at {}", local.format("%H:%M")),
            Self::EndAt { local, .. } => format!("End at {}", local.format("%H:%M")),
            Self::Participants(number) => format!("Allow {number} participants"),
        }
    }
}

/// Something that speaks against a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The kind.
    pub kind: ConflictKind,
    /// A sentence that names the other class and its times, or the numbers.
    pub message: String,
    /// The other class, where it is a session.
    pub other: Option<SessionId>,
    /// Changes that solve it; empty where only something else than the plan can be changed.
    pub solutions: Vec<Solution>,
}

/// The minutes that Stream has left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinutesLeft {
    /// The minutes that can still be stored.
    pub minutes: f64,
    /// The minutes of the recorded classes that are planned before the end of this one.
    pub planned: i64,
    /// How many classes of the plan need minutes. Of a series these are the ones that are made ahead.
    pub classes: usize,
}

/// What is known beside the plan.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The other classes that may take place.
    pub others: Vec<OtherClass>,
    /// The number of participants on the roster.
    pub on_roster: u32,
    /// The minutes that Stream has left; `None` if unknown.
    pub minutes: Option<MinutesLeft>,
}

/// Returns what speaks against a plan that takes place at `starts`. The plan's own start is the first of them, or the
/// only one.
#[must_use]
pub fn conflicts(plan: &Plan, starts: &[Start], around: &Surroundings, now: DateTime<Utc>) -> Vec<Conflict> {
    let mut all = ByInstructor::of(&around.others).conflicts(plan, starts, &(0..0), now);
    all.extend(of_capacity(plan, around.on_roster));
    all.extend(around.minutes.and_then(|left| of_storage(plan, left)));
    all
}

/// Other classes by their instructor and start, to compare many plans with them.
#[derive(Debug)]
pub struct ByInstructor<'a> {
    classes: HashMap<String, Vec<(usize, &'a OtherClass)>>,
}

impl<'a> ByInstructor<'a> {
    /// Sorts classes.
    #[must_use]
    pub fn of(others: &'a [OtherClass]) -> Self {
        let mut classes: HashMap<String, Vec<(usize, &OtherClass)>> = HashMap::new();
        for (number, other) in others.iter().enumerate() {
            classes.entry(known_as(&other.instructor)).or_default().push((number, other));
        }
        for of_one in classes.values_mut() {
            of_one.sort_by_key(|(_, other)| other.start);
        }
        Self { classes }
    }

    /// Returns the classes of the instructor that come in the way of a plan that takes place at `starts`. Those with a number
    /// in `own` are the plan itself.
    #[must_use]
    pub fn conflicts(&self, plan: &Plan, starts: &[Start], own: &Range<usize>, now: DateTime<Utc>) -> Vec<Conflict> {
        let name = known_as(&plan.instructor);
        match self.classes.get(&name) {
            // An unknown instructor is nobody’s double.
            Some(others) if !name.is_empty() => of_instructor(plan, starts, others, own, now),
            _ => Vec::new(),
        }
    }
}

fn known_as(instructor: &str) -> String {
    instructor.trim().to_lowercase()
}

/// One class of the plan and the other class with which it collides.
struct Meeting<'a> {
    start: Start,
    other: &'a OtherClass,
    overlap: TimeDelta,
}

/// `others` are classes of the same instructor, by start.
fn of_instructor(
    plan: &Plan,
    starts: &[Start],
    others: &[(usize, &OtherClass)],
    own: &Range<usize>,
    now: DateTime<Utc>,
) -> Vec<Conflict> {
    // One conflict for each kind and title, however many dates of the series it is about.
    let mut found: Vec<(ConflictKind, Vec<Meeting<'_>>)> = Vec::new();
    for start in starts {
        let (begins, ends) = (start.instant(), start.instant().later(plan.length));
        // A class lasts a day at most.
        let earliest = begins.earlier(LENGTH_MAX).earlier(EMPTY_ROOM_STOP);
        let near = others.partition_point(|(_, other)| other.start < earliest);
        let close = others.iter().skip(near).take_while(|(_, other)| other.start <= ends.later(EMPTY_ROOM_STOP));
        for (_, other) in close.filter(|(number, _)| !own.contains(number)) {
            let overlap = ends.min(other.end).since(begins.max(other.start));
            let kind = if overlap > TimeDelta::zero() {
                ConflictKind::Instructor
            } else if overlap > -EMPTY_ROOM_STOP {
                ConflictKind::BackToBack
            } else {
                continue;
            };
            let meeting = Meeting { start: *start, other, overlap };
            let same = |(known, meetings): &&mut (ConflictKind, Vec<Meeting<'_>>)| {
                *known == kind && meetings.first().is_some_and(|first| first.other.title == other.title)
            };
            match found.iter_mut().find(same) {
                Some((_, meetings)) => meetings.push(meeting),
                None => found.push((kind, vec![meeting])),
            }
        }
    }
    found.sort_by_key(|(kind, _)| *kind != ConflictKind::Instructor);
    found.into_iter().filter_map(|(kind, meetings)| worded(plan, kind, &meetings, starts.len(), now)).collect()
}

fn worded(
    plan: &Plan,
    kind: ConflictKind,
    meetings: &[Meeting<'_>],
    dates: usize,
    now: DateTime<Utc>,
) -> Option<Conflict> {
    let first = meetings.first()?;
    let zone = plan.start.zone();
    let (title, instructor) = (&first.other.title, plan.instructor_name());
    let span = spoken_span(first.other, first.start, zone);
    let message = match kind {
        ConflictKind::Instructor => {
            let overlap = spoken_length(first.overlap);
            if dates == 1 {
                format!("{instructor} teaches “{title}” {span}. The two classes overlap by {overlap}.")
            } else {
                let day = first.start.local().format("%-d %B %Y");
                format!(
                    "{} of {dates} dates: {instructor} also teaches “{title}”. The first is {day}, where it is {span} and the two \
                     classes overlap by {overlap}.",
                    dates_of(meetings)
                )
            }
        }
        _ => {
            let side = if first.other.end <= first.start.instant() { "right before" } else { "right after" };
            let dates = match dates {
                1 => String::new(),
                dates => format!(" on {} of {dates} dates", dates_of(meetings)),
            };
            format!(
                "{instructor} teaches “{title}” {span}, {side} this class{dates}. Nobody ends the one while {instructor} is in \
                 the room of the other; a recording ends 60 seconds after everybody has left."
            )
        }
    };
    let other = if meetings.len() == 1 { first.other.id } else { None };
    Some(Conflict { kind, message, other, solutions: solutions(plan, kind, first, now) })
}

/// How many classes of the plan meet another one.
fn dates_of(meetings: &[Meeting<'_>]) -> usize {
    meetings.iter().map(|meeting| meeting.start.instant()).collect::<BTreeSet<_>>().len()
}

fn solutions(plan: &Plan, kind: ConflictKind, meeting: &Meeting<'_>, now: DateTime<Utc>) -> Vec<Solution> {
    let zone = plan.start.zone();
    let begins = meeting.start.instant();
    let (before, after) = (meeting.other.start.earlier(EMPTY_ROOM_STOP), meeting.other.end.later(EMPTY_ROOM_STOP));
    // The change of this class, made to the start of the plan, which in a series is another day.
    let begin_at = |instant: DateTime<Utc>| {
        let moved = instant.with_timezone(&zone).naive_local().signed_duration_since(meeting.start.local());
        let local = plan.start.local().checked_add_signed(moved)?;
        let start = Start::on_wall_clock(local, zone)?;
        (start.instant() > now).then_some(Solution::BeginAt(local))
    };
    let end_at = |instant: DateTime<Utc>| {
        let length = instant.since(begins);
        let local = instant.with_timezone(&zone).naive_local();
        (length >= SHORTEST_PROPOSED).then_some(Solution::EndAt { local, minutes: length.num_minutes() })
    };
    let first = begins < meeting.other.start;
    let earlier = begin_at(before.earlier(plan.length));
    let proposed = match kind {
        _ if first => [end_at(before), earlier],
        ConflictKind::BackToBack => [begin_at(after), None],
        ConflictKind::Instructor | ConflictKind::Capacity | ConflictKind::Storage => [begin_at(after), earlier],
    };
    proposed.into_iter().flatten().collect()
}

/// The times of a class in the zone of the plan, with the date where it is another day than that of the plan.
fn spoken_span(other: &OtherClass, start: Start, zone: Tz) -> String {
    let (begins, ends) = (other.start.with_timezone(&zone), other.end.with_timezone(&zone));
    let day = if begins.date_naive() == start.local().date() {
        String::new()
    } else {
        begins.format(" on %-d %B").to_string()
    };
    format!("from {} to {}{day}", begins.format("%H:%M"), ends.format("%H:%M"))
}

fn spoken_length(length: TimeDelta) -> String {
    match length.num_minutes() {
        0 => "less than a minute".into(),
        1 => "1 minute".into(),
        minutes => format!("{minutes} minutes"),
    }
}

fn of_capacity(plan: &Plan, on_roster: u32) -> Option<Conflict> {
    let max = plan.max_participants;
    (on_roster > max).then(|| Conflict {
        kind: ConflictKind::Capacity,
        message: format!("{on_roster} participants are on the list of people, and the class takes {max}."),
        other: None,
        solutions: (on_roster <= PARTICIPANTS_MAX).then_some(Solution::Participants(on_roster)).into_iter().collect(),
    })
}

fn of_storage(plan: &Plan, left: MinutesLeft) -> Option<Conflict> {
    if !plan.record {
        return None;
    }
    let classes = left.classes;
    let needed = plan.length.num_minutes().saturating_mul(i64::try_from(classes).unwrap_or(i64::MAX));
    #[expect(clippy::cast_possible_truncation, reason = "a number of minutes, clamped right before")]
    let stored = left.minutes.clamp(0.0, 1e15).floor() as i64;
    let for_this = stored.saturating_sub(left.planned).max(0);
    (needed > for_this).then(|| {
        let what = match classes {
            1 => "The recording of this class takes".into(),
            _ => format!("The recordings of the next {classes} classes take"),
        };
        let before = if left.planned == 0 {
            String::new()
        } else {
            format!(" The recorded classes before need {}, so {for_this} are left.", left.planned)
        };
        Conflict {
            kind: ConflictKind::Storage,
            message: format!(
                "Stream has room for {stored} more minutes of video.{before} {what} up to {needed}. Buy minutes in the \
                 Cloudflare dashboard, or delete old videos there."
            ),
            other: None,
            solutions: Vec::new(),
        }
    })
}

#[cfg(test)]
mod tests;
