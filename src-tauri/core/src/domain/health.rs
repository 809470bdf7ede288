//! What is used at Cloudflare, what it costs, and when the storage is full.

pub mod cost;
pub mod forecast;
pub mod price;
pub mod storage;
pub mod usage;
