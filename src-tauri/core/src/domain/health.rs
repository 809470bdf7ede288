//! Knowing that it works.

pub mod alert;
