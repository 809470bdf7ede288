//! `recording …`: look, retry, save, attach, remove.

pub(crate) mod attachment;
pub(crate) mod recording;
pub(crate) mod recording_view;
pub(crate) mod removal;
