//! Recordings at rest and on their way.

pub(super) mod attachment;
pub(super) mod recordings;
pub(super) mod today;
