//! The history of a recording. Each event has a kind, which code may use for decisions, and a note for people.
//!
//! No code decides by the text of a note, so a note may be reworded at any time.

use chrono::{DateTime, Utc};

use crate::domain::recorder::stage_kind::StageKind;

/// The kind of an event in the history of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// This desk asked RealtimeKit to record.
    CaptureRequested,
    /// RealtimeKit recorded the room by itself, and this desk noticed.
    CaptureFound,
    /// A sync found a recording that another desk made.
    Adopted,
    /// A person attached a video or a RealtimeKit recording.
    Attached,
    /// RealtimeKit reported a status.
    RecorderReported,
    /// RealtimeKit stopped because everybody had left the room.
    RoomWasEmpty,
    /// RealtimeKit does not know the recording, or lists none for the room.
    RecorderMissing,
    /// A person paused the recording.
    PausedByHand,
    /// A person resumed the recording.
    ResumedByHand,
    /// The session was ended, which stopped the recording.
    SessionEnded,
    /// RealtimeKit lists a recording that Hajime had given up.
    Recovered,
    /// This desk is about to ask Stream to import the file.
    ImportRequested,
    /// Stream reported a state.
    StreamReported,
    /// Stream refused the file. The note quotes Cloudflare's reason.
    StreamRefused,
    /// The relay through this computer moved to its next step.
    RelayMoved,
    /// Another desk is sending the file, and this desk waits for it.
    RelayByOtherDesk,
    /// A person asked for another try.
    RetriedByHand,
    /// Hajime tried the recording again by itself.
    RetriedAutomatically,
    /// A stage took longer than its deadline, or a person gave up an attempt.
    GivenUp,
    /// The video was deleted from Stream.
    VideoDeleted,
    /// One of several videos of this recording was chosen or removed.
    DuplicateVideo,
    /// A person put the recording in the bin.
    Removed,
    /// A person took the recording out of the bin.
    Restored,
    /// A person decided that the recording is kept forever.
    Kept,
    /// Any other event. Code does nothing with it.
    Noted,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 25] = [
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
        Self::Kept,
        Self::Noted,
    ];

    /// Returns the stable word in the database.
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
            Self::Kept => "kept",
            Self::Noted => "noted",
        }
    }

    /// Returns the kind with this name; `None` for a name that no version of Hajime wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns a new event of this kind with its note.
    #[must_use]
    pub fn note(self, text: impl Into<String>) -> EventNote {
        EventNote { kind: self, text: text.into() }
    }
}

/// A new event that is to be written to a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNote {
    /// The kind, by which code may decide.
    pub kind: EventKind,
    /// The note for people.
    pub text: String,
}

impl EventNote {
    /// Quotes Stream's refusal. `words` must hold nothing invisible and nothing secret.
    #[must_use]
    pub fn stream_refused(words: &str) -> Self {
        let end = if words.ends_with(['.', '!', '?', '…']) { "" } else { "." };
        EventKind::StreamRefused.note(format!("Stream refused the recording: {words}{end}"))
    }
}

impl From<&str> for EventNote {
    /// Makes a note for people, of the kind [`EventKind::Noted`].
    fn from(text: &str) -> Self {
        EventKind::Noted.note(text)
    }
}

/// One event of a recording's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingEvent {
    /// The moment when this desk noticed the event, by this computer's clock.
    pub at: DateTime<Utc>,
    /// The stage before the event; `None` for the first event.
    pub from: Option<StageKind>,
    /// The stage after the event.
    pub to: StageKind,
    /// The kind, by which code may decide.
    pub kind: EventKind,
    /// The note for people.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_kind_reads_back_from_its_name() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn the_note_of_a_refusal_ends_with_exactly_one_full_stop() {
        for words in ["Try later", "Try later."] {
            assert_eq!(EventNote::stream_refused(words).text, "Stream refused the recording: Try later.");
        }
    }
}
