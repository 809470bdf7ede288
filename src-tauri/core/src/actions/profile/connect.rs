//! Checks a connection before it is used: what works, what is missing, and what to do about it.

pub use crate::recorder::connection::{Check, Outcome, Report, Subject, check};
