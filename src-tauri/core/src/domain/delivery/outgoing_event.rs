//! An event as it leaves this computer. Its facts are those of the moment when it happened, so that every attempt and
//! every replay says the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::health::alert::episode::{Alert, News};
use crate::domain::health::alert::reading::Affected;
use crate::domain::ids::{AlertId, EventId, RecordingId};
use crate::domain::recorder::recording::Recording;

/// The kind of an event, by the names of the setup guide (“Webhook Event Format”), and alerts, which the guide does not
/// have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutgoingKind {
    /// A recording can be watched.
    RecordingComplete,
    /// A recording failed.
    RecordingFailed,
    /// An alert has opened, or is still open.
    AlertOpened,
    /// An alert is over.
    AlertClosed,
}

impl OutgoingKind {
    /// The name in the event, the CLI and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordingComplete => "recording.complete",
            Self::RecordingFailed => "recording.failed",
            Self::AlertOpened => "alert.opened",
            Self::AlertClosed => "alert.closed",
        }
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSubject {
    /// A recording.
    Recording(RecordingId),
    /// An alert.
    Alert(AlertId),
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// Its id: the same for every recipient, attempt and replay.
    pub id: EventId,
    /// What it is about.
    pub subject: EventSubject,
    /// What happened.
    pub facts: EventFacts,
}

impl OutgoingEvent {
    /// The recording that it is about; `None` where it is about something else.
    #[must_use]
    pub const fn recording(&self) -> Option<RecordingId> {
        match self.subject {
            EventSubject::Recording(id) => Some(id),
            EventSubject::Alert(_) => None,
        }
    }
}

/// What happened, as far as it was known then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventFacts {
    /// A recording can be watched.
    Complete(CompleteFacts),
    /// A recording failed.
    Failed(FailedFacts),
    /// An alert opened, is still open or is over.
    Alert(AlertFacts),
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

/// The facts of an alert. The words are those that people read in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertFacts {
    /// The rule as a sentence.
    pub title: String,
    /// The id of the alert, the same from its beginning to its end.
    pub alert_id: String,
    /// The word of the metric, such as `storage_share`.
    pub metric: String,
    /// `critical`, `warning` or `notice`.
    pub severity: String,
    /// What was measured.
    pub detail: String,
    /// What to do.
    pub next: String,
    /// What it is about, twenty things at most.
    pub affected: Vec<Affected>,
    /// How many things it is about.
    pub affected_total: u32,
    /// How many messages that follow from it were held back.
    pub held_back: u32,
    /// Since when the rule has held.
    pub since: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub until: Option<DateTime<Utc>>,
    /// Whether it was told before that it is open.
    pub again: bool,
    /// Whether it is told also in quiet hours.
    pub breaks_quiet: bool,
}

impl AlertFacts {
    /// What a message says of an alert now.
    #[must_use]
    pub fn new(alert: &Alert, news: News, now: DateTime<Utc>) -> Self {
        let about = alert.metric.about();
        Self {
            title: alert.title(),
            alert_id: alert.id.to_string(),
            metric: about.name.to_owned(),
            severity: about.severity.name().to_owned(),
            detail: alert.detail.clone(),
            next: about.next.to_owned(),
            affected: alert.affected.clone(),
            affected_total: alert.affected_total,
            held_back: alert.held_back,
            since: alert.since,
            until: (news == News::Over).then(|| alert.closed_at.unwrap_or(now)),
            again: news == News::Repeated,
            breaks_quiet: about.breaks_quiet,
        }
    }

    /// What it is about in one line: the first titles, and how many more there are. Empty where it names nothing.
    #[must_use]
    pub fn affected_words(&self, named: usize) -> String {
        let titles: Vec<&str> = self.affected.iter().take(named).map(|one| one.title.as_str()).collect();
        let shown = u32::try_from(titles.len()).unwrap_or(u32::MAX);
        match self.affected_total.saturating_sub(shown) {
            _ if titles.is_empty() => String::new(),
            0 => titles.join(", "),
            more => format!("{} and {more} more", titles.join(", ")),
        }
    }
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
            Self::Alert(facts) if facts.until.is_some() => OutgoingKind::AlertClosed,
            Self::Alert(_) => OutgoingKind::AlertOpened,
        }
    }

    /// The title of the class or of the alert.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Complete(facts) => &facts.title,
            Self::Failed(facts) => &facts.title,
            Self::Alert(facts) => &facts.title,
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
