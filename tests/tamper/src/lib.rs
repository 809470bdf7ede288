//! Stands between Hajime and the sandbox and tampers with what passes: replies that are odd, hostile, late, cut or sent twice.
//!
//! The sandbox answers as Cloudflare's documents say. What a real network, a proxy or an API that changed its mind sends instead is made here,
//! so that the two sides do not merely agree with each other.
//!
//! - [`proxy`]: the proxy itself, which forwards to the sandbox and rewrites its addresses, so that files and uploads pass here too
//! - [`rule`]: which requests a rule is for
//! - [`tamper`]: what is done to a reply
//! - [`json`]: edits of the entries in a JSON reply
//! - [`wire`]: HTTP/1.1 by hand, because no server library sends what these tests need
//! - [`trap`]: a host that nothing may be sent to

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
