//! Plain data and pure decisions. Nothing here does I/O or reads a clock; functions that depend on time take `now`.
//!
//! | room | for |
//! |---|---|
//! | [`schedule`] | sessions: what was planned, and the state of each |
//! | [`recorder`] | recordings on their way: stages, causes of failure, forecasts, retries, deadlines |
//! | [`library`] | recordings at rest: attachment by hand |
//! | [`sharing`] | share links |
//! | [`delivery`] | notifications |
//! | [`profile`] | what one account’s desk is set to |
//!
//! Beside the rooms lie the types that all of them use: ids, texts, moments within bounds, addresses, error codes, input errors.

pub mod address;
pub mod bounds;
pub mod clock;
pub mod delivery;
pub mod error_code;
pub mod file_name;
pub mod ids;
pub mod invalid;
pub mod library;
pub mod profile;
pub mod recorder;
pub mod schedule;
pub mod search;
pub mod sharing;
pub mod text;
