//! The actions on a session from its start to its end.

pub mod auto_end;
pub mod closing;
pub mod end;
pub mod extend;
pub mod history;
pub mod live;
pub mod open_rooms;
pub mod pause;
pub mod people;
pub mod session_texts;
pub mod start;
pub mod sync;
pub mod waiting;
