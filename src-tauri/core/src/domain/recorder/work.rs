//! The work of this desk for a recording, done and still to do. Other desks have work of their own for the same
//! recording.

use chrono::{DateTime, Utc};

use crate::domain::recorder::retry_rule::AutoRetries;
use crate::domain::recorder::stage::Stage;

/// The work of this desk for one recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordingWork {
    /// The moment at which Cloudflare was last asked about the recording.
    pub last_check: Option<DateTime<Utc>>,
    /// The moment at which Cloudflare is asked next; `None` where no work is pending.
    pub next_poll: Option<DateTime<Utc>>,
    /// The moment of the next auto-retry of a failed recording; `None` where there is none.
    pub next_auto_retry: Option<DateTime<Utc>>,
    /// The auto-retries that were made.
    pub auto_retries: AutoRetries,
}

impl RecordingWork {
    /// Returns the work of a recording that has just entered a stage. Where the stage has pending work, the next poll
    /// is due at once.
    #[must_use]
    pub fn begin(stage: Stage, now: DateTime<Utc>) -> Self {
        Self { next_poll: stage.pending_work().map(|_| now), ..Self::default() }
    }

    /// Returns the moment of the next poll or auto-retry; `None` where neither is planned.
    #[must_use]
    pub fn next_check(&self) -> Option<DateTime<Utc>> {
        self.next_poll.or(self.next_auto_retry)
    }
}
