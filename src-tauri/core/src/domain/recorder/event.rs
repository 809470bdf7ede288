//! The history of a recording: each line has a kind, by which code decides, and a note, which people read.
//!
//! Nothing decides by the text of a note: a note may be reworded at any time.

use chrono::{DateTime, Utc};

use crate::domain::recorder::stage_kind::StageKind;

/// What happened to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// This desk asked RealtimeKit to record.
    CaptureRequested,
    /// RealtimeKit recorded the room by itself, and this desk noticed.
    CaptureFound,
    /// A sync found a recording that another desk made.
    Adopted,
    /// A person attached a video or a recording of RealtimeKit's.
    Attached,
    /// RealtimeKit reported a status.
    RecorderReported,
    /// RealtimeKit stopped because everybody had left the room.
    RoomWasEmpty,
    /// RealtimeKit does not know the recording, or has none of its room.
    RecorderMissing,
    /// A person paused the recording.
    PausedByHand,
    /// A person resumed the recording.
    ResumedByHand,
    /// The session was ended, and the recording with it.
    SessionEnded,
    /// RealtimeKit has a recording that had been given up.
    Recovered,
    /// This desk is about to ask Stream to import the file.
    ImportRequested,
    /// Stream reported a state.
    StreamReported,
    /// Stream refused the file. The note quotes Cloudflare's reason.
    StreamRefused,
    /// The relay through this computer made a step.
    RelayMoved,
    /// Another desk was seen sending the file, and this desk waits for it.
    RelayByOtherDesk,
    /// A person asked for another try.
    RetriedByHand,
    /// The recording was tried again by itself.
    RetriedAutomatically,
    /// A stage took longer than its deadline, or a person gave up an attempt.
    GivenUp,
    /// The video was deleted from Stream.
    VideoDeleted,
    /// One of several videos of this recording was chosen or removed.
    DuplicateVideo,
    /// A person took the recording off the list.
    Removed,
    /// A person put the recording back on the list.
    Restored,
    /// Anything else. The note is for people only.
    Noted,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::CaptureRequested,
        Self::CaptureFound,
        Self::Adopted,
        Self::Attached,
        Self::RecorderReported,
        Self::RoomWasEmpty,
        Self::RecorderMissing,
        Self::PausedByHand,
        Self::ResumedByHand,
        Self::SessionEnded,
        Self::Recovered,
        Self::ImportRequested,
        Self::StreamReported,
        Self::StreamRefused,
        Self::RelayMoved,
        Self::RelayByOtherDesk,
        Self::RetriedByHand,
        Self::RetriedAutomatically,
        Self::GivenUp,
        Self::VideoDeleted,
        Self::DuplicateVideo,
        Self::Removed,
        Self::Restored,
        Self::Noted,
    ];

    /// The stable word in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaptureRequested => "capture_requested",
            Self::CaptureFound => "capture_found",
            Self::Adopted => "adopted",
            Self::Attached => "attached",
            Self::RecorderReported => "recorder_reported",
            Self::RoomWasEmpty => "room_was_empty",
            Self::RecorderMissing => "recorder_missing",
            Self::PausedByHand => "paused_by_hand",
            Self::ResumedByHand => "resumed_by_hand",
            Self::SessionEnded => "session_ended",
            Self::Recovered => "recovered",
            Self::ImportRequested => "import_requested",
            Self::StreamReported => "stream_reported",
            Self::StreamRefused => "stream_refused",
            Self::RelayMoved => "relay_moved",
            Self::RelayByOtherDesk => "relay_by_other_desk",
            Self::RetriedByHand => "retried_by_hand",
            Self::RetriedAutomatically => "retried_automatically",
            Self::GivenUp => "given_up",
            Self::VideoDeleted => "video_deleted",
            Self::DuplicateVideo => "duplicate_video",
            Self::Removed => "removed",
            Self::Restored => "restored",
            Self::Noted => "noted",
        }
    }

    /// The kind of this name; `None` for a name that no version of Hajime wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind with its note.
    #[must_use]
    pub fn note(self, text: impl Into<String>) -> EventNote {
        EventNote { kind: self, text: text.into() }
    }
}

/// What a new line of a history says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNote {
    /// What happened.
    pub kind: EventKind,
    /// The note for people.
    pub text: String,
}

impl EventNote {
    /// Stream's refusal in Cloudflare's words, of which nothing invisible and nothing secret is left.
    #[must_use]
    pub fn stream_refused(words: &str) -> Self {
        let end = if words.ends_with(['.', '!', '?', '…']) { "" } else { "." };
        EventKind::StreamRefused.note(format!("Stream refused the recording: {words}{end}"))
    }
}

impl From<&str> for EventNote {
    /// A note that nothing decides by.
    fn from(text: &str) -> Self {
        EventKind::Noted.note(text)
    }
}

/// One line of a recording's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingEvent {
    /// When it was noticed, by this computer's clock.
    pub at: DateTime<Utc>,
    /// The stage before; `None` for the first line.
    pub from: Option<StageKind>,
    /// The stage after.
    pub to: StageKind,
    /// What happened.
    pub kind: EventKind,
    /// What happened, in words.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_own_kind() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn a_refusal_ends_with_one_full_stop() {
        for words in ["Try later", "Try later."] {
            assert_eq!(EventNote::stream_refused(words).text, "Stream refused the recording: Try later.");
        }
    }
}
