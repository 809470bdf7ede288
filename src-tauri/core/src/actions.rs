//! The actions of people: one function for each, on a [`Context`](crate::context::Context).
//!
//! A refusal is an error that a person can act on ([`Error`](crate::error::Error)). An action that creates something at
//! Cloudflare commits its intent first. Each names its permission to the [`guard`] first. Code that jobs need as well is in [`crate::recorder`].

pub mod delivery;
mod guard;
pub mod health;
pub mod library;
pub mod profile;
pub mod recorder;
pub mod schedule;
pub mod sharing;
