//! The commands of sharing: links, their keys, and the ledger.

pub(crate) mod key;
pub(crate) mod ledger;
pub(crate) mod link;
