//! Recordings at rest.

pub mod attachment;
pub mod query;
