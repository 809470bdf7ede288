//! `session …`: the schedule, and starting and ending sessions. `roster …`: their people and invitations.
//! `class-link …`: the link for everybody. `template …`: plans without a start.

pub(crate) mod calendar;
pub(crate) mod class_link;
mod conflict_view;
pub(crate) mod dates;
mod history;
pub(crate) mod holiday;
pub(crate) mod preflight;
pub(crate) mod quick;
pub(crate) mod repeated;
pub(crate) mod roster;
mod series_options;
pub(crate) mod session;
mod session_view;
pub(crate) mod template;
mod texts;
