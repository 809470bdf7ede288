//! What people ask of the account and its data: check a connection, copy, restore, export.

pub mod backups;
pub mod connect;
pub mod journal;
pub mod settings;
pub mod status;
pub mod tables;
