//! Repairing Hajime's own presets.

use crate::actions::guard;
use crate::cloudflare::{self, Client, NewPreset};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::domain::profile::preset::{CLOUDFLARE_PRESETS, OWN_PRESETS, PresetRole};
use crate::domain::profile::presets_in_use::Presets;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::presets::{look, pair_of};
use crate::recorder::realtimekit_app;

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The names of the presets that were made.
    pub made: Vec<&'static str>,
    /// The names of Hajime's presets that were changed back.
    pub changed: Vec<&'static str>,
    /// The presets as they are now.
    pub presets: Presets,
}

/// Makes what is missing and brings Hajime's own presets back to what Hajime made. Presets of others are never changed:
/// where Cloudflare's do not fit a class, Hajime's own are made and used in their place.
///
/// May be repeated: after a lost reply the presets are listed again.
pub async fn repair(context: &Context) -> Result<Repaired, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let app = realtimekit_app::id(context).await?;
    match repaired(context, &app).await {
        Ok((made, changed)) => {
            // Every process that remembers presets of this app looks again.
            context.store().set_presets_repaired(&context.now().to_rfc3339())?;
            realtimekit_app::forget_presets(context).await;
            context.changed(&[Topic::Desk]);
            let presets = look(context.cloudflare(), &app).await?;
            Ok(Repaired { made, changed, presets })
        }
        Err(error) => Err(realtimekit_app::explained(context, error.into()).await),
    }
}

type Names = Vec<&'static str>;

async fn repaired(context: &Context, app: &AppId) -> Result<(Names, Names), cloudflare::Error> {
    let cloudflare = context.cloudflare();
    let listed = cloudflare.presets(app).await?;
    let (mut made, mut changed) = (Vec::new(), Vec::new());
    for role in PresetRole::ALL {
        let name = OWN_PRESETS.of(role);
        for preset in listed.iter().filter(|preset| preset.name == name) {
            let Some(id) = &preset.id else { continue };
            let rights = cloudflare.preset_rights(app, id).await?.unwrap_or_default();
            if !rights.problems(role, true).is_empty() {
                cloudflare.change_preset(app, id, &NewPreset::own(name, role)).await?;
                changed.push(name);
            }
        }
    }
    let needs_own = match pair_of(&listed) {
        Some(pair) if pair == CLOUDFLARE_PRESETS => !look(cloudflare, app).await?.fit(),
        Some(_) => false,
        None => true,
    };
    if needs_own {
        for role in PresetRole::ALL {
            let name = OWN_PRESETS.of(role);
            if !listed.iter().any(|preset| preset.name == name) {
                make(cloudflare, app, name, role).await?;
                made.push(name);
            }
        }
    }
    Ok((made, changed))
}

async fn make(cloudflare: &Client, app: &AppId, name: &'static str, role: PresetRole) -> Result<(), cloudflare::Error> {
    match cloudflare.create_preset(app, &NewPreset::own(name, role)).await {
        Ok(_) => Ok(()),
        Err(error) if error.outcome_unknown() => {
            let is_there = cloudflare.presets(app).await?.iter().any(|preset| preset.name == name);
            if is_there { Ok(()) } else { Err(error) }
        }
        Err(error) => Err(error),
    }
}
