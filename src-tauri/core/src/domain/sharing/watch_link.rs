//! Watch links: short addresses of the door that play a recording for days or months, and that can be revoked one by one.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{LinkId, RecordingId};
use crate::domain::invalid::Invalid;
use crate::domain::schedule::start::Start;
use crate::domain::sharing::door_link::CodeHash;
use crate::domain::sharing::ledger::NOTE_MAX;
use crate::domain::sharing::rights::{AccessRule, Rights};

/// How many days a link works for which nobody chose a last day.
const USUAL_DAYS: u64 = 30;
/// The most days that a link works: two years, one of which may have a day more.
const DAYS_MAX: u64 = 731;
/// The fewest characters of a passphrase. The door lets nobody try more than a few in a minute.
const PASSPHRASE_MIN: usize = 8;
/// The most characters of a passphrase.
const PASSPHRASE_MAX: usize = 200;
/// The rounds in which the page derives the key of a passphrase (OWASP, “Password Storage Cheat Sheet”, for PBKDF2-HMAC-SHA256).
const ROUNDS: NonZeroU32 = match NonZeroU32::new(600_000) {
    Some(rounds) => rounds,
    None => NonZeroU32::MIN,
};
/// The bytes of a derived key.
const KEY_BYTES: usize = 32;
/// The bytes of a salt.
pub const SALT_BYTES: usize = 16;
/// A moment is told by its weekday for so long after it.
const BY_WEEKDAY: TimeDelta = TimeDelta::days(6);

/// What a person asks of a new watch link.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    /// The last day on which it works, in the zone of the recording; `None` for the usual time.
    pub until: Option<NaiveDate>,
    /// What it allows, from when, and for whom.
    pub rights: Rights,
    /// What viewers type before they watch; `None` for nothing.
    pub passphrase: Option<SecretString>,
    /// The second of the video at which it begins; `None` for the beginning.
    pub start_at: Option<u32>,
    /// For whom or what it is made; may be empty.
    pub note: String,
}

impl WatchOptions {
    /// Refuses rules that the door cannot check, a passphrase that is easily guessed, and a note that the ledger cannot hold.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.rights.rules.iter().any(|rule| matches!(rule, AccessRule::Address { .. })) {
            let message = "The watch page lets people in by country, not by address.";
            return Err(Invalid::one(
                "address",
                message,
                "Make a direct link for these addresses; it works for 24 hours.",
            ));
        }
        if self.rights.rules.iter().filter(|rule| matches!(rule, AccessRule::Country { .. })).count() > 1 {
            let message = "The watch page has one list of countries: those that may watch, or those that may not.";
            return Err(Invalid::one("country", message, "Name the countries in one of the two ways."));
        }
        if self.note.chars().count() > NOTE_MAX {
            let message = format!("The note has more than {NOTE_MAX} characters.");
            return Err(Invalid::one("note", message, "Write a shorter note."));
        }
        self.passphrase.as_ref().map_or(Ok(()), check_passphrase)
    }
}

fn check_passphrase(passphrase: &SecretString) -> Result<(), Invalid> {
    let text = passphrase.expose_secret();
    let refused = |message: &str, next| Err(Invalid::one("passphrase", message, next));
    if text.trim() != text {
        return refused("The passphrase begins or ends with a space.", "Leave that space out: nobody sees it.");
    }
    match text.nfkc().count() {
        ..PASSPHRASE_MIN => {
            refused("The passphrase is too short.", "Use at least 8 characters, for example three words.")
        }
        PASSPHRASE_MIN..=PASSPHRASE_MAX => Ok(()),
        _ => refused("The passphrase is too long.", "Use at most 200 characters."),
    }
}

/// Until when a new link works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The end.
    pub until: DateTime<Utc>,
    /// Whether that is when the video is deleted, which is earlier than it would end otherwise.
    pub is_shortened: bool,
}

impl Term {
    /// The term of a link whose last day is `day` in a zone, or that works for the usual time. A link never works longer than
    /// there is a video: a day after `deletion` is refused, and the usual time is shortened.
    pub fn new(
        day: Option<NaiveDate>,
        zone: Tz,
        deletion: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let refused = |message: String, next| Err(Invalid::one("until", message, next));
        let today = now.with_timezone(&zone).date_naive();
        let in_days = |days| today.checked_add_days(Days::new(days)).unwrap_or(today);
        let last = day.unwrap_or_else(|| in_days(USUAL_DAYS));
        if last < today {
            return refused(format!("{} is over.", shown(last)), "Choose a day that is to come.");
        }
        if last > in_days(DAYS_MAX) {
            let message = format!("A watch link works until {} at most, for two years.", shown(in_days(DAYS_MAX)));
            return refused(message, "Choose an earlier day.");
        }
        let (until, deleted_on) = (end_of(last, zone), deletion.map(|at| at.with_timezone(&zone).date_naive()));
        match (deletion, deleted_on) {
            (Some(_), Some(deleted_on)) if day.is_some() && last > deleted_on => refused(
                format!("The video is deleted on {}, so no link to it works longer.", shown(deleted_on)),
                "Choose that day or an earlier one, or keep the recording for longer first.",
            ),
            (Some(at), _) if at < until => Ok(Self { until: at, is_shortened: true }),
            _ => Ok(Self { until, is_shortened: false }),
        }
    }
}

/// The last second of a day in a zone.
fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    Start::derived(next, zone, None).instant().earlier(TimeDelta::seconds(1))
}

fn shown(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// What the door compares a passphrase with. The page derives a key from the passphrase (PBKDF2-HMAC-SHA256, RFC 8018).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseLock {
    /// The SHA-256 of the derived key.
    pub hash: CodeHash,
    /// The salt in base64url.
    pub salt: String,
    /// The number of rounds.
    pub rounds: u32,
}

impl PassphraseLock {
    /// The lock of a passphrase. It takes many rounds, so it is made on a thread for blocking work.
    #[must_use]
    pub fn new(passphrase: &SecretString, salt: [u8; SALT_BYTES]) -> Self {
        let salt = URL_SAFE_NO_PAD.encode(salt);
        Self { hash: CodeHash::of(&key_of(passphrase, &salt, ROUNDS)), salt, rounds: ROUNDS.get() }
    }
}

/// The key of a passphrase in base64url, as `keyOf` in `ui/join/watch-link.js` derives it.
fn key_of(passphrase: &SecretString, salt: &str, rounds: NonZeroU32) -> SecretString {
    // The same letters are typed in two ways on two keyboards.
    let typed = SecretString::from(passphrase.expose_secret().nfkc().collect::<String>());
    let mut key = [0; KEY_BYTES];
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, rounds, salt.as_bytes(), typed.expose_secret().as_bytes(), &mut key);
    SecretString::from(URL_SAFE_NO_PAD.encode(key))
}

/// A watch link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchLink {
    /// Its id, also in the ledger.
    pub id: LinkId,
    /// The hash of its code.
    pub hash: CodeHash,
    /// The recording that it plays.
    pub recording: RecordingId,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// What it allows, from when, and for whom. It names no addresses, only countries.
    pub rights: Rights,
    /// The second at which the video begins.
    pub start: u32,
    /// The lock of a link with a passphrase.
    pub passphrase: Option<PassphraseLock>,
    /// For whom or what it was made, in the words of whoever made it; empty for none.
    pub note: String,
    /// When it was revoked; `None` while it lives.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it was played.
    pub plays: u32,
    /// When it was played last.
    pub played_at: Option<DateTime<Utc>>,
}

/// What a watch link does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchState {
    /// It plays the recording.
    Works,
    /// It begins to work later.
    Early,
    /// The door does not know it yet.
    Waits,
    /// It has ended, or the video is gone.
    Ended,
    /// It was revoked.
    Revoked,
}

impl WatchState {
    /// The word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Early => "early",
            Self::Waits => "waits",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }
}

impl WatchLink {
    /// When it ends, where its video is deleted at `deletion`.
    #[must_use]
    pub fn ends(&self, deletion: Option<DateTime<Utc>>) -> DateTime<Utc> {
        deletion.map_or(self.until, |deletion| deletion.min(self.until))
    }

    /// What it does, where it ends at `ends`. `is_known` says whether the door knows it as it is.
    #[must_use]
    pub fn state(&self, ends: DateTime<Utc>, is_known: bool, now: DateTime<Utc>) -> WatchState {
        if self.revoked_at.is_some() {
            WatchState::Revoked
        } else if ends <= now {
            WatchState::Ended
        } else if !is_known {
            WatchState::Waits
        } else if self.rights.not_before.is_some_and(|begins| begins > now) {
            WatchState::Early
        } else {
            WatchState::Works
        }
    }

    /// How often it was watched, and when last, as in “watched twice, last Tue 20:14”; `None` where nobody watched.
    #[must_use]
    pub fn watched(&self, zone: Tz, now: DateTime<Utc>) -> Option<String> {
        let last = short_moment(self.played_at?, zone, now);
        Some(match self.plays {
            0 | 1 => format!("watched once, {last}"),
            2 => format!("watched twice, last {last}"),
            times => format!("watched {times} times, last {last}"),
        })
    }
}

/// A moment in a zone, in few words: the weekday for what was lately, else the date.
fn short_moment(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let format = if (now.earlier(BY_WEEKDAY)..=now).contains(&at) { "%a %H:%M" } else { "%-d %b %Y, %H:%M" };
    at.with_timezone(&zone).format(format).to_string()
}

/// The end of a link in a zone, in few words: the day where it is the end of one, else with the time.
#[must_use]
pub fn end_in_words(until: DateTime<Utc>, zone: Tz) -> String {
    let here = until.with_timezone(&zone);
    let format = if end_of(here.date_naive(), zone) == until { "%-d %b %Y" } else { "%-d %b %Y, %H:%M" };
    here.format(format).to_string()
}

/// One time that a recording was played by a watch link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Play {
    /// When.
    pub at: DateTime<Utc>,
    /// The country, as two letters (ISO 3166-1); `None` where Cloudflare does not know.
    pub country: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn term(day: Option<&str>, deletion: Option<&str>) -> Result<Term, Invalid> {
        let day = day.map(|day| day.parse().unwrap());
        Term::new(day, ZONE, deletion.map(at), at("2026-12-01T23:30:00Z"))
    }

    #[test]
    fn a_link_works_to_the_end_of_its_last_day_where_the_class_was_held() {
        let chosen = term(Some("2027-03-28"), None).unwrap();
        assert_eq!(chosen, Term { until: at("2027-03-28T21:59:59Z"), is_shortened: false });
        assert_eq!(end_in_words(chosen.until, ZONE), "28 Mar 2027");
        // It is the 2nd of December in Berlin.
        assert_eq!(term(None, None).unwrap().until, at("2027-01-01T22:59:59Z"));
        assert!(term(Some("2026-12-02"), None).is_ok());
        assert!(term(Some("2026-12-01"), None).unwrap_err().to_string().contains("1 Dec 2026 is over"));
        assert!(term(Some("2028-12-02"), None).is_ok());
        assert!(term(Some("2028-12-03"), None).unwrap_err().to_string().contains("2 Dec 2028 at most"));
    }

    #[test]
    fn no_link_works_after_its_video_is_deleted() {
        let deletion = Some("2026-12-20T09:15:00Z");
        let refused = term(Some("2026-12-21"), deletion).unwrap_err();
        assert!(refused.to_string().contains("deleted on 20 Dec 2026"), "{refused}");
        for day in [None, Some("2026-12-20")] {
            let shortened = term(day, deletion).unwrap();
            assert_eq!(shortened, Term { until: at("2026-12-20T09:15:00Z"), is_shortened: true });
            assert_eq!(end_in_words(shortened.until, ZONE), "20 Dec 2026, 10:15");
        }
        assert!(!term(Some("2026-12-19"), deletion).unwrap().is_shortened);
    }

    #[test]
    fn the_key_of_a_passphrase_is_the_one_that_the_page_derives() {
        let two = NonZeroU32::new(2).unwrap();
        // The second of the vectors of RFC 6070, computed with SHA-256, as in ui/join/watch.test.js.
        let expected = "rk0Mla9rRtMtCt_5KPBt0CowP47zwlHf1uLYWpVHTEM";
        assert_eq!(key_of(&"password".into(), "salt", two).expose_secret(), expected);
        let typed = |text: &str| key_of(&text.into(), "s", two).expose_secret().to_owned();
        assert_eq!(typed("cafe\u{301}"), typed("caf\u{e9}"));
        let lock = PassphraseLock::new(&"correct horse".into(), [7; SALT_BYTES]);
        assert_eq!((lock.rounds, lock.salt.len()), (600_000, 22));
        assert_eq!(lock.hash, CodeHash::of(&key_of(&"correct horse".into(), &lock.salt, ROUNDS)));
    }

    #[test]
    fn what_the_door_cannot_hold_is_refused_with_what_to_do() {
        let refused = |options: WatchOptions| options.check().unwrap_err().to_string();
        let passphrase = |text: &str| WatchOptions { passphrase: Some(text.into()), ..WatchOptions::default() };
        assert!(refused(passphrase("seven77")).contains("too short"));
        assert!(refused(passphrase("eight888 ")).contains("space"));
        assert!(refused(passphrase(&"x".repeat(201))).contains("too long"));
        assert!(passphrase("eight888").check().is_ok());
        let rights = Rights::to_watch(false).only_from(&[], &["203.0.113.0/24".into()]).unwrap();
        assert!(refused(WatchOptions { rights, ..WatchOptions::default() }).contains("not by address"));
        assert!(refused(WatchOptions { note: "n".repeat(201), ..WatchOptions::default() }).contains("200 characters"));
    }

    #[test]
    fn the_state_of_a_link_and_its_plays_are_told_in_words() {
        let now = at("2026-12-04T12:00:00Z");
        let link = WatchLink {
            id: LinkId::new(),
            hash: CodeHash::of(&"code".into()),
            recording: RecordingId::new(),
            made_at: at("2026-12-01T12:00:00Z"),
            until: at("2027-01-01T12:00:00Z"),
            rights: Rights { not_before: Some(at("2026-12-05T12:00:00Z")), ..Rights::default() },
            start: 0,
            passphrase: None,
            note: String::new(),
            revoked_at: None,
            plays: 2,
            played_at: Some(at("2026-12-01T19:14:00Z")),
        };
        let state = |link: &WatchLink, is_known, now| link.state(link.ends(None), is_known, now);
        assert_eq!(state(&link, true, now), WatchState::Early);
        assert_eq!(state(&link, false, now), WatchState::Waits);
        assert_eq!(state(&link, true, at("2026-12-05T12:00:00Z")), WatchState::Works);
        assert_eq!(state(&link, true, at("2027-01-01T12:00:00Z")), WatchState::Ended);
        assert_eq!(link.state(link.ends(Some(now)), true, now), WatchState::Ended);
        let revoked = WatchLink { revoked_at: Some(now), ..link.clone() };
        assert_eq!(state(&revoked, false, now), WatchState::Revoked);
        assert_eq!(link.watched(ZONE, now).as_deref(), Some("watched twice, last Tue 20:14"));
        let often = WatchLink { plays: 3, ..link.clone() };
        let later = often.watched(ZONE, at("2026-12-20T12:00:00Z"));
        assert_eq!(later.as_deref(), Some("watched 3 times, last 1 Dec 2026, 20:14"));
        assert_eq!(WatchLink { played_at: None, ..link }.watched(ZONE, now), None);
    }
}
