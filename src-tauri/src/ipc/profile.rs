//! The account that is open: connection, state, settings, copies of its data.

pub(super) mod account;
pub(super) mod backups;
pub(super) mod jobs;
pub(super) mod settings;
