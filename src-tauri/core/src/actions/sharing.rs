//! What people ask of share links.

pub mod links;
