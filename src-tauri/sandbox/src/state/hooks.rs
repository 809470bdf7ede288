//! Webhooks: who wants to be told of what, and the deliveries that are waiting to go out.
//!
//! What is told is put together at the moment it happens. The sending itself is an errand: see [`Task::DeliverWebhook`].

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Model,
    files::{self, File},
    recording::Recording,
    session::{Peer, Session},
    table::Object,
    task::Task,
    video::VideoState,
};
use crate::{
    account::ORGANIZATION,
    clock::{Moment, micros, millis, seconds},
    ids, presign,
};

/// How long a delivery that failed waits before the next try, in seconds of the process clock. Cloudflare documents that
/// it tries again and not when.
const PAUSES: [f64; 5] = [5.0, 30.0, 120.0, 600.0, 3_600.0];

/// What a RealtimeKit webhook can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookEvent {
    /// The first person is in.
    #[serde(rename = "meeting.started")]
    MeetingStarted,
    /// The session is over.
    #[serde(rename = "meeting.ended")]
    MeetingEnded,
    /// Somebody came in.
    #[serde(rename = "meeting.participantJoined")]
    ParticipantJoined,
    /// Somebody left.
    #[serde(rename = "meeting.participantLeft")]
    ParticipantLeft,
    /// The chat of a session can be fetched.
    #[serde(rename = "meeting.chatSynced")]
    ChatSynced,
    /// A recording changed its state.
    #[serde(rename = "recording.statusUpdate")]
    RecordingStatus,
    /// A livestream changed its state.
    #[serde(rename = "livestreaming.statusUpdate")]
    LivestreamStatus,
    /// The transcript of a session can be fetched.
    #[serde(rename = "meeting.transcript")]
    Transcript,
    /// The summary of a session can be fetched.
    #[serde(rename = "meeting.summary")]
    Summary,
}

/// Why a session ended, as webhooks say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// Somebody ended it.
    HostEndedMeeting,
    /// Nobody was left.
    AllParticipantsLeft,
}

/// A RealtimeKit webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    /// The webhook id.
    pub id: String,
    /// The app it listens to.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Where deliveries go.
    pub url: String,
    /// What it is told of.
    pub events: Vec<HookEvent>,
    /// Whether it is told at all.
    pub enabled: bool,
    /// When it was made.
    pub created: Moment,
    /// When it was last changed.
    pub updated: Moment,
}

/// The one webhook of an account's Stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamWebhook {
    /// The account.
    pub account: String,
    /// Where deliveries go.
    pub url: String,
    /// When it was last set.
    pub modified: Moment,
    /// What sets this secret apart from any before it. The secret itself follows from it and is not kept.
    pub salt: String,
}

/// Whose delivery it is, which decides how it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// A RealtimeKit webhook.
    Kit(String),
    /// An account's Stream webhook.
    Stream(String),
}

/// One message on its way to one webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// What `rtk-uuid` says; the same at every try, so that a receiver can tell a repetition.
    pub id: String,
    /// Where it goes.
    pub recipient: Recipient,
    /// What it says.
    pub body: Value,
    /// How often it has failed.
    pub failures: usize,
    /// When it goes out.
    pub due: Moment,
    /// Whether it is going out now. A process that stopped meanwhile sends it again.
    #[serde(skip)]
    pub under_way: bool,
}

impl Object for Webhook {
    const KIND: &'static str = "webhook";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for StreamWebhook {
    const KIND: &'static str = "stream_webhook";
    fn id(&self) -> &str {
        &self.account
    }
}

impl Object for Delivery {
    const KIND: &'static str = "delivery";

    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Moment> {
        (!self.under_way).then_some(self.due)
    }
}

impl Webhook {
    /// The webhook in a reply.
    pub fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "url": self.url,
            "events": self.events,
            "enabled": self.enabled,
            "created_at": millis(self.created),
            "updated_at": millis(self.updated),
        })
    }
}

impl StreamWebhook {
    /// The webhook in a reply. `secret` is the sandbox's own.
    pub fn shown(&self, secret: &[u8]) -> Value {
        json!({
            "notificationUrl": self.url,
            "modified": micros(self.modified),
            "secret": self.secret(secret),
        })
    }

    /// What deliveries are signed with.
    pub fn secret(&self, secret: &[u8]) -> String {
        ids::hex(&ids::hmac_sha256(secret, format!("stream webhook {} {}", self.account, self.salt).as_bytes()))
    }
}

impl Model {
    /// A delivery's moment has come.
    pub(super) fn delivery_due(&mut self, id: &str) {
        self.deliveries.edit(id, |delivery| delivery.under_way = true);
        self.tasks.push(Task::DeliverWebhook { delivery: id.to_owned() });
    }

    /// Notes that a delivery was accepted, or refused for good.
    pub fn delivery_is_done(&mut self, id: &str) {
        self.deliveries.remove(id);
    }

    /// Notes that a delivery did not get through: it is tried again later, a few times.
    pub fn delivery_failed(&mut self, id: &str) {
        let now = self.now;
        let again = self.deliveries.edit(id, |delivery| {
            let pause = PAUSES.get(delivery.failures).copied();
            delivery.failures += 1;
            delivery.under_way = false;
            if let Some(pause) = pause {
                delivery.due = now + seconds(pause);
            }
            pause.is_some()
        });
        if again == Some(false) {
            self.deliveries.remove(id);
        }
    }

    /// Tells of the beginning of a session.
    pub(super) fn hear_started(&mut self, session: &Session) {
        let body = json!({ "meeting": meeting_told(session) });
        self.hear(&session.app, HookEvent::MeetingStarted, body);
    }

    /// Tells that somebody came in or left.
    pub(super) fn hear_peer(&mut self, session_id: &str, peer: &Peer) {
        let Some(session) = self.sessions.get(session_id) else { return };
        let event = if peer.left.is_some() { HookEvent::ParticipantLeft } else { HookEvent::ParticipantJoined };
        let mut participant = json!({
            "id": peer.participant,
            "peerId": peer.id,
            "userDisplayName": peer.name,
            "customParticipantId": peer.custom_id,
            "clientSpecificId": peer.custom_id,
            "presetName": peer.preset,
            "joinedAt": millis(peer.joined),
        });
        if let Some(left) = peer.left {
            participant["leftAt"] = millis(left).into();
        }
        let body = json!({ "meeting": meeting_told(session), "participant": participant });
        let app = session.app.clone();
        self.hear(&app, event, body);
    }

    /// Tells of the end of a session, and of the files there are now.
    pub(super) fn hear_ended(&mut self, session_id: &str, reason: EndReason) {
        let Some(session) = self.sessions.get(session_id).cloned() else { return };
        let meeting = meeting_told(&session);
        self.hear(&session.app, HookEvent::MeetingEnded, json!({ "meeting": meeting, "reason": reason }));
        if !session.chat.is_empty() {
            self.hear_file(&session, HookEvent::ChatSynced, File::Chat, "chat");
        }
        if session.transcribed {
            self.hear_file(&session, HookEvent::Transcript, File::Transcript(files::Format::Csv), "transcript");
        }
        if session.summarised {
            self.hear_summary(session_id);
        }
    }

    /// Tells that the summary of a session can be fetched.
    pub fn hear_summary(&mut self, session_id: &str) {
        let Some(session) = self.sessions.get(session_id).cloned() else { return };
        self.hear_file(&session, HookEvent::Summary, File::Summary, "summary");
    }

    /// Tells of a recording's new state.
    pub(super) fn hear_recording(&mut self, id: &str) {
        let Some(recording) = self.recordings.get(id) else { return };
        let app = recording.app.clone();
        if !self.is_heard(&app, HookEvent::RecordingStatus) {
            return;
        }
        let session = recording.session.as_deref().and_then(|session| self.sessions.get(session));
        let meeting = match session {
            Some(session) => meeting_told(session),
            None => json!({ "id": recording.meeting, "title": recording.title, "organizedBy": organizer(&app) }),
        };
        let body = json!({ "recording": self.recording_told(recording), "meeting": meeting });
        self.hear(&app, HookEvent::RecordingStatus, body);
    }

    /// Tells Stream's webhook that a video has come to the end of its encoding, or cannot be encoded.
    pub(super) fn hear_video(&mut self, uid: &str) {
        let Some(video) = self.videos.get(uid) else { return };
        if !matches!(video.state, VideoState::Ready | VideoState::Error)
            || self.stream_webhooks.get(&video.account).is_none()
        {
            return;
        }
        let (account, body) = (video.account.clone(), video.shown(&self.host, self.now));
        self.send(Recipient::Stream(account), body);
    }

    /// Sends an event to every webhook of an app that wants it.
    pub(super) fn hear(&mut self, app: &str, event: HookEvent, mut body: Value) {
        let wants = |hook: &&Webhook| hook.app == app && hook.enabled && hook.events.contains(&event);
        let recipients: Vec<String> = self.webhooks.iter().filter(wants).map(|hook| hook.id.clone()).collect();
        body["event"] = json!(event);
        for id in recipients {
            self.send(Recipient::Kit(id), body.clone());
        }
    }

    fn is_heard(&self, app: &str, event: HookEvent) -> bool {
        self.webhooks.iter().any(|hook| hook.app == app && hook.enabled && hook.events.contains(&event))
    }

    fn hear_file(&mut self, session: &Session, event: HookEvent, file: File, name: &str) {
        let Some((url, expires)) = self.session_file(session, file) else { return };
        let mut body = json!({ "meeting": meeting_told(session) });
        body[format!("{name}DownloadUrl")] = url.into();
        body[format!("{name}DownloadUrlExpiry")] = millis(expires).into();
        self.hear(&session.app, event, body);
    }

    fn recording_told(&self, recording: &Recording) -> Value {
        let url = recording
            .expires
            .filter(|expires| *expires > self.now)
            .map(|expires| presign::url(&self.host, &self.secret, &recording.file(), expires));
        let shown = recording.shown(url.as_deref());
        json!({
            "id": recording.id,
            "recordingId": recording.id,
            "status": recording.status,
            "downloadUrl": url,
            "audioDownloadUrl": null,
            "downloadUrlExpiry": shown["download_url_expiry"],
            "invokedTime": shown["invoked_time"],
            "startedTime": shown["started_time"],
            "stoppedTime": shown["stopped_time"],
            // A text here and a number in REST.
            "fileSize": shown["file_size"].as_u64().map(|size| size.to_string()),
            "outputFileName": recording.file_name,
            "meetingId": recording.meeting,
            "recordingDuration": shown["recording_duration"],
            "organizationId": recording.app,
            "roomUUID": recording.session,
        })
    }

    fn send(&mut self, recipient: Recipient, body: Value) {
        let due = self.now;
        self.deliveries.put(Delivery { id: ids::uuid(), recipient, body, failures: 0, due, under_way: false });
    }
}

/// The meeting of a session, as webhooks show it: camelCase, unlike REST.
pub(super) fn meeting_told(session: &Session) -> Value {
    let mut told = json!({
        "id": session.meeting,
        "sessionId": session.id,
        "title": session.title,
        "status": if session.is_live() { "LIVE" } else { "ENDED" },
        "createdAt": millis(session.started),
        "startedAt": millis(session.started),
        "organizedBy": organizer(&session.app),
    });
    if let Some(ended) = session.ended {
        told["endedAt"] = millis(ended).into();
    }
    told
}

fn organizer(app: &str) -> Value {
    json!({ "id": app, "name": ORGANIZATION })
}
