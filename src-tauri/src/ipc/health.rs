//! Whether it works: the figures over the history.

pub(super) mod metrics;
