//! Sessions: what was planned, and the state of each.

pub mod lifecycle;
pub mod limits;
pub mod refusal;
pub mod session;
pub mod session_fields;
pub mod start;
