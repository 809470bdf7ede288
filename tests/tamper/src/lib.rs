//! A proxy between Hajime and the sandbox that makes replies odd, hostile, late, cut or repeated.
//!
//! The sandbox answers as Cloudflare's documents say. This crate makes the replies that a real network, another proxy
//! or a changed API sends instead. Without it, tests would show only that the core and the sandbox agree with each
//! other.
//!
//! - [`proxy`]: the proxy, which forwards to the sandbox and rewrites its addresses, so that files and uploads pass the
//!   proxy too
//! - [`rule`]: the requests that a rule applies to
//! - [`tamper`]: the ways to tamper with a reply
//! - [`json`]: edits of the entries in a JSON reply
//! - [`wire`]: HTTP/1.1 written byte by byte, because no server library sends what these tests need
//! - [`trap`]: a foreign host that must receive nothing

pub mod json;
pub mod proxy;
pub mod rule;
pub mod tamper;
pub mod trap;
pub mod wire;

pub use json::Edit;
pub use proxy::Proxy;
pub use rule::Rule;
pub use tamper::{Body, Tamper};
pub use trap::Trap;
