//! Recordings: the list, playing, saving, attachments, how long they stay, and the recordings on Today.

pub(super) mod attachment;
pub(super) mod bin;
pub(super) mod description;
pub(super) mod recordings;
pub(super) mod retention;
pub(super) mod search;
pub(super) mod today;
