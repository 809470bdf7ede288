//! Tables of sharing: the links, the ledger, and the keys.

pub(in crate::store) mod keys;
pub(in crate::store) mod ledger;
mod links;

pub use keys::{KeyIntent, KeyUse};
pub use ledger::Signer;
