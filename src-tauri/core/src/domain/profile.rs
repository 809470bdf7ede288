//! What one account’s desk is set to.

pub mod preferences;
