//! The routes of participants, and of the tokens with which participants join. A token is returned once, when it is
//! created.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, not_found};
use crate::{
    clock::millis,
    ids, jwt,
    reply::{Answer, Refusal, Reply},
    state::{Model, kit::Participant},
    switches::Switches,
};

/// `GET …/participants`
pub fn list(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let query = kit.query();
    kit.call.world.with(|model| {
        let (shown, paging) = query.page(model.participants.owned_by(meeting).collect())?;
        let data = shown.into_iter().map(Participant::to_json).collect();
        Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
    })
}

/// `POST …/participants`
pub fn add(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let fields = kit.fields()?;
    let custom_id = fields.required_text("custom_participant_id")?;
    let preset = fields.required_text("preset_name")?;
    let (name, picture) = (fields.text("name")?, fields.text("picture")?);
    preset_exists(kit, &preset)?;
    let shown = kit.call.world.with(|model| {
        let created = model.stamp();
        let participant = Participant {
            id: ids::uuid(),
            meeting: meeting.to_owned(),
            name,
            picture,
            custom_id,
            preset,
            created,
            updated: created,
        };
        let shown = with_token(model, kit.app, &participant);
        model.participants.put(participant);
        shown
    });
    Ok(Reply::created(shown))
}

/// `GET …/participants/{id}`
pub fn get(kit: &Kit<'_>, meeting: &str, id: &str) -> Answer {
    Ok(Reply::data(find(kit, meeting, id)?.to_json()))
}

/// `PATCH …/participants/{id}`
pub fn edit(kit: &Kit<'_>, meeting: &str, id: &str) -> Answer {
    find(kit, meeting, id)?;
    let fields = kit.fields()?;
    let (name, picture) = (fields.text("name")?, fields.text("picture")?);
    let preset = fields.text("preset_name")?;
    if let Some(preset) = &preset {
        preset_exists(kit, preset)?;
    }
    let shown = kit.call.world.with(|model| {
        let now = model.now;
        model.participants.edit(id, |participant| {
            if fields.has("name") {
                participant.name = name;
            }
            if fields.has("picture") {
                participant.picture = picture;
            }
            if let Some(preset) = preset {
                participant.preset = preset;
            }
            participant.updated = now;
        });
        model.participants.get(id).map(|participant| with_token(model, kit.app, participant))
    });
    shown.map(Reply::data).ok_or_else(|| missing(id))
}

/// `DELETE …/participants/{id}`: a peer of the participant that is in the room stays in it.
pub fn delete(kit: &Kit<'_>, meeting: &str, id: &str) -> Answer {
    let participant = find(kit, meeting, id)?;
    let preset_id = kit.call.world.with(|model| {
        model.participants.remove(id);
        let named = |preset: &&crate::state::kit::Preset| preset.app == kit.app && preset.name == participant.preset;
        model.presets.iter().find(named).map(|preset| preset.id.clone())
    });
    Ok(Reply::data(json!({
        "custom_participant_id": participant.custom_id,
        "preset_id": preset_id.unwrap_or_default(),
        "created_at": millis(participant.created),
        "updated_at": millis(participant.updated),
    })))
}

/// `POST …/participants/{id}/token`
pub fn refresh(kit: &Kit<'_>, meeting: &str, id: &str) -> Answer {
    let participant = find(kit, meeting, id)?;
    let token = kit.call.world.with(|model| token(model, kit.app, &participant));
    Ok(Reply::data(json!({ "token": token })))
}

fn find(kit: &Kit<'_>, meeting: &str, id: &str) -> Result<Participant, Refusal> {
    kit.meeting(meeting)?;
    let participant = kit.call.world.with(|model| model.participants.get(id).cloned());
    participant.filter(|participant| participant.meeting == meeting).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Refusal {
    not_found(&format!("Participant {id} not found"))
}

fn preset_exists(kit: &Kit<'_>, name: &str) -> Result<(), Refusal> {
    kit.call.world.with(|model| {
        if model.presets.iter().any(|preset| preset.app == kit.app && preset.name == name) {
            return Ok(());
        }
        let status = Switches::status(model.switches.unknown_preset_status);
        Err(Refusal::kit(status, format!("Preset {name} not found")))
    })
}

fn with_token(model: &Model, app: &str, participant: &Participant) -> Value {
    let mut shown = participant.to_json();
    shown["token"] = token(model, app, participant).into();
    shown
}

fn token(model: &Model, app: &str, participant: &Participant) -> String {
    jwt::participant_token(&model.secret, app, &participant.meeting, &participant.id, model.verification)
}
