//! What the store reads of a recording and of a class, and what it counts as.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{RecordingId, SeriesId, SessionId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Noticed, Status};
use crate::domain::schedule::origin::shown_instructor;

/// What the figures need to know of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of the recording by itself")]
pub struct RecordingRow {
    /// The recording.
    pub id: RecordingId,
    /// Its class.
    pub session: SessionId,
    /// The series of the class; `None` for a class of its own.
    pub series: Option<SeriesId>,
    /// The instructor, as stored.
    pub instructor: String,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// Its status now.
    pub status: Status,
    /// Why it failed; `None` if it did not.
    pub cause: Option<Cause>,
    /// Whether it could be watched at any time, also if its video was deleted later.
    pub was_ready: bool,
    /// Whether it stands for its class: no attempt without a picture that another recording stands for, or may.
    pub stands: bool,
    /// Whether it was cut out of another one.
    pub is_clip: bool,
    /// Whether a person attached its video.
    pub is_attached: bool,
    /// Whether this desk asked for it.
    pub is_own: bool,
    /// The end of capture, as RealtimeKit tells.
    pub stopped_at: Option<DateTime<Utc>>,
    /// The end of the class; read only where the end of capture is not known.
    pub session_ended_at: Option<DateTime<Utc>>,
    /// When the video could first be watched, as Stream tells.
    pub ready_at: Option<DateTime<Utc>>,
    /// When this desk noticed that.
    pub noticed: Option<Noticed>,
    /// The length of the video.
    pub length: Option<TimeDelta>,
    /// When this desk first saw it being captured.
    pub capture_seen: Option<DateTime<Utc>>,
    /// Whether this computer relayed its file.
    pub is_relayed: bool,
}

/// What a recording counts as in the share of success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It became a video, at the first try or a later one.
    Succeeded,
    /// It failed and has not become a video.
    Failed(Option<Cause>),
    /// It is on its way.
    Undecided,
    /// It is left out.
    LeftOut(LeftOut),
}

/// Why a recording is left out of every figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// It was cut out of another one.
    Clip,
    /// A person attached its video, so it says nothing about what goes on by itself.
    Attached,
    /// It captured nothing, and another recording of its class stands for it, or may.
    Superseded,
}

impl RecordingRow {
    /// Returns the instructor's name as people read it.
    #[must_use]
    pub fn instructor_name(&self) -> &str {
        shown_instructor(&self.instructor)
    }

    /// Returns what the recording counts as.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        if self.is_clip {
            Outcome::LeftOut(LeftOut::Clip)
        } else if self.is_attached {
            Outcome::LeftOut(LeftOut::Attached)
        } else if !self.stands {
            Outcome::LeftOut(LeftOut::Superseded)
        } else if self.was_ready || matches!(self.status, Status::Ready) {
            Outcome::Succeeded
        } else if matches!(self.status, Status::Failed) {
            Outcome::Failed(self.cause)
        } else {
            Outcome::Undecided
        }
    }
}

/// What the figures need to know of a class of this desk that was live, was to be recorded, and is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRow {
    /// The class.
    pub id: SessionId,
    /// Its series; `None` for a class of its own.
    pub series: Option<SeriesId>,
    /// The instructor, as stored.
    pub instructor: String,
    /// When its room was opened.
    pub opened_at: DateTime<Utc>,
    /// Whether somebody of its roster was seen in the room.
    pub had_people: bool,
}

/// Which instructor and which series the figures are about; all where it is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The instructor's name, as people read it.
    pub instructor: Option<String>,
    /// The series.
    pub series: Option<SeriesId>,
}

impl Narrowed {
    /// Returns whether a recording or a class with this instructor and this series belongs to it.
    #[must_use]
    pub fn has(&self, instructor: &str, series: Option<SeriesId>) -> bool {
        self.instructor.as_deref().is_none_or(|name| name == shown_instructor(instructor))
            && (self.series.is_none() || self.series == series)
    }
}

#[cfg(test)]
impl RecordingRow {
    /// A recording that became a video six minutes after its class, and was noticed two seconds later.
    pub(crate) fn example(asked_at: DateTime<Utc>) -> Self {
        let at = |seconds| asked_at + TimeDelta::seconds(seconds);
        Self {
            id: RecordingId::new(),
            session: SessionId::new(),
            series: None,
            instructor: "R. Alves".into(),
            asked_at,
            status: Status::Ready,
            cause: None,
            was_ready: true,
            stands: true,
            is_clip: false,
            is_attached: false,
            is_own: true,
            stopped_at: Some(at(3_600)),
            session_ended_at: None,
            ready_at: Some(at(3_960)),
            noticed: Some(Noticed { at: at(3_962), unasked: Some(TimeDelta::seconds(5)) }),
            length: Some(TimeDelta::hours(1)),
            capture_seen: Some(at(8)),
            is_relayed: false,
        }
    }

    /// The same recording, failed before it could be watched.
    pub(crate) fn failed(self, cause: Cause) -> Self {
        let (ready_at, noticed) = (None, None);
        Self { status: Status::Failed, cause: Some(cause), was_ready: false, ready_at, noticed, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> RecordingRow {
        RecordingRow::example("2026-11-02T18:00:00Z".parse().unwrap())
    }

    #[test]
    fn what_could_once_be_watched_succeeded_even_if_its_video_was_deleted_later() {
        let deleted =
            RecordingRow { status: Status::Failed, cause: Some(Cause::VideoMissing), was_ready: true, ..row() };
        assert_eq!(deleted.outcome(), Outcome::Succeeded);
        let never = row().failed(Cause::VideoMissing);
        assert_eq!(never.outcome(), Outcome::Failed(Some(Cause::VideoMissing)));
    }

    #[test]
    fn what_is_on_its_way_is_undecided_whatever_it_went_through() {
        for status in [Status::Recording, Status::Processing] {
            let one = RecordingRow { status, was_ready: false, ..row() };
            assert_eq!(one.outcome(), Outcome::Undecided);
        }
    }

    #[test]
    fn clips_attached_ones_and_superseded_attempts_are_left_out() {
        let left_out = [
            (RecordingRow { is_clip: true, ..row() }, LeftOut::Clip),
            (RecordingRow { is_attached: true, ..row() }, LeftOut::Attached),
            (RecordingRow { stands: false, ..row().failed(Cause::NeverStarted) }, LeftOut::Superseded),
        ];
        for (one, why) in left_out {
            assert_eq!(one.outcome(), Outcome::LeftOut(why));
        }
    }

    #[test]
    fn a_class_without_a_known_instructor_is_found_by_the_name_that_people_read() {
        let other = Narrowed { instructor: Some("Another desk".into()), series: None };
        assert!(other.has("", None) && !other.has("R. Alves", None));
        let series = Narrowed { instructor: None, series: Some(SeriesId::new()) };
        assert!(series.has("R. Alves", series.series) && !series.has("R. Alves", None));
    }
}
