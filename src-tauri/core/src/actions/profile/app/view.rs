//! The apps of the account, and what is known of the one in use.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::domain::profile::keeping::Keeping;
use crate::domain::profile::presets_in_use::Presets;
use crate::domain::profile::realtimekit_app::{App, AppChoice};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::quality::Quality;
use crate::domain::schedule::limits::LENGTH_MAX_SECONDS;
use crate::error::{Error, UserError};
use crate::recorder::keeping::kept;
use crate::recorder::presets;
use crate::recorder::realtimekit_app::{self, InUse};

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

/// Reads the apps of the account and looks at the one in use. Changes nothing at Cloudflare.
pub async fn view(context: &Context) -> Result<AppsView, Error> {
    guard::allow(context, Permission::ManageAccount)?;
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
