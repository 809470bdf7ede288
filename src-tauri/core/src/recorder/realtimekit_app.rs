//! The RealtimeKit app that holds all rooms of an account, and the presets people join with.

use tokio::sync::OnceCell;

use crate::cloudflare::{App, NewPreset};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::error::Error;

/// The app and its presets, once they are known.
#[derive(Debug, Default)]
struct RealtimeKitApp {
    id: OnceCell<AppId>,
    presets: OnceCell<RoomPresets>,
}

/// The names of the presets people join with. Adding a participant takes a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomPresets {
    pub(crate) host: String,
    pub(crate) participant: String,
}

/// Cloudflare's own presets; present in apps made in the dashboard, promised nowhere else.
const CLOUDFLARE_PRESETS: (&str, &str) = ("group_call_host", "group_call_participant");
/// Our presets, made where Cloudflare's are missing.
const OWN_PRESETS: (&str, &str) = ("hajime_host", "hajime_participant");
/// The most apps that an error names.
const MAX_NAMED_APPS: usize = 8;

/// The RealtimeKit app: the one named in the profile, else the one remembered, else the account's only one, else a new one.
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
            // No app can be deleted again, so the list is believed only when it says so twice.
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

/// The RealtimeKit app if there is one. It makes none.
pub(crate) async fn existing(context: &Context) -> Result<Option<AppId>, Error> {
    let known = context.service::<RealtimeKitApp>().id.initialized()
        || context.parts().app.is_some()
        || context.store().app()?.is_some();
    if known || !context.cloudflare().apps().await?.is_empty() {
        return id(context).await.map(Some);
    }
    Ok(None)
}

/// Makes an app. When another desk made one in the same moment, both desks use the older one.
async fn make_first(context: &Context) -> Result<AppId, Error> {
    let made = context.cloudflare().create_app("Hajime").await?;
    let all = context.cloudflare().apps().await?;
    let age = |app: &App| (app.created_at.is_none(), app.created_at, app.id.clone());
    let oldest = all.into_iter().fold(made, |oldest, app| if age(&app) < age(&oldest) { app } else { oldest });
    Ok(oldest.id)
}

/// The presets of the app: Cloudflare's where they exist, ours otherwise.
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
