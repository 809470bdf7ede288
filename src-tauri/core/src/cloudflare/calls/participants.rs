//! Participants: whoever may join, and the token that lets them.

use secrecy::SecretString;
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, line};
use crate::domain::ids::{AppId, MeetingId, ParticipantId};

/// A participant to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewParticipant {
    /// The preset, by name.
    pub preset_name: String,
    /// Our mark for the participant; no personal data.
    pub custom_participant_id: String,
    /// The name others see; may be empty. It is always sent: tokens of participants without one are reported not to reach the media server
    /// (cloudflare-typescript, issue 2737).
    pub name: String,
}

/// A participant with the token to join with.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Its id.
    pub id: ParticipantId,
    /// The token.
    pub token: SecretString,
    /// Our mark, if the answer repeats it.
    custom_participant_id: Option<String>,
}

impl Entry for Joined {
    const WHAT: &'static str = Participant::WHAT;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            token: fields.secret("token")?,
            custom_participant_id: fields.text("custom_participant_id"),
        })
    }
}

/// A participant as lists show it: without a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its id.
    pub id: ParticipantId,
    /// Our mark.
    pub custom_participant_id: String,
}

impl Entry for Participant {
    const WHAT: &'static str = "RealtimeKit participant";
    const LIST: &'static str = "participants";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            custom_participant_id: fields.text("custom_participant_id").unwrap_or_default(),
        })
    }
}

/// A token, and whose it is where the answer says so.
struct Refreshed {
    token: SecretString,
    id: Option<ParticipantId>,
}

impl Entry for Refreshed {
    const WHAT: &'static str = Participant::WHAT;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { token: fields.secret("token")?, id: fields.parsed("id") })
    }
}

impl Client {
    /// Adds a participant.
    pub async fn add_participant(
        &self,
        app: &AppId,
        meeting: &MeetingId,
        new: &NewParticipant,
    ) -> Result<Joined, Error> {
        let body = json!({
            "preset_name": new.preset_name,
            "custom_participant_id": new.custom_participant_id,
            "name": line(&new.name),
        });
        let path = self.kit(app, &format!("/meetings/{meeting}/participants"));
        let joined: Joined = self.call(Call::post(Surface::Realtime, &path, &body)).await?;
        // Somebody else's token would let a guest in as the host.
        if let Some(answered) = &joined.custom_participant_id {
            Error::unless_same(Participant::WHAT, &new.custom_participant_id, answered)?;
        }
        Ok(joined)
    }

    /// All participants of a meeting.
    pub async fn participants(&self, app: &AppId, meeting: &MeetingId) -> Result<Vec<Participant>, Error> {
        self.all(&self.kit(app, &format!("/meetings/{meeting}/participants")), &[]).await
    }

    /// A fresh token for a participant. Asking twice gives two that work.
    pub async fn refresh_participant_token(
        &self,
        app: &AppId,
        meeting: &MeetingId,
        participant: &ParticipantId,
    ) -> Result<SecretString, Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/participants/{participant}/token"));
        let refreshed: Refreshed = self.call(Call::post(Surface::Realtime, &path, &json!({}))).await?;
        if let Some(answered) = &refreshed.id {
            Error::unless_same(Participant::WHAT, participant.as_str(), answered.as_str())?;
        }
        Ok(refreshed.token)
    }
}
