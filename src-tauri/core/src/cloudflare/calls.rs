//! RealtimeKit: `/accounts/{account}/realtime/kit`.

pub(super) mod apps;
pub(super) mod meetings;
pub(super) mod participants;
pub(super) mod presets;
pub(super) mod recordings;
pub(super) mod session_files;
pub(super) mod sessions;
