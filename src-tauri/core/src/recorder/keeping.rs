//! Where RealtimeKit keeps the recordings of an app.

use chrono::{DateTime, Utc};

use crate::cloudflare::{RealtimeKitRecording, RecordingStatus, RecordingsQuery};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::error::Error;

/// How many of the newest recordings are looked at to see where they went.
const RECORDINGS_LOOKED_AT: u32 = 25;

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

    fn shown_by(recording: &RealtimeKitRecording) -> Option<Self> {
        let seen = recording.started_time.or(recording.invoked_time);
        match (&recording.status, &recording.own_storage, &recording.download_url) {
            (RecordingStatus::Uploaded, Some(place), _) => {
                // The last part is the name of the file.
                let bucket = place.split_once('/').map(|(bucket, _)| bucket.to_owned());
                Some(Self::InOwnStorage { bucket, seen })
            }
            (RecordingStatus::Uploaded, None, Some(_)) => Some(Self::AtRealtimeKit { seen }),
            _ => None,
        }
    }
}

/// Reads where the newest recordings of an app went.
pub(crate) async fn kept(context: &Context, app: &AppId) -> Result<Keeping, Error> {
    let query = RecordingsQuery { page: 1, per_page: RECORDINGS_LOOKED_AT, ..RecordingsQuery::default() };
    let newest = context.cloudflare().recordings(app, &query).await?.items;
    Ok(newest.iter().find_map(Keeping::shown_by).unwrap_or(Keeping::NotKnown))
}
