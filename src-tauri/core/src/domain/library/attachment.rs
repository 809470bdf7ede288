//! Ranks the videos and RealtimeKit recordings that may be the recording of a session. Nothing in this module does I/O.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{IdError, RealtimeKitRecordingId, VideoId};
use crate::domain::schedule::session::Session;
use crate::domain::text::one_line;

/// Characters of a name that are shown at most.
const NAME_MAX: usize = 120;
/// The similarity of a name and the session's title, in percent, from which the reason mentions it.
const MIN_NAME_SIMILARITY_PERCENT: usize = 50;

/// A video or RealtimeKit recording that can be attached to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachTo {
    /// A video in Stream.
    Video(VideoId),
    /// A recording at RealtimeKit, which is imported into Stream.
    RealtimeKitRecording(RealtimeKitRecordingId),
}

impl AttachTo {
    /// Finds the id in a pasted text: an id alone, or an address from the Cloudflare dashboard.
    pub fn pasted(text: &str) -> Result<Self, IdError> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        // Searched from the end: in an address the account's id comes first, and it looks like a video's id.
        let named = words.rev().find_map(|word| {
            let is_uuid = word.len() == 36 && uuid::Uuid::parse_str(word).is_ok();
            if is_uuid { word.parse().ok().map(Self::RealtimeKitRecording) } else { word.parse().ok().map(Self::Video) }
        });
        named.ok_or_else(|| IdError {
            value: text.trim().chars().take(64).collect(),
            expected: "the id of a Stream video or of a RealtimeKit recording",
        })
    }
}

/// A video or RealtimeKit recording that may be the recording of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The kind and the id.
    pub what: AttachTo,
    /// Its name at Cloudflare on one line, if it has one.
    pub name: Option<String>,
    /// The moment at which it was made.
    pub made_at: DateTime<Utc>,
    /// Its length, if Cloudflare reports one.
    pub length: Option<TimeDelta>,
    /// Its size in bytes, if Cloudflare reports one.
    pub size: Option<u64>,
    /// True if the candidate was made in the session's room.
    pub same_room: bool,
}

/// The title and the time of a session, with which candidates are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionTime {
    /// The title of the session.
    pub title: String,
    /// The moment when the room opened; before that, the planned start.
    pub begin: DateTime<Utc>,
    /// The moment when the session ended; before that, the planned end.
    pub end: DateTime<Utc>,
}

impl From<&Session> for SessionTime {
    fn from(session: &Session) -> Self {
        let begin = session.state.room().map_or(session.plan.start.instant(), |room| room.opened_at);
        let end = session.state.ended_at().unwrap_or(begin.later(session.plan.length));
        Self { title: session.plan.title.clone(), begin, end: end.max(begin) }
    }
}

/// The time between a session and a candidate in coarse steps. Within one step, the similarity of the names decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Apart {
    Together,
    Hour,
    Day,
    Days(i64),
}

impl SessionTime {
    /// Sorts the likeliest candidate first: one made in the session's room, then one near in time, then one with a
    /// similar name.
    pub fn rank(&self, candidates: &mut [Candidate]) {
        candidates.sort_by_cached_key(|candidate| {
            let gap = self.gap(candidate.made_at);
            let alike = Reverse(alike(&self.title, candidate.name.as_deref().unwrap_or_default()));
            (Reverse(candidate.same_room), Apart::of(gap), alike, gap, candidate.made_at)
        });
    }

    /// Returns one sentence that says why a candidate may be the recording of this session.
    #[must_use]
    pub fn reason(&self, candidate: &Candidate) -> String {
        let when = match candidate.what {
            AttachTo::Video(_) => self.arrival(candidate.made_at),
            AttachTo::RealtimeKitRecording(_) => self.beginning(candidate.made_at),
        };
        let mut reason = if candidate.same_room { format!("Made in this session’s room; {when}") } else { when };
        if alike(&self.title, candidate.name.as_deref().unwrap_or_default()) >= MIN_NAME_SIMILARITY_PERCENT {
            reason.push_str("; its name is like the title of the class");
        }
        reason.push('.');
        let mut letters = reason.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// Returns the time between `at` and the session; zero for a moment within the session.
    fn gap(&self, at: DateTime<Utc>) -> TimeDelta {
        self.begin.since(at).max(at.since(self.end)).max(TimeDelta::zero())
    }

    fn arrival(&self, at: DateTime<Utc>) -> String {
        if at < self.begin {
            format!("came to Stream {} before the class", span(self.begin.since(at)))
        } else if at <= self.end {
            "came to Stream during the class".to_owned()
        } else {
            format!("came to Stream {} after the class", span(at.since(self.end)))
        }
    }

    fn beginning(&self, at: DateTime<Utc>) -> String {
        if at.since(self.begin).abs() < TimeDelta::minutes(1) {
            "starts with the class".to_owned()
        } else if at < self.begin {
            format!("starts {} before the class", span(self.begin.since(at)))
        } else if at <= self.end {
            format!("starts {} after the class began", span(at.since(self.begin)))
        } else {
            format!("starts {} after the class ended", span(at.since(self.end)))
        }
    }
}

impl Apart {
    fn of(gap: TimeDelta) -> Self {
        match gap {
            gap if gap <= TimeDelta::minutes(15) => Self::Together,
            gap if gap <= TimeDelta::hours(1) => Self::Hour,
            gap if gap <= TimeDelta::days(1) => Self::Day,
            gap => Self::Days(gap.num_days()),
        }
    }
}

fn span(time: TimeDelta) -> String {
    let (count, unit) = if time < TimeDelta::hours(1) {
        (time.num_minutes().max(1), "minute")
    } else if time < TimeDelta::days(2) {
        (time.num_hours(), "hour")
    } else {
        (time.num_days(), "day")
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Returns the similarity of two names in percent: the share of their words that both names have.
fn alike(one: &str, other: &str) -> usize {
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1);
        words.take(60).map(str::to_lowercase).collect()
    };
    let (one, other) = (words(one), words(other));
    let all = one.len().saturating_add(other.len());
    one.intersection(&other).count().saturating_mul(200).checked_div(all).unwrap_or(0)
}

/// Cleans a name from the network for showing: one line, at most 120 characters, nothing invisible. Returns `None`
/// where nothing is left.
#[must_use]
pub fn shown_name(name: &str) -> Option<String> {
    visible_line(name, NAME_MAX)
}

/// Returns at most `longest` characters of a text, on one line and without invisible ones; `None` where nothing is
/// left.
#[must_use]
pub fn visible_line(text: &str, longest: usize) -> Option<String> {
    let line = one_line(&text.chars().take(longest.saturating_mul(4)).collect::<String>());
    let short: String = line.chars().take(longest).collect();
    (!short.is_empty()).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class() -> SessionTime {
        let begin: DateTime<Utc> = "2026-03-20T18:00:00Z".parse().unwrap();
        SessionTime { title: "Karate fundamentals".into(), begin, end: begin + TimeDelta::hours(1) }
    }

    fn video(minutes: i64, name: &str) -> Candidate {
        Candidate {
            what: AttachTo::Video(format!("{:032x}", minutes.unsigned_abs()).parse().unwrap()),
            name: shown_name(name),
            made_at: class().begin + TimeDelta::minutes(minutes),
            length: None,
            size: None,
            same_room: false,
        }
    }

    fn recording(minutes: i64) -> Candidate {
        let id = "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c".parse().unwrap();
        Candidate { what: AttachTo::RealtimeKitRecording(id), ..video(minutes, "") }
    }

    #[test]
    fn candidates_are_ranked_by_room_then_time_then_name() {
        let in_room = Candidate { same_room: true, ..video(3 * 24 * 60, "other") };
        let mut all = vec![
            video(4 * 24 * 60, "Karate fundamentals"),
            video(62, "IMG 2034"),
            video(63, "karate FUNDAMENTALS (phone)"),
            in_room.clone(),
            video(100, "Judo"),
        ];
        let expected = [&in_room, &all[2], &all[1], &all[4], &all[0]].map(Clone::clone);
        class().rank(&mut all);
        assert_eq!(all, expected);
    }

    #[test]
    fn a_reason_is_a_sentence_about_the_room_the_time_and_the_name() {
        let class = class();
        let said = |candidate: Candidate| class.reason(&candidate);
        assert_eq!(said(recording(0)), "Starts with the class.");
        assert_eq!(said(recording(3)), "Starts 3 minutes after the class began.");
        assert_eq!(said(recording(-1)), "Starts 1 minute before the class.");
        assert_eq!(
            said(Candidate { same_room: true, ..recording(0) }),
            "Made in this session’s room; starts with the class."
        );
        assert_eq!(said(video(30, "x")), "Came to Stream during the class.");
        assert_eq!(
            said(video(60 + 125, "Fundamentals, Karate")),
            "Came to Stream 2 hours after the class; its name is like the title of the class."
        );
        assert_eq!(said(video(60 + 3 * 24 * 60, "x")), "Came to Stream 3 days after the class.");
    }

    #[test]
    fn shown_name_returns_one_line_of_at_most_120_characters_or_none() {
        assert_eq!(shown_name(" a\n\u{1b}[31mb\u{202e}c ").as_deref(), Some("a [31mbc"));
        assert_eq!(shown_name(&"é".repeat(500)).unwrap().chars().count(), NAME_MAX);
        assert_eq!(shown_name("\u{202e}\t"), None);
    }

    #[test]
    fn the_id_is_found_in_pasted_ids_and_addresses() {
        let video = AttachTo::Video("ea95132c15732412d22c1476fa83f27a".parse().unwrap());
        for text in [
            " ea95132c15732412d22c1476fa83f27a\n",
            "https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/stream/videos/ea95132c15732412d22c1476fa83f27a",
            "https://customer-f33z.cloudflarestream.com/ea95132c15732412d22c1476fa83f27a/watch",
        ] {
            assert_eq!(AttachTo::pasted(text), Ok(video.clone()), "{text}");
        }
        let uuid = "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c";
        assert_eq!(AttachTo::pasted(uuid), Ok(AttachTo::RealtimeKitRecording(uuid.parse().unwrap())));
        for text in ["", "video", "../../x", "ea95132c"] {
            assert!(AttachTo::pasted(text).is_err(), "{text}");
        }
    }
}
