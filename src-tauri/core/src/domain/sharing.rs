//! Share links.

pub mod link;
