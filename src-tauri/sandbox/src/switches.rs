//! Every behaviour that Cloudflare's documentation leaves open or that only third parties have observed.
//!
//! The default of a switch is the likeliest behaviour. A test or a rehearsal changes switches with `POST switches` of
//! the control API, and sends only the members that it changes.

use serde::{Deserialize, Serialize};

/// What happens to a recording that is started in a meeting without a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartWithoutSession {
    /// It is accepted, stays INVOKED, and ends ERRORED when nobody joins in time.
    Accept,
    /// It is refused with 404 and "No active session".
    Refuse,
}

/// What an edit of a video does with `meta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetaEdit {
    /// The sent map replaces the old one.
    Replace,
    /// The sent members are added to the old map, or replace its members of the same names.
    Merge,
}

/// The object that answers a request for a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClipReply {
    /// A video, as Cloudflare's SDKs since 7.3 declare it.
    Video,
    /// An object of its own, without the uid of the clip and with its status as a text, as the SDKs until 7.1 declare it.
    Clip,
}

/// Which sessions the list of sessions holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionList {
    /// Every session, with the number of people in it.
    Counted,
    /// Every session, without the number of people in it.
    Uncounted,
    /// Only ended sessions.
    Ended,
}

/// How the hash of a script's file is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetHashCheck {
    /// Not at all.
    Opaque,
    /// It must be the beginning of the SHA-256 of the bytes.
    Sha256,
}

/// What an upload of a script's file does when its hash is known by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetRehash {
    /// The first content and media type stay.
    Kept,
    /// The later content and media type replace them.
    Replaced,
}

/// How Email Sending writes the codes of errors with the statuses 400 and 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailCodeType {
    /// As a number, as in the example of the documentation.
    Number,
    /// As a text, as the OpenAPI text declares.
    Text,
}

/// Which of the codes 10200 and 10202 means that a letter is too large, and which that it is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailCodePair {
    /// 10200 means too large.
    Documented,
    /// 10202 means too large.
    Swapped,
}

/// What Email Sending does with a letter to a suppressed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedMail {
    /// The whole letter is refused.
    Refused,
    /// The address is left out and listed.
    Listed,
}

/// What is answered to a request for a chat in which nobody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoChat {
    /// 404.
    NotFound,
    /// The address of a file that holds a header and no line.
    EmptyFile,
}

/// What the file of a transcript holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptContent {
    /// What was said.
    Whole,
    /// An empty JSON list, in every format.
    EmptyList,
    /// Nothing.
    NoBytes,
}

/// The switches. Members ending in `_status` are HTTP statuses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice by itself; they are set by name")]
pub struct Switches {
    /// The status for a request without an `Authorization` header.
    pub no_authorization_status: u16,
    /// The status for a well-formed token that was never issued.
    pub unknown_token_status: u16,
    /// The status for an unknown path below an account.
    pub no_route_status: u16,
    /// Whether apps made through the API have the two group-call presets.
    pub new_apps_have_presets: bool,
    /// The status for a member that is out of bounds in a RealtimeKit request.
    pub invalid_field_status: u16,
    /// The status for adding a participant with a preset that the app lacks.
    pub unknown_preset_status: u16,
    /// The status for starting a recording while one is active.
    pub duplicate_start_status: u16,
    /// The status for starting a recording in an INACTIVE meeting without a live session.
    pub inactive_start_status: u16,
    /// Whether a meeting's `record_on_start` starts a recording. At Cloudflare, it does so only with a recording
    /// configuration in the dashboard.
    pub record_on_start_heeded: bool,
    /// Which sessions the list of sessions holds.
    pub session_list: SessionList,
    /// What happens to a recording that is started in a meeting without a session.
    pub start_without_session: StartWithoutSession,
    /// The status for stopping, pausing or resuming a finished recording.
    pub finished_recording_status: u16,
    /// Recordings with less material than this many seconds end ERRORED; 0 for no minimum.
    pub shortest_recording_seconds: f64,
    /// How long a recorder stays in an empty room.
    pub empty_room_seconds: f64,
    /// How long an INVOKED recording without a session waits for a peer.
    pub invoked_patience_seconds: f64,
    /// Whether presigned URLs refuse HEAD, because they are signed for GET.
    pub head_refused: bool,
    /// How long presigned URLs and their files live.
    pub download_url_seconds: f64,
    /// What is answered to a request for a chat in which nobody wrote.
    pub no_chat: NoChat,
    /// Whether the file of a chat begins with a byte order mark.
    pub chat_bom: bool,
    /// What the file of a transcript holds.
    pub transcript_content: TranscriptContent,
    /// How long after the end of a session its chat, transcript and summary exist.
    pub files_after_seconds: f64,
    /// How many minutes of video the account may store.
    pub storage_limit_minutes: i64,
    /// How many videos may be queued or encoding at once.
    pub concurrent_encodes: usize,
    /// The status for a new video when `concurrent_encodes` videos are queued or encoding.
    pub too_many_encodes_status: u16,
    /// For how many seconds the tokens of a deleted key play on, because parts of the network still know the key.
    pub deleted_key_seconds: i64,
    /// How far ahead the `exp` of a playback token may lie, in seconds; 0 for any time.
    pub longest_token_seconds: i64,
    /// The status for a download with a token that does not allow it.
    pub not_downloadable_status: u16,
    /// The status for a page whose origin is not among a video's `allowedOrigins`.
    pub foreign_origin_status: u16,
    /// The status for more than five access rules at the token endpoint.
    pub too_many_rules_status: u16,
    /// What an edit of a video does with `meta`.
    pub meta_edit: MetaEdit,
    /// The object that answers a request for a clip.
    pub clip_reply: ClipReply,
    /// Whether a clip without `requireSignedURLs` needs a playback token if its source does.
    pub clip_inherits_signing: bool,
    /// The country that access rules see for every viewer.
    pub viewer_country: String,
    /// Requests per window to the v4 API, per owner of tokens.
    pub v4_requests: u64,
    /// Requests per window to RealtimeKit, per app.
    pub kit_requests: u64,
    /// GraphQL queries per window, per owner of tokens, beside `v4_requests`.
    pub graphql_requests: u64,
    /// The message of the error that every GraphQL query is answered with, with status 200; none if absent.
    pub graphql_error: Option<String>,
    /// How long after it was played a minute appears in the analytics, in seconds.
    pub graphql_lag_seconds: f64,
    /// How far the `Date` header is ahead of the verification clock, in seconds.
    pub date_skew_seconds: i64,
    /// The length of a rate-limit window.
    pub window_seconds: u64,
    /// The time from the start of a recording until its recorder is in the room.
    pub recorder_joins_seconds: f64,
    /// The least size of a recording's file, in bytes per second of its length.
    pub recording_bytes_per_second: u64,
    /// The fixed part of the time from UPLOADING to UPLOADED.
    pub upload_seconds: f64,
    /// The variable part of the upload time, as a fraction of the recording's length.
    pub upload_fraction: f64,
    /// The fixed part of the time Stream takes to download a source.
    pub download_seconds: f64,
    /// The variable part of the download time, as a fraction of the video's length.
    pub download_fraction: f64,
    /// How long a video waits for an encoder.
    pub queue_seconds: f64,
    /// The fixed part of the encoding time.
    pub encode_seconds: f64,
    /// The variable part of the encoding time, as a fraction of the video's length.
    pub encode_fraction: f64,
    /// The fraction of the encode after which the first rendition can be played.
    pub playable_fraction: f64,
    /// The time to prepare an MP4 or audio download.
    pub mp4_seconds: f64,
    /// Whether a download that is reported ready answers 404.
    pub mp4_missing: bool,
    /// Whether an empty list is sent as null.
    pub null_lists: bool,
    /// Whether every list also holds entries without ids.
    pub odd_entries: bool,
    /// Whether numbers are sent as text.
    pub numbers_as_text: bool,
    /// Whether a video with `allowedOrigins` refuses requests that name no origin.
    pub origin_required: bool,
    /// Whether participants without a name cannot join.
    pub names_required: bool,
    /// Whether recordings go to the account's own storage, as the dashboard can configure it, and get no download URL.
    pub own_bucket: bool,
    /// The time to generate captions, in seconds.
    pub caption_seconds: f64,
    /// Whether captions that are generated fail.
    pub captions_fail: bool,
    /// The stretch of every film that Stream imports in which the recorder was offline, as fractions of its length.
    pub film_offline: [f64; 2],
    /// The stretch of every film that Stream imports in which nothing is heard, as fractions of its length.
    pub film_silent: [f64; 2],
    /// How the hash of a script's file is checked.
    pub asset_hash_check: AssetHashCheck,
    /// What an upload of a script's file does when its hash is known by then.
    pub asset_rehash: AssetRehash,
    /// How many files a version of a script may have.
    pub asset_files: usize,
    /// How many bytes of files are uploaded with one call.
    pub asset_bucket_bytes: u64,
    /// Whether a new script is served below `workers.dev` before anybody asks for it.
    pub new_scripts_enabled: bool,
    /// How Email Sending writes the codes of errors with the statuses 400 and 403.
    pub email_code_type: MailCodeType,
    /// Which of the codes 10200 and 10202 means that a letter is too large.
    pub email_code_pair: MailCodePair,
    /// Whether a domain that was not set up is refused as disabled (10203) and not as not configured (10204).
    pub email_new_domain_disabled: bool,
    /// What Email Sending does with a letter to a suppressed address.
    pub email_suppressed: SuppressedMail,
    /// How many letters an account may send within a day; no limit if absent.
    pub email_daily_quota: Option<usize>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            no_authorization_status: 400,
            unknown_token_status: 403,
            no_route_status: 404,
            new_apps_have_presets: false,
            invalid_field_status: 422,
            unknown_preset_status: 404,
            duplicate_start_status: 409,
            inactive_start_status: 409,
            record_on_start_heeded: true,
            session_list: SessionList::Counted,
            start_without_session: StartWithoutSession::Accept,
            finished_recording_status: 404,
            shortest_recording_seconds: 5.0,
            empty_room_seconds: 60.0,
            invoked_patience_seconds: 60.0,
            head_refused: false,
            download_url_seconds: 604_800.0,
            no_chat: NoChat::NotFound,
            chat_bom: false,
            transcript_content: TranscriptContent::Whole,
            files_after_seconds: 0.0,
            storage_limit_minutes: 100_000,
            concurrent_encodes: 120,
            too_many_encodes_status: 429,
            deleted_key_seconds: 0,
            longest_token_seconds: 86_400,
            not_downloadable_status: 401,
            foreign_origin_status: 403,
            too_many_rules_status: 400,
            meta_edit: MetaEdit::Replace,
            clip_reply: ClipReply::Video,
            clip_inherits_signing: false,
            viewer_country: "US".into(),
            v4_requests: 1_200,
            kit_requests: 3_500,
            graphql_requests: 300,
            graphql_error: None,
            graphql_lag_seconds: 0.0,
            date_skew_seconds: 0,
            window_seconds: 300,
            recorder_joins_seconds: 3.0,
            recording_bytes_per_second: 0,
            upload_seconds: 20.0,
            upload_fraction: 0.02,
            download_seconds: 5.0,
            download_fraction: 0.01,
            queue_seconds: 5.0,
            encode_seconds: 60.0,
            encode_fraction: 0.05,
            playable_fraction: 0.4,
            mp4_seconds: 10.0,
            mp4_missing: false,
            null_lists: false,
            odd_entries: false,
            numbers_as_text: false,
            origin_required: false,
            names_required: false,
            own_bucket: false,
            asset_hash_check: AssetHashCheck::Opaque,
            asset_rehash: AssetRehash::Kept,
            asset_files: 20_000,
            asset_bucket_bytes: 50 << 20,
            new_scripts_enabled: false,
            email_code_type: MailCodeType::Number,
            email_code_pair: MailCodePair::Documented,
            email_new_domain_disabled: false,
            email_suppressed: SuppressedMail::Refused,
            email_daily_quota: None,
            caption_seconds: 20.0,
            captions_fail: false,
            film_offline: [0.0, 0.0],
            film_silent: [0.0, 0.0],
        }
    }
}

impl Switches {
    /// The HTTP status that a switch holds; 400 when its number is no error status.
    pub fn status(code: u16) -> axum::http::StatusCode {
        axum::http::StatusCode::from_u16(code)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(axum::http::StatusCode::BAD_REQUEST)
    }
}
