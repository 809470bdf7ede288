//! The checks before a class: what was looked at, what it means for the class, and what helps.
//!
//! Pure verdicts on what was found. Only what is certain to keep a class from starting is called blocking.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::clock::is_off;
use crate::domain::ids::SessionId;

/// How long before its start a class is checked by itself.
pub const CHECK_AHEAD: TimeDelta = TimeDelta::minutes(10);
/// Free disk space in bytes below which the start of a class cannot be written down reliably.
const DISK_BLOCKING: u64 = 16 << 20;
/// Free disk space in bytes below which a recording may not fit that has to go through this computer.
const DISK_LOW: u64 = 2 << 30;
/// The round trip to Cloudflare from which the network is called slow.
const ROUND_TRIP_SLOW: TimeDelta = TimeDelta::milliseconds(800);

/// What is checked. The order is the one in which passed checks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The API token.
    Token,
    /// The RealtimeKit app that holds the rooms.
    App,
    /// The presets that people join with.
    Presets,
    /// Whether and how the class is recorded, and where the file goes.
    Recording,
    /// The permission to bring videos to Stream.
    Stream,
    /// The minutes that are left in Stream, for this class.
    Storage,
    /// The key that signs links.
    SigningKey,
    /// The page on which people join.
    JoinPage,
    /// People on the list without a link.
    People,
    /// Another class that is still live.
    OtherClass,
    /// The way to Cloudflare and back.
    Network,
    /// This computer's clock.
    Clock,
    /// The disk of this computer.
    Disk,
}

impl Subject {
    /// Every subject, in order.
    pub const ALL: [Self; 13] = [
        Self::Token,
        Self::App,
        Self::Presets,
        Self::Recording,
        Self::Stream,
        Self::Storage,
        Self::SigningKey,
        Self::JoinPage,
        Self::People,
        Self::OtherClass,
        Self::Network,
        Self::Clock,
        Self::Disk,
    ];

    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::App => "app",
            Self::Presets => "presets",
            Self::Recording => "recording",
            Self::Stream => "stream",
            Self::Storage => "storage",
            Self::SigningKey => "signing_key",
            Self::JoinPage => "join_page",
            Self::People => "people",
            Self::OtherClass => "other_class",
            Self::Network => "network",
            Self::Clock => "clock",
            Self::Disk => "disk",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Token => "API token",
            Self::App => "RealtimeKit app",
            Self::Presets => "Presets",
            Self::Recording => "Recording",
            Self::Stream => "Stream",
            Self::Storage => "Storage",
            Self::SigningKey => "Link key",
            Self::JoinPage => "Join page",
            Self::People => "People",
            Self::OtherClass => "Other classes",
            Self::Network => "Network",
            Self::Clock => "Clock",
            Self::Disk => "Disk",
        }
    }
}

/// What a check means for the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Nothing to do.
    Ok,
    /// It could not be found out.
    Unknown,
    /// The class can start, and something will not work as planned.
    Attention,
    /// The class cannot start before this is put right.
    Blocking,
}

impl State {
    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Attention => "attention",
            Self::Blocking => "blocking",
        }
    }
}

/// What puts a check right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fix {
    /// Looking at the connection in Settings.
    Connection,
    /// Choosing the app in Settings.
    App,
    /// Having Hajime's own presets repaired.
    RepairPresets,
    /// Making room among the recordings.
    Recordings,
    /// Looking at the join page in Settings.
    JoinPage,
    /// Giving a link to the people of this session.
    People(SessionId),
    /// Going to this live session.
    LiveSession(SessionId),
    /// Checking again, after something outside Hajime was put right.
    CheckAgain,
}

impl Fix {
    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::App => "app",
            Self::RepairPresets => "repair_presets",
            Self::Recordings => "recordings",
            Self::JoinPage => "join_page",
            Self::People(_) => "people",
            Self::LiveSession(_) => "live_session",
            Self::CheckAgain => "check_again",
        }
    }

    /// The session that it is about; `None` where it is about none.
    #[must_use]
    pub const fn session(self) -> Option<SessionId> {
        match self {
            Self::People(session) | Self::LiveSession(session) => Some(session),
            Self::Connection
            | Self::App
            | Self::RepairPresets
            | Self::Recordings
            | Self::JoinPage
            | Self::CheckAgain => None,
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub subject: Subject,
    /// What it means for the class.
    pub state: State,
    /// What was found, and where it is not as it should be also what follows and what helps, as sentences.
    pub sentence: String,
    /// What puts it right; `None` where nothing has to be done.
    pub fix: Option<Fix>,
}

impl Check {
    /// A check with nothing to do.
    #[must_use]
    pub fn passed(subject: Subject, sentence: impl Into<String>) -> Self {
        Self { subject, state: State::Ok, sentence: sentence.into(), fix: None }
    }

    /// A check that could not be made.
    #[must_use]
    pub fn unknown(subject: Subject, sentence: impl Into<String>) -> Self {
        Self { subject, state: State::Unknown, sentence: sentence.into(), fix: Some(Fix::CheckAgain) }
    }

    /// A check that a person should look at, although the class can start.
    #[must_use]
    pub fn attention(subject: Subject, sentence: impl Into<String>, fix: Fix) -> Self {
        Self { subject, state: State::Attention, sentence: sentence.into(), fix: Some(fix) }
    }

    /// A check that keeps the class from starting.
    #[must_use]
    pub fn blocking(subject: Subject, sentence: impl Into<String>, fix: Fix) -> Self {
        Self { subject, state: State::Blocking, sentence: sentence.into(), fix: Some(fix) }
    }
}

/// The checks before a class, or of the desk where no class is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The session that was checked for; `None` for the desk alone.
    pub session: Option<SessionId>,
    /// When it was checked.
    pub at: DateTime<Utc>,
    /// The checks: those that need somebody come last, the gravest at the end.
    pub checks: Vec<Check>,
}

impl Preflight {
    /// Puts the checks in the order in which they are shown.
    #[must_use]
    pub fn new(session: Option<SessionId>, at: DateTime<Utc>, mut checks: Vec<Check>) -> Self {
        checks.sort_by_key(|check| (check.state, check.subject));
        Self { session, at, checks }
    }

    /// The gravest state of all checks.
    #[must_use]
    pub fn state(&self) -> State {
        self.checks.iter().map(|check| check.state).max().unwrap_or(State::Unknown)
    }

    /// Returns the check of a subject; `None` if it was not made.
    #[must_use]
    pub fn check(&self, subject: Subject) -> Option<&Check> {
        self.checks.iter().find(|check| check.subject == subject)
    }
}

/// Whether the recording of a class fits into Stream. `length` is `None` for a class that is not recorded, or for no
/// class. Cloudflare counts minutes of video, whatever their size.
#[must_use]
pub fn storage(used: f64, limit: f64, length: Option<TimeDelta>) -> Check {
    let subject = Subject::Storage;
    if !(used.is_finite() && limit.is_finite() && used >= 0.0 && limit > 0.0) {
        return Check::unknown(subject, "Cloudflare does not tell how many minutes are left in Stream.");
    }
    let left = minutes((limit - used).max(0.0));
    let needed = length.unwrap_or_default();
    if length.is_some() && left < needed {
        return Check::attention(
            subject,
            format!(
                "Stream has room for {} and the class is {} long. Its recording would wait at RealtimeKit, for seven \
                 days at most. Free minutes in Stream, or buy some.",
                said(left),
                said(needed)
            ),
            Fix::Recordings,
        );
    }
    Check::passed(subject, format!("Room for {}.", said(left)))
}

/// Whether this computer's clock lets links work. `skew` is Cloudflare's time minus this computer's; `None` where
/// Cloudflare did not tell its time.
#[must_use]
pub fn clock(skew: Option<TimeDelta>) -> Check {
    let subject = Subject::Clock;
    match skew {
        None => Check::unknown(subject, "Cloudflare did not tell its time, so there is nothing to compare."),
        Some(skew) if is_off(skew) => Check::attention(
            subject,
            format!(
                "This computer’s clock is {} {}. Links are dated by it and may be refused. Turn on automatic time in \
                 the system settings.",
                said(skew.abs()),
                if skew > TimeDelta::zero() { "slow" } else { "fast" }
            ),
            Fix::CheckAgain,
        ),
        // The header that tells Cloudflare's time has no parts of a second.
        Some(skew) => Check::passed(
            subject,
            match skew.num_seconds().saturating_abs() {
                0 | 1 => "Right.".to_owned(),
                seconds => format!("{seconds} s off, which does no harm."),
            },
        ),
    }
}

/// Whether the disk has room for the data of a class. `free` is in bytes.
#[must_use]
pub fn disk(free: u64) -> Check {
    let subject = Subject::Disk;
    let size = gigabytes(free);
    if free < DISK_BLOCKING {
        let sentence = "This computer’s disk is full. The start of a class cannot be written down. Free some space.";
        return Check::blocking(subject, sentence, Fix::CheckAgain);
    }
    if free < DISK_LOW {
        let sentence = format!(
            "This computer’s disk has {size} left. A recording that Stream cannot fetch goes through this disk and may \
             not fit. Free some space."
        );
        return Check::attention(subject, sentence, Fix::CheckAgain);
    }
    Check::passed(subject, format!("{size} free."))
}

/// How far Cloudflare is. No documented address measures an upload without keeping what was sent, so none is measured.
#[must_use]
pub fn network(round_trip: TimeDelta) -> Check {
    let took = format!("{} ms to Cloudflare and back", round_trip.num_milliseconds().max(1));
    if round_trip > ROUND_TRIP_SLOW {
        let sentence = format!(
            "The network is slow: {took}. Picture and sound may stall. Close what else uses it, or take another network."
        );
        return Check::attention(Subject::Network, sentence, Fix::CheckAgain);
    }
    Check::passed(Subject::Network, format!("{took}. Upload not measured."))
}

/// Whether everybody on the list of a session has a link. `without` are the names of those who have none.
#[must_use]
pub fn people(session: SessionId, all: usize, without: &[&str]) -> Check {
    let subject = Subject::People;
    let sentence = match (all, without) {
        (0, _) => return Check::passed(subject, "Nobody is on the list."),
        (1, []) => return Check::passed(subject, "The one on the list has a link."),
        (all, []) => return Check::passed(subject, format!("All {all} have a link.")),
        (_, [one]) => format!("{one} has no link yet."),
        (_, [one, other]) => format!("{one} and {other} have no link yet."),
        (all, several) => format!("{} of {all} people have no link yet.", several.len()),
    };
    Check::attention(subject, sentence, Fix::People(session))
}

/// Whether other sessions are live. `titles` names each with its id.
#[must_use]
pub fn other_classes(live: &[(SessionId, &str)]) -> Check {
    let subject = Subject::OtherClass;
    match live {
        [] => Check::passed(subject, "None is live."),
        [(id, title)] => Check::attention(
            subject,
            format!("“{title}” is still live. End it first, unless both are held at once."),
            Fix::LiveSession(*id),
        ),
        [(id, _), ..] => Check::attention(
            subject,
            format!("{} other classes are live. End them first, unless they are held at once.", live.len()),
            Fix::LiveSession(*id),
        ),
    }
}

/// A number of minutes as a span, at most a hundred years.
fn minutes(number: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "the number is finite, and the cast saturates")]
    let whole = number.floor() as i64;
    TimeDelta::minutes(whole.clamp(0, 52_560_000))
}

fn said(span: TimeDelta) -> String {
    let of = |count: i64, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    match span.num_minutes() {
        0 => of(span.num_seconds().max(0), "second"),
        minutes @ 1..=119 => of(minutes, "minute"),
        minutes => of(minutes / 60, "hour"),
    }
}

fn gigabytes(bytes: u64) -> String {
    if bytes >= 1 << 30 { format!("{} GB", bytes >> 30) } else { format!("{} MB", bytes >> 20) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Option<TimeDelta> = Some(TimeDelta::hours(1));

    #[test]
    fn storage_counts_the_minutes_of_this_class() {
        assert_eq!(storage(940.0, 1_000.0, HOUR).state, State::Ok);
        let short = storage(941.0, 1_000.0, HOUR);
        assert_eq!((short.state, short.fix), (State::Attention, Some(Fix::Recordings)));
        assert!(short.sentence.contains("room for 59 minutes and the class is 60 minutes long"), "{}", short.sentence);
        // A class that is not recorded needs none.
        assert_eq!(storage(1_200.0, 1_000.0, None).state, State::Ok);
        for (used, limit) in [(f64::NAN, 10.0), (-1.0, 10.0), (1.0, 0.0), (1.0, f64::INFINITY)] {
            assert_eq!(storage(used, limit, HOUR).state, State::Unknown, "{used} {limit}");
        }
        assert_eq!(storage(0.0, f64::MAX, HOUR).state, State::Ok);
    }

    #[test]
    fn the_clock_matters_from_where_links_break() {
        assert_eq!(clock(None).state, State::Unknown);
        assert_eq!(clock(Some(TimeDelta::seconds(240))).state, State::Ok);
        let slow = clock(Some(TimeDelta::seconds(241)));
        assert_eq!(slow.state, State::Attention);
        assert!(slow.sentence.contains("4 minutes slow"), "{}", slow.sentence);
        assert!(clock(Some(TimeDelta::hours(-3))).sentence.contains("3 hours fast"));
    }

    #[test]
    fn a_full_disk_blocks_and_a_low_one_does_not() {
        assert_eq!(disk(0).state, State::Blocking);
        assert_eq!(disk(DISK_BLOCKING).state, State::Attention);
        assert_eq!(disk(DISK_LOW).state, State::Ok);
        assert_eq!(disk(u64::MAX).state, State::Ok);
    }

    #[test]
    fn the_gravest_check_comes_last() {
        let checks = vec![disk(0), clock(None), network(TimeDelta::seconds(2)), other_classes(&[])];
        let preflight = Preflight::new(None, DateTime::UNIX_EPOCH, checks);
        let states: Vec<State> = preflight.checks.iter().map(|check| check.state).collect();
        assert_eq!(states, [State::Ok, State::Unknown, State::Attention, State::Blocking]);
        assert_eq!(preflight.state(), State::Blocking);
        assert_eq!(Preflight::new(None, DateTime::UNIX_EPOCH, Vec::new()).state(), State::Unknown);
    }

    #[test]
    fn people_without_a_link_are_named_while_they_are_few() {
        let id = SessionId::new();
        assert_eq!(people(id, 24, &[]).sentence, "All 24 have a link.");
        assert_eq!(people(id, 24, &["V. Kovac"]).sentence, "V. Kovac has no link yet.");
        assert_eq!(people(id, 24, &["A", "B", "C"]).sentence, "3 of 24 people have no link yet.");
        assert_eq!(people(id, 0, &[]).state, State::Ok);
    }

    #[test]
    fn every_subject_has_a_name_of_its_own() {
        let mut names = Subject::ALL.map(Subject::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Subject::ALL.len());
    }
}
