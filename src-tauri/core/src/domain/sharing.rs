//! Share links, the keys that sign them, and the ledger of both.

pub mod country;
pub mod key;
pub mod ledger;
pub mod link;
pub mod rights;
