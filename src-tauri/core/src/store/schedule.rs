//! Tables of the schedule: sessions and the people they were opened for.

mod participants;
pub(in crate::store) mod sessions;

pub use participants::{Invitee, SeatRole};
