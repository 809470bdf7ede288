//! Tests of the sandbox over real HTTP.
//!
//! The tests follow Cloudflare's API documentation and use no code of any client. When the sandbox and a client both
//! pass their tests, both agree with Cloudflare's documents.

mod access;
mod analytics;
mod captions;
mod clips;
mod crowd;
mod delivery;
mod email;
mod faults;
mod fuzz;
mod inputs;
mod mishaps;
mod people;
mod recordings;
mod restart;
mod rooms;
mod session_files;
mod stream;
pub mod support;
mod tokens;
mod uploads;
mod webhooks;
mod workers;
