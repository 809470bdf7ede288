//! The commands of sharing: links, watch links, keys, and the ledger.

pub(crate) mod key;
pub(crate) mod ledger;
pub(crate) mod link;
pub(crate) mod watch_link;
