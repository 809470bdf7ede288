//! A livestream of a meeting: sent out from the moment somebody asks until somebody stops it or the session ends.
//!
//! No picture leaves the sandbox, so nothing can be watched at the playback URL; what is shown is the life of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Model,
    hooks::{HookEvent, meeting_told},
    kit::Meeting,
    table::Object,
};
use crate::{
    clock::{Moment, millis, seconds},
    ids,
};

/// The states RealtimeKit names, but for ERRORED, which nothing here leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LivestreamStatus {
    /// Asked for.
    Invoked,
    /// Going out.
    Live,
    /// Over.
    Idle,
}

/// A livestream, and its one session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Livestream {
    /// The livestream id.
    pub id: String,
    /// The id of the time it is going out.
    pub session: String,
    /// The app.
    pub app: String,
    /// The meeting.
    pub meeting: String,
    /// The session of the meeting.
    pub meeting_session: String,
    /// Its name.
    pub name: Option<String>,
    /// Where it is in its life.
    pub status: LivestreamStatus,
    /// When it was asked for.
    pub invoked: Moment,
    /// When it goes out.
    pub due: Moment,
    /// When it went out.
    pub started: Option<Moment>,
    /// When it was over.
    pub stopped: Option<Moment>,
    /// When it last changed.
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
    /// Whether it is going out, or about to.
    pub fn is_active(&self) -> bool {
        self.status != LivestreamStatus::Idle
    }

    /// How long it has been going out, in whole seconds.
    pub fn ingest_seconds(&self, now: Moment) -> i64 {
        self.started.map_or(0, |started| (self.stopped.unwrap_or(now) - started).num_seconds().max(0))
    }

    /// The livestream in a reply. The stream key follows from the secret of the sandbox and is not kept.
    pub fn shown(&self, host: &str, secret: &[u8]) -> Value {
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

    /// The time it is, or was, going out. Nobody watches a stream that cannot be watched.
    pub fn session_shown(&self, now: Moment) -> Value {
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
    /// The livestream of a meeting that is going out, or about to.
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
        self.hear_livestream(&id);
        id
    }

    /// Ends a livestream.
    pub fn stop_livestream(&mut self, id: &str, at: Moment) {
        self.livestreams.edit(id, |stream| {
            stream.status = LivestreamStatus::Idle;
            stream.stopped = Some(at);
            stream.updated = at;
        });
        self.hear_livestream(id);
    }

    /// Ends the livestreams of a session that is over.
    pub(super) fn stop_livestreams_of(&mut self, session: &str, at: Moment) {
        let over = |stream: &&Livestream| stream.meeting_session == session && stream.is_active();
        let ids: Vec<String> = self.livestreams.iter().filter(over).map(|stream| stream.id.clone()).collect();
        for id in ids {
            self.stop_livestream(&id, at);
        }
    }

    /// A livestream that was asked for goes out.
    pub(super) fn livestream_due(&mut self, id: &str, at: Moment) {
        self.livestreams.edit(id, |stream| {
            stream.status = LivestreamStatus::Live;
            stream.started = Some(at);
            stream.updated = at;
        });
        self.hear_livestream(id);
    }

    fn hear_livestream(&mut self, id: &str) {
        let Some(stream) = self.livestreams.get(id) else { return };
        let meeting = self.sessions.get(&stream.meeting_session).map(meeting_told);
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
        self.hear(&app, HookEvent::LivestreamStatus, body);
    }
}
