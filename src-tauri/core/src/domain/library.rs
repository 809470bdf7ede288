//! Recordings at rest: what people write about them, the query for the list, saved views, what can be attached to a
//! session, and how long recordings stay.

pub mod attachment;
pub mod captions;
pub mod check;
pub mod description;
pub mod hit;
pub mod query;
pub mod retention;
pub mod retention_rules;
pub mod sidecar;
pub mod transfer;
pub mod view;
