//! Places where the schedule is kept as a calendar for other programs: a file on this computer, and a published address.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use crate::domain::bounds::Moved as _;
use crate::domain::schedule::calendar::export;
use crate::domain::schedule::calendar::feed::Trouble;
use crate::domain::schedule::series::{Series, SeriesSessions};

/// How far ahead the published calendar has single classes. Series are written whole.
pub const PUBLISHED_AHEAD: TimeDelta = TimeDelta::days(90);
/// How long a class that is over stays in the published calendar.
const PUBLISHED_BEHIND: TimeDelta = TimeDelta::days(7);
/// The characters of the desk’s id in the name of its Worker.
const DESK_CHARACTERS: usize = 8;
/// The random bytes in the name of the published file.
pub const NAME_BYTES: usize = 20;

/// The kind of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file on this computer.
    File,
    /// A file that is published at Cloudflare.
    Published,
}

impl Kind {
    /// The stable word in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Published => "published",
        }
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// The kind.
    pub kind: Kind,
    /// The path of the file, or its name on the site.
    pub place: String,
    /// A hash of what was last written.
    pub content: Option<String>,
    /// When it was last written.
    pub written_at: Option<DateTime<Utc>>,
    /// When it is written next, where it has to wait.
    pub due_at: Option<DateTime<Utc>>,
    /// Why it could not be written.
    pub trouble: Option<Trouble>,
}

/// Returns the whole schedule as a calendar for other programs. It holds titles, instructors and times, and nothing of what
/// was imported beside them.
#[must_use]
pub fn everything(all: &SeriesSessions, now: DateTime<Utc>) -> String {
    export::for_readers(all, now)
}

/// Returns the part of the schedule that is published: series that go on, whole, and the single classes of the last 7 and the
/// coming 90 days.
#[must_use]
pub fn published(all: &SeriesSessions, now: DateTime<Utc>) -> String {
    let (from, to) = (now.earlier(PUBLISHED_BEHIND), now.later(PUBLISHED_AHEAD));
    let goes_on = |series: &&Series| series.starts(now).any(|start| start.instant() >= from);
    let series = all.series.values().filter(goes_on).map(|series| (series.id, series.clone()));
    let series: BTreeMap<_, _> = series.collect();
    let sessions = all.sessions.iter().filter(|(_, session)| {
        let start = session.plan.start.instant();
        // A series is written whole, so the dates that it leaves out or changes stay so, also those that are over.
        let of_series = session.series.is_some_and(|place| series.contains_key(&place.series));
        of_series || from <= start && start <= to
    });
    let coming = SeriesSessions {
        sessions: sessions.map(|(id, session)| (*id, session.clone())).collect(),
        series,
        ..SeriesSessions::default()
    };
    export::for_readers(&coming, now)
}

/// Returns the name of the Worker that serves the published calendar of a desk. Each desk of an account has its own.
#[must_use]
pub fn worker(desk: &str) -> String {
    let digits = desk.chars().filter(char::is_ascii_hexdigit).take(DESK_CHARACTERS);
    format!("hajime-calendar-{}", digits.collect::<String>().to_ascii_lowercase())
}

/// Returns a hash by which two texts are told apart.
#[must_use]
pub fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// Returns the name of a published file that nobody can guess.
#[must_use]
pub fn unguessable_name() -> String {
    let bytes: [u8; NAME_BYTES] = rand::random();
    let mut name = bytes.iter().fold(String::new(), |mut name, byte| {
        // Writing into a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    });
    name.push_str(".ics");
    name
}
