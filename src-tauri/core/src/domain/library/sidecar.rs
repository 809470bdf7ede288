//! What an archive keeps beside a video: a JSON file with everything that is known of the recording, from which its entry
//! in the library can be made again.
//!
//! The file may come from anywhere when it is read, so every text is bounded and cleaned there.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bounds::{Moved as _, length_of_millis, moment_of_millis, nearest_length};
use crate::domain::ids::{MeetingId, PersonId, RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::library::captions::FILE_MAX_BYTES;
use crate::domain::recorder::session_text::{ChatLine, LINES_MAX, Language, TranscriptLine};
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::limits::{LENGTH_MAX, ROSTER_MAX};
use crate::domain::schedule::person::{Person, Role, readable_name};
use crate::domain::text::one_line;

/// The first member of every file. A later number means that this Hajime cannot read it.
pub const FORMAT: &str = "hajime-archive 1";
/// The largest file that is read, in bytes.
pub const BYTES_MAX: u64 = 64 << 20;
/// The ending of the file's name, behind the name of the video without its own.
pub const ENDING: &str = "json";
/// The most characters of a line of a chat or a transcript, and of a name.
const LINE_MAX: usize = 10_000;
const NAME_MAX: usize = 200;
/// The most languages of captions.
const LANGUAGES_MAX: usize = 50;

/// Everything that is known of an archived recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    /// [`FORMAT`].
    pub format: String,
    /// When the recording was archived.
    pub archived_at: DateTime<Utc>,
    /// The video's file beside this one.
    pub file: ArchivedFile,
    /// The recording.
    pub recording: ArchivedRecording,
    /// The class that was recorded.
    pub class: ArchivedClass,
    /// Who was there, and who was expected.
    #[serde(default)]
    pub people: Vec<ArchivedPerson>,
    /// The chat of the class.
    #[serde(default)]
    pub chat: Vec<ArchivedMessage>,
    /// What was said.
    #[serde(default)]
    pub transcript: Option<ArchivedTranscript>,
    /// The captions of the video.
    #[serde(default)]
    pub captions: Vec<ArchivedCaptions>,
}

/// The video's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedFile {
    /// Its name, in the same folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// The recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedRecording {
    /// Hajime's id.
    pub id: RecordingId,
    /// Its title.
    pub title: String,
    /// Its notes.
    #[serde(default)]
    pub notes: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The length of the video.
    pub length_seconds: Option<i64>,
    /// The id of the video at Stream.
    pub video: Option<VideoId>,
    /// The id at RealtimeKit.
    pub realtimekit_recording: Option<RealtimeKitRecordingId>,
}

/// The class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedClass {
    /// Hajime's id.
    pub id: SessionId,
    /// Its title.
    pub title: String,
    /// The instructor; empty if nobody knows.
    #[serde(default)]
    pub instructor: String,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Its time zone (IANA).
    pub timezone: String,
    /// The RealtimeKit meeting that it was held in.
    pub room: Option<MeetingId>,
}

/// Somebody who was there or was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedPerson {
    /// The id on the roster; `None` for somebody who came in without being on it.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// The name.
    pub name: String,
    /// The address on the roster.
    pub email: Option<String>,
    /// The role, such as `participant`.
    pub role: String,
    /// When they first joined; `None` if they were not seen.
    pub joined_at: Option<DateTime<Utc>>,
    /// When they left for the last time.
    pub left_at: Option<DateTime<Utc>>,
    /// How long they were there.
    pub present_seconds: Option<i64>,
}

/// A line of the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedMessage {
    /// When it was written.
    pub at: Option<DateTime<Utc>>,
    /// Who wrote it.
    #[serde(default)]
    pub name: String,
    /// What they wrote.
    pub text: String,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedTranscript {
    /// Who made the transcript: `realtimekit` or `captions`.
    pub source: String,
    /// The lines.
    pub lines: Vec<ArchivedLine>,
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedLine {
    /// When the line begins, in milliseconds from the beginning of the video.
    pub start_ms: i64,
    /// When it ends, in milliseconds.
    pub end_ms: i64,
    /// Who said it.
    #[serde(default)]
    pub name: String,
    /// What was said.
    pub text: String,
}

/// The captions of the video in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedCaptions {
    /// The language, as a BCP 47 tag.
    pub language: String,
    /// Whether Stream made them and nobody changed them.
    #[serde(default)]
    pub generated: bool,
    /// The captions as `WebVTT`.
    pub vtt: String,
}

/// The reason why a file is not what an archive keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is larger than such a file can be.
    TooLarge,
    /// It is no file of an archive, or it is damaged.
    NotOurs,
    /// A later version of Hajime wrote it.
    Later,
    /// It names a file in another folder.
    ForeignFile,
}

impl Unreadable {
    /// A sentence that follows the name of the file, and the next step.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::TooLarge => ("is too large to be a file of an archive", "Choose another file."),
            Self::NotOurs => ("is no file of an archive of Hajime, or is damaged", "Choose another file."),
            Self::Later => ("was written by a later version of Hajime", "Update Hajime, then import it."),
            Self::ForeignFile => ("names a video outside of its folder", "Choose another file; nothing was read."),
        }
    }
}

impl Sidecar {
    /// Writes the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file. Its texts are bounded and hold nothing invisible.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        if u64::try_from(bytes.len()).is_ok_and(|length| length > BYTES_MAX) {
            return Err(Unreadable::TooLarge);
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| Unreadable::NotOurs)?;
        if head.format != FORMAT {
            return Err(if head.format.starts_with("hajime-archive ") {
                Unreadable::Later
            } else {
                Unreadable::NotOurs
            });
        }
        let mut sidecar: Self = serde_json::from_slice(bytes).map_err(|_| Unreadable::NotOurs)?;
        let name = &sidecar.file.name;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0', ':']) {
            return Err(Unreadable::ForeignFile);
        }
        let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_digest(&sidecar.file.sha256) {
            return Err(Unreadable::NotOurs);
        }
        sidecar.file.sha256.make_ascii_lowercase();
        let in_range = |at: DateTime<Utc>| moment_of_millis(at.timestamp_millis()).is_some();
        if ![sidecar.recording.recorded_at, sidecar.class.began, sidecar.class.ended].into_iter().all(in_range) {
            return Err(Unreadable::NotOurs);
        }
        sidecar.class.ended = sidecar.class.ended.max(sidecar.class.began);
        let name = |text: &str| one_line(text).chars().take(NAME_MAX).collect::<String>();
        sidecar.recording.title = name(&sidecar.recording.title);
        sidecar.class.title = name(&sidecar.class.title);
        sidecar.class.instructor = name(&sidecar.class.instructor);
        sidecar.chat.truncate(LINES_MAX);
        sidecar.people.truncate(ROSTER_MAX);
        sidecar.captions.retain(|captions| captions.vtt.len() <= FILE_MAX_BYTES);
        sidecar.captions.truncate(LANGUAGES_MAX);
        if let Some(transcript) = &mut sidecar.transcript {
            transcript.lines.truncate(LINES_MAX);
        }
        Ok(sidecar)
    }

    /// Returns the length of the video; `None` where nobody knows it, or where no video is so long.
    #[must_use]
    pub fn length(&self) -> Option<TimeDelta> {
        length_of_millis(self.recording.length_seconds?.checked_mul(1_000)?)
    }

    /// Returns the time zone of the class; UTC if this computer does not know it.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.class.timezone.parse().unwrap_or(chrono_tz::UTC)
    }

    /// Returns the people as a roster, each with when they were there. `strangers` says whether those who were on no roster
    /// are among them. Nobody is on it twice.
    #[must_use]
    pub fn roster(&self, strangers: bool) -> Vec<(Person, Option<Attendance>)> {
        let mut roster: Vec<(Person, Option<Attendance>)> = Vec::new();
        for archived in &self.people {
            // Files of earlier versions do not tell who was on the roster.
            let is_listed = archived.person.is_some() || archived.email.is_some() || archived.joined_at.is_none();
            let Some(person) = archived.to_person().filter(|_| is_listed || strangers) else { continue };
            let is_there =
                |(known, _): &(Person, _)| known.id == person.id || (is_listed && known.key() == person.key());
            if !roster.iter().any(is_there) {
                roster.push((person, archived.attendance()));
            }
        }
        roster
    }

    /// Returns the captions whose language can be read, one for each: the language, whether Stream made them, and the file.
    #[must_use]
    pub fn captions_by_language(&self) -> Vec<(Language, bool, &str)> {
        let mut all: Vec<(Language, bool, &str)> = Vec::new();
        for captions in &self.captions {
            if let Ok(language) = captions.language.parse::<Language>()
                && !all.iter().any(|(known, ..)| *known == language)
            {
                all.push((language, captions.generated, &captions.vtt));
            }
        }
        all
    }

    /// Returns the chat as the database holds it.
    #[must_use]
    pub fn chat_lines(&self) -> Vec<ChatLine> {
        let lines = self.chat.iter().map(|line| ChatLine {
            at: line.at.and_then(|at| moment_of_millis(at.timestamp_millis())),
            name: one_line(&line.name).chars().take(NAME_MAX).collect(),
            text: cleaned(&line.text),
        });
        lines.collect()
    }

    /// Returns the transcript as the database holds it.
    #[must_use]
    pub fn transcript_lines(&self) -> Vec<TranscriptLine> {
        let lines = self.transcript.iter().flat_map(|transcript| &transcript.lines).map(|line| TranscriptLine {
            start_ms: nearest_length(line.start_ms).num_milliseconds(),
            end_ms: nearest_length(line.end_ms.max(line.start_ms)).num_milliseconds(),
            name: one_line(&line.name).chars().take(NAME_MAX).collect(),
            text: cleaned(&line.text),
        });
        lines.collect()
    }
}

impl ArchivedPerson {
    /// The person as a roster holds them; `None` where nothing of the name can be seen. An address that cannot be read is left
    /// out.
    fn to_person(&self) -> Option<Person> {
        let name = readable_name(&self.name)?;
        let role = Role::ALL.into_iter().find(|role| role.name() == self.role).unwrap_or_default();
        let email = self.email.as_ref().and_then(|email| email.parse().ok());
        Some(Person { id: self.person.unwrap_or_default(), name, email, role })
    }

    /// When they were there; `None` where nobody saw them, or where no moment of the file can be one.
    fn attendance(&self) -> Option<Attendance> {
        let moment = |at: DateTime<Utc>| moment_of_millis(at.timestamp_millis());
        let joined_at = moment(self.joined_at?)?;
        let left_at = self.left_at.and_then(moment).filter(|left_at| *left_at >= joined_at);
        let longest = left_at.map_or(LENGTH_MAX, |left_at| left_at.since(joined_at));
        let present = self.present_seconds.unwrap_or_default().clamp(0, longest.num_seconds());
        Some(Attendance { joined_at, left_at, present: TimeDelta::seconds(present) })
    }
}

/// The visible part of a text, with its line breaks.
fn cleaned(text: &str) -> String {
    let text: String = text.chars().take(LINE_MAX).collect();
    let lines = text.split(['\n', '\r']).map(one_line).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn file() -> Value {
        json!({
            "format": FORMAT,
            "archived_at": "2026-11-29T10:00:00Z",
            "file": { "name": "Karate.mp4", "bytes": 3, "sha256": "AB".repeat(32) },
            "recording": { "id": RecordingId::new(), "title": "Ka\u{202e}rate", "recorded_at": "2026-11-28T10:00:00Z" },
            "class": {
                "id": SessionId::new(), "title": "Karate", "began": "2026-11-28T10:00:00Z",
                "ended": "2026-11-28T11:00:00Z", "timezone": "Europe/Berlin", "room": null,
            },
            "chat": [{ "at": null, "text": "one\u{0}\n\ntwo" }],
        })
    }

    fn read(value: &Value) -> Result<Sidecar, Unreadable> {
        Sidecar::read(value.to_string().as_bytes())
    }

    #[test]
    fn what_was_written_is_read_and_hostile_text_becomes_plain() {
        let sidecar = read(&file()).unwrap();
        assert_eq!(sidecar.recording.title, "Karate");
        assert_eq!(sidecar.file.sha256, "ab".repeat(32));
        assert_eq!(sidecar.chat_lines().first().unwrap().text, "one\ntwo");
        assert_eq!(Sidecar::read(&sidecar.to_bytes()), Ok(sidecar));
    }

    #[test]
    fn people_and_captions_of_a_hostile_file_are_bounded_and_nobody_is_there_twice() {
        let mut file = file();
        let id = PersonId::new();
        let person = |id: Option<PersonId>, name: &str, email: Option<&str>, joined_at: Option<&str>| {
            json!({ "person": id, "name": name, "email": email, "role": "emperor", "joined_at": joined_at,
                    "left_at": "2026-11-28T11:00:00Z", "present_seconds": i64::MAX })
        };
        file["people"] = json!([
            person(Some(id), "Ada", Some("ada@example.org"), Some("2026-11-28T10:00:00Z")),
            person(Some(id), "Eve", None, None),
            person(None, "Ada again", Some("ADA@example.org"), None),
            person(None, "\u{202e}\u{200b}", None, None),
            person(None, "<b>Ben</b>", Some("no address"), None),
            person(None, "Walk-in", None, Some("2026-11-28T10:30:00Z")),
        ]);
        file["captions"] = json!([
            { "language": "de", "vtt": "WEBVTT" }, { "language": "de", "vtt": "twice" }, { "language": "../x", "vtt": "" },
            { "language": "en", "vtt": "x".repeat(FILE_MAX_BYTES + 1) },
        ]);
        let sidecar = read(&file).unwrap();
        let names =
            |strangers| sidecar.roster(strangers).into_iter().map(|(person, _)| person.name).collect::<Vec<_>>();
        assert_eq!(names(false), ["Ada", "bBenb"]);
        assert_eq!(names(true), ["Ada", "bBenb", "Walk-in"]);
        let (ada, there) = sidecar.roster(false).remove(0);
        assert_eq!((ada.id, ada.role), (id, Role::Participant));
        assert_eq!(there.unwrap().present, TimeDelta::hours(1));
        assert_eq!(sidecar.captions_by_language(), [("de".parse().unwrap(), false, "WEBVTT")]);
    }

    #[test]
    fn moments_and_lengths_that_cannot_be_are_left_out_or_become_the_nearest_ones() {
        let mut file = file();
        file["class"]["ended"] = json!("2026-11-28T09:00:00Z");
        file["transcript"] = json!({ "source": "captions", "lines": [
            { "start_ms": -5, "end_ms": i64::MIN, "text": "one" }, { "start_ms": 1_000, "end_ms": i64::MAX, "text": "two" },
        ] });
        for (seconds, length) in [(i64::MAX, None), (-1, None), (3_600, Some(TimeDelta::hours(1)))] {
            file["recording"]["length_seconds"] = json!(seconds);
            assert_eq!(read(&file).unwrap().length(), length, "{seconds}");
        }
        let sidecar = read(&file).unwrap();
        assert_eq!(sidecar.class.ended, sidecar.class.began);
        let times = sidecar.transcript_lines().into_iter().map(|line| (line.start_ms, line.end_ms));
        assert_eq!(times.collect::<Vec<_>>(), [(0, 0), (1_000, TimeDelta::hours(48).num_milliseconds())]);
    }

    #[test]
    fn a_file_that_is_no_part_of_an_archive_is_refused_with_its_reason() {
        let with = |path: &str, value: Value| {
            let mut file = file();
            *file.pointer_mut(path).unwrap() = value;
            read(&file).unwrap_err()
        };
        assert_eq!(Sidecar::read(b"{}"), Err(Unreadable::NotOurs));
        assert_eq!(Sidecar::read(b"<html>"), Err(Unreadable::NotOurs));
        assert_eq!(with("/format", json!("hajime-archive 2")), Unreadable::Later);
        assert_eq!(with("/file/sha256", json!("12")), Unreadable::NotOurs);
        for name in ["../secret.mp4", "/etc/passwd", "..", "a\\b.mp4", "C:x.mp4", ""] {
            assert_eq!(with("/file/name", json!(name)), Unreadable::ForeignFile, "{name}");
        }
    }
}
