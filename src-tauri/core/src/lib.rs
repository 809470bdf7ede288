//! The core of Hajime: decisions and I/O, without a window.
//!
//! | module | for |
//! |---|---|
//! | [`domain`] | plain data and pure decisions; never reads a clock, never does I/O |
//! | [`ports`] | what the core needs from the machine, as traits |
//! | [`cloudflare`] | RealtimeKit and Stream over REST: one `send`, one parser for both envelopes, one retry classifier |
//! | [`store`] | the local database: a cache plus what Cloudflare cannot hold |
//! | [`signing`] | playback tokens |
//! | [`keyring`] | the operating system’s keyring, shared by window and CLI |
//! | [`config`] | credentials from the environment and `.env` |
//! | [`opening`] | from a data folder and credentials to a desk |
//! | [`actions`] | one function per thing a person can ask for |
//! | [`jobs`] | what goes on by itself: the driver, the recording pipeline, the poll plan |
//!
//! Invariants: nothing here knows a window, a terminal or a sandbox; the sandbox is reached by its base address like Cloudflare itself.
//! No secret reaches the database, a log line or an error. Whatever is created at Cloudflare is marked and committed as an intent first.

pub mod actions;
pub mod cloudflare;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod keyring;
pub mod opening;
pub mod ports;
pub mod signing;
pub mod store;
