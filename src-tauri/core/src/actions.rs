//! The actions of people: one function for each, on a [`Context`](crate::context::Context).
//!
//! Expected refusals are errors that a person can act on ([`Error`](crate::error::Error)). Every action that creates something at Cloudflare
//! commits its intent first. Machinery that jobs need as well lies in [`crate::recorder`].

pub mod library;
pub mod profile;
pub mod recorder;
pub mod schedule;
pub mod sharing;
