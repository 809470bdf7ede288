//! The live session of a meeting: counts and lists the people in it, and removes one of them or everybody.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Listed, Unfit};
use crate::domain::ids::{AppId, MeetingId, ParticipantId, RealtimeKitSessionId};

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

/// A session of a meeting, past or live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSession {
    /// The session's id.
    pub id: RealtimeKitSessionId,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; `None` while it lasts, or where the reply does not say.
    pub ended_at: Option<DateTime<Utc>>,
    /// The meeting that the session took place in.
    meeting: Option<MeetingId>,
}

impl Entry for PastSession {
    const WHAT: &'static str = SessionEntry::WHAT;
    const LIST: &'static str = SessionEntry::LIST;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            started_at: fields.moment("started_at"),
            ended_at: fields.moment("ended_at"),
            meeting: fields.parsed("associated_id"),
        })
    }
}

/// One connection of a participant to a session. A person with two devices has two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The participant whose token was used; `None` where the reply does not say.
    pub participant: Option<ParticipantId>,
    /// Hajime's mark for the participant.
    pub custom_participant_id: String,
    /// The name that others see in the room.
    pub display_name: Option<String>,
    /// The name of the preset with which the participant joined.
    pub preset_name: Option<String>,
    /// When the connection began.
    pub joined_at: Option<DateTime<Utc>>,
    /// When the connection ended; `None` while it lasts.
    pub left_at: Option<DateTime<Utc>>,
}

impl Entry for Peer {
    const WHAT: &'static str = "RealtimeKit session participant";
    const LIST: &'static str = "participants";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            participant: fields.parsed("user_id"),
            custom_participant_id: fields.text("custom_participant_id").unwrap_or_default(),
            display_name: fields.text("display_name"),
            preset_name: fields.text("preset_name"),
            joined_at: fields.moment("joined_at"),
            left_at: fields.moment("left_at"),
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

    /// The sessions of a meeting, past and live.
    pub async fn sessions_of(&self, app: &AppId, meeting: &MeetingId) -> Result<Vec<PastSession>, Error> {
        let query = [("associated_id", meeting.to_string())];
        let mut sessions: Vec<PastSession> = self.all(Surface::Realtime, &self.kit(app, "/sessions"), &query).await?;
        self.keep_asked_for(
            &mut sessions,
            |session| session.id.as_str(),
            |session| session.meeting.as_ref().is_none_or(|answered| answered == meeting),
        );
        Ok(sessions)
    }

    /// The connections to a session, those that have ended among them.
    pub async fn peers(&self, app: &AppId, session: &RealtimeKitSessionId) -> Result<Vec<Peer>, Error> {
        let query = [("view", "raw".to_owned())];
        self.all(Surface::Realtime, &self.kit(app, &format!("/sessions/{session}/participants")), &query).await
    }

    /// Removes the connections of these participants from a meeting, and those with this mark. It is no error if there are
    /// none, so it may be repeated.
    pub async fn kick(
        &self,
        app: &AppId,
        meeting: &MeetingId,
        participants: &[ParticipantId],
        mark: &str,
    ) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/active-session/kick"));
        let marks: Vec<&str> = Some(mark).filter(|mark| !mark.is_empty()).into_iter().collect();
        // Versions of the API differ in which of the two lists they need, so both are sent.
        let ids: Vec<&str> = participants.iter().map(ParticipantId::as_str).collect();
        let body = json!({ "participant_ids": ids, "custom_participant_ids": marks });
        match self.done(Call::set(Method::POST, Surface::Realtime, &path, &body)).await {
            Err(Error::Missing { .. }) => Ok(()),
            done => done,
        }
    }

    /// Removes everybody from a meeting. It is no error if the meeting is empty, so it may be repeated.
    pub async fn kick_all(&self, app: &AppId, meeting: &MeetingId) -> Result<Kicked, Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/active-session/kick-all"));
        let removed: Option<Removed> = self.find(Call::set(Method::POST, Surface::Realtime, &path, &json!({}))).await?;
        Ok(removed.map_or(Kicked::NobodyThere, |Removed(people)| Kicked::People(people)))
    }
}
