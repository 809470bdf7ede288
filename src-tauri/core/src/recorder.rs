//! The code that follows recordings, used by actions and jobs alike. People cannot ask for any of it directly.
//!
//! | module | for |
//! |---|---|
//! | [`rooms`] | makes a room, counts its participants, makes the host’s address |
//! | [`invited`] | the room before its class begins, the links of people who were taken off the roster, and who was there |
//! | [`join_links`] | makes links of the door: for everybody of a class, and for one person |
//! | [`live_rooms`] | the open rooms and their occupancy, in memory |
//! | [`room_people`] | who is and was in a room, and removing one of them |
//! | [`planned_end`] | what comes in the way of a planned end |
//! | [`room_lock`] | lets only one process at a time open or close rooms |
//! | [`realtimekit_app`] | the RealtimeKit app and its presets |
//! | [`presets`] | what the presets of an app allow |
//! | [`keeping`] | where RealtimeKit keeps the recordings of an app |
//! | [`connection`] | checks a token, its permissions, the app and the clock |
//! | [`preflight`] | the checks before a class, and what they found last |
//! | [`capture`] | asks RealtimeKit to record, and finds the recording that it made |
//! | [`observe`] | converts Cloudflare’s statuses to observations |
//! | [`ending`] | stops recordings, removes everybody, closes the room |
//! | [`import`] | has Stream make exactly one video of the recording’s file |
//! | [`clips`] | has Stream cut a part of a video, kept and protected as the whole |
//! | [`import_queue`] | the recordings that wait until Stream has a free place |
//! | [`relay`] | sends a file to Stream through this computer |
//! | [`desktop`] | notes how notifications on this computer fare |
//! | [`download`] | downloads a recording’s file and can resume |
//! | [`transfers`] | carries downloads and archivings on, step by step |
//! | [`archiving`] | sends an archived file to its place, reads it back, and writes what is known beside it |
//! | [`adopt`] | adds the rooms, recordings and videos of other desks |
//! | [`token_rights`] | tries what the API token may really do |
//! | [`sync`] | compares the whole account with the database |
//! | [`rooms_ahead`] | the room of a session that has not begun |
//! | [`forecast`] | how long a recording still takes until it can be watched |
//! | [`session_texts`] | fetches the chat and the transcript of a session |
//! | [`captions`] | has Stream make captions, and keeps what they say |
//! | [`check`] | looks at the picture and listens to the sound of a video |
//! | [`media`] | decodes pictures and sound |
//! | [`playback`] | signs the addresses of a video |
//! | [`retention`] | tells Stream how long a recording stays, and takes over what other desks decided |
//! | [`signing_keys`] | makes, keeps, replaces and deletes the keys that sign links, and chooses the one for a link |
//! | [`ledger`] | adds rows to the ledger, signs them, and notes the end in the keyring |
//! | [`secrets`] | asks the keyring without blocking other work |
//! | [`channels`] | opens the channels through which other people and programs hear of recordings |
//! | [`feeds`] | reads a calendar again from its address and makes the schedule follow it |
//! | [`figures`] | reads the figures of a period over the history |
//! | [`report`] | gathers what the report of a month tells |
//! | [`outlets`] | keeps the schedule as a calendar for other programs |
//! | [`usage`] | asks what is used: storage, watched minutes, minutes in rooms |
//! | [`mail`] | writes the letters about recordings, with their links |

pub(crate) mod adopt;
pub(crate) mod archiving;
pub(crate) mod attempts;
pub(crate) mod auto_end;
pub(crate) mod captions;
pub(crate) mod capture;
pub(crate) mod channels;
pub(crate) mod check;
pub(crate) mod clips;
pub(crate) mod connection;
pub(crate) mod descriptions;
pub(crate) mod desktop;
pub(crate) mod door;
pub(crate) mod download;
pub(crate) mod ending;
pub(crate) mod ending_unnoted;
pub(crate) mod explanation;
pub(crate) mod feeds;
pub(crate) mod figures;
pub mod forecast;
pub(crate) mod import;
pub(crate) mod import_queue;
pub(crate) mod invited;
pub(crate) mod join_links;
pub(crate) mod keeping;
pub(crate) mod ledger;
pub(crate) mod lifecycle;
pub mod live_rooms;
pub(crate) mod mail;
pub(crate) mod media;
pub(crate) mod observe;
pub(crate) mod outlets;
pub(crate) mod planned_end;
pub(crate) mod playback;
pub(crate) mod preflight;
pub(crate) mod presets;
pub(crate) mod realtimekit_app;
pub(crate) mod relay;
pub(crate) mod relay_files;
pub(crate) mod report;
pub(crate) mod retention;
pub(crate) mod room_lock;
pub(crate) mod room_people;
pub(crate) mod room_use;
pub(crate) mod rooms;
pub(crate) mod rooms_ahead;
pub(crate) mod secrets;
pub(crate) mod session_texts;
pub(crate) mod signing_keys;
pub(crate) mod sync;
pub(crate) mod token_rights;
pub(crate) mod transfer_step;
pub(crate) mod transfers;
pub(crate) mod usage;
