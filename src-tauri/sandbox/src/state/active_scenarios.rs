//! The active scenarios, and the switches to restore when they end.

use std::collections::BTreeSet;

use crate::switches::Switches;

/// The scenarios begun in this process. They are not saved: a restarted sandbox has none.
#[derive(Debug, Default)]
pub struct ActiveScenarios {
    /// The names of the scenarios, as the control API knows them.
    pub names: BTreeSet<&'static str>,
    /// The switches as they were before the first of these scenarios; `None` while no scenario is active.
    pub switches_before: Option<Switches>,
}
