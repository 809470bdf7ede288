//! Share links: signed playback addresses. The ledger lists every link made, never its token.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{KeyId, LinkId, RecordingId, VideoId};
use crate::domain::invalid::Invalid;

/// The time for which a link works. Stream does not accept tokens that expire more than 24 hours ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity(TimeDelta);

impl Validity {
    /// The default and the maximum: 24 hours.
    pub const DAY: Self = Self(TimeDelta::hours(24));

    /// Accepts whole hours from 1 to 24.
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

    /// Returns the validity as a length of time.
    #[must_use]
    pub const fn span(self) -> TimeDelta {
        self.0
    }
}

/// One link of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLink {
    /// Hajime's id of the link.
    pub id: LinkId,
    /// The recording that the link plays.
    pub recording: RecordingId,
    /// The title of the recording.
    pub recording_title: String,
    /// The video that the link plays.
    pub video: VideoId,
    /// The key that signed the token; `None` when Cloudflare signed the token and did not name the key.
    pub kid: Option<KeyId>,
    /// The moment at which the link was made.
    pub created_at: DateTime<Utc>,
    /// The moment at which the link ends.
    pub expires_at: DateTime<Utc>,
    /// True if the link allows downloading the file.
    pub download: bool,
}
