//! `sync` and `watch`: run the jobs in the foreground.

pub(crate) mod people;
pub(crate) mod sync;
