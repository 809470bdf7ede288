//! Presets.

use axum::http::StatusCode;
use serde_json::Value;

use super::{Kit, contains, not_found};
use crate::{
    ids,
    reply::{Answer, Reply},
    state::kit::Preset,
};

/// `GET /presets`
pub fn list(kit: &Kit<'_>) -> Answer {
    let mut presets: Vec<Preset> =
        kit.call.world.with(|model| model.presets.iter().filter(|preset| preset.app == kit.app).cloned().collect());
    presets.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.name.cmp(&b.name)));
    let query = kit.query();
    if let Some(sought) = query.text("search") {
        presets.retain(|preset| contains(&preset.name, sought));
    }
    let (shown, paging) = query.page(presets)?;
    let data = shown.iter().map(Preset::listed).collect();
    Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
}

/// `POST /presets`
pub fn create(kit: &Kit<'_>) -> Answer {
    let fields = kit.fields()?;
    let name = fields.needed_text("name")?;
    let taken =
        kit.call.world.with(|model| model.presets.iter().any(|preset| preset.app == kit.app && preset.name == name));
    if taken {
        return Err(fields.wrong("name", "is the name of another preset"));
    }
    for part in ["config", "ui"] {
        if fields.object(part)?.is_none() {
            return Err(fields.wrong(part, "is required"));
        }
    }
    if let Some(config) = fields.object("config")? {
        config.word("view_type", &["GROUP_CALL", "WEBINAR", "AUDIO_ROOM", "LIVESTREAM"])?;
    }
    let sent = fields.object("permissions")?;
    let shown = kit.call.world.with(|model| {
        let now = model.stamp();
        // What is not said is as in a participant's preset, so that every reply has all the members there are.
        let mut preset = Preset::group_call(kit.app, ids::uuid(), false, now);
        preset.name = name;
        for part in ["config", "ui"] {
            let sent = fields.value(part).cloned().unwrap_or_default();
            overlay(preset.body.entry(part).or_insert(Value::Null), sent);
        }
        if let Some(sent) = sent {
            let sent = Value::Object(sent.members().clone());
            overlay(preset.body.entry("permissions").or_insert(Value::Null), sent);
        }
        let shown = preset.shown();
        model.presets.put(preset);
        shown
    });
    Ok(Reply::created(shown))
}

/// `GET /presets/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    let preset = kit.call.world.with(|model| model.presets.get(id).filter(|preset| preset.app == kit.app).cloned());
    preset.map(|preset| Reply::data(preset.shown())).ok_or_else(|| not_found(&format!("Preset {id} not found")))
}

/// Puts the members of `over` over those of `under`, all the way down.
fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                overlay(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}
