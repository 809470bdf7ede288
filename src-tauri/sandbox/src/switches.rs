//! Every choice the sandbox has to make where Cloudflare's documentation is silent or only third parties have observed
//! the answer. The defaults are the likeliest behaviour; a test or a rehearsal changes them with
//! `POST {control}/switches`, naming only the members it wants to change.

use serde::{Deserialize, Serialize};

/// What happens to a recording that is started while nobody is in the room.
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
    /// The sent map takes the place of the old one.
    Replace,
    /// The sent members are added to the old map.
    Merge,
}

/// What the list of sessions tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionList {
    /// Every session, and how many people are in it.
    Counted,
    /// Every session, but not how many people are in it.
    Uncounted,
    /// None that is going on.
    Ended,
}

/// The switches. Members ending in `_status` are HTTP statuses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice by itself; they are set by name")]
pub struct Switches {
    /// A request without an `Authorization` header.
    pub no_authorization_status: u16,
    /// A well-formed token nobody issued.
    pub unknown_token_status: u16,
    /// A path that leads nowhere.
    pub no_route_status: u16,
    /// Whether apps created through the API come with the two group-call presets.
    pub new_apps_have_presets: bool,
    /// A field outside its bounds in a RealtimeKit request.
    pub invalid_field_status: u16,
    /// Adding a participant with a preset the app does not have.
    pub unknown_preset_status: u16,
    /// Starting a recording while one is active.
    pub duplicate_start_status: u16,
    /// Starting a recording in an INACTIVE meeting that is not live.
    pub inactive_start_status: u16,
    /// Whether a meeting's `record_on_start` is heeded; it takes a recording configuration that is set in the dashboard.
    pub record_on_start_heeded: bool,
    /// What the list of sessions tells of those going on.
    pub session_list: SessionList,
    /// Starting a recording while nobody is in the room.
    pub start_without_session: StartWithoutSession,
    /// Stopping, pausing or resuming a recording that is over.
    pub finished_recording_status: u16,
    /// Recordings with less material than this many seconds end ERRORED; 0 keeps them all.
    pub shortest_recording_seconds: f64,
    /// How long a recorder stays in an empty room.
    pub empty_room_seconds: f64,
    /// How long an INVOKED recording waits for somebody to join.
    pub invoked_patience_seconds: f64,
    /// Whether a presigned download URL answers only GET, the method it was signed for.
    pub head_refused: bool,
    /// How long a presigned download URL and its file live.
    pub download_url_seconds: f64,
    /// Minutes of video the account may store.
    pub storage_limit_minutes: i64,
    /// Videos that may be queued or encoding at once.
    pub concurrent_encodes: usize,
    /// The 121st concurrent encode.
    pub too_many_encodes_status: u16,
    /// A playback token lasting longer than this is not accepted; 0 accepts any.
    pub longest_token_seconds: i64,
    /// Fetching a download with a token that does not allow it.
    pub not_downloadable_status: u16,
    /// A page of an origin that is not among a video's `allowedOrigins`.
    pub foreign_origin_status: u16,
    /// More than five access rules at the token endpoint.
    pub too_many_rules_status: u16,
    /// What an edit does with `meta`.
    pub meta_edit: MetaEdit,
    /// The country every viewer seems to be in, for access rules.
    pub viewer_country: String,
    /// Requests of the v4 API allowed in one window.
    pub v4_requests: u64,
    /// Requests of RealtimeKit allowed in one window, per app.
    pub kit_requests: u64,
    /// How far the `Date` header is ahead of the clock that tokens are checked against.
    pub date_skew_seconds: i64,
    /// The length of a rate-limit window.
    pub window_seconds: u64,
    /// From the start of a recording until the recorder is in the room.
    pub recorder_joins_seconds: f64,
    /// How large a recording's file is at the least, by its length.
    pub recording_bytes_per_second: u64,
    /// The fixed part of moving a finished recording to storage.
    pub upload_seconds: f64,
    /// The part of that which grows with the recording, as a fraction of its length.
    pub upload_fraction: f64,
    /// The fixed part of Stream's download of a source.
    pub download_seconds: f64,
    /// The part of that which grows with the video, as a fraction of its length.
    pub download_fraction: f64,
    /// How long a video waits for an encoder.
    pub queue_seconds: f64,
    /// The fixed part of encoding.
    pub encode_seconds: f64,
    /// The part of that which grows with the video, as a fraction of its length.
    pub encode_fraction: f64,
    /// How far the encode is, as a fraction, when the first rendition can be played.
    pub playable_fraction: f64,
    /// The fixed part of preparing an MP4 download.
    pub mp4_seconds: f64,
    /// Whether an MP4 that is called ready is not there when it is fetched.
    pub mp4_missing: bool,
    /// Whether a list with nothing in it is told as null.
    pub null_lists: bool,
    /// Whether entries that are none stand among those of every list.
    pub odd_entries: bool,
    /// Whether numbers are told as text.
    pub numbers_as_text: bool,
    /// Whether a video with `allowedOrigins` is kept also from requests that name no origin.
    pub origin_required: bool,
    /// Whether participants who were made without a name never reach the room.
    pub names_required: bool,
    /// Whether recordings go to the association's own bucket, as the dashboard's storage settings can have it: they never get an address.
    pub own_bucket: bool,
    /// Making captions by machine.
    pub caption_seconds: f64,
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
            storage_limit_minutes: 100_000,
            concurrent_encodes: 120,
            too_many_encodes_status: 429,
            longest_token_seconds: 86_400,
            not_downloadable_status: 401,
            foreign_origin_status: 403,
            too_many_rules_status: 400,
            meta_edit: MetaEdit::Replace,
            viewer_country: "US".into(),
            v4_requests: 1_200,
            kit_requests: 3_500,
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
            caption_seconds: 20.0,
        }
    }
}

impl Switches {
    /// An HTTP status out of a switch; nonsense becomes 400.
    pub fn status(code: u16) -> axum::http::StatusCode {
        axum::http::StatusCode::from_u16(code)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(axum::http::StatusCode::BAD_REQUEST)
    }
}
