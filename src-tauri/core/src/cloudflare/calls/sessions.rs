//! The live session of a meeting: who is there, and removing everyone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{Error, Surface};
use super::super::transport::{Call, Client};
use crate::domain::ids::{AppId, MeetingId};

/// A live session.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveSession {
    /// People in the room. The recorder is not counted.
    pub live_participants: u32,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Wire {
    /// The meeting's id.
    #[serde(default)]
    associated_id: Option<String>,
    #[serde(default)]
    live_participants: Option<f64>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    started_at: Option<DateTime<Utc>>,
}

impl Wire {
    fn is_live(&self) -> bool {
        self.status.as_deref() != Some("ENDED")
    }
}

/// A list of sessions stands in an object of its own.
#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    sessions: Vec<Wire>,
}

/// What removing everyone did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kicked {
    /// So many people were removed.
    People(u32),
    /// Nobody was there.
    NobodyThere,
}

impl Client {
    /// The live session of a meeting; `None` while nobody is in it.
    pub async fn active_session(&self, app: &AppId, meeting: &MeetingId) -> Result<Option<ActiveSession>, Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/active-session"));
        let wire: Option<Wire> = self.find(Call::get(Surface::Realtime, &path)).await?;
        Ok(wire.filter(Wire::is_live).map(|wire| ActiveSession {
            live_participants: count(wire.live_participants),
            started_at: wire.started_at,
        }))
    }

    /// How many people are in which meeting, newest sessions first, up to so many. A meeting that nobody is in, or of which no
    /// number is told, is not named.
    pub async fn live_sessions(&self, app: &AppId, limit: u32) -> Result<HashMap<MeetingId, u32>, Error> {
        let path = self.kit(app, "/sessions");
        let sorted = [("status", "LIVE"), ("sort_by", "createdAt"), ("sort_order", "DESC")];
        let mut call = Call::get(Surface::Realtime, &path);
        call.query = sorted.map(|(name, value)| (name, value.to_owned())).to_vec();
        call.on_page(1, limit);
        let listed: Listed = self.call(call).await?;
        let named = listed.sessions.iter().filter(|wire| wire.is_live()).filter_map(|wire| {
            let meeting = wire.associated_id.as_deref()?.parse().ok()?;
            Some((meeting, count(wire.live_participants))).filter(|(_, people)| *people > 0)
        });
        let mut people: HashMap<MeetingId, u32> = HashMap::new();
        for (meeting, count) in named {
            people.entry(meeting).and_modify(|there| *there = count.max(*there)).or_insert(count);
        }
        Ok(people)
    }

    /// Removes everyone. Nobody being there is fine, so it may be repeated.
    pub async fn kick_all(&self, app: &AppId, meeting: &MeetingId) -> Result<Kicked, Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/active-session/kick-all"));
        let reply: Option<Value> = self.find(Call::set(Method::POST, Surface::Realtime, &path, &json!({}))).await?;
        Ok(reply.map_or(Kicked::NobodyThere, |reply| {
            Kicked::People(count(reply.get("kicked_participants_count").and_then(Value::as_f64)))
        }))
    }
}

/// Counts are declared “number” and may arrive as floats.
fn count(number: Option<f64>) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped right before")]
    let whole = number.unwrap_or(0.0).clamp(0.0, f64::from(u32::MAX)) as u32;
    whole
}
