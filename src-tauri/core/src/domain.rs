//! Plain data and pure decisions. Nothing here does I/O or reads a clock; functions that depend on time take `now`.

pub mod address;
pub mod attaching;
pub mod bounds;
pub mod cause;
pub mod clock;
pub mod coverage;
pub mod file_name;
pub mod forecast;
pub mod ids;
pub mod invalid;
pub mod likely;
pub mod line;
pub mod link;
pub mod marks;
pub mod preferences;
pub mod proof;
pub mod quality;
pub mod recording;
pub mod rescue;
pub mod retry;
pub mod search;
pub mod session;
pub mod stage;
pub mod text;
