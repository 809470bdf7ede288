//! Share links: signed playback addresses. The ledger keeps what was made, never the token itself.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{KeyId, LinkId, RecordingId, VideoId};
use crate::domain::invalid::Invalid;

/// How long a link may work. Stream does not accept tokens that expire more than 24 hours ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity(TimeDelta);

impl Validity {
    /// The default and the maximum: 24 hours.
    pub const DAY: Self = Self(TimeDelta::hours(24));

    /// From whole hours, 1 to 24.
    pub fn hours(hours: i64) -> Result<Self, Invalid> {
        if (1..=24).contains(&hours) {
            Ok(Self(TimeDelta::hours(hours)))
        } else {
            Err(Invalid::one(
                "hours",
                format!("A link cannot work for {hours} hours: Cloudflare accepts 1 to 24."),
                "Choose from 1 to 24 hours.",
            ))
        }
    }

    /// The span.
    #[must_use]
    pub const fn span(self) -> TimeDelta {
        self.0
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLink {
    /// Our id.
    pub id: LinkId,
    /// The recording it plays.
    pub recording: RecordingId,
    /// The recording's title.
    pub recording_title: String,
    /// The video it plays.
    pub video: VideoId,
    /// The key it was signed with; `None` when Cloudflare signed it and did not say.
    pub kid: Option<KeyId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// Whether it allows downloading the file.
    pub download: bool,
}
