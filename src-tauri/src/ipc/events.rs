//! The events that the shell sends to the page.

use hajime_core::actions::recorder::closing::ClosingQuestion;
use hajime_core::domain::ids::RecordingId;
use hajime_core::error::UserError;
use hajime_core::ports;
use serde::Serialize;
use tauri::{AppHandle, Emitter as _};
use ts_rs::TS;

use crate::ipc::schedule::SessionDto;

/// The label of the large window.
pub(super) const LARGE: &str = "main";

/// An event for the page.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// These topics changed. The page fetches everything that shows them again.
    Changed(&'a [ports::Topic]),
    /// A person wants to close the window during a class. The page asks this question first.
    CloseAsked(ClosingQuestion),
    /// A person pressed a notification about a recording.
    OpenRecording(RecordingId),
    /// A person pressed a notification about a class.
    OpenSession(Box<SessionDto>),
    /// A person pressed a notification about an alert.
    OpenAlerts,
    /// A person pressed another notification, such as an alarm, or recording could not be started again from an alarm.
    OpenToday,
    /// The join page is being published: the step in words.
    Publishing(String),
    /// Hajime was started again with options that have no effect on the open window.
    Notice(UserError),
}

/// Sends an event to the page. Changes concern both windows, and everything else the large one. A failure is logged only: a page that missed an event fetches everything when it is
/// loaded again.
pub(crate) fn emit(app: &AppHandle, event: Event<'_>) {
    let sent = match event {
        Event::Changed(topics) => {
            app.emit("changed", ChangedDto { topics: topics.iter().copied().map(Topic::from).collect() })
        }
        Event::CloseAsked(ClosingQuestion { title, description, background, end, close }) => {
            app.emit_to(LARGE, "close_asked", CloseQuestionDto { title, description, background, end, close })
        }
        Event::OpenRecording(recording) => app.emit_to(LARGE, "open_recording", recording.to_string()),
        Event::OpenSession(session) => app.emit_to(LARGE, "open_session", session),
        Event::OpenAlerts => app.emit_to(LARGE, "open_alerts", ()),
        Event::OpenToday => app.emit_to(LARGE, "open_today", ()),
        Event::Publishing(step) => app.emit_to(LARGE, "publishing", step),
        Event::Notice(error) => app.emit_to(LARGE, "notice", error),
    };
    if let Err(error) = sent {
        tracing::warn!(%error, "the page could not be told");
    }
}

/// A part of the data. After a change, the page fetches everything that shows it again.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    Desk,
    Sessions,
    Recordings,
    Links,
    Deliveries,
    Transfers,
}

impl From<ports::Topic> for Topic {
    fn from(topic: ports::Topic) -> Self {
        match topic {
            ports::Topic::Desk => Self::Desk,
            ports::Topic::Sessions => Self::Sessions,
            ports::Topic::Recordings => Self::Recordings,
            ports::Topic::Links => Self::Links,
            ports::Topic::Deliveries => Self::Deliveries,
            ports::Topic::Transfers => Self::Transfers,
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
    /// What follows when Hajime keeps running without its window.
    background: String,
    /// What follows when the live classes are ended first; `null` if no class is live.
    end: Option<String>,
    /// What follows when the window is closed anyway.
    close: String,
}
