//! Plain data and pure decisions. Nothing here does I/O or reads a clock; functions that depend on time take `now`.

pub mod attaching;
pub mod cause;
pub mod clock;
pub mod coverage;
pub mod forecast;
pub mod ids;
pub mod invalid;
pub mod likely;
pub mod link;
pub mod preferences;
pub mod proof;
pub mod quality;
pub mod recording;
pub mod rescue;
pub mod retry;
pub mod session;
pub mod stage;
