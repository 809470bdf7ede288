//! Commands about knowing that it works.

pub(crate) mod alerts;
