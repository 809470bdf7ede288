//! The actions on a session from its start to its end.

pub mod end;
pub mod live;
pub mod pause;
pub mod start;
pub mod sync;
