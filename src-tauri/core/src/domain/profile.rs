//! The settings of one profile.

pub mod job_status;
pub mod preferences;
