//! Sessions: the plan and the state of each.

pub mod lifecycle;
pub mod limits;
pub mod origin;
pub mod refusal;
pub mod session;
pub mod session_fields;
pub mod start;
