//! The actions on the account and its data: check the connection, choose the RealtimeKit app, back up, restore, export.

pub mod app;
pub mod backups;
pub mod connect;
pub mod door;
pub mod join_page;
pub mod journal;
pub mod roles;
pub mod settings;
pub mod status;
pub mod tables;
