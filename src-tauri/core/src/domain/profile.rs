//! Everything that belongs to one profile: preferences, backups, the journal, the RealtimeKit app and the status of jobs.

pub mod backup;
pub mod hostname;
pub mod job_status;
pub mod join_page;
pub mod journal;
pub mod preference_fields;
pub mod preferences;
pub mod preset;
pub mod realtimekit_app;
