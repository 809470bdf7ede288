//! Connects the open account, the page and the desktop. Only these files and `lib.rs` know all three.

pub(crate) mod alarms;
pub(crate) mod attention;
pub(crate) mod awake;
pub(crate) mod closing_question;
pub(crate) mod global_keys;
pub(crate) mod instance;
pub(crate) mod log_out;
pub(crate) mod outside;
pub(crate) mod page_events;
pub(crate) mod title;
pub(crate) mod tray;
