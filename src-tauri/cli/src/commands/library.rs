//! `recording …`: listing, searching, describing, cutting, retrying, saving and attaching recordings, and how long they stay;
//! `transfer …` and `archive …`: downloads and the archive.

pub(crate) mod archive;
pub(crate) mod attachment;
pub(crate) mod bin;
pub(crate) mod captions;
pub(crate) mod check;
pub(crate) mod clip;
pub(crate) mod description;
pub(crate) mod public_videos;
pub(crate) mod recording;
pub(crate) mod recording_view;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod transfer;
