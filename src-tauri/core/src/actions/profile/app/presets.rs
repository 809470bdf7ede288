//! The presets of an app: which ones Hajime uses, what they allow, and repairing Hajime's own.

use crate::cloudflare::{self, Client, NewPreset, Preset};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::domain::library::attachment::shown_name;
use crate::domain::profile::preset::{
    CLOUDFLARE_PRESETS, OWN_PRESETS, PresetPair, PresetRights, PresetRole, Right, pair_in,
};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::realtimekit_app;

/// The most other presets whose names are shown.
const OTHERS_MAX: usize = 20;

/// The presets of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presets {
    /// The presets that Hajime uses, the host's first; empty if the app has neither Hajime's nor Cloudflare's pair. The
    /// first class makes Hajime's then.
    pub in_use: Vec<PresetView>,
    /// The names of the other presets of the app, at most 20.
    pub others: Vec<String>,
}

/// A preset that Hajime uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetView {
    /// Its name.
    pub name: &'static str,
    /// Who joins with it.
    pub role: PresetRole,
    /// Whether it is Hajime's own; otherwise it is Cloudflare's.
    pub is_ours: bool,
    /// The rights that it gives; empty where RealtimeKit does not tell.
    pub may: Vec<Right>,
    /// What keeps it from fitting a class, as words that follow its name.
    pub problems: Vec<String>,
}

impl Presets {
    /// Whether the app has a pair of presets and both fit a class.
    #[must_use]
    pub fn fit(&self) -> bool {
        !self.in_use.is_empty() && self.in_use.iter().all(|preset| preset.problems.is_empty())
    }

    /// What a person should know, as sentences.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Some(first) = self.in_use.first() else {
            return "The app has no presets to join with. Hajime makes its own with the first class.".into();
        };
        let whose = if first.is_ours { "Hajime’s own presets are used" } else { "Cloudflare’s presets are used" };
        if self.fit() {
            return format!("{whose}, and they fit.");
        }
        let said = self.in_use.iter().flat_map(|preset| {
            preset.problems.iter().map(|problem| format!("Whoever joins with “{}” {problem}.", preset.name))
        });
        let said: Vec<String> = said.collect();
        format!("{whose}, and they do not fit. {}", said.join(" "))
    }
}

/// Looks at the presets of an app. Changes nothing.
pub(crate) async fn look(cloudflare: &Client, app: &AppId) -> Result<Presets, cloudflare::Error> {
    let listed = cloudflare.presets(app).await?;
    let pair = pair_of(&listed);
    let mut in_use = Vec::new();
    for role in PresetRole::ALL {
        let Some(pair) = pair else { break };
        let name = pair.of(role);
        let is_ours = pair == OWN_PRESETS;
        let mut rights = PresetRights::default();
        // Two presets of one name are possible: no document forbids it. One that does not fit is what people should see.
        for preset in listed.iter().filter(|preset| preset.name == name) {
            if let Some(id) = &preset.id
                && rights.problems(role, is_ours).is_empty()
            {
                rights = cloudflare.preset_rights(app, id).await?.unwrap_or_default();
            }
        }
        let may = Right::ALL.into_iter().filter(|right| rights.allows(*right) == Some(true)).collect();
        in_use.push(PresetView { name, role, is_ours, may, problems: rights.problems(role, is_ours) });
    }
    let is_used = |name: &str| in_use.iter().any(|preset| preset.name == name);
    let others = listed.iter().filter(|preset| !is_used(&preset.name)).filter_map(|preset| shown_name(&preset.name));
    let others = others.take(OTHERS_MAX).collect();
    Ok(Presets { in_use, others })
}

fn pair_of(listed: &[Preset]) -> Option<PresetPair> {
    pair_in(&listed.iter().map(|preset| preset.name.as_str()))
}

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
