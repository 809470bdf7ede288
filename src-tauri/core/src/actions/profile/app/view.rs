//! The apps of the account, and what is known of the one in use.

use chrono::{DateTime, Utc};

use super::presets::{self, Presets};
use crate::cloudflare::{RealtimeKitRecording, RecordingStatus, RecordingsQuery};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::domain::profile::realtimekit_app::{App, AppChoice};
use crate::domain::recorder::quality::Quality;
use crate::domain::schedule::limits::LENGTH_MAX_SECONDS;
use crate::error::{Error, UserError};
use crate::recorder::realtimekit_app::{self, InUse};

/// How many of the newest recordings are looked at to see where they went.
const RECORDINGS_LOOKED_AT: u32 = 25;

/// The apps of the account and the one in use.
#[derive(Debug, Clone)]
pub struct AppsView {
    /// The apps of the account, in Cloudflare's order.
    pub apps: Vec<App>,
    /// The app in use; `None` while none is chosen.
    pub in_use: Option<AppInUse>,
}

/// The app in use.
#[derive(Debug, Clone)]
pub struct AppInUse {
    /// Its id.
    pub id: AppId,
    /// Where its choice came from.
    pub choice: AppChoice,
    /// The app as Cloudflare lists it; `None` if the account does not have it.
    pub app: Option<App>,
    /// What it records and where; `None` if the account does not have the app.
    pub recording: Option<RecordingSettings>,
    /// Its presets, or why they cannot be read; `None` if the account does not have the app.
    pub presets: Option<Result<Presets, UserError>>,
}

/// What a recording is, and where it goes.
///
/// RealtimeKit's API does not tell an app's own recording settings. Hajime sends picture, sound and length with every
/// start, and these count before the app's (RealtimeKit docs, “Recording configuration precedence”). Where the file
/// goes is a setting of the app; recordings that were made tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSettings {
    /// The quality of a new class.
    pub quality: Quality,
    /// After how many seconds RealtimeKit stops a recording by itself.
    pub max_seconds: u32,
    /// Where the last recording was kept.
    pub kept: Result<Keeping, UserError>,
}

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

/// Reads the apps of the account and looks at the one in use. Changes nothing at Cloudflare.
pub async fn view(context: &Context) -> Result<AppsView, Error> {
    let apps = context.cloudflare().apps().await?;
    let in_use = match (realtimekit_app::known(context)?, apps.as_slice()) {
        (Some(known), _) => Some(known),
        (None, [only]) => Some(InUse { id: only.id.clone(), choice: AppChoice::OnlyOne }),
        (None, _) => None,
    };
    let in_use = match in_use {
        Some(InUse { id, choice }) => Some(look(context, id, choice, &apps).await?),
        None => None,
    };
    Ok(AppsView { apps, in_use })
}

async fn look(context: &Context, id: AppId, choice: AppChoice, apps: &[App]) -> Result<AppInUse, Error> {
    let Some(app) = apps.iter().find(|app| app.id == id).cloned() else {
        return Ok(AppInUse { id, choice, app: None, recording: None, presets: None });
    };
    context.store().set_name_of_app(&id, &app.name)?;
    let recording = RecordingSettings {
        quality: context.store().preferences()?.quality,
        max_seconds: LENGTH_MAX_SECONDS,
        kept: kept(context, &id).await.map_err(UserError::from),
    };
    let presets = presets::look(context.cloudflare(), &id).await.map_err(|error| UserError::from(Error::from(error)));
    Ok(AppInUse { id, choice, app: Some(app), recording: Some(recording), presets: Some(presets) })
}

async fn kept(context: &Context, app: &AppId) -> Result<Keeping, Error> {
    let query = RecordingsQuery { page: 1, per_page: RECORDINGS_LOOKED_AT, ..RecordingsQuery::default() };
    let newest = context.cloudflare().recordings(app, &query).await?.items;
    Ok(newest.iter().find_map(Keeping::shown_by).unwrap_or(Keeping::NotKnown))
}
