//! What a stand-in for Cloudflare must show, one test for each statement, over real HTTP.
//!
//! The tests know the API's documentation and nothing of any client: when the sandbox and a client agree, it is because
//! both agree with Cloudflare. The number in a test's name is the number of the statement.

mod access;
mod captions;
mod clips;
mod crowd;
mod delivery;
mod faults;
mod fuzz;
mod inputs;
mod mishaps;
mod people;
mod recordings;
mod restart;
mod rooms;
mod stream;
mod support;
mod tokens;
mod uploads;
mod webhooks;
