//! `recording …`: listing, searching, describing, cutting, retrying, saving, attaching and removing recordings.

pub(crate) mod attachment;
pub(crate) mod clip;
pub(crate) mod description;
pub(crate) mod recording;
pub(crate) mod recording_view;
pub(crate) mod removal;
pub(crate) mod search;
