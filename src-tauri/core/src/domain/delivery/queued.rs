//! A delivery: one event on its way to one recipient through one channel.

use chrono::{DateTime, Utc};

use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::outgoing_event::OutgoingEvent;

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It waits for its next attempt.
    Waiting,
    /// An attempt is being made, or was when the process ended.
    Sending,
    /// The receiver took it. What the receiver does with it is not known.
    Accepted,
    /// The receiver refused it for good, or three days were not enough.
    Failed,
    /// It is not sent any more: the receiver wants no more, the channel was turned off, or it may have been sent.
    Stopped,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Accepted, Self::Failed, Self::Stopped];

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether an attempt may still follow by itself.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending)
    }
}

/// One event on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedDelivery {
    /// Its number.
    pub id: i64,
    /// The event.
    pub event: OutgoingEvent,
    /// The channel.
    pub channel: Channel,
    /// The e-mail address, or the host that gets it.
    pub recipient: String,
    /// Where it is.
    pub state: DeliveryState,
    /// How many attempts were begun since it was queued or sent again by hand.
    pub attempts: u32,
    /// When the next attempt is due; `None` once it is over.
    pub next_attempt: Option<DateTime<Utc>>,
    /// No attempt is made after this.
    pub retry_until: DateTime<Utc>,
    /// What the receiver said last, or why nothing was sent. No secret and no address is in it.
    pub last_answer: Option<String>,
    /// When the event happened.
    pub created_at: DateTime<Utc>,
    /// When it was accepted.
    pub sent_at: Option<DateTime<Utc>>,
}
