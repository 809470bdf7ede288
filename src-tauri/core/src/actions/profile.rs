//! The actions on the account and its data: check the connection, back up, restore, export.

pub mod backups;
pub mod connect;
pub mod join_page;
pub mod journal;
pub mod settings;
pub mod status;
pub mod tables;
