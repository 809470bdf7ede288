//! The WebSocket of the room page: joining, the list of people, chat, and the end of the session. Join pages ask for the
//! room's details before that, as RealtimeKit's client does.
//!
//! The first message from the page is `{"type":"join","token":…,"name":…}`. The token is sent in a message, never in a
//! URL. A peer whose socket closes leaves the room.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{
        FromRequestParts, Request,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    clock::millis,
    jwt,
    state::{
        Model,
        kit::MeetingStatus,
        room_event::{RoomEvent, RoomEventKind},
        rooms::{JoinRefusal, JoinRequest},
        session::{self, ChatLine},
    },
    world::World,
};

/// How long a page may take to send its first message.
const JOIN_MESSAGE_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_CHAT_HISTORY_LINES: usize = 200;
const MAX_NAME_CHARACTERS: usize = 80;
const MAX_MESSAGE_BYTES: usize = 64 << 10;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientMessage {
    Join { token: String, name: Option<String> },
    Chat { text: String },
}

/// `GET /room/details`, with a participant token in `Authorization`: the room's title, and the person's name and preset.
pub fn details(world: &Arc<World>, headers: &HeaderMap) -> Response {
    let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match world.with(|model| describe(model, presented.unwrap_or_default())) {
        Ok(details) => ([(header::CACHE_CONTROL, "no-store")], Json(details)).into_response(),
        Err(status) => status.into_response(),
    }
}

fn describe(model: &Model, token: &str) -> Result<Value, StatusCode> {
    let (meeting, participant) =
        jwt::read_participant_token(&model.secret, token, model.verification).ok_or(StatusCode::UNAUTHORIZED)?;
    let known = model.participants.get(&participant).filter(|known| known.meeting == meeting);
    let participant = known.ok_or(StatusCode::NOT_FOUND)?;
    let meeting = model.meetings.get(&meeting).ok_or(StatusCode::NOT_FOUND)?;
    if meeting.status == MeetingStatus::Inactive {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(json!({
        "meeting": { "title": meeting.title() },
        "participant": { "id": participant.id, "name": participant.name },
        "preset": { "name": participant.preset },
    }))
}

/// `GET /room/ws`: upgrades to the socket of one peer.
pub async fn connect(world: &Arc<World>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => {
            let world = Arc::clone(world);
            upgrade.max_message_size(MAX_MESSAGE_BYTES).on_upgrade(move |socket| serve_peer(world, socket))
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn serve_peer(world: Arc<World>, mut socket: WebSocket) {
    // The subscription begins before the join, so that no event in between is missed.
    let mut events = world.subscribe_to_rooms();
    let Some((token, name)) = read_join_message(&mut socket).await else {
        refuse(&mut socket, "The page did not say who is joining. Reload it.").await;
        return;
    };
    let joined = world.with(|model| join(model, &token, name));
    let (meeting, peer, mut greeting) = match joined {
        Ok(joined) => joined,
        Err(reason) => {
            refuse(&mut socket, reason).await;
            return;
        }
    };
    let mut presence = Presence { world: Arc::clone(&world), peer, inside: true };
    greeting["type"] = "joined".into();
    if !send(&mut socket, &greeting).await {
        return;
    }
    loop {
        tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(ClientMessage::Chat { text }) = serde_json::from_str(&text) {
                        world.with(|model| model.say(&presence.peer, &text, session::text_message()));
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
            },
            event = events.recv() => {
                let message = match event {
                    Ok(event) if event.meeting != meeting => continue,
                    Ok(event) => {
                        let ended = ends_for(&event, &presence.peer);
                        let message = world.with(|model| message_for(model, &event));
                        if let Some(state) = ended {
                            presence.inside = false;
                            // Sending fails when the page is closed already. The peer has left in either case.
                            let _ = send(&mut socket, &json!({ "type": "ended", "state": state })).await;
                            let _ = socket.send(Message::Close(None)).await;
                            return;
                        }
                        message
                    }
                    // Events were lost because they came faster than they were sent. The list of people replaces them.
                    Err(RecvError::Lagged(_)) => Some(world.with(|model| people_message(model, &meeting))),
                    Err(RecvError::Closed) => return,
                };
                if let Some(message) = message && !send(&mut socket, &message).await {
                    return;
                }
            }
            () = world.closed() => {
                let _ = socket.send(Message::Close(None)).await;
                // The sandbox is stopping. `prepare_model` removes the peer at the next start.
                presence.inside = false;
                return;
            }
        }
    }
}

/// Removes the peer from the room when dropped, unless `inside` is false.
struct Presence {
    world: Arc<World>,
    peer: String,
    inside: bool,
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.inside {
            self.world.with(|model| model.leave(&self.peer));
        }
    }
}

async fn read_join_message(socket: &mut WebSocket) -> Option<(String, Option<String>)> {
    let first = tokio::time::timeout(JOIN_MESSAGE_TIMEOUT, socket.recv()).await.ok()??.ok()?;
    match serde_json::from_str(first.to_text().ok()?).ok()? {
        ClientMessage::Join { token, name } => Some((token, name)),
        ClientMessage::Chat { .. } => None,
    }
}

type Joined = (String, String, Value);

fn join(model: &mut Model, token: &str, name: Option<String>) -> Result<Joined, &'static str> {
    let unknown = "This invitation is not valid. Ask for a new link.";
    let (meeting, participant) =
        jwt::read_participant_token(&model.secret, token, model.verification).ok_or(unknown)?;
    let participant = model.participants.get(&participant).filter(|known| known.meeting == meeting).ok_or(unknown)?;
    let chosen = name.map(|name| truncated(name.trim(), MAX_NAME_CHARACTERS)).filter(|name| !name.is_empty());
    let request = JoinRequest {
        participant: Some(participant.id.clone()),
        custom_id: Some(participant.custom_id.clone()),
        name: chosen.or_else(|| participant.name.clone()).unwrap_or_else(|| "Guest".into()),
        preset: participant.preset.clone(),
        headless: false,
    };
    let peer = model.join(&meeting, request).map_err(|refusal| match refusal {
        JoinRefusal::NoMeeting => unknown,
        JoinRefusal::Inactive => "This room is closed.",
        JoinRefusal::Nameless => "This invitation has no name. Ask for a new one.",
    })?;
    let title = model.meetings.get(&meeting).map(|meeting| meeting.title().to_owned()).unwrap_or_default();
    let greeting = json!({
        "peer_id": peer,
        "meeting": { "title": title },
        "people": peer_list(model, &meeting),
        // A peer that joins late, or again, sees the earlier chat.
        "chat": chat_history(model, &meeting),
        "recording": !model.active_recordings(&meeting).is_empty(),
    });
    Ok((meeting, peer, greeting))
}

fn chat_history(model: &Model, meeting: &str) -> Vec<Value> {
    model.live_session(meeting).map_or_else(Vec::new, |session| {
        let skipped = session.chat.len().saturating_sub(MAX_CHAT_HISTORY_LINES);
        session.chat.iter().skip(skipped).map(chat_json).collect()
    })
}

/// Why a peer is no longer in the room, in the words of RealtimeKit's `LeaveRoomState`; `None` when it still is.
fn ends_for(event: &RoomEvent, peer: &str) -> Option<&'static str> {
    match &event.kind {
        RoomEventKind::SessionEnded => Some("ended"),
        RoomEventKind::PeersRemoved(peers) => peers.iter().any(|removed| removed == peer).then_some("kicked"),
        RoomEventKind::PeersChanged | RoomEventKind::Recording(_) | RoomEventKind::Chat(_) | RoomEventKind::Poll(_) => {
            None
        }
    }
}

fn message_for(model: &Model, event: &RoomEvent) -> Option<Value> {
    match &event.kind {
        RoomEventKind::PeersChanged => Some(people_message(model, &event.meeting)),
        RoomEventKind::Recording(state) => Some(json!({ "type": "recording", "state": state })),
        RoomEventKind::Chat(line) => {
            let mut message = chat_json(line);
            message["type"] = "chat".into();
            Some(message)
        }
        RoomEventKind::Poll(poll) => Some(json!({ "type": "poll", "poll": poll })),
        RoomEventKind::PeersRemoved(_) | RoomEventKind::SessionEnded => None,
    }
}

fn chat_json(line: &ChatLine) -> Value {
    json!({ "from": line.from, "text": line.text, "at": millis(line.at) })
}

fn people_message(model: &Model, meeting: &str) -> Value {
    json!({ "type": "people", "people": peer_list(model, meeting) })
}

fn peer_list(model: &Model, meeting: &str) -> Vec<Value> {
    model.live_session(meeting).map_or_else(Vec::new, |session| {
        let shown = |peer: &crate::state::session::Peer| {
            json!({ "peer_id": peer.id, "name": peer.name, "preset": peer.preset, "muted": peer.muted })
        };
        session.present().map(shown).collect()
    })
}

async fn refuse(socket: &mut WebSocket, reason: &str) {
    if send(socket, &json!({ "type": "refused", "reason": reason })).await {
        // The page has the reason already, so a close frame that does not arrive changes nothing.
        let _ = socket.send(Message::Close(None)).await;
    }
}

async fn send(socket: &mut WebSocket, message: &Value) -> bool {
    socket.send(Message::Text(message.to_string().into())).await.is_ok()
}

fn truncated(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
