//! Recordings: the list, playing, saving, attachments, captions and checks, how long they stay, and the recordings on Today.

pub(super) mod attachment;
pub(super) mod bin;
pub(super) mod captions;
pub(super) mod clip;
pub(super) mod description;
pub(super) mod public_videos;
pub(super) mod recordings;
pub(super) mod retention;
pub(super) mod search;
pub(super) mod today;
pub(super) mod transfers;
