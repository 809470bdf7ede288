//! Joins the account that is open, the page and the desktop. These files and `lib.rs` are the only ones that know all three.

pub(crate) mod alarms;
pub(crate) mod attention;
pub(crate) mod closing_question;
pub(crate) mod instance;
pub(crate) mod page_events;
pub(crate) mod title;
