//! Recordings at rest.

pub mod attachment;
