//! Knowing that it works.

pub mod alerts;
