//! What people ask of recordings: look, play, retry, attach, remove, save to this computer.

pub mod attachment;
pub mod evidence;
pub mod export;
pub mod recordings;
pub mod removal;
pub mod today;
pub mod view;
