//! A notification: what it is about and what it says. It waits in the outbox until it is delivered.

use crate::domain::ids::{RecordingId, SessionId};

/// The subject of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A recording.
    Recording(RecordingId),
    /// A session.
    Session(SessionId),
    /// An alert, by the name of its rule.
    Alert(String),
    /// This installation as a whole.
    Desk,
}

/// The kind of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationKind {
    /// The recording can be watched.
    Watchable,
    /// The recording failed.
    Failed,
    /// RealtimeKit deletes the recording's file before Stream has it.
    Expiring {
        /// Hours until the file is deleted.
        hours_left: u32,
    },
    /// Participants are in the session's room, and nothing is recorded.
    NotRecorded,
}

impl NotificationKind {
    /// Whether it stays on the screen until it is withdrawn, because it says what is so now and not what happened once.
    #[must_use]
    pub const fn stays(self) -> bool {
        match self {
            Self::NotRecorded => true,
            Self::Watchable | Self::Failed | Self::Expiring { .. } => false,
        }
    }
}

/// Something that a person is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub kind: NotificationKind,
}

impl Notification {
    /// A notification about a recording.
    #[must_use]
    pub const fn of_recording(recording: RecordingId, kind: NotificationKind) -> Self {
        Self { subject: Subject::Recording(recording), kind }
    }

    /// The alarm that a session is not recorded.
    #[must_use]
    pub const fn not_recorded(session: SessionId) -> Self {
        Self { subject: Subject::Session(session), kind: NotificationKind::NotRecorded }
    }
}
