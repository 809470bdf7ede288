//! An event as it leaves this computer. Its facts are those of the moment when it happened, so that every attempt and
//! every replay says the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{EventId, RecordingId};
use crate::domain::recorder::recording::Recording;

/// The kind of an event, by the names of the setup guide (“Webhook Event Format”).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutgoingKind {
    /// A recording can be watched.
    RecordingComplete,
    /// A recording failed.
    RecordingFailed,
}

impl OutgoingKind {
    /// The name in the event, the CLI and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordingComplete => "recording.complete",
            Self::RecordingFailed => "recording.failed",
        }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// Its id: the same for every recipient, attempt and replay.
    pub id: EventId,
    /// The recording that it is about.
    pub recording: RecordingId,
    /// What happened.
    pub facts: EventFacts,
}

/// What happened, as far as it was known then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventFacts {
    /// A recording can be watched.
    Complete(CompleteFacts),
    /// A recording failed.
    Failed(FailedFacts),
}

/// The facts of a recording that can be watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompleteFacts {
    /// The title of the class.
    pub title: String,
    /// RealtimeKit's id of the recording, which every desk and every server of the association knows; ours where there
    /// is none.
    pub recording_id: String,
    /// The room, if the class had one.
    pub room_id: Option<String>,
    /// The Stream video.
    pub stream_id: Option<String>,
    /// The manifest's address by video id. It plays nothing without a token.
    pub stream_url: Option<String>,
    /// Length in whole seconds.
    pub duration: i64,
    /// Size in bytes, if Cloudflare said.
    pub file_size: Option<u64>,
    /// When it could be watched.
    pub at: DateTime<Utc>,
}

/// The facts of a recording that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFacts {
    /// The title of the class.
    pub title: String,
    /// As in [`CompleteFacts::recording_id`].
    pub recording_id: String,
    /// The room, if the class had one.
    pub room_id: Option<String>,
    /// Why it failed, in one sentence.
    pub error: String,
    /// When it failed.
    pub at: DateTime<Utc>,
}

impl EventFacts {
    /// The facts of a recording that can be watched now.
    #[must_use]
    pub fn complete(recording: &Recording, at: DateTime<Utc>) -> Self {
        let facts = &recording.facts;
        Self::Complete(CompleteFacts {
            title: recording.title.clone(),
            recording_id: public_id(recording),
            room_id: room_id(recording),
            stream_id: facts.video.as_ref().map(ToString::to_string),
            stream_url: facts.manifest.as_ref().map(ToString::to_string),
            duration: recording.expected_length().num_seconds(),
            file_size: facts.size,
            at,
        })
    }

    /// The facts of a recording that failed for this reason.
    #[must_use]
    pub fn failed(recording: &Recording, error: String, at: DateTime<Utc>) -> Self {
        Self::Failed(FailedFacts {
            title: recording.title.clone(),
            recording_id: public_id(recording),
            room_id: room_id(recording),
            error,
            at,
        })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> OutgoingKind {
        match self {
            Self::Complete(_) => OutgoingKind::RecordingComplete,
            Self::Failed(_) => OutgoingKind::RecordingFailed,
        }
    }

    /// The title of the class.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Complete(facts) => &facts.title,
            Self::Failed(facts) => &facts.title,
        }
    }
}

fn public_id(recording: &Recording) -> String {
    let at_realtimekit = recording.facts.realtimekit_recording.as_ref();
    at_realtimekit.map_or_else(|| recording.id.to_string(), ToString::to_string)
}

fn room_id(recording: &Recording) -> Option<String> {
    recording.room.as_ref().map(ToString::to_string)
}
