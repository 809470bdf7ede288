//! Stream: `/accounts/{account}/stream`, and the host that plays its videos.

pub(super) mod captions;
pub(super) mod clips;
pub(super) mod delivery;
pub(super) mod downloads;
pub(super) mod keys;
pub(super) mod meta;
pub(super) mod storage;
pub(super) mod upload;
pub(super) mod videos;
