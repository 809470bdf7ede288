//! Tables of sharing: the ledger of share links.

mod links;
