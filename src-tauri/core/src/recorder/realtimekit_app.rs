//! The RealtimeKit app that holds all rooms of an account, and the presets people join with.

use tokio::sync::OnceCell;

use crate::cloudflare::{App, NewPreset};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::error::Error;

/// The app and its presets; empty until the first use.
#[derive(Debug, Default)]
struct RealtimeKitApp {
    id: OnceCell<AppId>,
    presets: OnceCell<RoomPresets>,
}

/// The names of the presets for a host and a participant. RealtimeKit takes a preset's name when a participant is
/// added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomPresets {
    pub(crate) host: String,
    pub(crate) participant: String,
}

/// Cloudflare's presets. Apps that were made in the dashboard have them; no document promises them for other apps.
const CLOUDFLARE_PRESETS: (&str, &str) = ("group_call_host", "group_call_participant");
/// Hajime's presets, for apps without Cloudflare's.
const OWN_PRESETS: (&str, &str) = ("hajime_host", "hajime_participant");
/// The most apps that an error message names.
const MAX_NAMED_APPS: usize = 8;

/// The RealtimeKit app: the one in the configuration, or else the one in the database, or else the only one of the
/// account, or else a new one.
pub(crate) async fn id(context: &Context) -> Result<AppId, Error> {
    let service = context.service::<RealtimeKitApp>();
    let id = service.id.get_or_try_init(|| async {
        if let Some(app) = &context.parts().app {
            return Ok(app.clone());
        }
        if let Some(app) = context.store().app()? {
            return Ok(app);
        }
        let mut apps = context.cloudflare().apps().await?;
        if apps.is_empty() {
            // An app cannot be deleted, so a new one is made only if the list is empty twice.
            apps = context.cloudflare().apps().await?;
        }
        let app = match apps.as_slice() {
            [] => make_first(context).await?,
            [only] => only.id.clone(),
            several => {
                let names: Vec<_> =
                    several.iter().take(MAX_NAMED_APPS).map(|app| format!("{} ({})", app.name, app.id)).collect();
                return Err(Error::SeveralApps { names: names.join(", ") });
            }
        };
        context.store().set_app(Some(&app))?;
        Ok(app)
    });
    id.await.cloned()
}

/// The RealtimeKit app if there is one. Makes none.
pub(crate) async fn existing(context: &Context) -> Result<Option<AppId>, Error> {
    let known = context.service::<RealtimeKitApp>().id.initialized()
        || context.parts().app.is_some()
        || context.store().app()?.is_some();
    if known || !context.cloudflare().apps().await?.is_empty() {
        return id(context).await.map(Some);
    }
    Ok(None)
}

/// Makes an app. If another desk makes one at the same moment, both desks use the older one.
async fn make_first(context: &Context) -> Result<AppId, Error> {
    let made = context.cloudflare().create_app("Hajime").await?;
    let all = context.cloudflare().apps().await?;
    let age = |app: &App| (app.created_at.is_none(), app.created_at, app.id.clone());
    let oldest = all.into_iter().fold(made, |oldest, app| if age(&app) < age(&oldest) { app } else { oldest });
    Ok(oldest.id)
}

/// The names of the presets: Cloudflare's if the app has them, Hajime's otherwise.
pub(crate) async fn presets(context: &Context) -> Result<RoomPresets, Error> {
    let service = context.service::<RealtimeKitApp>();
    let presets = service.presets.get_or_try_init(|| async {
        let app = &id(context).await?;
        let presets = context.cloudflare().presets(app).await?;
        let has = |name: &str| presets.iter().any(|preset| preset.name == name);
        let (host, participant) = CLOUDFLARE_PRESETS;
        if has(host) && has(participant) {
            return Ok(RoomPresets { host: host.into(), participant: participant.into() });
        }
        let (host, participant) = OWN_PRESETS;
        if !has(host) {
            context.cloudflare().create_preset(app, &NewPreset::host(host)).await?;
        }
        if !has(participant) {
            context.cloudflare().create_preset(app, &NewPreset::participant(participant)).await?;
        }
        Ok(RoomPresets { host: host.into(), participant: participant.into() })
    });
    presets.await.cloned()
}
