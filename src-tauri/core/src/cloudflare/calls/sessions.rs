//! The live session of a meeting: counts the people in it and removes everybody.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Listed, Unfit};
use crate::domain::ids::{AppId, MeetingId};

/// The live session of a meeting.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveSession {
    /// The people in the room, without the recorder.
    pub live_participants: u32,
    /// When the session began.
    pub started_at: Option<DateTime<Utc>>,
}

/// A session in a reply. It may have ended.
struct SessionEntry {
    meeting: Option<MeetingId>,
    session: ActiveSession,
    ended: bool,
}

impl Entry for SessionEntry {
    const WHAT: &'static str = "RealtimeKit session";
    const LIST: &'static str = "sessions";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            meeting: fields.parsed("associated_id"),
            session: ActiveSession {
                live_participants: fields.count("live_participants").unwrap_or(0),
                started_at: fields.moment("started_at"),
            },
            ended: fields.text("status").as_deref() == Some("ENDED"),
        })
    }
}

/// The number of people who were removed.
struct Removed(u32);

impl Entry for Removed {
    const WHAT: &'static str = SessionEntry::WHAT;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.count("kicked_participants_count").unwrap_or(0)))
    }
}

/// The result of removing everybody from a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kicked {
    /// This many people were removed.
    People(u32),
    /// The meeting had no live session.
    NobodyThere,
}

impl Client {
    /// The live session of a meeting; `None` if nobody is in the meeting.
    pub async fn active_session(&self, app: &AppId, meeting: &MeetingId) -> Result<Option<ActiveSession>, Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/active-session"));
        let told: Option<SessionEntry> = self.find(Call::get(Surface::Realtime, &path)).await?;
        if let Some(answered) = told.as_ref().and_then(|told| told.meeting.as_ref()) {
            Error::unless_same("RealtimeKit meeting", meeting.as_str(), answered.as_str())?;
        }
        Ok(told.filter(|told| !told.ended).map(|told| told.session))
    }

    /// The number of people in each meeting with a live session, at most `limit`, the newest sessions first. Meetings
    /// that are empty or whose number is not reported are left out.
    pub async fn live_sessions(&self, app: &AppId, limit: u32) -> Result<HashMap<MeetingId, u32>, Error> {
        let path = self.kit(app, "/sessions");
        let sorted = [("status", "LIVE"), ("sort_by", "createdAt"), ("sort_order", "DESC")];
        let mut call = Call::get(Surface::Realtime, &path);
        call.query = sorted.map(|(name, value)| (name, value.to_owned())).to_vec();
        call.on_page(1, limit);
        let listed: Listed<SessionEntry> = self.list(call).await?;
        let named =
            listed.items.into_iter().filter(|told| !told.ended).filter_map(|told| {
                Some((told.meeting?, told.session.live_participants)).filter(|(_, people)| *people > 0)
            });
        let mut people: HashMap<MeetingId, u32> = HashMap::new();
        for (meeting, count) in named {
            people.entry(meeting).and_modify(|there| *there = count.max(*there)).or_insert(count);
        }
        Ok(people)
    }

    /// Removes everybody from a meeting. It is no error if the meeting is empty, so it may be repeated.
    pub async fn kick_all(&self, app: &AppId, meeting: &MeetingId) -> Result<Kicked, Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/active-session/kick-all"));
        let removed: Option<Removed> = self.find(Call::set(Method::POST, Surface::Realtime, &path, &json!({}))).await?;
        Ok(removed.map_or(Kicked::NobodyThere, |Removed(people)| Kicked::People(people)))
    }
}
