//! The actions on a session that begins, is live or ends.

pub mod end;
pub mod live;
pub mod pause;
pub mod start;
pub mod sync;
