//! The presets of an app as a person should see them: which ones Hajime uses, and what they allow.

use crate::cloudflare::{self, Client, Preset};
use crate::domain::ids::AppId;
use crate::domain::library::attachment::shown_name;
use crate::domain::profile::preset::{OWN_PRESETS, PresetPair, PresetRights, PresetRole, Right, pair_in};

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

/// The pair of presets that is used, among those that the app has.
pub(crate) fn pair_of(listed: &[Preset]) -> Option<PresetPair> {
    pair_in(&listed.iter().map(|preset| preset.name.as_str()))
}
