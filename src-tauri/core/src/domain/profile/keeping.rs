//! Where RealtimeKit keeps the recordings of an app.

use chrono::{DateTime, Utc};

/// Where RealtimeKit keeps recordings, as the newest finished one shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// There is no finished recording that shows it.
    NotKnown,
    /// In RealtimeKit's own storage.
    AtRealtimeKit {
        /// When the recording that shows it was made.
        seen: Option<DateTime<Utc>>,
    },
    /// In storage of the account's own.
    InOwnStorage {
        /// The bucket, if RealtimeKit names it.
        bucket: Option<String>,
        /// When the recording that shows it was made.
        seen: Option<DateTime<Utc>>,
    },
}

impl Keeping {
    /// The stable name in the CLI and the IPC.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotKnown => "not_known",
            Self::AtRealtimeKit { .. } => "at_realtimekit",
            Self::InOwnStorage { .. } => "own_storage",
        }
    }

    /// What is known, as sentences.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NotKnown => {
                "Not known before the first recording: Cloudflare does not tell where an app’s recordings \
                 go, only where one went."
                    .into()
            }
            Self::AtRealtimeKit { .. } => {
                "In RealtimeKit’s own storage for seven days. Hajime brings them to Stream within minutes.".into()
            }
            Self::InOwnStorage { bucket, .. } => {
                let bucket = bucket.as_ref().map_or_else(String::new, |bucket| format!(", in “{bucket}”"));
                format!(
                    "In storage of your own{bucket}. Hajime cannot bring them to Stream from there: remove the storage \
                     of the app in the Cloudflare dashboard."
                )
            }
        }
    }
}
