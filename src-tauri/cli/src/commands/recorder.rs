//! `sync` and `watch`: run the jobs in the foreground. `people`, `rooms`: who is in a room, and which rooms are open.

pub(crate) mod open_rooms;
pub(crate) mod people;
pub(crate) mod sync;
