//! The actions on the schedule: plan, repeat, change, cancel, keep the roster, invite.

pub mod calendar;
pub mod calendar_days;
pub mod class_links;
pub mod conflicts;
pub mod feeds;
pub mod holidays;
pub mod invitations;
pub mod outlets;
pub mod personal_invitations;
pub mod preflight;
pub mod quick_line;
pub mod roster;
pub mod series;
pub mod sessions;
pub mod templates;
pub mod tray;
