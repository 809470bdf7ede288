//! Changes in rooms: peers join and leave, sessions begin and end, recordings start.

use serde_json::{Value, json};

use super::{
    Model,
    kit::{Meeting, MeetingStatus},
    recording::{Recording, RecordingConfig, RecordingStatus, StartReason, StopReason, Track},
    room_event::RoomEventKind,
    session::{ChatLine, Peer, Session},
    webhooks::EndReason,
};
use crate::{
    clock::{Moment, seconds},
    ids,
};

const MAX_CHAT_CHARACTERS: usize = 4_000;

/// A request to join a meeting.
#[derive(Debug, Clone)]
pub struct JoinRequest {
    /// The id of the participant whose token was used, if any.
    pub participant: Option<String>,
    /// The integrator's own id for the person, if any.
    pub custom_id: Option<String>,
    /// The name shown in the room.
    pub name: String,
    /// The name of the preset.
    pub preset: String,
    /// Whether the peer has no socket and stays until the control API removes it.
    pub headless: bool,
}

/// Why a request to join was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRefusal {
    /// The meeting does not exist.
    NoMeeting,
    /// The meeting is INACTIVE.
    Inactive,
    /// The participant has no name, and the switch `names_required` is on.
    Nameless,
}

impl Model {
    /// The live session of a meeting, if there is one.
    pub fn live_session(&self, meeting: &str) -> Option<&Session> {
        self.sessions.owned_by(meeting).rev().find(|session| session.is_live())
    }

    /// The active recordings of a meeting, oldest first.
    pub fn active_recordings(&self, meeting: &str) -> Vec<&Recording> {
        self.recordings.owned_by(meeting).filter(|recording| recording.is_active()).collect()
    }

    /// Adds a peer to a meeting and returns its id. The first peer begins a session.
    pub fn join(&mut self, meeting: &str, request: JoinRequest) -> Result<String, JoinRefusal> {
        let now = self.now;
        let room = self.meetings.get(meeting).ok_or(JoinRefusal::NoMeeting)?;
        if room.status == MeetingStatus::Inactive {
            return Err(JoinRefusal::Inactive);
        }
        let known = request.participant.as_ref().and_then(|id| self.participants.get(id));
        if self.switches.names_required && known.is_some_and(|known| known.name.is_none()) {
            return Err(JoinRefusal::Nameless);
        }
        let peer = Peer {
            id: ids::uuid(),
            participant: request.participant,
            custom_id: request.custom_id,
            name: request.name,
            preset: request.preset,
            headless: request.headless,
            muted: false,
            joined: now,
            left: None,
        };
        let (peer_id, joined) = (peer.id.clone(), peer.clone());
        let live = self.live_session(meeting).map(|session| session.id.clone());
        let session_id = if let Some(id) = live {
            self.sessions.edit(&id, |session| session.add_peer(peer));
            id
        } else {
            let mut session = new_session(room, now);
            session.add_peer(peer);
            let id = session.id.clone();
            self.begin_session(session);
            id
        };
        self.notify_participant(&session_id, &joined);
        self.recorders_notice_people(meeting, &session_id);
        self.push_room_event(meeting.to_owned(), RoomEventKind::PeersChanged);
        Ok(peer_id)
    }

    /// Removes a peer; `false` when the peer is in no live session.
    pub fn leave(&mut self, peer_id: &str) -> bool {
        let session = self
            .sessions
            .iter()
            .find(|session| session.is_live() && session.present().any(|peer| peer.id == peer_id))
            .map(|session| session.id.clone());
        session.is_some_and(|session| !self.remove_peers(&session, |peer| peer.id == peer_id).is_empty())
    }

    /// Adds a message of a peer to the chat, cut to [`MAX_CHAT_CHARACTERS`]; `false` when the peer is in no live session
    /// or the message is empty.
    pub fn say(&mut self, peer_id: &str, text: &str, kind: String) -> bool {
        let (now, text) = (self.now, text.trim());
        let session =
            self.sessions.iter().find(|session| session.is_live() && session.present().any(|peer| peer.id == peer_id));
        let Some((session, meeting)) = session.map(|session| (session.id.clone(), session.meeting.clone())) else {
            return false;
        };
        if text.is_empty() {
            return false;
        }
        let line = self.sessions.edit(&session, |session| {
            let peer = session.present().find(|known| known.id == peer_id)?;
            let line = ChatLine {
                id: ids::uuid(),
                participant: peer.participant.clone().unwrap_or_else(|| peer.id.clone()),
                custom_id: peer.custom_id.clone().unwrap_or_default(),
                peer: peer.id.clone(),
                from: peer.name.clone(),
                kind,
                text: text.chars().take(MAX_CHAT_CHARACTERS).collect(),
                at: now,
            };
            session.chat.push(line.clone());
            Some(line)
        });
        let Some(Some(line)) = line else { return false };
        self.push_room_event(meeting, RoomEventKind::Chat(line));
        true
    }

    /// Removes the peers that `which` selects from a live session and returns them. If nobody is left, the recorders
    /// leave after `empty_room_seconds`.
    pub fn remove_peers(&mut self, session_id: &str, which: impl Fn(&Peer) -> bool) -> Vec<Peer> {
        let now = self.now;
        let Some((removed, meeting, empty)) = self.sessions.edit(session_id, |session| {
            let removed = session.remove_peers(now, which);
            (removed, session.meeting.clone(), session.present().next().is_none())
        }) else {
            return Vec::new();
        };
        if removed.is_empty() {
            return removed;
        }
        if empty {
            let leaves_at = now + seconds(self.switches.empty_room_seconds);
            for id in self.recordings_in(session_id) {
                self.change_recording(&id, |recording| {
                    if recording.status != RecordingStatus::Invoked {
                        recording.leaves_at = Some(leaves_at);
                    }
                });
            }
        }
        for peer in &removed {
            self.notify_participant(session_id, peer);
        }
        self.push_room_event(
            meeting.clone(),
            RoomEventKind::PeersRemoved(removed.iter().map(|peer| peer.id.clone()).collect()),
        );
        self.push_room_event(meeting, RoomEventKind::PeersChanged);
        removed
    }

    /// Ends a session: all peers leave, and its recordings and livestreams stop.
    pub fn end_session(&mut self, session_id: &str, at: Moment, reason: EndReason) {
        for id in self.recordings_in(session_id) {
            self.stop_recording(&id, at, StopReason::AllPeersLeft);
        }
        self.stop_livestreams_of(session_id, at);
        let ended = self.sessions.edit(session_id, |session| (session.end(at), session.meeting.clone()));
        if let Some((removed, meeting)) = ended {
            for peer in &removed {
                self.notify_participant(session_id, peer);
            }
            self.notify_meeting_ended(session_id, reason);
            self.push_room_event(meeting, RoomEventKind::SessionEnded);
        }
    }

    /// Starts a recording and returns its id.
    pub fn start_recording(
        &mut self,
        meeting: &Meeting,
        config: RecordingConfig,
        prefix: Option<&str>,
        reason: StartReason,
    ) -> String {
        let recording = self.new_recording(meeting, config, prefix, reason);
        self.invoke(recording)
    }

    /// Starts a recording of participants' audio tracks and returns its id.
    pub fn start_track(&mut self, meeting: &Meeting, track: Track, prefix: Option<&str>) -> String {
        let mut config = Self::default_config(meeting);
        "webm".clone_into(&mut config.extension);
        let mut recording = self.new_recording(meeting, config, prefix, StartReason::ApiCall);
        recording.track = Some(track);
        self.invoke(recording)
    }

    fn new_recording(
        &mut self,
        meeting: &Meeting,
        mut config: RecordingConfig,
        prefix: Option<&str>,
        reason: StartReason,
    ) -> Recording {
        // The account's storage from the dashboard applies when neither the call nor the meeting names one.
        if self.switches.own_bucket && config.storage.is_none() {
            config.own_bucket = false;
            config.storage = Some(json!({
                "type": "aws", "bucket": "dojo-recordings", "path": "classes", "region": "eu-central-1", "access_key": null,
            }));
        }
        let invoked = self.stamp();
        let session = self.live_session(&meeting.id).map(|session| session.id.clone());
        let wait = if session.is_some() {
            self.switches.recorder_joins_seconds
        } else {
            self.switches.invoked_patience_seconds
        };
        let name = format!("{}_{}.{}", meeting.id, invoked.timestamp_millis(), config.extension);
        let file_name = prefix
            .filter(|prefix| !prefix.is_empty())
            .map_or_else(|| name.clone(), |prefix| format!("{prefix}_{name}"));
        let title = if meeting.title().is_empty() { "Untitled meeting" } else { meeting.title() };
        Recording {
            id: ids::uuid(),
            app: meeting.app.clone(),
            meeting: meeting.id.clone(),
            waiting_for_people: session.is_none(),
            session,
            status: RecordingStatus::Invoked,
            config,
            title: title.to_owned(),
            file_name,
            start_reason: reason,
            stop_reason: None,
            invoked,
            recorder_due: invoked + seconds(wait),
            started: None,
            stopped: None,
            paused_since: None,
            paused_micros: 0,
            leaves_at: None,
            settles_at: None,
            doomed: false,
            size: None,
            expires: None,
            mishap: self.mishaps.take_for_recording(),
            track: None,
        }
    }

    fn invoke(&mut self, recording: Recording) -> String {
        let (id, meeting) = (recording.id.clone(), recording.meeting.clone());
        self.recordings.put(recording);
        self.push_room_event(meeting, RoomEventKind::Recording(RecordingStatus::Invoked));
        self.notify_recording(&id);
        id
    }

    /// The settings of a recording whose start call gives none.
    pub fn default_config(meeting: &Meeting) -> RecordingConfig {
        RecordingConfig::merge(&meeting.recording_config(), &serde_json::Map::new())
    }

    fn begin_session(&mut self, session: Session) {
        let meeting = self.meetings.get(&session.meeting).cloned();
        self.notify_meeting_started(&session);
        self.sessions.put(session);
        let Some(meeting) = meeting else { return };
        let heeded = self.switches.record_on_start_heeded;
        if heeded && meeting.records_on_start() && self.active_recordings(&meeting.id).is_empty() {
            let prefix = meeting.recording_config().get("file_name_prefix").and_then(Value::as_str).map(str::to_owned);
            let config = Self::default_config(&meeting);
            self.start_recording(&meeting, config, prefix.as_deref(), StartReason::RecordOnStart);
        }
    }

    /// Makes recorders that wait for a session join after `recorder_joins_seconds`, and recorders that were about to
    /// leave an empty room stay.
    fn recorders_notice_people(&mut self, meeting: &str, session_id: &str) {
        let joins_at = self.now + seconds(self.switches.recorder_joins_seconds);
        let active: Vec<_> = self.active_recordings(meeting).iter().map(|recording| recording.id.clone()).collect();
        for id in active {
            self.change_recording(&id, |recording| {
                recording.leaves_at = None;
                if recording.waiting_for_people {
                    recording.waiting_for_people = false;
                    recording.session = Some(session_id.to_owned());
                    recording.recorder_due = joins_at;
                }
            });
        }
    }

    fn recordings_in(&self, session_id: &str) -> Vec<String> {
        let Some(session) = self.sessions.get(session_id) else { return Vec::new() };
        self.recordings
            .owned_by(&session.meeting)
            .filter(|recording| recording.is_active() && recording.session.as_deref() == Some(session_id))
            .map(|recording| recording.id.clone())
            .collect()
    }
}

impl RecordingConfig {
    /// Merges the settings of a recording. Each setting comes from the start call, or else from the meeting, or else it
    /// is RealtimeKit's default.
    pub fn merge(meeting: &serde_json::Map<String, Value>, call: &serde_json::Map<String, Value>) -> Self {
        let member = |name: &str| call.get(name).filter(|v| !v.is_null()).or_else(|| meeting.get(name));
        let pixels = |name: &str, default: u32| {
            member("video_config")
                .and_then(|video| video.get(name))
                .and_then(Value::as_u64)
                .and_then(|pixels| u32::try_from(pixels).ok())
                .unwrap_or(default)
        };
        let codec = member("video_config").and_then(|video| video.get("codec")).and_then(Value::as_str);
        let bucket = member("realtimekit_bucket_config").and_then(|bucket| bucket.get("enabled"));
        Self {
            width: pixels("width", 1_280),
            height: pixels("height", 720),
            extension: if codec.is_none_or(|codec| codec == "H264") { "mp4" } else { "webm" }.to_owned(),
            max_seconds: member("max_seconds").and_then(Value::as_f64).unwrap_or(86_400.0),
            own_bucket: bucket.and_then(Value::as_bool).unwrap_or(true),
            storage: member("storage_config").filter(|storage| storage.is_object()).map(without_secrets),
        }
    }
}

fn without_secrets(storage: &Value) -> Value {
    let mut shown = storage.clone();
    if let Some(members) = shown.as_object_mut() {
        for secret in ["secret", "access_key", "password", "private_key"] {
            members.remove(secret);
        }
        // The SDK's types require `access_key` and `region` for these stores. A key is never shown, so it is null.
        if members
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| ["aws", "azure", "digitalocean"].contains(&kind))
        {
            members.insert("access_key".into(), Value::Null);
            members.entry("region").or_insert(Value::Null);
        }
    }
    shown
}

fn new_session(meeting: &Meeting, now: Moment) -> Session {
    Session {
        id: ids::uuid(),
        app: meeting.app.clone(),
        meeting: meeting.id.clone(),
        title: meeting.title().to_owned(),
        started: now,
        ended: None,
        updated: now,
        empty_since: None,
        keep_alive_seconds: meeting.keep_alive_seconds(),
        most_at_once: 0,
        peers: Vec::new(),
        chat: Vec::new(),
        keeps_chat: meeting.has("persist_chat"),
        transcribed: meeting.has("transcribe_on_end"),
        summarised: meeting.has("transcribe_on_end") && meeting.has("summarize_on_end"),
    }
}
