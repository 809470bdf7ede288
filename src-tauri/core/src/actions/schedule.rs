//! The actions on the schedule: plan, change, cancel, invite.

pub mod invitations;
pub mod sessions;
