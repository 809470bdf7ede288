//! The RealtimeKit app that holds the rooms: which one is in use, choosing another, making one, and its presets.
//!
//! | file | for |
//! |---|---|
//! | [`view`] | the apps of the account, and what is known of the one in use |
//! | [`choose`] | using another app, unless that would lose what is under way |
//! | [`create`] | making an app; Cloudflare's API cannot delete one |
//! | [`presets`] | repairing Hajime's own presets |

mod choose;
mod create;
mod presets;
mod view;

pub use crate::actions::profile::app::choose::{Invitations, choose};
pub use crate::actions::profile::app::create::{create, create_at};
pub use crate::actions::profile::app::presets::{Repaired, repair};
pub use crate::actions::profile::app::view::{AppInUse, AppsView, RecordingSettings, view};
pub use crate::domain::profile::keeping::Keeping;
pub use crate::domain::profile::presets_in_use::{PresetView, Presets};
