//! The events that are sent to the sockets of a room.

use serde_json::Value;

use super::{recording::RecordingStatus, session::ChatLine};

/// An event in a room, which is sent to everybody in the room.
#[derive(Debug, Clone)]
pub struct RoomEvent {
    /// The meeting's id.
    pub meeting: String,
    /// What happened.
    pub kind: RoomEventKind,
}

/// The kinds of event in a room.
#[derive(Debug, Clone)]
pub enum RoomEventKind {
    /// A peer joined, left, or was muted.
    PeersChanged,
    /// A recording of the meeting changed its status.
    Recording(RecordingStatus),
    /// A peer sent a chat message.
    Chat(ChatLine),
    /// A poll was created through the API.
    Poll(Value),
    /// The peers with these ids are no longer in the session.
    PeersRemoved(Vec<String>),
    /// The session ended.
    SessionEnded,
}
