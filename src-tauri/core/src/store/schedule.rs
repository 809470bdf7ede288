//! Tables of the schedule: sessions and the people they were opened for.

mod participants;
pub(in crate::store) mod sessions;
pub(in crate::store) mod wall_clock;

pub use participants::{Invitee, SeatRole};
