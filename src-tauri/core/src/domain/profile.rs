//! The settings of one profile.

pub mod backup;
pub mod job_status;
pub mod journal;
pub mod preference_fields;
pub mod preferences;
