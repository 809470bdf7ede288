//! Sessions, from the plan on the schedule to the end, when the room is closed.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::recorder::quality::Quality;
use crate::domain::schedule::limits::{
    INSTRUCTOR_MAX, LENGTH_MAX, PARTICIPANTS_MAX, START_GRACE, START_HORIZON, TITLE_MAX,
};
use crate::domain::schedule::origin::{Origin, shown_instructor};
pub use crate::domain::schedule::room_code::RoomCode;
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::start::Start;
use crate::domain::text::one_line;

/// The input of a person, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInput {
    /// The title of the session.
    pub title: String,
    /// The name of the instructor.
    pub instructor: String,
    /// The start: wall-clock time in `timezone` as `YYYY-MM-DDTHH:MM`, or an instant with `Z` or an offset (RFC 3339).
    pub start_local: String,
    /// IANA zone name, for example `Europe/Berlin`.
    pub timezone: String,
    /// The length in minutes.
    pub duration_minutes: i64,
    /// True if the session is recorded.
    pub record: bool,
    /// The quality of the recording: `1080p`, `720p` or `480p`.
    pub quality: String,
    /// The number of people that may be invited.
    pub max_participants: i64,
}

/// A checked plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The title of the session, on one line without blanks around it.
    pub title: String,
    /// The name of the instructor, on one line without blanks around it.
    pub instructor: String,
    /// The start: wall-clock time, zone and instant.
    pub start: Start,
    /// The planned length.
    pub length: TimeDelta,
    /// True if the session is recorded.
    pub record: bool,
    /// The quality of the recording.
    pub quality: Quality,
    /// The number of people that may be invited.
    pub max_participants: u32,
}

impl Plan {
    /// Returns the instructor's name as people read it.
    #[must_use]
    pub fn instructor_name(&self) -> &str {
        shown_instructor(&self.instructor)
    }

    /// A plan for tests.
    #[cfg(test)]
    pub(crate) fn example(start: DateTime<Utc>) -> Self {
        Self {
            title: "Karate".into(),
            instructor: "R. Alves".into(),
            start: Start::at(start, Tz::Europe__Berlin),
            length: TimeDelta::hours(1),
            record: true,
            quality: Quality::High,
            max_participants: crate::domain::schedule::limits::PARTICIPANTS_DEFAULT,
        }
    }

    /// Returns the planned end.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.start.instant().later(self.length)
    }

    /// Returns whether `text` is this plan's start: the instant itself, or the wall-clock time that a form shows in the
    /// plan's own zone.
    fn shows_start_as(&self, text: &str, zone: Tz) -> bool {
        zone == self.start.zone()
            && (parse_instant(text.trim()) == Some(self.start.instant())
                || parse_local(text.trim()).is_some_and(|local| self.start.is_shown_as(local)))
    }

    /// Checks the input of a person and reports all problems at once, in the order of the form.
    pub fn check(input: &SessionInput, now: DateTime<Utc>) -> Result<Self, Invalid> {
        Self::read(input, now, None)
    }

    /// Checks the input for a change of this plan. A start that reads as before keeps its instant, even where its
    /// wall-clock time happens twice, where the form does not show its seconds, and where it has passed.
    pub fn check_change(&self, input: &SessionInput, now: DateTime<Utc>) -> Result<Self, Invalid> {
        Self::read(input, now, Some(self))
    }

    fn read(input: &SessionInput, now: DateTime<Utc>, current: Option<&Self>) -> Result<Self, Invalid> {
        let mut problems = Vec::new();
        let mut note = |field, message: String, next| problems.push(FieldError { field, message, next });

        let title = one_line(&input.title);
        if title.is_empty() {
            note("title", "The title is empty.".into(), "Name the class, for example “Tuesday beginners”.");
        } else if title.chars().count() > TITLE_MAX {
            note(
                "title",
                format!("The title has {} characters.", title.chars().count()),
                "Use at most 120 characters.",
            );
        }
        let instructor = one_line(&input.instructor);
        if instructor.is_empty() {
            note("instructor", "The instructor is empty.".into(), "Say who teaches the class.");
        } else if instructor.chars().count() > INSTRUCTOR_MAX {
            let count = instructor.chars().count();
            note("instructor", format!("The instructor’s name has {count} characters."), "Use at most 80 characters.");
        }

        let timezone = match input.timezone.trim().parse::<Tz>() {
            Ok(zone) => Some(zone),
            Err(_) => {
                let shown: String = input.timezone.chars().take(40).collect();
                note(
                    "timezone",
                    format!("“{shown}” is not a time zone."),
                    "Choose a zone such as Europe/Berlin or America/New_York.",
                );
                None
            }
        };
        let kept = timezone
            .and_then(|zone| current.filter(|plan| plan.shows_start_as(&input.start_local, zone)))
            .map(|plan| plan.start);
        let start = kept.or_else(|| match parse_start(&input.start_local, timezone?) {
            Ok(start) => Some(start),
            Err(problem) => {
                note("start_local", problem.0, problem.1);
                None
            }
        });
        if let Some(start) = start.filter(|_| kept.is_none()).map(|start| start.instant()) {
            if start < now.earlier(START_GRACE) {
                note("start_local", "The start lies in the past.".into(), "Choose a start from now on.");
            } else if start > now.later(START_HORIZON) {
                note("start_local", "The start is more than five years away.".into(), "Check the year.");
            }
        }

        let length = TimeDelta::try_minutes(input.duration_minutes).unwrap_or(TimeDelta::MAX);
        if length <= TimeDelta::zero() {
            note(
                "duration_minutes",
                "The length is not above zero.".into(),
                "Give the length in minutes, from 1 to 1440.",
            );
        } else if length > LENGTH_MAX {
            note(
                "duration_minutes",
                "The length is more than 24 hours.".into(),
                "Split the class into several sessions.",
            );
        }
        let quality = match input.quality.parse::<Quality>() {
            Ok(quality) => Some(quality),
            Err(invalid) => {
                problems.extend(invalid.problems().iter().cloned());
                None
            }
        };
        let max = u32::try_from(input.max_participants).ok().filter(|max| (1..=PARTICIPANTS_MAX).contains(max));
        if max.is_none() {
            problems.push(FieldError {
                field: "max_participants",
                message: format!("{} participants cannot be invited.", input.max_participants),
                next: "Choose a number from 1 to 1000.",
            });
        }

        Invalid::check(problems)?;
        match (start, quality, max) {
            (Some(start), Some(quality), Some(max_participants)) => {
                Ok(Self { title, instructor, start, length, record: input.record, quality, max_participants })
            }
            _ => Err(Invalid::one("title", "The form is incomplete.", "Fill in every field.")),
        }
    }
}

/// Reads an instant, or a wall-clock time in `zone`. A time that daylight saving skips is refused; a time that happens
/// twice means the first.
fn parse_start(text: &str, zone: Tz) -> Result<Start, (String, &'static str)> {
    let text = text.trim();
    if let Some(instant) = parse_instant(text) {
        return Ok(Start::at(instant, zone));
    }
    let local = parse_local(text).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        (format!("“{shown}” is not a date and time."), "Write it as 2026-11-23T19:00.")
    })?;
    Start::on_wall_clock(local, zone).ok_or_else(|| {
        (
            format!("{} does not exist in {zone}: the clocks go forward then.", local.format("%H:%M on %-d %B %Y")),
            "Choose a time an hour earlier or later.",
        )
    })
}

fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"]
        .iter()
        .find_map(|format| DateTime::parse_from_str(text, format).ok())
        .map(|instant| instant.with_timezone(&Utc))
}

fn parse_local(text: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

/// The state of a session, with the data of that state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// On the schedule. The session has a room code when an earlier start did not succeed.
    Scheduled {
        /// The code of a room that may already exist.
        code: Option<RoomCode>,
    },
    /// A person asked for the start, and the room is being made.
    Starting {
        /// The code of the room, stored before the room is made.
        code: RoomCode,
        /// The moment at which a person asked for the start.
        since: DateTime<Utc>,
    },
    /// The room is open.
    Live(Room),
    /// A person asked for the end at this moment; Cloudflare has not confirmed every step yet.
    Ending(Room, DateTime<Utc>),
    /// The session ended at this moment.
    Ended(Room, DateTime<Utc>),
    /// Cancelled before it began. The room code stays, so that invitations hold if the session is put back.
    Cancelled {
        /// The code of a room that may already exist.
        code: Option<RoomCode>,
    },
}

/// A room that is or was open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The id of the RealtimeKit meeting.
    pub id: MeetingId,
    /// The room code in its title; `None` for the room of another desk whose title is unknown.
    pub code: Option<RoomCode>,
    /// The moment at which the room was opened.
    pub opened_at: DateTime<Utc>,
}

/// A [`SessionState`] without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionPhase {
    /// On the schedule.
    Scheduled,
    /// The room is being made.
    Starting,
    /// The room is open.
    Live,
    /// A person asked for the end; Cloudflare has not confirmed every step yet.
    Ending,
    /// The session has ended.
    Ended,
    /// Cancelled before it began.
    Cancelled,
}

impl SessionPhase {
    /// Returns the word in the window, the CLI and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Starting => "starting",
            Self::Live => "live",
            Self::Ending => "ending",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }
}

impl SessionState {
    /// Returns the state without its data.
    #[must_use]
    pub const fn phase(&self) -> SessionPhase {
        match self {
            Self::Scheduled { .. } => SessionPhase::Scheduled,
            Self::Starting { .. } => SessionPhase::Starting,
            Self::Live(_) => SessionPhase::Live,
            Self::Ending(..) => SessionPhase::Ending,
            Self::Ended(..) => SessionPhase::Ended,
            Self::Cancelled { .. } => SessionPhase::Cancelled,
        }
    }

    /// Returns the word in the window, the CLI and the database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.phase().name()
    }

    /// Returns the room and the end of an ended session.
    #[must_use]
    pub fn ended(&self) -> Option<(Room, DateTime<Utc>)> {
        match self {
            Self::Ended(room, at) => Some((room.clone(), *at)),
            Self::Scheduled { .. }
            | Self::Starting { .. }
            | Self::Live(_)
            | Self::Ending(..)
            | Self::Cancelled { .. } => None,
        }
    }

    /// Returns the room; `None` before it is open.
    #[must_use]
    pub const fn room(&self) -> Option<&Room> {
        match self {
            Self::Live(room) | Self::Ending(room, _) | Self::Ended(room, _) => Some(room),
            Self::Scheduled { .. } | Self::Starting { .. } | Self::Cancelled { .. } => None,
        }
    }

    /// Returns the room code; `None` where no room was asked for yet, and for a room of another desk whose title is unknown.
    #[must_use]
    pub const fn code(&self) -> Option<&RoomCode> {
        match self {
            Self::Scheduled { code } | Self::Cancelled { code } => code.as_ref(),
            Self::Starting { code, .. } => Some(code),
            Self::Live(room) | Self::Ending(room, _) | Self::Ended(room, _) => room.code.as_ref(),
        }
    }

    /// Returns the moment at which a person asked for the end; `None` before that.
    #[must_use]
    pub const fn ended_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Ending(_, at) | Self::Ended(_, at) => Some(*at),
            Self::Scheduled { .. } | Self::Starting { .. } | Self::Live(_) | Self::Cancelled { .. } => None,
        }
    }
}

/// A session: one class on the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hajime's id of the session.
    pub id: SessionId,
    /// The plan that people agreed on.
    pub plan: Plan,
    /// The state of the session.
    pub state: SessionState,
    /// The place in a series; `None` for a session of its own.
    pub series: Option<SeriesPlace>,
    /// The desk that the session comes from.
    pub origin: Origin,
    /// The moment at which the session was put on the schedule.
    pub created_at: DateTime<Utc>,
    /// The moment of the last change.
    pub updated_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn input() -> SessionInput {
        SessionInput {
            title: " Karate\nfundamentals ".into(),
            instructor: "R. Alves".into(),
            start_local: "2026-03-23T19:00".into(),
            timezone: "Europe/Berlin".into(),
            duration_minutes: 60,
            record: true,
            quality: "720p".into(),
            max_participants: 50,
        }
    }

    fn fields(input: &SessionInput) -> Vec<&'static str> {
        match Plan::check(input, now()) {
            Ok(_) => Vec::new(),
            Err(invalid) => invalid.problems().iter().map(|p| p.field).collect(),
        }
    }

    #[test]
    fn a_valid_input_becomes_a_plan_with_an_instant() {
        let plan = Plan::check(&input(), now()).unwrap();
        assert_eq!(plan.title, "Karate fundamentals");
        assert_eq!(plan.start.instant(), "2026-03-23T18:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(plan.end() - plan.start.instant(), TimeDelta::hours(1));
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let bad = SessionInput {
            title: "  ".into(),
            instructor: "x".repeat(81),
            start_local: "soon".into(),
            timezone: "Europe/Berlin".into(),
            duration_minutes: 0,
            record: true,
            quality: "4k".into(),
            max_participants: 0,
        };
        let all = ["title", "instructor", "start_local", "duration_minutes", "quality", "max_participants"];
        assert_eq!(fields(&bad), all);
    }

    #[test]
    fn inputs_at_a_bound_are_accepted_and_beyond_it_refused() {
        let with = |change: fn(&mut SessionInput)| {
            let mut changed = input();
            change(&mut changed);
            fields(&changed)
        };
        assert_eq!(with(|i| i.title = "ü".repeat(120)), Vec::<&str>::new());
        assert_eq!(with(|i| i.title = "ü".repeat(121)), ["title"]);
        assert_eq!(with(|i| i.duration_minutes = 1440), Vec::<&str>::new());
        assert_eq!(with(|i| i.duration_minutes = 1441), ["duration_minutes"]);
        assert_eq!(with(|i| i.duration_minutes = i64::MAX), ["duration_minutes"]);
        assert_eq!(with(|i| i.max_participants = 1001), ["max_participants"]);
        assert_eq!(with(|i| i.timezone = "Mars/Olympus".into()), ["timezone"]);
        assert_eq!(with(|i| i.start_local = "2026-03-20T12:50".into()), ["start_local"]);
        assert_eq!(with(|i| i.start_local = "9999-01-01T00:00".into()), ["start_local"]);
    }

    #[test]
    fn a_wall_clock_time_that_the_clocks_skip_is_refused() {
        let mut skipped = input();
        skipped.start_local = "2026-03-29T02:30".into();
        let invalid = Plan::check(&skipped, now()).unwrap_err();
        assert_eq!(
            invalid.to_string(),
            "02:30 on 29 March 2026 does not exist in Europe/Berlin: the clocks go forward then."
        );
    }

    #[test]
    fn a_wall_clock_time_that_happens_twice_means_the_first() {
        let mut twice = input();
        twice.start_local = "2026-10-25T02:30".into();
        let plan = Plan::check(&twice, now()).unwrap();
        assert_eq!(plan.start.instant(), "2026-10-25T00:30:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn an_instant_is_kept_even_where_its_wall_clock_time_happens_twice_or_never() {
        let utc = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let start = |text: &str| {
            let mut input = input();
            input.start_local = text.into();
            Plan::check(&input, now()).unwrap().start.instant()
        };
        assert_eq!(start("2026-10-25T01:30:00Z"), utc("2026-10-25T01:30:00Z"));
        assert_eq!(start("2026-10-25T00:30:00Z"), utc("2026-10-25T00:30:00Z"));
        assert_eq!(start("2026-10-25T02:30+01:00"), utc("2026-10-25T01:30:00Z"));
        assert_eq!(start("2026-10-25 02:30:00.000+0200"), utc("2026-10-25T00:30:00Z"));
        // 02:30 does not exist in Berlin that night, but this instant does.
        assert_eq!(start("2026-03-29T02:30:00-05:00"), utc("2026-03-29T07:30:00Z"));
    }

    #[test]
    fn a_change_of_the_title_never_moves_the_start() {
        let mut later = input();
        later.start_local = "2026-10-25T01:30:42Z".into();
        let plan = Plan::check(&later, now()).unwrap();
        let change = |text: &str, zone: &str, now: DateTime<Utc>| {
            let changed = SessionInput {
                title: "Another".into(),
                start_local: text.into(),
                timezone: zone.into(),
                ..later.clone()
            };
            plan.check_change(&changed, now).map(|plan| plan.start.instant().to_rfc3339())
        };
        let kept = Ok("2026-10-25T01:30:42+00:00".to_owned());
        assert_eq!(change("2026-10-25T02:30", "Europe/Berlin", now()), kept);
        assert_eq!(change("2026-10-25T02:30:42", "Europe/Berlin", now()), kept);
        assert_eq!(change("2026-10-25T02:30", "Europe/Berlin", plan.start.instant() + TimeDelta::hours(2)), kept);
        assert_eq!(change("2026-10-25T01:30:42Z", "Europe/Berlin", plan.start.instant() + TimeDelta::hours(2)), kept);
        // A start that was really changed moves, and is checked.
        assert_eq!(change("2026-10-25T00:30:00Z", "Europe/Berlin", now()), Ok("2026-10-25T00:30:00+00:00".into()));
        assert_eq!(change("2026-10-25T02:31", "Europe/Berlin", now()), Ok("2026-10-25T00:31:00+00:00".into()));
        assert_eq!(change("2026-10-25T02:30", "Europe/Paris", now()), Ok("2026-10-25T00:30:00+00:00".into()));
        assert!(change("2026-10-25T02:29", "Europe/Berlin", plan.start.instant() + TimeDelta::hours(2)).is_err());
    }

    #[test]
    fn invisible_characters_are_removed_and_a_title_of_them_is_empty() {
        let mut invisible = input();
        invisible.title = "\u{202e}\u{200b}\u{3164}".into();
        invisible.instructor = "R.\u{202e} Alves\u{e0041}".into();
        assert_eq!(fields(&invisible), ["title"]);
        invisible.title = "Judo\u{200b}".into();
        let plan = Plan::check(&invisible, now()).unwrap();
        assert_eq!((plan.title.as_str(), plan.instructor.as_str()), ("Judo", "R. Alves"));
    }

    #[test]
    fn a_room_code_reads_back_from_the_title_of_its_meeting() {
        let code = RoomCode::random();
        let title = code.meeting_title("Karate · Grundlagen");
        assert_eq!(RoomCode::of_meeting(&title), Some((code, "Karate · Grundlagen")));
        let earlier = RoomCode::of_meeting("Karate · HJ-ATWQ6D4C");
        assert_eq!(earlier, RoomCode::from_stored("HJ-ATWQ6D4C".into()).map(|code| (code, "Karate")));
        for other in ["Karate", "Karate · HJ-", "Karate · HJ-1234567", "Karate · HJ-1234567u", "HJ-12345678"] {
            assert_eq!(RoomCode::of_meeting(other), None, "{other}");
        }
    }

    #[test]
    fn a_random_room_code_has_nine_characters_and_differs_from_the_next() {
        let (one, two) = (RoomCode::random(), RoomCode::random());
        assert_eq!(one.as_str().len(), 9);
        assert_ne!(one, two);
        assert!(one.meeting_title("Judo").starts_with("Judo · HJ-"));
    }
}
