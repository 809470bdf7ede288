//! Recordings at rest: the query for the list, and what can be attached to a session.

pub mod attachment;
pub mod query;
