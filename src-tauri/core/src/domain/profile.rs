//! Everything that belongs to one profile: preferences, backups, the journal, the RealtimeKit app and the status of jobs.

pub mod backup;
pub mod connection_check;
pub mod desktop;
pub mod global_keys;
pub mod hostname;
pub mod job_status;
pub mod join_page;
pub mod journal;
pub mod keeping;
pub mod passphrase;
pub mod preference_fields;
pub mod preferences;
pub mod preset;
pub mod presets_in_use;
pub mod realtimekit_app;
pub mod role;
