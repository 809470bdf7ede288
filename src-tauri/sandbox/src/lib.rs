//! A local stand-in for Cloudflare RealtimeKit and Stream: real tokens, real video, virtual time.
//!
//! One port of 127.0.0.1 answers as `api.cloudflare.com/client/v4` does, and as the host that delivers Stream's videos
//! does. The sandbox shares no code with any client. It follows Cloudflare's documentation and official SDKs only, so
//! that it does not repeat a client's mistakes.
//!
//! # Map
//!
//! ```text
//! serve          starts and stops the sandbox; creates the app and presets that exist from the start
//! connection     the listener's connections, which a fault can break
//! gateway        every request: faults, tokens, rate limits, permissions; then one of
//! ├─ routes      the API, by product: tokens, calls, kit (RealtimeKit), stream, workers, email; input and form parse what
//! │              the caller sent
//! ├─ sites       what was published with Workers; a path that goes to the script first is answered by
//! │  └─ door     the door, by the sandbox's own code
//! ├─ delivery    playlists, segments, MP4 files, thumbnails, player pages, the files of recordings
//! ├─ room        the WebSocket behind the room page
//! └─ control     the control API, for tests and rehearsals
//! call           an authenticated API call, as the routes see it
//! reply          the two reply envelopes
//! faults         simulated failures of the network and of single replies
//! rate_limits    the rate limits of each client
//! oddities       replies in undocumented shapes, which switches turn on
//! scenarios      named combinations of faults, mishaps and switches, for rehearsals
//!
//! world          the model with its clock, state file and background tasks: `World::with` is the only way to the model
//! tasks          background tasks: rendering, fetching sources, delivering webhooks
//! state          the model: its objects and how they change with time; state::store saves them in SQLite
//! account        the account and the app that every sandbox has
//! clock          the process clock and the verification clock
//! switches       every behaviour that Cloudflare does not document
//! uploads, probe uploads in progress; recognising the kind of a file by its bytes
//! jwt, presign   playback and participant tokens; presigned URLs
//! webhooks       webhook messages and their signatures
//! clips, media   real video, rendered when it is first needed
//! pages          the room page and the player page
//! ```
//!
//! `gateway` uses the routes, the routes use `world`, and `world` uses `state`. No two files import each other, except
//! a module and its own children.
//!
//! # Invariants
//!
//! * The model is always *settled* when it is read: every change that was due by now has happened, in the order in
//!   which it was due, at any speed. Only `world` locks the model, and never across an `await`.
//! * A change is in the state file before the reply that reports it is sent.
//! * API tokens, private keys, participant tokens and the signatures of presigned URLs are never written to a file. The
//!   state file holds hashes and public keys. A presigned URL is saved without its signature; the signature is computed
//!   again from a secret in the state file when the URL is read.
//! * A refusal comes in the envelope of the product that refuses. Only a fault makes a route answer 500.
//! * Playback tokens are verified with RSA against the signing keys that exist now.
//!
//! # Two clocks
//!
//! The *process clock* runs at the chosen speed and can be advanced. It drives every change that happens by itself and
//! every timestamp in a reply. The *verification clock* is real time plus every advance. The `exp` and `nbf` of tokens,
//! rate limits and the `Date` header follow the verification clock. After a restart the process clock continues from
//! where it stopped, or from real time if that is later; the verification clock shows real time again.
//!
//! # Control API
//!
//! JSON over HTTP below [`Info::control_url`], which holds a secret of this run. Every reply is an object; a refusal is
//! `{"error": …}` with a 4xx status.
//!
//! | command | body | effect |
//! |---|---|---|
//! | `GET state` | | returns both clocks, the switches, the fault rules, and how many objects of each kind exist |
//! | `POST advance` | `seconds`, `speed` | waits for running tasks, then moves both clocks forward: at once, or at `speed` times real time |
//! | `POST speed` | `factor` | changes the speed of the process clock |
//! | `POST tokens` | `permissions` (`realtime`, `stream_read`, `stream_write`, `workers_write`, `email_sending_write`, `account_analytics_read`), `owner` (`user`, `account`), `account_id`, `expires_in_seconds` | creates an API token: `{"api_token"}` |
//! | `POST join` | `meeting_id`, `name`, `custom_participant_id` | adds a peer to a room that stays until `leave`: `{"peer_id"}` |
//! | `POST leave` | `peer_id` | removes that peer from its room |
//! | `POST plays` | `video`, `day` (`YYYY-MM-DD`), `minutes` | adds minutes for which a video was watched on a day. What is really played is counted by itself |
//! | `POST say` | `peer_id`, `text`, `kind` (`TEXT_MESSAGE`) | writes a message of that peer into the chat. The transcript of a session holds the messages of its chat, because nobody speaks |
//! | `GET switches`, `POST switches` | any switches | returns or changes the switches; see below |
//! | `POST faults` | see below | adds a fault rule |
//! | `DELETE faults` | | removes all fault rules |
//! | `POST mishaps` | `count`, `mishap`: see below | queues a failure inside the provider |
//! | `GET scenarios` | | lists the scenarios, and which of them are active |
//! | `POST scenarios` | `name` | begins a scenario |
//! | `POST calm` | | removes all fault rules, mishaps and scenarios, and undoes their changes to switches and rate limits |
//! | `GET mails` | | returns the letters that were accepted, oldest first: `{"mails"}` |
//! | `DELETE mails` | | forgets them |
//! | `GET mail_rules`, `POST mail_rules` | any of `domains`, `verified`, `fates`, `error`: see below | returns or changes what becomes of letters |
//! | `POST script` | `script`, `account_id` | returns what was published, with its secrets, for a runtime: `{"module", "bindings", "host"}` |
//! | `POST runtime` | `script`, `account_id`, `port` | has a runtime on this port of the computer answer for the script; without `port`, the sandbox's own code |
//! | `DELETE limits` | | gives every client a fresh rate-limit window |
//!
//! A fault rule is `{"method", "path", "count", "skip", "for_seconds", "probability", "seed", "fault": {"kind", …}}`.
//! Only `fault` is required. `*` in `path` matches any characters. The kinds: `status` (`status`), `not_found`, `html`
//! and `empty` (`status`), `truncated`, `cut_body`, `stall`, `slow_headers` and `slow_body` (`seconds`), `reset`,
//! `drop_reply`, `rate_limited` (`retry_after`).
//!
//! A mishap applies to the next `count` recordings or videos: `recording_fails` (`after_seconds`),
//! `recorder_never_comes`, `upload_fails`, `import_fails` (`code`), `encode_stuck` (`percent`).
//!
//! The rules of letters: `domains` are those from which the account may send (`example.org` from the start); `verified` are
//! addresses that may be written to from any domain; `fates` says by address whether a letter is `delivered`, `queued`,
//! `bounced` or `suppressed` (queued where nothing is said); `error` is the error that every call is answered with, such as
//! `sending_disabled`, or null.
//!
//! # Switches
//!
//! Each switch decides a behaviour that Cloudflare's documentation leaves open or that only third parties have
//! observed. Clients should not depend on any of them.
//!
//! | switch | default | decides |
//! |---|---|---|
//! | `no_authorization_status` | 400 | the status for a request without an `Authorization` header |
//! | `unknown_token_status` | 403 | the status for a well-formed token that was never issued (401 has been observed too) |
//! | `no_route_status` | 404 | the status for an unknown path below an account (400 has been observed too) |
//! | `new_apps_have_presets` | false | whether apps made through the API have the group-call presets |
//! | `invalid_field_status` | 422 | the status for a member that is out of bounds in a RealtimeKit request |
//! | `unknown_preset_status` | 404 | the status for adding a participant with a preset that the app lacks |
//! | `duplicate_start_status` | 409 | the status for starting a recording while one is active |
//! | `inactive_start_status` | 409 | the status for starting a recording in an INACTIVE meeting without a session |
//! | `record_on_start_heeded` | true | whether a meeting's `record_on_start` starts a recording |
//! | `session_list` | counted | whether live sessions are listed with the number of people (`counted`), without it (`uncounted`), or not at all (`ended`) |
//! | `start_without_session` | accept | whether a recording without a session is accepted and waits for a peer, or is refused |
//! | `invoked_patience_seconds` | 60 | how long a recording without a session waits before it ends ERRORED |
//! | `finished_recording_status` | 404 | the status for stopping, pausing or resuming a finished recording |
//! | `shortest_recording_seconds` | 5 | the length below which a recording ends ERRORED |
//! | `empty_room_seconds` | 60 | how long a recorder stays in an empty room |
//! | `head_refused` | false | whether presigned URLs refuse HEAD, because they are signed for GET |
//! | `download_url_seconds` | 604800 | how long presigned URLs and their files live |
//! | `no_chat` | `not_found` | whether a chat in which nobody wrote is answered with 404, or with a file that has a header only (`empty_file`) |
//! | `chat_bom` | false | whether the file of a chat begins with a byte order mark |
//! | `transcript_content` | whole | whether the file of a transcript holds what was said, `[]` (`empty_list`) or nothing (`no_bytes`) |
//! | `files_after_seconds` | 0 | how long after the end of a session its chat, transcript and summary exist |
//! | `storage_limit_minutes` | 100000 | how many minutes of video the account may store |
//! | `concurrent_encodes`, `too_many_encodes_status` | 120, 429 | how many videos may be queued or encoding at once, and the status for one more |
//! | `deleted_key_seconds` | 0 | for how many seconds the tokens of a deleted key play on |
//! | `longest_token_seconds` | 86400 | how far ahead the `exp` of a playback token may lie; 0 for any |
//! | `not_downloadable_status` | 401 | the status for an MP4 fetched with a token that does not allow downloads |
//! | `foreign_origin_status` | 403 | the status for a page whose origin is not among a video's `allowedOrigins` (401 is documented too) |
//! | `too_many_rules_status` | 400 | the status for more than five access rules at the token endpoint |
//! | `meta_edit` | replace | whether an edit replaces `meta` or merges into it |
//! | `viewer_country` | US | the country that access rules see for every viewer |
//! | `v4_requests`, `kit_requests`, `window_seconds` | 1200, 3500, 300 | the rate limits and the length of their window |
//! | `date_skew_seconds` | 0 | how far `Date` is ahead of the verification clock |
//! | `recorder_joins_seconds` | 3 | the time from INVOKED to RECORDING |
//! | `recording_bytes_per_second` | 0 | the least size of a recording's file per second of its length; the rendered clip alone is a few hundred kilobytes |
//! | `upload_seconds`, `upload_fraction` | 20, 0.02 | the time from UPLOADING to UPLOADED: a fixed part, and a fraction of the recording's length |
//! | `download_seconds`, `download_fraction` | 5, 0.01 | the time Stream takes to download a source: a fixed part, and a fraction of the video's length |
//! | `queue_seconds` | 5 | how long a video waits for an encoder |
//! | `encode_seconds`, `encode_fraction` | 60, 0.05 | the encoding time: a fixed part, and a fraction of the video's length |
//! | `playable_fraction` | 0.4 | the part of the encode after which `readyToStream` is true |
//! | `mp4_seconds` | 10 | the time to prepare an MP4 or audio download |
//! | `mp4_missing` | false | whether a download that is reported ready answers 404 |
//! | `null_lists` | false | whether an empty list is sent as null |
//! | `odd_entries` | false | whether every list also holds entries without ids |
//! | `numbers_as_text` | false | whether numbers are sent as text |
//! | `origin_required` | false | whether a video with `allowedOrigins` refuses requests that name no origin |
//! | `names_required` | false | whether participants without a name cannot join |
//! | `own_bucket` | false | whether recordings go to the account's own storage and get no download URL |
//! | `graphql_error` | none | the message of the error that every GraphQL query is answered with, with status 200 |
//! | `graphql_lag_seconds` | 0 | how long after it was played a minute appears in the analytics |
//! | `graphql_requests` | 300 | GraphQL queries per window, beside the other limits |
//! | `caption_seconds` | 20 | the time to generate captions |
//! | `asset_hash_check` | opaque | whether the hash of a script's file is checked (`sha256`) |
//! | `asset_rehash` | kept | whether a second upload under one hash replaces content and media type (`replaced`) |
//! | `asset_files` | 20000 | how many files a version of a script may have (100000 on a paid plan) |
//! | `asset_bucket_bytes` | 52428800 | how many bytes of files are uploaded with one call |
//! | `new_scripts_enabled` | false | whether a new script is served before its subdomain is switched on |
//! | `email_code_type` | number | whether Email Sending's codes with 400 and 403 are numbers or texts (`text`) |
//! | `email_code_pair` | documented | whether 10200 means too large and 10202 not valid, or the other way round (`swapped`) |
//! | `email_new_domain_disabled` | false | whether a sender's domain that is not set up is refused with 10203 instead of 10204 |
//! | `email_suppressed` | refused | whether a letter to a suppressed address is refused as a whole, or the address is left out (`listed`) |
//! | `email_daily_quota` | none | how many letters an account may send within a day |
//!
//! Deliberate differences from Cloudflare: sources on this computer may be imported; recordings in VP8 or VP9 are named
//! `.webm` but hold H.264; an uploaded or copied video is inspected, and played as a clip of the same length and
//! dimensions; a video has one rendition; a watermark is stored but not drawn into the picture; generated captions name
//! the video and the time, because nobody speaks; animated thumbnails are at most ten seconds long and 854×480 large;
//! live inputs are stored but accept no broadcasts; a script with code is taken for Hajime's door and answered by the sandbox's own code,
//! unless a runtime was named for it, and takes the address and the country of who asks from `CF-Connecting-IP` and `CF-IPCountry`; after a
//! restart another key signs for it; a script's `_redirects` are ignored, a join
//! page gets stand-ins for RealtimeKit's bundles, and the site is at
//! `http://{script}.{subdomain}.workers.localhost`, on the port of the sandbox; letters leave the computer for nobody, and
//! are read with `GET mails`.

mod account;
mod call;
mod clips;
mod clock;
mod connection;
mod control;
mod delivery;
mod door;
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
mod rate_limits;
mod reply;
mod room;
mod routes;
mod scenarios;
mod serve;
mod sites;
mod state;
mod switches;
mod tasks;
mod uploads;
mod webhooks;
mod world;

pub use self::{
    control::Refused,
    serve::{Info, Options, Sandbox, StartError},
};
