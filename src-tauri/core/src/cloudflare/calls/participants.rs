//! Participants: the people who may join a meeting, and the tokens they join with.

use http::Method;
use secrecy::SecretString;
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, line};
use crate::domain::ids::{AppId, MeetingId, ParticipantId};

/// A participant to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewParticipant {
    /// The name of the preset that the participant gets.
    pub preset_name: String,
    /// Hajime's mark for the participant. It contains no personal data.
    pub custom_participant_id: String,
    /// The name that others see; may be empty. It is always sent, because participants without a name are reported to
    /// get tokens that do not reach the media server (cloudflare-typescript, issue 2737).
    pub name: String,
}

/// A participant with the token to join with.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The participant's id.
    pub id: ParticipantId,
    /// The token to join with.
    pub token: SecretString,
    /// Hajime's mark, if the reply repeats it.
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

/// A participant in a list, which has no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The participant's id.
    pub id: ParticipantId,
    /// Hajime's mark.
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

/// A fresh token, and the participant it is for, if the reply says so.
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
        // The token of another participant could let a guest in as the host.
        if let Some(answered) = &joined.custom_participant_id {
            Error::unless_same(Participant::WHAT, &new.custom_participant_id, answered)?;
        }
        Ok(joined)
    }

    /// Gives a participant this name and preset, and returns a fresh token; `None` if the meeting has no such
    /// participant. Earlier tokens remain valid.
    pub async fn edit_participant(
        &self,
        app: &AppId,
        meeting: &MeetingId,
        participant: &ParticipantId,
        new: &NewParticipant,
    ) -> Result<Option<SecretString>, Error> {
        let body = json!({ "preset_name": new.preset_name, "name": line(&new.name) });
        let path = self.kit(app, &format!("/meetings/{meeting}/participants/{participant}"));
        let edited: Option<Joined> = self.find(Call::set(Method::PATCH, Surface::Realtime, &path, &body)).await?;
        let Some(edited) = edited else { return Ok(None) };
        Error::unless_same(Participant::WHAT, participant.as_str(), edited.id.as_str())?;
        if let Some(answered) = &edited.custom_participant_id {
            Error::unless_same(Participant::WHAT, &new.custom_participant_id, answered)?;
        }
        Ok(Some(edited.token))
    }

    /// Deletes a participant: its tokens let nobody in any more. It is no error if the meeting has no such participant.
    pub async fn delete_participant(
        &self,
        app: &AppId,
        meeting: &MeetingId,
        participant: &ParticipantId,
    ) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{meeting}/participants/{participant}"));
        match self.done(Call::delete(Surface::Realtime, &path)).await {
            Err(Error::Missing { .. }) => Ok(()),
            done => done,
        }
    }

    /// All participants of a meeting.
    pub async fn participants(&self, app: &AppId, meeting: &MeetingId) -> Result<Vec<Participant>, Error> {
        self.all(Surface::Realtime, &self.kit(app, &format!("/meetings/{meeting}/participants")), &[]).await
    }

    /// A fresh token for a participant. Earlier tokens remain valid.
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
