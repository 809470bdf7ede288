//! The actions on recordings: list, play, retry, attach, export, how long they stay, and the bin.

pub mod archive;
pub mod attachment;
pub mod bin;
pub mod captions;
pub mod checks;
pub mod clip;
pub mod description;
pub mod evidence;
pub mod export;
pub mod pictures;
pub mod public_videos;
pub mod recordings;
pub mod retention;
pub mod search;
pub mod today;
pub mod transfers;
pub mod view;
pub mod views;
