//! Participants: whoever may join, and the token that lets them.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::super::error::{Error, Surface};
use super::super::transport::{Call, Client};
use crate::domain::ids::{AppId, MeetingId, ParticipantId};

/// A participant to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewParticipant {
    /// The preset, by name.
    pub preset_name: String,
    /// Our mark for the participant; no personal data.
    pub custom_participant_id: String,
    /// The name others see.
    pub name: Option<String>,
}

/// A participant with the token to join with.
#[derive(Debug, Clone, Deserialize)]
pub struct Joined {
    /// Its id.
    pub id: ParticipantId,
    /// The token.
    pub token: SecretString,
}

/// A participant as lists show it: without a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Participant {
    /// Its id.
    pub id: ParticipantId,
    /// Our mark.
    #[serde(default)]
    pub custom_participant_id: String,
}

#[derive(Deserialize)]
struct Refreshed {
    token: SecretString,
}

impl Client {
    /// Adds a participant.
    pub async fn add_participant(
        &self,
        app: &AppId,
        meeting: &MeetingId,
        new: &NewParticipant,
    ) -> Result<Joined, Error> {
        let mut body = json!({ "preset_name": new.preset_name, "custom_participant_id": new.custom_participant_id });
        if let Some(name) = &new.name {
            body["name"] = json!(name);
        }
        self.call(Call::post(Surface::Realtime, &self.kit(app, &format!("/meetings/{meeting}/participants")), &body))
            .await
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
        Ok(refreshed.token)
    }
}
