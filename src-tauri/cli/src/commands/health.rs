//! `health`: the figures over the history; `metrics`: the same for monitoring programs.

pub(crate) mod figures;
pub(crate) mod metrics;
//! Commands about knowing that it works.

pub(crate) mod alerts;
