//! `recording …`: listing, retrying, saving, attaching and removing recordings.

pub(crate) mod attachment;
pub(crate) mod recording;
pub(crate) mod recording_view;
pub(crate) mod removal;
