//! The actions on recordings: list, play, retry, attach, remove, export.

pub mod archive;
pub mod attachment;
pub mod captions;
pub mod checks;
pub mod clip;
pub mod description;
pub mod evidence;
pub mod export;
pub mod pictures;
pub mod public_videos;
pub mod recordings;
pub mod removal;
pub mod search;
pub mod today;
pub mod transfers;
pub mod view;
pub mod views;
