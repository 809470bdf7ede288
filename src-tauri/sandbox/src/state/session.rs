//! A session: one stretch of time in which somebody was in a meeting, and the peers that were in it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Object;
use crate::clock::{Moment, millis};

/// One connection of one person to a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Peer {
    /// The peer id, unlike the participant's: one participant on two devices is two peers.
    pub id: String,
    /// The participant, when the peer came in with a token.
    pub participant: Option<String>,
    /// The integrator's name for the person.
    pub custom_id: Option<String>,
    /// The name shown in the room.
    pub name: String,
    /// The role.
    pub preset: String,
    /// Whether the peer has no socket and stays until it is told to leave.
    pub headless: bool,
    /// Whether somebody has muted it.
    #[serde(default)]
    pub muted: bool,
    /// When the peer came in.
    pub joined: Moment,
    /// When the peer left.
    pub left: Option<Moment>,
}

/// A line of chat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChatLine {
    /// The line's id.
    #[serde(default)]
    pub id: String,
    /// The participant who wrote it, or the peer when there is none.
    #[serde(default)]
    pub participant: String,
    /// The integrator's name for them.
    #[serde(default)]
    pub custom_id: String,
    /// Who wrote it.
    pub from: String,
    /// What was written.
    pub text: String,
    /// When.
    pub at: Moment,
}

/// A session of a meeting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The session id.
    pub id: String,
    /// The app.
    pub app: String,
    /// The meeting.
    pub meeting: String,
    /// The meeting's title when the session began.
    pub title: String,
    /// When the first peer came in.
    pub started: Moment,
    /// When it was over.
    pub ended: Option<Moment>,
    /// When it last changed.
    pub updated: Moment,
    /// Since when nobody is in, while it is still live.
    pub empty_since: Option<Moment>,
    /// How long it outlives its last peer.
    pub keep_alive_seconds: f64,
    /// The most peers there were at once.
    pub most_at_once: usize,
    /// Everybody who was ever in.
    pub peers: Vec<Peer>,
    /// The chat.
    pub chat: Vec<ChatLine>,
    /// Whether the chat is kept for good.
    #[serde(default)]
    pub keeps_chat: bool,
    /// Whether there is a transcript once it is over.
    #[serde(default)]
    pub transcribed: bool,
    /// Whether there is a summary once it is over.
    #[serde(default)]
    pub summarised: bool,
}

impl Object for Session {
    const KIND: &'static str = "session";

    fn id(&self) -> &str {
        &self.id
    }

    fn belongs(&self) -> Option<(&str, Moment)> {
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
    /// Whether it is still going on.
    pub fn is_live(&self) -> bool {
        self.ended.is_none()
    }

    /// The peers that are in right now.
    pub fn present(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(|peer| peer.left.is_none())
    }

    /// Lets a peer in.
    pub fn admit(&mut self, peer: Peer) {
        self.updated = peer.joined;
        self.empty_since = None;
        self.peers.push(peer);
        self.most_at_once = self.most_at_once.max(self.present().count());
    }

    /// Sees every peer that `which` picks out, and says who left.
    pub fn dismiss(&mut self, at: Moment, which: impl Fn(&Peer) -> bool) -> Vec<Peer> {
        let mut gone = Vec::new();
        for peer in self.peers.iter_mut().filter(|peer| peer.left.is_none()) {
            if which(peer) {
                peer.left = Some(at.max(peer.joined));
                gone.push(peer.clone());
            }
        }
        if !gone.is_empty() {
            self.updated = at;
            if self.present().next().is_none() {
                self.empty_since = Some(at);
            }
        }
        gone
    }

    /// Ends the session, and says who was still in.
    pub fn end(&mut self, at: Moment) -> Vec<Peer> {
        let gone = self.dismiss(at, |_| true);
        self.ended = Some(at);
        self.updated = at;
        gone
    }

    /// The session in a reply.
    pub fn shown(&self, now: Moment) -> Value {
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

    /// Participant minutes so far.
    pub fn minutes_consumed(&self, now: Moment) -> f64 {
        let spent: TimeDelta = self.peers.iter().map(|peer| peer.left.unwrap_or(now) - peer.joined).sum();
        minutes(spent)
    }
}

impl Peer {
    /// Whether this is the person an id names: a peer's, a participant's, or the integrator's own.
    pub fn is(&self, id: &str) -> bool {
        self.id == id || self.participant.as_deref() == Some(id) || self.custom_id.as_deref() == Some(id)
    }

    /// For how many minutes it has been in.
    pub fn minutes(&self, now: Moment) -> f64 {
        minutes(self.left.unwrap_or(now) - self.joined)
    }

    /// The peer in the history of a session.
    pub fn shown(&self, now: Moment) -> Value {
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
