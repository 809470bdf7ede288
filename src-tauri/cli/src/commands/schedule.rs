//! `session …`: the schedule, and start and end of a session.

pub(crate) mod session;
