//! The actions on links, on the keys that sign them, and on the ledger of both.

pub mod formats;
pub mod keys;
pub mod ledger;
pub mod links;
pub mod revoke;
pub mod watch_links;
