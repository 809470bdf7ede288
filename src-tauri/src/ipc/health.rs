//! Knowing that it works.

pub(crate) mod alerts;
