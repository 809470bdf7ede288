//! The open account: its connection, state, jobs, settings and backups.

pub(super) mod account;
pub(super) mod app;
pub(super) mod backups;
pub(super) mod desktop;
pub(super) mod door;
pub(super) mod jobs;
pub(super) mod join_page;
pub(super) mod journal;
pub(super) mod role;
pub(super) mod settings;
