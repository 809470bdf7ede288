//! The actions on links.

pub mod links;
