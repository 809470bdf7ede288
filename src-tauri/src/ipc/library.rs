//! Recordings: the list, playing, saving, attachments, and the recordings on Today.

pub(super) mod attachment;
pub(super) mod clip;
pub(super) mod description;
pub(super) mod recordings;
pub(super) mod search;
pub(super) mod today;
