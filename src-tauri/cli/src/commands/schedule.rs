//! `session …`: the schedule, and starting and ending sessions.

pub(crate) mod session;
