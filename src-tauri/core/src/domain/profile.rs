//! Everything that belongs to one profile: preferences, backups, the journal and the status of jobs.

pub mod backup;
pub mod hostname;
pub mod job_status;
pub mod join_page;
pub mod journal;
pub mod preference_fields;
pub mod preferences;
