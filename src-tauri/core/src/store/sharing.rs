//! Tables of sharing: the links, the ledger, and the keys.

pub(in crate::store) mod join_links;
pub(in crate::store) mod keys;
pub(in crate::store) mod ledger;
mod links;
mod locked_classes;
pub(in crate::store) mod watch_links;

pub use keys::{KeyIntent, KeyUse};
pub use ledger::Signer;
