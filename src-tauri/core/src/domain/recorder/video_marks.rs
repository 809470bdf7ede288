//! Hajime's marks in a video's metadata. They tell other desks which recording the video belongs to. Everybody with
//! access to the account can write metadata, so the marks are checked when they are read and by the same rules when
//! they are written.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use crate::domain::bounds;
use crate::domain::ids::{MeetingId, RecordingId, SessionId};
use crate::domain::library::attachment::visible_line;
use crate::domain::recorder::clip::{Clip, ClipRange};
use crate::domain::schedule::limits::INSTRUCTOR_MAX;

const RECORDING: &str = "recording_id";
const SESSION: &str = "session_id";
const ROOM: &str = "room_id";
const INSTRUCTOR: &str = "instructor";
const TIMEZONE: &str = "timezone";
const RECORDED_AT: &str = "recorded_at";
const CLIP: &str = "clip";

/// The marks of one video; `None` for each mark that is absent or unreadable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideoMarks {
    /// Hajime's id of the recording.
    pub recording: Option<RecordingId>,
    /// Hajime's id of the session.
    pub session: Option<SessionId>,
    /// The room of the session.
    pub room: Option<MeetingId>,
    /// The instructor's name, on one line.
    pub instructor: Option<String>,
    /// The time zone of the session.
    pub timezone: Option<Tz>,
    /// The beginning of the recording. A year outside 2000 to 2100 counts as unreadable.
    pub recorded_at: Option<DateTime<Utc>>,
    /// What the recording was cut from.
    pub clip: Option<Clip>,
}

impl VideoMarks {
    /// Reads the marks. Also returns the names of those that are present but unreadable.
    #[must_use]
    pub fn of(meta: &BTreeMap<String, String>) -> (Self, Vec<&'static str>) {
        let mut odd = Vec::new();
        let marks = Self {
            recording: read(meta, RECORDING, &mut odd, |text| text.parse().ok()),
            session: read(meta, SESSION, &mut odd, |text| text.parse().ok()),
            room: read(meta, ROOM, &mut odd, |text| text.parse().ok()),
            instructor: read(meta, INSTRUCTOR, &mut odd, |text| visible_line(text, INSTRUCTOR_MAX)),
            timezone: read(meta, TIMEZONE, &mut odd, |text| text.parse().ok()),
            recorded_at: read(meta, RECORDED_AT, &mut odd, bounds::moment_from),
            clip: read(meta, CLIP, &mut odd, clip_from),
        };
        (marks, odd)
    }

    /// Returns the metadata to write. A mark that could not be read again is left out.
    #[must_use]
    pub fn to_meta(&self) -> BTreeMap<String, String> {
        let recorded_at = self.recorded_at.and_then(bounds::moment);
        let members = [
            (RECORDING, self.recording.map(|id| id.to_string())),
            (SESSION, self.session.map(|id| id.to_string())),
            (ROOM, self.room.as_ref().map(MeetingId::to_string)),
            (INSTRUCTOR, self.instructor.as_deref().and_then(|name| visible_line(name, INSTRUCTOR_MAX))),
            (TIMEZONE, self.timezone.map(|zone| zone.name().to_owned())),
            (RECORDED_AT, recorded_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))),
            (CLIP, self.clip.map(|Clip { of, range }| format!("{of} {} {}", range.begin(), range.end()))),
        ];
        members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect()
    }
}

/// Reads the mark of a clip: the recording that it was cut from, then the part in seconds.
fn clip_from(text: &str) -> Option<Clip> {
    let mut words = text.split_whitespace();
    let of = words.next()?.parse().ok()?;
    let range = ClipRange::read(words.next()?.parse().ok()?, words.next()?.parse().ok()?)?;
    words.next().is_none().then_some(Clip { of, range })
}

fn read<T>(
    meta: &BTreeMap<String, String>,
    name: &'static str,
    odd: &mut Vec<&'static str>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let text = meta.get(name).filter(|text| !text.trim().is_empty())?;
    let value = parse(text);
    if value.is_none() {
        odd.push(name);
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meta(members: &[(&str, &str)]) -> BTreeMap<String, String> {
        members.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn unreadable_marks_are_named_and_the_readable_ones_are_read() {
        let (marks, odd) = VideoMarks::of(&meta(&[
            ("recorded_at", "+262142-12-31T23:59:59Z"),
            ("timezone", "Mars/Olympus"),
            ("room_id", "../../x"),
            ("session_id", " "),
            ("instructor", "R.\u{202e} Alves"),
            ("clip", "of nothing 9 4"),
        ]));
        assert_eq!(odd, ["room_id", "timezone", "recorded_at", "clip"]);
        assert_eq!(marks, VideoMarks { instructor: Some("R. Alves".into()), ..VideoMarks::default() });
    }

    proptest! {
        #[test]
        fn every_mark_that_is_written_reads_back(millis: i64, instructor: String, begin: u32, end in 0_u32..200_000) {
            let marks = VideoMarks {
                recording: Some(RecordingId::new()),
                session: Some(SessionId::new()),
                room: "room-1".parse().ok(),
                instructor: Some(instructor),
                timezone: Some(Tz::Europe__Berlin),
                recorded_at: DateTime::from_timestamp_millis(millis),
                clip: ClipRange::read(begin, end).map(|range| Clip { of: RecordingId::new(), range }),
            };
            let written = marks.to_meta();
            let (read, odd) = VideoMarks::of(&written);
            prop_assert_eq!(odd, Vec::<&str>::new());
            prop_assert_eq!(read.to_meta(), written);
        }
    }
}
