//! How this desk fares.

pub(super) mod desk;
pub(super) mod report;
