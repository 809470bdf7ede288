//! A feed: a calendar of another program that is read again from its address.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::domain::address::names_this_computer;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::CalendarId;
use crate::domain::invalid::Invalid;
use crate::domain::schedule::calendar::event::duration;
use crate::domain::schedule::calendar::import::Import;
use crate::domain::schedule::calendar::lines::{Component, Line};

/// The shortest time between two questions.
pub const PACE_MIN: TimeDelta = TimeDelta::minutes(15);
/// The longest time between two questions, also after failures.
pub const PACE_MAX: TimeDelta = TimeDelta::hours(24);
/// The time between two questions where the calendar names none.
pub const PACE_DEFAULT: TimeDelta = TimeDelta::hours(1);
/// The most feeds of a desk.
pub const FEEDS_MAX: usize = 50;
/// The longest address, in bytes.
const ADDRESS_MAX: usize = 2_000;
/// The length from which a part of a path with digits in it counts as a secret.
const SECRET_MIN: usize = 16;

/// The address of a feed. Whoever has it may be able to read the calendar, so it never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedAddress(Url);

impl fmt::Debug for FeedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FeedAddress({})", self.shown())
    }
}

impl FeedAddress {
    /// Reads the address that a person typed or pasted. `webcal` means `https`; `http` is for this computer alone.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let refused = |message: &str, next| Err(Invalid::one("address", message, next));
        let text = text.trim();
        let next = "Copy the address of the calendar from the other program: it begins with https:// or webcal://.";
        if text.is_empty() || text.len() > ADDRESS_MAX {
            return refused("This is not the address of a calendar.", next);
        }
        let lower = text.to_ascii_lowercase();
        let rest = ["webcal://", "webcals://"].iter().find_map(|scheme| lower.strip_prefix(scheme));
        let written = rest.and_then(|rest| text.get(text.len().saturating_sub(rest.len())..));
        let written = written.map_or_else(|| text.to_owned(), |rest| format!("https://{rest}"));
        let Ok(mut url) = written.parse::<Url>() else {
            return refused("This is not the address of a calendar.", next);
        };
        url.set_fragment(None);
        if url.host_str().is_none_or(str::is_empty) {
            return refused("This is not the address of a calendar.", next);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if names_this_computer(&url) => Ok(Self(url)),
            "http" => refused(
                "The address begins with http://, so everybody on the way could read and change the calendar.",
                "Try the same address with https://.",
            ),
            _ => refused("This is not the address of a calendar.", next),
        }
    }

    /// The address for the request and the keyring.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The name of the host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns whether a part of the address may be a secret: a name or password, a query, or a long part of the path.
    #[must_use]
    pub fn may_hold_a_secret(&self) -> bool {
        let is_long = |part: &str| part.len() >= SECRET_MIN && part.bytes().any(|byte| byte.is_ascii_digit());
        let in_path = self.0.path_segments().is_some_and(|mut parts| parts.any(is_long));
        !self.0.username().is_empty() || self.0.password().is_some() || self.0.query().is_some() || in_path
    }

    /// Returns whether the address is one of this computer without a secret, so that it may be read by everybody.
    #[must_use]
    pub fn is_of_this_computer(&self) -> bool {
        self.0.scheme() == "http" && !self.may_hold_a_secret()
    }

    /// The address as people see it. Any part of it may be what keeps it private, so only the host is shown.
    #[must_use]
    pub fn shown(&self) -> String {
        if !self.is_of_this_computer() {
            let port = self.0.port().map_or_else(String::new, |port| format!(":{port}"));
            return format!("{}://{}{port}/…", self.0.scheme(), self.host());
        }
        self.0.to_string()
    }
}

/// Why the last question had no answer that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, as a sentence.
    pub message: String,
    /// The next step, as a sentence.
    pub next: String,
}

/// What the last reading that changed something did, in events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// New classes and series.
    pub new: u32,
    /// Changed ones.
    pub changed: u32,
    /// Those that the calendar no longer has.
    pub gone: u32,
    /// Those that were changed here and there, which stay as they are here.
    pub changed_here: u32,
    /// Events that no class is made of.
    pub refused: u32,
}

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The calendar that its events belong to.
    pub calendar: CalendarId,
    /// The name that people at this desk gave the feed.
    pub name: String,
    /// The address as people see it.
    pub shown: String,
    /// The zone of times without one.
    pub timezone: String,
    /// Who teaches its classes; `None` for the instructor of the settings, or the organiser of each event.
    pub instructor: Option<String>,
    /// What identifies the last answer, for the next question.
    pub version: Version,
    /// The time between two questions.
    pub pace: TimeDelta,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When it was last asked.
    pub asked_at: DateTime<Utc>,
    /// When it was last read whole.
    pub good_at: DateTime<Utc>,
    /// When it is asked next.
    pub due_at: DateTime<Utc>,
    /// The failures since then.
    pub failures: u32,
    /// Why the last question failed.
    pub trouble: Option<Trouble>,
    /// What the last reading found.
    pub counts: Counts,
}

/// A feed after it was asked, and what the answer changed; `None` where nothing changed or no answer could be used.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The feed.
    pub feed: Feed,
    /// What the import did.
    pub import: Option<Import>,
}

/// What a server said to identify an answer (RFC 9110 §8.8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Feed {
    /// The feed after it was read, or after its server said that nothing changed (`counts` is `None`).
    #[must_use]
    pub fn read(self, pace: Option<TimeDelta>, version: Version, counts: Option<Counts>, now: DateTime<Utc>) -> Self {
        let pace = pace.unwrap_or(self.pace);
        Self {
            version,
            pace,
            asked_at: now,
            good_at: now,
            due_at: now.later(pace),
            failures: 0,
            trouble: None,
            counts: counts.unwrap_or(self.counts),
            ..self
        }
    }

    /// The feed after a question without an answer that could be used. It is asked again later each time, and not before the
    /// server wishes.
    #[must_use]
    pub fn failed(self, trouble: Trouble, asked_for: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        let failures = self.failures.saturating_add(1);
        let doublings = failures.saturating_sub(1).min(8);
        let wait = PACE_MIN.checked_mul(2_i32.saturating_pow(doublings)).unwrap_or(PACE_MAX);
        let wait = wait.max(asked_for.unwrap_or_default()).min(PACE_MAX);
        Self { asked_at: now, due_at: now.later(wait), failures, trouble: Some(trouble), ..self }
    }
}

/// Returns how often a calendar wishes to be read, within the bounds; `None` where it does not say.
#[must_use]
pub fn pace(calendar: &Component) -> Option<TimeDelta> {
    let wish = |name: &str| calendar.line(name).map(Line::value).and_then(duration);
    let wish = wish("REFRESH-INTERVAL").or_else(|| wish("X-PUBLISHED-TTL"))?;
    Some(wish.clamp(PACE_MIN, PACE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_computer_and_shows_no_secret() {
        for (text, url, shown) in [
            (" webcal://example.org/a.ics ", "https://example.org/a.ics", "https://example.org/…"),
            ("WEBCAL://example.org/Team.ics", "https://example.org/Team.ics", "https://example.org/…"),
            ("http://localhost:9/a.ics", "http://localhost:9/a.ics", "http://localhost:9/a.ics"),
            ("https://example.org/a.ics?key=1", "https://example.org/a.ics?key=1", "https://example.org/…"),
            ("https://me:pw@example.org/a.ics", "https://me:pw@example.org/a.ics", "https://example.org/…"),
            (
                "https://example.org/private-0123456789abcdef/basic.ics#x",
                "https://example.org/private-0123456789abcdef/basic.ics",
                "https://example.org/…",
            ),
        ] {
            let read = FeedAddress::read(text).unwrap();
            assert_eq!((read.url().as_str(), read.shown().as_str()), (url, shown));
            assert!(!format!("{read:?}").contains("pw"), "{read:?}");
        }
        for text in ["", "http://example.org/a.ics", "file:///etc/passwd", "example", "https://", &"a".repeat(3_000)] {
            assert!(FeedAddress::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_calendar_says_how_often_it_is_read_within_bounds() {
        let pace = |line: &str| {
            let calendar = Component::from_text(&format!("BEGIN:VCALENDAR\n{line}\nEND:VCALENDAR")).unwrap();
            super::pace(&calendar).map(|pace| pace.num_minutes())
        };
        assert_eq!(pace("REFRESH-INTERVAL;VALUE=DURATION:PT2H"), Some(120));
        assert_eq!(pace("X-PUBLISHED-TTL:PT1M"), Some(15));
        assert_eq!(pace("X-PUBLISHED-TTL:P9W"), Some(24 * 60));
        assert_eq!(pace("X-PUBLISHED-TTL:often"), None);
    }
}
