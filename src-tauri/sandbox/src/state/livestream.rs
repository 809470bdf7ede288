//! A livestream of a meeting. It is started through the API, and ends when it is stopped or the session ends.
//!
//! The sandbox sends no picture, so the playback URL plays nothing. Only the statuses of a livestream are simulated.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Model,
    kit::Meeting,
    table::Object,
    webhooks::{WebhookEvent, meeting_payload},
};
use crate::{
    clock::{Moment, millis, seconds},
    ids,
};

/// The statuses that RealtimeKit documents, except ERRORED, which does not occur here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LivestreamStatus {
    /// The livestream was started through the API and is not live yet.
    Invoked,
    /// The livestream is live.
    Live,
    /// The livestream is stopped.
    Idle,
}

/// A livestream and its only livestream session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Livestream {
    pub id: String,
    /// The id of the livestream session.
    pub session: String,
    /// The id of the RealtimeKit app.
    pub app: String,
    /// The id of the meeting.
    pub meeting: String,
    /// The id of the meeting's session.
    pub meeting_session: String,
    pub name: Option<String>,
    pub status: LivestreamStatus,
    /// When the livestream was started through the API.
    pub invoked: Moment,
    /// When an INVOKED livestream becomes LIVE.
    pub due: Moment,
    /// When the livestream became LIVE; `None` before that.
    pub started: Option<Moment>,
    /// When the livestream was stopped; `None` before that.
    pub stopped: Option<Moment>,
    pub updated: Moment,
}

impl Object for Livestream {
    const KIND: &'static str = "livestream";

    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Moment> {
        (self.status == LivestreamStatus::Invoked).then_some(self.due)
    }
}

impl Livestream {
    /// Whether the livestream is INVOKED or LIVE.
    pub fn is_active(&self) -> bool {
        self.status != LivestreamStatus::Idle
    }

    /// How long the livestream has been live, in whole seconds.
    pub fn ingest_seconds(&self, now: Moment) -> i64 {
        self.started.map_or(0, |started| (self.stopped.unwrap_or(now) - started).num_seconds().max(0))
    }

    /// The livestream in a reply. The stream key is computed from the sandbox's secret and not saved.
    pub fn to_json(&self, host: &str, secret: &[u8]) -> Value {
        let key = ids::hmac_sha256(secret, format!("stream key {}", self.id).as_bytes());
        json!({
            "id": self.id,
            "name": self.name,
            "meeting_id": self.meeting,
            "status": self.status,
            "disabled": null,
            "ingest_server": "rtmps://live.cloudflare.com:443/live",
            "stream_key": ids::hex(key.get(..16).unwrap_or_default()),
            "playback_url": format!("{host}/{}/manifest/video.m3u8", self.id.replace('-', "")),
            "created_at": millis(self.invoked),
            "updated_at": millis(self.updated),
        })
    }

    /// The livestream session in a reply. `viewer_seconds` is always 0, because nobody can watch.
    pub fn session_json(&self, now: Moment) -> Value {
        json!({
            "id": self.session,
            "livestream_id": self.id,
            "err_message": null,
            "ingest_seconds": self.ingest_seconds(now),
            "viewer_seconds": 0,
            "invoked_time": millis(self.invoked),
            "started_time": self.started.map(millis),
            "stopped_time": self.stopped.map(millis),
            "created_at": millis(self.invoked),
            "updated_at": millis(self.updated),
        })
    }
}

impl Model {
    /// The active livestream of a meeting, if there is one.
    pub fn active_livestream(&self, meeting: &str) -> Option<&Livestream> {
        self.livestreams.iter().find(|stream| stream.meeting == meeting && stream.is_active())
    }

    /// Starts a livestream of a live session and returns its id.
    pub fn start_livestream(&mut self, meeting: &Meeting, meeting_session: String, name: Option<String>) -> String {
        let now = self.stamp();
        let stream = Livestream {
            id: ids::uuid(),
            session: ids::uuid(),
            app: meeting.app.clone(),
            meeting: meeting.id.clone(),
            meeting_session,
            name,
            status: LivestreamStatus::Invoked,
            invoked: now,
            due: now + seconds(self.switches.recorder_joins_seconds),
            started: None,
            stopped: None,
            updated: now,
        };
        let id = stream.id.clone();
        self.livestreams.put(stream);
        self.notify_livestream(&id);
        id
    }

    /// Stops a livestream.
    pub fn stop_livestream(&mut self, id: &str, at: Moment) {
        self.livestreams.edit(id, |stream| {
            stream.status = LivestreamStatus::Idle;
            stream.stopped = Some(at);
            stream.updated = at;
        });
        self.notify_livestream(id);
    }

    /// Stops the livestreams of an ended session.
    pub(super) fn stop_livestreams_of(&mut self, session: &str, at: Moment) {
        let over = |stream: &&Livestream| stream.meeting_session == session && stream.is_active();
        let ids: Vec<String> = self.livestreams.iter().filter(over).map(|stream| stream.id.clone()).collect();
        for id in ids {
            self.stop_livestream(&id, at);
        }
    }

    /// Makes an INVOKED livestream live.
    pub(super) fn livestream_due(&mut self, id: &str, at: Moment) {
        self.livestreams.edit(id, |stream| {
            stream.status = LivestreamStatus::Live;
            stream.started = Some(at);
            stream.updated = at;
        });
        self.notify_livestream(id);
    }

    fn notify_livestream(&mut self, id: &str) {
        let Some(stream) = self.livestreams.get(id) else { return };
        let meeting = self.sessions.get(&stream.meeting_session).map(meeting_payload);
        let body = json!({
            "livestream": {
                "id": stream.id,
                "name": stream.name,
                "status": stream.status,
                "meetingId": stream.meeting,
                "startedTime": stream.started.map(millis),
                "stoppedTime": stream.stopped.map(millis),
            },
            "meeting": meeting,
        });
        let app = stream.app.clone();
        self.notify(&app, WebhookEvent::LivestreamStatus, body);
    }
}
