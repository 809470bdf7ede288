//! What this desk still does for a recording, and did. Other desks have work of their own for the same recording.

use chrono::{DateTime, Utc};

use crate::domain::recorder::retry_rule::AutoRetries;
use crate::domain::recorder::stage::Stage;

/// This desk's work for one recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordingWork {
    /// When Cloudflare was last asked about the recording.
    pub last_check: Option<DateTime<Utc>>,
    /// When Cloudflare is asked next; `None` once no work is pending.
    pub next_poll: Option<DateTime<Utc>>,
    /// When a failed recording is tried again by itself; `None` where it is not.
    pub next_auto_retry: Option<DateTime<Utc>>,
    /// How often it was tried again by itself.
    pub auto_retries: AutoRetries,
}

impl RecordingWork {
    /// The work of a recording that has just come to this stage: Cloudflare is asked at once where something is owed.
    #[must_use]
    pub fn begin(stage: Stage, now: DateTime<Utc>) -> Self {
        Self { next_poll: stage.pending_work().map(|_| now), ..Self::default() }
    }

    /// When anything happens by itself: the next poll, or the next try of a failed recording.
    #[must_use]
    pub fn next_check(&self) -> Option<DateTime<Utc>> {
        self.next_poll.or(self.next_auto_retry)
    }
}
