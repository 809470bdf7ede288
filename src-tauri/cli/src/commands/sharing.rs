//! `link …`: links to recordings.

pub(crate) mod link;
