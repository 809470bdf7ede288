//! Sessions: what was planned, and the state of each.

pub mod origin;
pub mod session;
