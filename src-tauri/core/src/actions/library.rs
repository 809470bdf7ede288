//! The actions on recordings: list, play, retry, attach, export, how long they stay, and the bin.

pub mod attachment;
pub mod bin;
pub mod description;
pub mod evidence;
pub mod export;
pub mod pictures;
pub mod recordings;
pub mod retention;
pub mod search;
pub mod today;
pub mod view;
pub mod views;
