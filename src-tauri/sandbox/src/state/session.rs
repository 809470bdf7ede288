//! A session and its peers. It begins when the first peer joins a meeting, and ends when the room has been empty for
//! `keep_alive_seconds` or the API ends it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Object;
use crate::clock::{Moment, millis};

/// One connection of a person to a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Peer {
    /// The peer's id. A participant with two devices is two peers.
    pub id: String,
    /// The id of the participant whose token was used, if any.
    pub participant: Option<String>,
    /// The integrator's own id for the person.
    pub custom_id: Option<String>,
    pub name: String,
    /// The name of the preset.
    pub preset: String,
    /// Whether the peer has no socket and stays until the control API removes it.
    pub headless: bool,
    /// Whether the API has muted the peer.
    #[serde(default)]
    pub muted: bool,
    pub joined: Moment,
    /// When the peer left; `None` while it is in the room.
    pub left: Option<Moment>,
}

/// A chat message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChatLine {
    #[serde(default)]
    pub id: String,
    /// The id of the participant who wrote the message, or of the peer if it has no participant.
    #[serde(default)]
    pub participant: String,
    /// The integrator's own id for the person.
    #[serde(default)]
    pub custom_id: String,
    /// The id of the peer that wrote the message.
    #[serde(default)]
    pub peer: String,
    /// The writer's name in the room.
    pub from: String,
    /// What the message is: `TEXT_MESSAGE`, or another kind whose payload is an address.
    #[serde(default = "text_message")]
    pub kind: String,
    pub text: String,
    pub at: Moment,
}

/// The kind of a message that somebody typed.
pub fn text_message() -> String {
    "TEXT_MESSAGE".to_owned()
}

/// A session of a meeting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    /// The id of the RealtimeKit app.
    pub app: String,
    /// The id of the meeting in which the session takes place.
    pub meeting: String,
    /// The meeting's title when the session began.
    pub title: String,
    /// When the first peer joined.
    pub started: Moment,
    /// When the session ended; `None` while it is live.
    pub ended: Option<Moment>,
    pub updated: Moment,
    /// When the room became empty; `None` while somebody is in the room.
    pub empty_since: Option<Moment>,
    /// How long the session stays live in an empty room, in seconds.
    pub keep_alive_seconds: f64,
    /// The largest number of peers at the same time.
    pub most_at_once: usize,
    /// All peers that ever joined, in the order in which they joined.
    pub peers: Vec<Peer>,
    pub chat: Vec<ChatLine>,
    /// Whether the chat never expires (`persist_chat`).
    #[serde(default)]
    pub keeps_chat: bool,
    /// Whether a transcript is made when the session ends.
    #[serde(default)]
    pub transcribed: bool,
    /// Whether a summary is made when the session ends, or was requested through the API.
    #[serde(default)]
    pub summarised: bool,
}

impl Object for Session {
    const KIND: &'static str = "session";

    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> Option<(&str, Moment)> {
        Some((&self.meeting, self.started))
    }

    fn due(&self) -> Option<Moment> {
        if self.ended.is_some() {
            return None;
        }
        self.empty_since.map(|since| since + crate::clock::seconds(self.keep_alive_seconds))
    }
}

impl Session {
    /// Whether the session is live.
    pub fn is_live(&self) -> bool {
        self.ended.is_none()
    }

    /// The peers who are in the room.
    pub fn present(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(|peer| peer.left.is_none())
    }

    pub fn add_peer(&mut self, peer: Peer) {
        self.updated = peer.joined;
        self.empty_since = None;
        self.peers.push(peer);
        self.most_at_once = self.most_at_once.max(self.present().count());
    }

    /// Removes the peers that `which` selects, and returns them.
    pub fn remove_peers(&mut self, at: Moment, which: impl Fn(&Peer) -> bool) -> Vec<Peer> {
        let mut removed = Vec::new();
        for peer in self.peers.iter_mut().filter(|peer| peer.left.is_none()) {
            if which(peer) {
                peer.left = Some(at.max(peer.joined));
                removed.push(peer.clone());
            }
        }
        if !removed.is_empty() {
            self.updated = at;
            if self.present().next().is_none() {
                self.empty_since = Some(at);
            }
        }
        removed
    }

    /// Ends the session. Returns the peers who were still in the room.
    pub fn end(&mut self, at: Moment) -> Vec<Peer> {
        let removed = self.remove_peers(at, |_| true);
        self.ended = Some(at);
        self.updated = at;
        removed
    }

    pub fn to_json(&self, now: Moment) -> Value {
        let mut shown = json!({
            "id": self.id,
            "associated_id": self.meeting,
            "meeting_display_name": self.title,
            "type": "meeting",
            "status": if self.is_live() { "LIVE" } else { "ENDED" },
            "live_participants": self.present().count(),
            "max_concurrent_participants": self.most_at_once,
            "minutes_consumed": self.minutes_consumed(now),
            "organization_id": self.app,
            "started_at": millis(self.started),
            "created_at": millis(self.started),
            "updated_at": millis(self.updated),
            "breakout_rooms": [],
        });
        if let Some(ended) = self.ended {
            shown["ended_at"] = millis(ended).into();
        }
        shown
    }

    /// The sum of all peers' time in the room, in minutes.
    pub fn minutes_consumed(&self, now: Moment) -> f64 {
        let spent: TimeDelta = self.peers.iter().map(|peer| peer.left.unwrap_or(now) - peer.joined).sum();
        minutes(spent)
    }
}

impl Peer {
    /// Whether the id is this peer's, its participant's, or the integrator's own id for the person.
    pub fn has_id(&self, id: &str) -> bool {
        self.id == id || self.participant.as_deref() == Some(id) || self.custom_id.as_deref() == Some(id)
    }

    /// The minutes the peer has been in the room.
    pub fn minutes(&self, now: Moment) -> f64 {
        minutes(self.left.unwrap_or(now) - self.joined)
    }

    /// The peer in the history of a session.
    pub fn to_json(&self, now: Moment) -> Value {
        json!({
            "id": self.id,
            "user_id": self.participant.clone().unwrap_or_else(|| self.id.clone()),
            "custom_participant_id": self.custom_id,
            "display_name": self.name,
            "preset_name": self.preset,
            "joined_at": millis(self.joined),
            "left_at": self.left.map(millis),
            "duration": self.minutes(now),
            "created_at": millis(self.joined),
            "updated_at": millis(self.left.unwrap_or(self.joined)),
        })
    }
}

fn minutes(span: TimeDelta) -> f64 {
    span.to_std().unwrap_or_default().as_secs_f64() / 60.0
}
