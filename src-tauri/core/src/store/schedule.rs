//! Tables of the schedule: sessions and the participants of their rooms.

mod participants;
pub(in crate::store) mod sessions;
pub(in crate::store) mod wall_clock;

pub use participants::{Invitee, SeatRole};
