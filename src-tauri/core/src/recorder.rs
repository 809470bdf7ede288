//! The machinery behind recordings, shared by actions and jobs. Nobody asks for it by name.
//!
//! | module | for |
//! |---|---|
//! | [`rooms`] | making a room, counting its people, the host’s way in |
//! | [`live_rooms`] | which rooms are open and how many people each has, in memory |
//! | [`room_lock`] | one opening or closing of a room at a time |
//! | [`realtimekit_app`] | the RealtimeKit app and its presets |
//! | [`capture`] | the request to record and the search for what came of it |
//! | [`observe`] | from Cloudflare’s statuses to observations |
//! | [`ending`] | stop recording, remove everybody, close the room |
//! | [`import`] | from the recording’s file to a video in Stream, exactly once |
//! | [`import_queue`] | which recordings wait for Stream |
//! | [`relay`] | carry a file to Stream through this computer |
//! | [`download`] | fetch a recording’s file with resume |
//! | [`adopt`] | take in what other desks made |
//! | [`sync`] | compare the account with the database |
//! | [`forecast`] | how long processing will still take |
//! | [`playback`] | signed addresses of a video |

pub(crate) mod adopt;
pub(crate) mod attempts;
pub(crate) mod capture;
pub(crate) mod download;
pub(crate) mod ending;
pub(crate) mod ending_unnoted;
pub(crate) mod explanation;
pub mod forecast;
pub(crate) mod import;
pub(crate) mod import_queue;
pub(crate) mod lifecycle;
pub mod live_rooms;
pub(crate) mod observe;
pub(crate) mod playback;
pub(crate) mod realtimekit_app;
pub(crate) mod relay;
pub(crate) mod relay_files;
pub(crate) mod room_lock;
pub(crate) mod rooms;
pub(crate) mod sync;
