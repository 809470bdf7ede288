//! Plain data and pure decisions. Nothing here does I/O or reads a clock; functions that depend on time take `now`.
//!
//! | module | for |
//! |---|---|
//! | [`schedule`] | sessions: what was planned, and the state of each |
//! | [`recorder`] | recordings until they can be watched: stages, causes of failure, forecasts, retries, deadlines |
//! | [`library`] | recordings at rest: attaching a video by hand |
//! | [`sharing`] | share links |
//! | [`delivery`] | notifications |
//! | [`health`] | whether it works: figures, alerts, usage, storage, the desk |
//! | [`profile`] | the settings of one account on this desk |
//!
//! The other modules hold the types that all of these share: ids, texts, moments within bounds, addresses, error codes,
//! input errors.

pub mod address;
pub mod bounds;
pub mod clock;
pub mod delivery;
pub mod error_code;
pub mod file_name;
pub mod health;
pub mod ids;
pub mod invalid;
pub mod library;
pub mod profile;
pub mod qr;
pub mod recorder;
pub mod retry_after;
pub mod schedule;
pub mod search;
pub mod sharing;
pub mod spreadsheet;
pub mod text;
