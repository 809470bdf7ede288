//! `recording …`: listing, searching, describing, retrying, saving, attaching recordings, and how long they stay.

pub(crate) mod attachment;
pub(crate) mod bin;
pub(crate) mod description;
pub(crate) mod recording;
pub(crate) mod recording_view;
pub(crate) mod retention;
pub(crate) mod search;
