//! Recordings at rest: what people write about them, the query for the list, saved views, and what can be attached to a
//! session.

pub mod attachment;
pub mod captions;
pub mod check;
pub mod cost;
pub mod description;
pub mod hit;
pub mod query;
pub mod sidecar;
pub mod transfer;
pub mod view;
