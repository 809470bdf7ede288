//! Whether it works: the figures over the history.

pub(super) mod metrics;
//! Knowing that it works.

pub(crate) mod alerts;
