//! Checks a connection before it is used: what works, what is missing, and what to do about it.

pub use crate::domain::profile::connection_check::{Check, Outcome, Report, Subject};
pub use crate::recorder::connection::check;
