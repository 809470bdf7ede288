//! A local stand-in for Cloudflare RealtimeKit and Stream: real tokens, real video, virtual time.
//!
//! It answers on one port of 127.0.0.1 as `api.cloudflare.com/client/v4` does, and as the host does that delivers
//! Stream's videos. Nothing here knows any client of it, and no client's code is used: when both agree, it is because
//! both agree with Cloudflare's documentation and its official SDKs.
//!
//! # Map
//!
//! ```text
//! serve          starting, stopping, what is in place from the start
//! wire           the listener, whose connections a fault can break
//! gateway        every request: faults, tokens, rate limits, permissions, then one of
//! ├─ routes      the API, by product: tokens, calls, kit (RealtimeKit), stream; input reads what was sent
//! ├─ delivery    playlists, segments, MP4 files, thumbnails, player pages, the files of recordings
//! ├─ room        the socket behind the room page
//! └─ control     what only a test or a rehearsal does
//! reply          the two envelopes
//! faults, budget what goes wrong on the wire on purpose; rate limits
//! mishaps        what goes wrong inside the provider on purpose
//! oddities       replies as nobody documents them, on purpose
//! scenarios      bad days with a name: faults, mishaps and switches that belong together
//!
//! world          the model with a clock, a state file and helpers around it: `World::with` is the only way in
//! state          the model: objects, and what happens to them as time passes; state::store keeps them in SQLite
//! clock          the process clock and the verification clock
//! switches       every choice nobody has documented
//! import, probe  looking at what Stream is asked to copy
//! jwt, presign   playback and participant tokens; presigned URLs
//! clips, media   real video, rendered when it is first needed
//! pages          the room and the player
//! ```
//!
//! # Invariants
//!
//! * Whoever looks at the model sees it settled to now: everything that was due has happened, in the order in which it
//!   was due, at any speed. Nothing but `world` holds the lock, and never across an `await`.
//! * Every change is in the state file before the reply that reports it goes out.
//! * API tokens, private keys, participant tokens and the signatures of presigned URLs are never written anywhere. The
//!   state file holds hashes and public halves; a presigned URL is kept without its signature, which follows from a
//!   secret of the state and is put back when it is read.
//! * A refusal comes in the envelope of the product that refuses. Nothing answers 500 by itself, only by a fault.
//! * Playback tokens are verified for real, with RSA, against keys that exist now.
//!
//! # Two clocks
//!
//! The *process clock* runs at the speed asked for and can be advanced. It drives everything that happens by itself and
//! every timestamp in a reply. The *verification clock* is real time plus what was advanced, and is what the `exp` and
//! `nbf` of tokens, rate limits and the `Date` header follow. After a restart the process clock goes on from where it
//! was, or from real time if that is later; the verification clock is real again.
//!
//! # Control API
//!
//! JSON over HTTP below [`Info::control_url`], which holds a secret of this run. Every reply is an object; a refusal is
//! `{"error": …}` with a 4xx status.
//!
//! | command | body | does |
//! |---|---|---|
//! | `GET state` | | both clocks, the switches, the traps, and how many there are of everything |
//! | `POST advance` | `seconds`, `speed` | moves both clocks, once all work in flight is done: at once, or at that many times real time |
//! | `POST speed` | `factor` | changes the speed of the process clock |
//! | `POST tokens` | `permissions` (`realtime`, `stream_read`, `stream_write`), `owner` (`user`, `account`), `account_id`, `expires_in_seconds` | makes an API token: `{"api_token"}` |
//! | `POST join` | `meeting_id`, `name`, `custom_participant_id` | puts somebody in a room who stays until told: `{"peer_id"}` |
//! | `POST leave` | `peer_id` | tells them |
//! | `GET switches`, `POST switches` | any switches | shows or changes them; see below |
//! | `POST faults` | see below | sets a trap |
//! | `DELETE faults` | | takes all traps away |
//! | `POST mishaps` | `count`, `mishap`: see below | lets something go wrong inside the provider |
//! | `GET scenarios` | | the bad days with a name, and which have been begun |
//! | `POST scenarios` | `name` | begins one |
//! | `POST calm` | | takes away all traps, mishaps and scenarios, and what they did to switches and limits |
//! | `DELETE limits` | | gives every client a fresh rate-limit window |
//!
//! A trap is `{"method", "path", "count", "skip", "for_seconds", "probability", "seed", "fault": {"kind", …}}`; only
//! `fault` is needed. `path` may hold `*` for any run of characters. The kinds: `status` (`status`), `not_found`, `html` and `empty`
//! (`status`), `truncated`, `cut_body`, `stall`, `slow_headers` and `slow_body` (`seconds`), `reset`, `drop_reply`, `rate_limited`
//! (`retry_after`).
//!
//! A mishap happens to the next recordings or videos it is for: `recording_fails` (`after_seconds`),
//! `recorder_never_comes`, `upload_fails`, `import_fails` (`code`), `encode_stuck` (`percent`).
//!
//! # Switches
//!
//! What Cloudflare's documentation leaves open, or only others have observed. Clients should not depend on any of it.
//!
//! | switch | default | decides |
//! |---|---|---|
//! | `no_authorization_status` | 400 | a request without an `Authorization` header |
//! | `unknown_token_status` | 403 | a well-formed token nobody issued (401 has been seen too) |
//! | `no_route_status` | 404 | a path below an account that leads nowhere (400 has been seen too) |
//! | `new_apps_have_presets` | false | whether apps made through the API have the group-call presets |
//! | `invalid_field_status` | 422 | a member out of bounds in a RealtimeKit request |
//! | `unknown_preset_status` | 404 | adding a participant with a preset the app lacks |
//! | `duplicate_start_status` | 409 | starting a recording while one is active |
//! | `inactive_start_status` | 409 | starting a recording in an INACTIVE meeting nobody is in |
//! | `session_list` | counted | what the list of sessions tells of those going on: how many people are in each, not that (`uncounted`), or nothing (`ended`) |
//! | `start_without_session` | accept | whether a recording may wait for somebody to join, or is refused |
//! | `invoked_patience_seconds` | 60 | how long it waits before it ends ERRORED |
//! | `finished_recording_status` | 404 | stopping, pausing or resuming a recording that is over |
//! | `shortest_recording_seconds` | 5 | recordings with less material end ERRORED |
//! | `empty_room_seconds` | 60 | how long a recorder stays in an empty room |
//! | `head_refused` | false | whether presigned URLs answer only the method they were signed for, GET |
//! | `download_url_seconds` | 604800 | how long presigned URLs and their files live |
//! | `storage_limit_minutes` | 100000 | minutes of video the account may store |
//! | `concurrent_encodes`, `too_many_encodes_status` | 120, 429 | how many videos may be in work at once |
//! | `longest_token_seconds` | 86400 | the longest a playback token may still be valid; 0 for any |
//! | `not_downloadable_status` | 401 | an MP4 fetched with a token that does not allow it |
//! | `foreign_origin_status` | 403 | a page of an origin that is not among a video's `allowedOrigins` (401 is said too) |
//! | `too_many_rules_status` | 400 | more than five access rules at the token endpoint |
//! | `meta_edit` | replace | whether an edit replaces `meta` or merges into it |
//! | `viewer_country` | US | where every viewer seems to be |
//! | `v4_requests`, `kit_requests`, `window_seconds` | 1200, 3500, 300 | rate limits |
//! | `date_skew_seconds` | 0 | how far `Date` is ahead of the clock tokens are checked against |
//! | `recorder_joins_seconds` | 3 | from INVOKED to RECORDING |
//! | `recording_bytes_per_second` | 0 | how large a recording’s file is at the least; the clip alone is a few hundred kilobytes |
//! | `upload_seconds`, `upload_fraction` | 20, 0.02 | from UPLOADING to UPLOADED: fixed, and per second of recording |
//! | `download_seconds`, `download_fraction` | 5, 0.01 | Stream's download of a source |
//! | `queue_seconds` | 5 | waiting for an encoder |
//! | `encode_seconds`, `encode_fraction` | 60, 0.05 | encoding |
//! | `playable_fraction` | 0.4 | how far the encode is when `readyToStream` becomes true |
//! | `mp4_seconds` | 10 | preparing an MP4 or audio download |
//! | `caption_seconds` | 20 | making captions by machine |
//!
//! Where it differs from Cloudflare on purpose: sources on this machine may be copied; recordings asked for as VP8 or
//! VP9 are named `.webm` but hold H.264; an uploaded or foreign video is looked at, and shown as a clip of the same
//! length and dimensions; there is one rendition of a video; a watermark is on record and not in the picture; captions
//! made by machine say where in which video they are, for nobody speaks; animated thumbnails are at most ten seconds
//! long and 854×480 large; live inputs are kept on record and take no broadcasts.

mod account;
mod budget;
mod call;
mod clips;
mod clock;
mod control;
mod delivery;
mod faults;
mod gateway;
mod http_client;
mod ids;
mod jwt;
mod media;
mod oddities;
mod pages;
mod presign;
mod probe;
mod reply;
mod room;
mod routes;
mod scenarios;
mod serve;
mod state;
mod switches;
mod tasks;
mod uploads;
mod webhooks;
mod wire;
mod world;

pub use self::{
    control::Refused,
    serve::{Info, Options, Sandbox, StartError},
};
