//! The life of the door behind the join page: publish it, look at it, renew its secrets, take it down.
//!
//! The door is the Worker of the join page with code, a D1 database, a token for RealtimeKit and a signing key. What is made is noted before
//! Cloudflare is asked, and what another one replaces is deleted last, so that every action can be repeated after a crash and leaves no second
//! database, token or key. The private half of the key and the token are secrets of the Worker: this desk has them while it publishes, and
//! keeps neither.

mod cleanup;
mod database;
mod lack;
mod look;
mod publish;
mod remove;
mod rotate;
mod status;
mod token;

pub use lack::Lack;
pub use publish::{DoorOutcome, DoorStep};
pub(super) use publish::{Given, prepare};
pub use remove::{TakenDown, remove};
pub(super) use remove::{begin_take_down, end_take_down};
pub use rotate::{end_plays, rotate, take_token};
pub use status::{DoorState, Status, TokenState, status};
