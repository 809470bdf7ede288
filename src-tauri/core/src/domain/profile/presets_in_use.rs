//! The presets of an app as a person should see them.

use crate::domain::profile::preset::{PresetRole, Right};

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
