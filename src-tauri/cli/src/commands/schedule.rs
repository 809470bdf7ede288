//! `session …`: the schedule, and starting and ending sessions. `roster …`: their people and invitations.

pub(crate) mod roster;
pub(crate) mod session;
