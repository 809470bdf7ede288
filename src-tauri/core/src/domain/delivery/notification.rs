//! A notification: its subject and its kind. It waits in the outbox until it is delivered.

use crate::domain::delivery::reminder::{Reminder, ReminderKind};
use crate::domain::ids::{AlertId, RecordingId, SessionId};

/// The thing that a notification is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One recording.
    Recording(RecordingId),
    /// One session.
    Session(SessionId),
    /// An alert, by its id.
    Alert(String),
    /// This installation as a whole.
    Desk,
}

/// The event or state that a notification reports about its subject.
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
    /// Nothing is heard in the whole video of the recording.
    Muted,
    /// An alert has opened, or is still open.
    AlertOpened,
    /// An alert is over.
    AlertClosed,
    /// A person wants to see a notification.
    Test,
    /// A class begins, or should have begun.
    Reminder(ReminderKind),
}

/// A button on a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Starts the session.
    Start,
    /// Starts the recording of the session again.
    RecordAgain,
    /// Makes a link to the recording and copies it.
    CopyLink,
    /// Tries the recording again.
    Retry,
}

impl Button {
    /// Every button.
    pub const ALL: [Self; 4] = [Self::Start, Self::RecordAgain, Self::CopyLink, Self::Retry];

    /// Returns the word by which the desktop names the button when it is pressed.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::RecordAgain => "record",
            Self::CopyLink => "copy-link",
            Self::Retry => "retry",
        }
    }

    /// Returns the words on the button.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Start => "Start class",
            Self::RecordAgain => "Record again",
            Self::CopyLink => "Copy link",
            Self::Retry => "Try again",
        }
    }
}

/// The hours left to save a file below which its notification does not wait for the morning.
const URGENT_HOURS: u32 = 24;

impl NotificationKind {
    /// Returns whether the notification stays on the screen until it is withdrawn. It does when it tells of a state
    /// that lasts, and not of a single event.
    #[must_use]
    pub const fn stays(self) -> bool {
        match self {
            Self::NotRecorded => true,
            Self::Watchable
            | Self::Failed
            | Self::Expiring { .. }
            | Self::Muted
            | Self::AlertOpened
            | Self::AlertClosed
            | Self::Reminder(_)
            | Self::Test => false,
        }
    }

    /// Returns whether the notification waits until the quiet hours are over.
    #[must_use]
    pub const fn keeps_quiet(self) -> bool {
        match self {
            Self::Watchable | Self::Failed | Self::Muted => true,
            Self::Expiring { hours_left } => hours_left > URGENT_HOURS,
            // The rules for alerts know which of them can wait.
            Self::NotRecorded | Self::AlertOpened | Self::AlertClosed | Self::Reminder(_) | Self::Test => false,
        }
    }
}

/// A message that is delivered to people once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The thing that the notification is about.
    pub subject: Subject,
    /// The event or state that the notification reports.
    pub kind: NotificationKind,
}

impl Notification {
    /// A notification about one recording.
    #[must_use]
    pub const fn of_recording(recording: RecordingId, kind: NotificationKind) -> Self {
        Self { subject: Subject::Recording(recording), kind }
    }

    /// The alarm that a session is not recorded.
    #[must_use]
    pub const fn not_recorded(session: SessionId) -> Self {
        Self { subject: Subject::Session(session), kind: NotificationKind::NotRecorded }
    }

    /// That an alert has opened or is over.
    #[must_use]
    pub fn of_alert(alert: AlertId, is_over: bool) -> Self {
        let kind = if is_over { NotificationKind::AlertClosed } else { NotificationKind::AlertOpened };
        Self { subject: Subject::Alert(alert.to_string()), kind }
    }

    /// A reminder of a session.
    #[must_use]
    pub const fn reminder(reminder: &Reminder) -> Self {
        Self { subject: Subject::Session(reminder.session), kind: NotificationKind::Reminder(reminder.kind) }
    }
}
