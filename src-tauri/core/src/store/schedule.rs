//! Tables of the schedule: sessions and the participants of their rooms.

mod attendance;
mod calendars;
mod feeds;
pub(in crate::store) mod holidays;
mod outlets;
mod participants;
mod rooms_ahead;
pub(in crate::store) mod roster;
pub(in crate::store) mod series;
pub(in crate::store) mod series_roster;
pub(in crate::store) mod sessions;
pub(in crate::store) mod templates;
pub(in crate::store) mod wall_clock;

pub use calendars::Repeats;
pub use participants::{Invitee, PersonSeat, SeatRole, TakenSeats, WithdrawnSeat};
