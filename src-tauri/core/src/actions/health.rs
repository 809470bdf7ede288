//! Actions on what is used at Cloudflare: the storage, the minutes, and what they cost.

pub mod prices;
pub mod storage;
pub mod usage;
