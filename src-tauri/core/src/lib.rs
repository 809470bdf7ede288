//! The core of Hajime: decisions and I/O, without a window.
//!
//! | module | for |
//! |---|---|
//! | [`domain`] | plain data and pure decisions; never reads a clock, never does I/O |
//! | [`ports`] | what the core needs from the machine, as traits |
//! | [`http_client`] | the one place that makes HTTP clients: what goes through a proxy and what never does |
//! | [`cloudflare`] | RealtimeKit and Stream over REST: one `send`, one parser for both envelopes, one retry classifier |
//! | [`store`] | the local database: a cache plus what Cloudflare cannot hold |
//! | [`signing`] | playback tokens |
//! | [`keyring`] | the operating system’s keyring, shared by window and CLI |
//! | [`environment`] | takes the API token out of the environment before anything else runs |
//! | [`config`] | credentials from the environment and the data folder’s `.env` |
//! | [`opening`] | from a data folder and credentials to a desk |
//! | [`actions`] | one function per thing a person can ask for |
//! | [`jobs`] | what goes on by itself: the driver, the recording pipeline, the poll plan |
//! | `delivery` | notifications in words, handed to a channel |
//! | [`supervisor`] | background work: panics are caught, counted and shown, and the work goes on |
//!
//! Invariants: nothing here knows a window, a terminal or a sandbox; the sandbox is reached by its base address like Cloudflare itself.
//! No secret reaches the database, a log line or an error. Whatever is created at Cloudflare is marked and committed as an intent first.

// Numbers from outside are bounded where they are read. This lint also keeps every calculation with them from overflowing.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod actions;
pub mod cloudflare;
pub mod config;
pub mod context;
mod delivery;
pub mod domain;
pub mod environment;
pub mod error;
pub mod http_client;
pub mod jobs;
pub mod keyring;
pub mod opening;
pub mod ports;
pub mod recorder;
pub mod secret_url;
pub mod signing;
pub mod store;
pub mod supervisor;
