//! Recordings: the list, playing, saving, attachments, and the recordings on Today.

pub(super) mod attachment;
pub(super) mod recordings;
pub(super) mod today;
