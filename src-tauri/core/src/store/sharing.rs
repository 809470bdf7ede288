//! Tables of sharing: the links, the ledger, and the keys.

mod door_rows;
mod door_seats;
pub(in crate::store) mod join_links;
pub(in crate::store) mod keys;
pub(in crate::store) mod ledger;
mod links;
mod locked_classes;
pub(in crate::store) mod watch_links;

pub use door_rows::DoorSources;
pub use keys::{KeyIntent, KeyUse};
pub use ledger::Signer;
