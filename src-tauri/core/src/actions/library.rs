//! The actions on recordings: list, play, retry, attach, remove, export.

pub mod attachment;
pub mod evidence;
pub mod export;
pub mod recordings;
pub mod removal;
pub mod today;
pub mod view;
