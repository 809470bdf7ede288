//! The RealtimeKit app that holds all rooms of an account, and the presets people join with.
//!
//! Nothing here remembers the app: it is read from the database each time, so that a choice takes effect at once in
//! every job and in every process. The presets are remembered until another app is chosen or they are repaired.

use tokio::sync::Mutex;

use crate::cloudflare::{self, NewPreset};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::domain::profile::preset::{CLOUDFLARE_PRESETS, OWN_PRESETS, PresetPair, PresetRole, pair_in};
use crate::domain::profile::realtimekit_app::{App, AppChoice, AppName};
use crate::error::Error;

/// What this process keeps of the app.
#[derive(Debug, Default)]
struct RealtimeKitApp {
    /// Held while an app is looked for or made, so that one process makes one.
    search: Mutex<()>,
    presets: Mutex<Option<KnownPresets>>,
}

/// The presets that were found last, and what they were found for.
#[derive(Debug)]
struct KnownPresets {
    app: AppId,
    repaired: Option<String>,
    pair: PresetPair,
}

/// The app in use, and where its choice came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InUse {
    pub(crate) id: AppId,
    pub(crate) choice: AppChoice,
}

/// The most apps that an error message names.
const MAX_NAMED_APPS: usize = 8;
/// The name of the app that Hajime makes when the account has none.
const NAME_OF_FIRST: &str = "Hajime";

/// The app in the configuration, or else the one in the database. Sends no request.
pub(crate) fn known(context: &Context) -> Result<Option<InUse>, Error> {
    if let Some(app) = &context.parts().app {
        return Ok(Some(InUse { id: app.clone(), choice: AppChoice::Configured }));
    }
    let Some(id) = context.store().app()? else { return Ok(None) };
    Ok(Some(InUse { id, choice: context.store().app_choice()? }))
}

/// The RealtimeKit app: the known one, or else the only one of the account, or else a new one.
pub(crate) async fn id(context: &Context) -> Result<AppId, Error> {
    if let Some(known) = known(context)? {
        return Ok(known.id);
    }
    let service = context.service::<RealtimeKitApp>();
    let _alone = service.search.lock().await;
    // Another task may have found it meanwhile.
    if let Some(known) = known(context)? {
        return Ok(known.id);
    }
    let mut apps = context.cloudflare().apps().await?;
    if apps.is_empty() {
        // An app cannot be deleted, so a new one is made only if the list is empty twice.
        apps = context.cloudflare().apps().await?;
    }
    let app = match apps.as_slice() {
        [] => make_first(context).await?,
        [only] => only.clone(),
        several => {
            let names: Vec<_> = several.iter().take(MAX_NAMED_APPS).map(App::to_string).collect();
            return Err(Error::SeveralApps { names: names.join(", ") });
        }
    };
    let settled = context.store().settle_app(&app.id)?;
    if settled == app.id {
        context.store().set_name_of_app(&app.id, &app.name)?;
    }
    Ok(settled)
}

/// The RealtimeKit app if there is one. Makes none.
pub(crate) async fn existing(context: &Context) -> Result<Option<AppId>, Error> {
    if known(context)?.is_some() || !context.cloudflare().apps().await?.is_empty() {
        return id(context).await.map(Some);
    }
    Ok(None)
}

/// Makes an app. If another desk makes one at the same moment, both desks use the older one.
async fn make_first(context: &Context) -> Result<App, Error> {
    let made = context.cloudflare().create_app(&AppName::new(NAME_OF_FIRST)?).await?;
    let all = context.cloudflare().apps().await?;
    let age = |app: &App| (app.created_at.is_none(), app.created_at, app.id.clone());
    Ok(all.into_iter().fold(made, |oldest, app| if age(&app) < age(&oldest) { app } else { oldest }))
}

/// The error of a call about the whole app. If RealtimeKit has no such thing, the account may not have the app; then the
/// error says so.
pub(crate) async fn explained(context: &Context, error: Error) -> Error {
    let Error::Cloudflare(cloudflare::Error::Missing { .. }) = error else { return error };
    let Ok(Some(InUse { id, choice })) = known(context) else { return error };
    match context.cloudflare().apps().await {
        Ok(apps) if apps.iter().all(|app| app.id != id) => Error::UnknownApp { id: id.to_string(), choice },
        _ => error,
    }
}

/// The names of the presets: Hajime's if the app has both of them, or else Cloudflare's. If it has neither pair, makes
/// Hajime's.
pub(crate) async fn presets(context: &Context) -> Result<PresetPair, Error> {
    let service = context.service::<RealtimeKitApp>();
    let mut remembered = service.presets.lock().await;
    let app = id(context).await?;
    let repaired = context.store().presets_repaired()?;
    if let Some(found) = &*remembered
        && found.app == app
        && found.repaired == repaired
    {
        return Ok(found.pair);
    }
    let listed = match context.cloudflare().presets(&app).await {
        Ok(listed) => listed,
        Err(error) => return Err(explained(context, error.into()).await),
    };
    let names = || listed.iter().map(|preset| preset.name.as_str());
    let pair = match pair_in(&names()) {
        Some(pair) => pair,
        None => {
            for role in PresetRole::ALL {
                let name = OWN_PRESETS.of(role);
                if !names().any(|known| known == name) {
                    context.cloudflare().create_preset(&app, &NewPreset::own(name, role)).await?;
                }
            }
            OWN_PRESETS
        }
    };
    *remembered = Some(KnownPresets { app, repaired, pair });
    Ok(pair)
}

/// Forgets the presets, so that the next participant is added with what the app has by then.
pub(crate) async fn forget_presets(context: &Context) {
    *context.service::<RealtimeKitApp>().presets.lock().await = None;
}

/// Whether a preset of this name lets somebody in as a host.
pub(crate) fn is_host_preset(name: &str) -> bool {
    [OWN_PRESETS, CLOUDFLARE_PRESETS].iter().any(|pair| pair.of(PresetRole::Host) == name)
}
