//! Webhooks, the events that each of them receives, and the deliveries that wait to be sent.
//!
//! The body of a delivery is built when the event happens. Sending it is a task: see [`Task::DeliverWebhook`].

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

/// The delay before each retry of a failed delivery, in seconds of the process clock. Cloudflare documents that it
/// retries, but not after which delays.
const RETRY_DELAYS_SECONDS: [f64; 5] = [5.0, 30.0, 120.0, 600.0, 3_600.0];

/// The events of RealtimeKit's webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookEvent {
    /// The first peer joined: a session began.
    #[serde(rename = "meeting.started")]
    MeetingStarted,
    /// A session ended.
    #[serde(rename = "meeting.ended")]
    MeetingEnded,
    /// A peer joined a session.
    #[serde(rename = "meeting.participantJoined")]
    ParticipantJoined,
    /// A peer left a session.
    #[serde(rename = "meeting.participantLeft")]
    ParticipantLeft,
    /// The chat of an ended session can be downloaded.
    #[serde(rename = "meeting.chatSynced")]
    ChatSynced,
    /// A recording changed its status.
    #[serde(rename = "recording.statusUpdate")]
    RecordingStatus,
    /// A livestream changed its status.
    #[serde(rename = "livestreaming.statusUpdate")]
    LivestreamStatus,
    /// The transcript of an ended session can be downloaded.
    #[serde(rename = "meeting.transcript")]
    Transcript,
    /// The summary of an ended session can be downloaded.
    #[serde(rename = "meeting.summary")]
    Summary,
}

/// Why a session ended, as the webhook `meeting.ended` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// The session was ended through the API.
    HostEndedMeeting,
    /// The room was empty for the time during which the meeting keeps a session live.
    AllParticipantsLeft,
}

/// A RealtimeKit webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    pub id: String,
    /// The id of the app whose events the webhook receives.
    pub app: String,
    pub name: String,
    /// The URL that deliveries are sent to.
    pub url: String,
    /// The events that the webhook receives.
    pub events: Vec<WebhookEvent>,
    /// Whether the webhook receives events at all.
    pub enabled: bool,
    pub created: Moment,
    pub updated: Moment,
}

/// The Stream webhook of an account. An account has at most one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamWebhook {
    pub account: String,
    /// The URL that deliveries are sent to.
    pub url: String,
    /// When the URL was last set.
    pub modified: Moment,
    /// Random text that makes this webhook's secret differ from every earlier one. The secret is computed from it and
    /// never saved.
    pub salt: String,
}

/// The receiver of a delivery, which decides how the delivery is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// A RealtimeKit webhook, by its id.
    Kit(String),
    /// The Stream webhook of an account, by the account's id.
    Stream(String),
}

/// One message to one webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// The value of the header `rtk-uuid`. It is the same for every retry, so that a receiver recognises a repetition.
    pub id: String,
    /// The webhook that receives the message.
    pub recipient: Recipient,
    /// The JSON body.
    pub body: Value,
    /// How many times sending has failed.
    pub failures: usize,
    /// When the message is sent, or sent again.
    pub due: Moment,
    /// Whether the message is being sent. This is not saved: a restarted sandbox sends the message again.
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
    pub fn to_json(&self) -> Value {
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
    pub fn to_json(&self, secret: &[u8]) -> Value {
        json!({
            "notificationUrl": self.url,
            "modified": micros(self.modified),
            "secret": self.secret(secret),
        })
    }

    /// The secret that signs the webhook's deliveries. `secret` is the secret of the sandbox.
    pub fn secret(&self, secret: &[u8]) -> String {
        ids::hex(&ids::hmac_sha256(secret, format!("stream webhook {} {}", self.account, self.salt).as_bytes()))
    }
}

impl Model {
    /// Starts sending a delivery that is due.
    pub(super) fn delivery_due(&mut self, id: &str) {
        self.deliveries.edit(id, |delivery| delivery.under_way = true);
        self.tasks.push(Task::DeliverWebhook { delivery: id.to_owned() });
    }

    /// Removes a delivery that was accepted or refused for good.
    pub fn delivery_is_done(&mut self, id: &str) {
        self.deliveries.remove(id);
    }

    /// Schedules the next retry of a failed delivery, or removes it after the last one.
    pub fn delivery_failed(&mut self, id: &str) {
        let now = self.now;
        let again = self.deliveries.edit(id, |delivery| {
            let pause = RETRY_DELAYS_SECONDS.get(delivery.failures).copied();
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

    /// Queues the event that a session began.
    pub(super) fn notify_meeting_started(&mut self, session: &Session) {
        let body = json!({ "meeting": meeting_payload(session) });
        self.notify(&session.app, WebhookEvent::MeetingStarted, body);
    }

    /// Queues the event that a peer joined or left.
    pub(super) fn notify_participant(&mut self, session_id: &str, peer: &Peer) {
        let Some(session) = self.sessions.get(session_id) else { return };
        let event = if peer.left.is_some() { WebhookEvent::ParticipantLeft } else { WebhookEvent::ParticipantJoined };
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
        let body = json!({ "meeting": meeting_payload(session), "participant": participant });
        let app = session.app.clone();
        self.notify(&app, event, body);
    }

    /// Queues the events that a session ended and that its files can be downloaded.
    pub(super) fn notify_meeting_ended(&mut self, session_id: &str, reason: EndReason) {
        let Some(session) = self.sessions.get(session_id).cloned() else { return };
        let meeting = meeting_payload(&session);
        self.notify(&session.app, WebhookEvent::MeetingEnded, json!({ "meeting": meeting, "reason": reason }));
        if !session.chat.is_empty() {
            self.notify_file(&session, WebhookEvent::ChatSynced, File::Chat, "chat");
        }
        if session.transcribed {
            self.notify_file(&session, WebhookEvent::Transcript, File::Transcript(files::Format::Csv), "transcript");
        }
        if session.summarised {
            self.notify_summary(session_id);
        }
    }

    /// Queues the event that the summary of a session can be downloaded.
    pub fn notify_summary(&mut self, session_id: &str) {
        let Some(session) = self.sessions.get(session_id).cloned() else { return };
        self.notify_file(&session, WebhookEvent::Summary, File::Summary, "summary");
    }

    /// Queues the event that a recording has a new status.
    pub(super) fn notify_recording(&mut self, id: &str) {
        let Some(recording) = self.recordings.get(id) else { return };
        let app = recording.app.clone();
        if !self.has_subscriber(&app, WebhookEvent::RecordingStatus) {
            return;
        }
        let session = recording.session.as_deref().and_then(|session| self.sessions.get(session));
        let meeting = match session {
            Some(session) => meeting_payload(session),
            None => json!({ "id": recording.meeting, "title": recording.title, "organizedBy": organizer(&app) }),
        };
        let body = json!({ "recording": self.recording_payload(recording), "meeting": meeting });
        self.notify(&app, WebhookEvent::RecordingStatus, body);
    }

    /// Queues a delivery to the Stream webhook if a video is ready or has failed.
    pub(super) fn notify_video(&mut self, uid: &str) {
        let Some(video) = self.videos.get(uid) else { return };
        if !matches!(video.state, VideoState::Ready | VideoState::Error)
            || self.stream_webhooks.get(&video.account).is_none()
        {
            return;
        }
        let (account, body) = (video.account.clone(), video.to_json(&self.host, self.now));
        self.send(Recipient::Stream(account), body);
    }

    /// Queues a delivery of an event to every webhook of an app that receives such events.
    pub(super) fn notify(&mut self, app: &str, event: WebhookEvent, mut body: Value) {
        let wants = |hook: &&Webhook| hook.app == app && hook.enabled && hook.events.contains(&event);
        let recipients: Vec<String> = self.webhooks.iter().filter(wants).map(|hook| hook.id.clone()).collect();
        body["event"] = json!(event);
        for id in recipients {
            self.send(Recipient::Kit(id), body.clone());
        }
    }

    fn has_subscriber(&self, app: &str, event: WebhookEvent) -> bool {
        self.webhooks.iter().any(|hook| hook.app == app && hook.enabled && hook.events.contains(&event))
    }

    fn notify_file(&mut self, session: &Session, event: WebhookEvent, file: File, name: &str) {
        let Some((url, expires)) = self.session_file(session, file) else { return };
        let mut body = json!({ "meeting": meeting_payload(session) });
        body[format!("{name}DownloadUrl")] = url.into();
        body[format!("{name}DownloadUrlExpiry")] = millis(expires).into();
        self.notify(&session.app, event, body);
    }

    fn recording_payload(&self, recording: &Recording) -> Value {
        let url = recording
            .expires
            .filter(|expires| *expires > self.now)
            .map(|expires| presign::url(&self.host, &self.secret, &recording.file(), expires));
        let shown = recording.to_json(url.as_deref());
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
            // Webhooks send the size as text. The REST API sends it as a number.
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

/// The meeting of a session in a delivery. The names are in camelCase, unlike those of the REST API.
pub(super) fn meeting_payload(session: &Session) -> Value {
    let mut payload = json!({
        "id": session.meeting,
        "sessionId": session.id,
        "title": session.title,
        "status": if session.is_live() { "LIVE" } else { "ENDED" },
        "createdAt": millis(session.started),
        "startedAt": millis(session.started),
        "organizedBy": organizer(&session.app),
    });
    if let Some(ended) = session.ended {
        payload["endedAt"] = millis(ended).into();
    }
    payload
}

fn organizer(app: &str) -> Value {
    json!({ "id": app, "name": ORGANIZATION })
}
