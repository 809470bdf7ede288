//! Looks at the presets of an app: which ones Hajime uses, and what they allow.

use crate::cloudflare::{self, Client, Preset};
use crate::domain::ids::AppId;
use crate::domain::library::attachment::shown_name;
use crate::domain::profile::preset::{OWN_PRESETS, PresetPair, PresetRights, PresetRole, Right, pair_in};
use crate::domain::profile::presets_in_use::{PresetView, Presets};

/// The most other presets whose names are shown.
const OTHERS_MAX: usize = 20;

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

/// The pair of presets that is used, among those that the app has.
pub(crate) fn pair_of(listed: &[Preset]) -> Option<PresetPair> {
    pair_in(&listed.iter().map(|preset| preset.name.as_str()))
}
