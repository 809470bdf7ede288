//! `session …`: the schedule, and starting and ending sessions. `roster …`: their people and invitations.

pub(crate) mod dates;
pub(crate) mod repeated;
pub(crate) mod roster;
pub(crate) mod session;
mod session_view;
