//! The core of Hajime: decisions and I/O, without a window.
//!
//! | module | for |
//! |---|---|
//! | [`domain`] | plain data and pure decisions; never reads a clock, never does I/O |
//! | [`ports`] | what the core needs from the machine, as traits |
//! | [`http_client`] | the only place that makes HTTP clients; decides which requests go through a proxy |
//! | `tls` | the encryption of connections that are not HTTP |
//! | [`cloudflare`] | RealtimeKit and Stream over REST: one `send`, one parser for both envelopes, one retry classifier |
//! | [`store`] | the local database: a cache of Cloudflare, plus everything that Cloudflare cannot hold |
//! | `feed` | fetches a calendar from the address that a person gave |
//! | `archive` | the places of the archive: folders and buckets |
//! | `files` | gives complete files their names, and reads them back |
//! | [`signing`] | tokens that let a video be played |
//! | [`keyring`] | the operating system’s keyring, shared by window and CLI |
//! | [`desktop_bus`] | asks the desktop what it offers, shared by window and CLI |
//! | [`user_service`] | installs `hajime-cli watch` as a service of the user |
//! | [`environment`] | takes the API token out of the environment before anything else runs |
//! | [`config`] | credentials from the environment and the data folder’s `.env` |
//! | [`opening`] | opens a desk, given a data folder and credentials |
//! | [`actions`] | one function for each thing that a person can ask for |
//! | [`jobs`] | the background jobs: the driver, the recording pipeline, and the plan of when to ask Cloudflare |
//! | `delivery` | puts notifications into words and hands them to a channel |
//! | [`supervisor`] | starts background tasks; catches and counts their panics, and restarts those that should never
//! end |
//!
//! Invariants: the core depends on no window, no terminal and no sandbox; the sandbox is a server at a base address, as
//! Cloudflare is. No secret reaches the database, a log line or an error. Whatever Hajime creates at Cloudflare carries
//! a mark, and the intent to create it is committed first.

// Numbers from outside are bounded where they are read. This lint also keeps calculations with them from overflowing.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod actions;
mod archive;
pub mod cloudflare;
pub mod config;
pub mod context;
mod delivery;
pub mod desktop_bus;
pub mod domain;
pub mod environment;
pub mod error;
mod feed;
mod files;
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
mod tls;
pub mod user_service;
