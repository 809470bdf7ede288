//! `link …`: share links.

pub(crate) mod link;
