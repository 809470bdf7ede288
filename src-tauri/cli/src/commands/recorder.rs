//! `sync` and `watch`: run the jobs in the foreground. `people`, `rooms`: who is in a room, and which rooms are open.
//! `waiting`, `class`: who waits to be let in, and whether people wait.

pub(crate) mod open_rooms;
pub(crate) mod people;
pub(crate) mod sync;
pub(crate) mod waiting;
