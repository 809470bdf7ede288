//! The events that the page hears without asking.

use hajime_core::actions::recorder::live::ClosingQuestion;
use hajime_core::domain::ids::RecordingId;
use hajime_core::error::UserError;
use hajime_core::ports;
use serde::Serialize;
use tauri::{AppHandle, Emitter as _};
use ts_rs::TS;

/// An event for the page.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// These topics changed: whatever shows them is read again.
    Changed(&'a [ports::Topic]),
    /// The window is to be closed during a class, and the page asks first.
    CloseAsked(ClosingQuestion),
    /// A notification about a recording was pressed.
    OpenRecording(RecordingId),
    /// An alarm was pressed.
    OpenToday,
    /// Hajime was started again with options that the open window does not have.
    Notice(UserError),
}

/// Sends an event to the page. A page that cannot be told reads everything when it is loaded again.
pub(crate) fn emit(app: &AppHandle, event: Event<'_>) {
    let sent = match event {
        Event::Changed(topics) => {
            app.emit("changed", ChangedDto { topics: topics.iter().copied().map(Topic::from).collect() })
        }
        Event::CloseAsked(ClosingQuestion { title, description }) => {
            app.emit("close_asked", CloseQuestionDto { title, description })
        }
        Event::OpenRecording(recording) => app.emit("open_recording", recording.to_string()),
        Event::OpenToday => app.emit("open_today", ()),
        Event::Notice(error) => app.emit("notice", error),
    };
    if let Err(error) = sent {
        tracing::warn!(%error, "the page could not be told");
    }
}

/// What changed, so that whatever shows it is read again.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    Desk,
    Sessions,
    Recordings,
    Links,
}

impl From<ports::Topic> for Topic {
    fn from(topic: ports::Topic) -> Self {
        match topic {
            ports::Topic::Desk => Self::Desk,
            ports::Topic::Sessions => Self::Sessions,
            ports::Topic::Recordings => Self::Recordings,
            ports::Topic::Links => Self::Links,
        }
    }
}

/// The payload of the event `changed`.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChangedDto {
    topics: Vec<Topic>,
}

/// The payload of the event `close_asked`.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CloseQuestionDto {
    title: String,
    description: String,
}
