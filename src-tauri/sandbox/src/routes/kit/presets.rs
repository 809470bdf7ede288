//! The routes of presets. A participant holds the name of a preset and not its id, so a preset can be deleted or
//! renamed while it is in use.

use axum::http::StatusCode;
use serde_json::Value;

use super::{Kit, contains, meetings::Writing, not_found, preset_shape};
use crate::{
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::Fields,
    state::{Model, kit::Preset},
};

const PRESET_PARTS: [&str; 3] = ["config", "permissions", "ui"];

/// `GET /presets`
pub fn list(kit: &Kit<'_>) -> Answer {
    let mut presets: Vec<Preset> =
        kit.call.world.with(|model| model.presets.iter().filter(|preset| preset.app == kit.app).cloned().collect());
    presets.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.name.cmp(&b.name)));
    let query = kit.query();
    if let Some(search) = query.text("search") {
        presets.retain(|preset| contains(&preset.name, search));
    }
    let (shown, paging) = query.page(presets)?;
    let data = shown.iter().map(Preset::to_list_json).collect();
    Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
}

/// `POST /presets`
pub fn create(kit: &Kit<'_>) -> Answer {
    let fields = kit.fields()?;
    let name = fields.required_text("name")?;
    for part in ["config", "ui"] {
        if fields.object(part)?.is_none() {
            return Err(fields.refuse(part, "is required"));
        }
    }
    check(&fields)?;
    kit.call.world.with(|model| {
        if is_taken(model, kit.app, &name, None) {
            return Err(fields.refuse("name", "is the name of another preset"));
        }
        let now = model.stamp();
        // Missing members come from the preset `group_call_participant`, so that every reply has all members.
        let mut preset = Preset::group_call(kit.app, ids::uuid(), false, now);
        preset.name.clone_from(&name);
        apply_parts(&mut preset, &fields);
        let shown = preset.to_json();
        model.presets.put(preset);
        Ok(Reply::created(shown))
    })
}

/// `GET /presets/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    Ok(Reply::data(find(kit, id)?.to_json()))
}

/// `PATCH` and `PUT /presets/{id}`. Participants of a renamed preset keep the old name.
pub fn write(kit: &Kit<'_>, id: &str, writing: Writing) -> Answer {
    find(kit, id)?;
    let fields = kit.fields()?;
    let name = if fields.value("name").is_some() { Some(fields.required_text("name")?) } else { None };
    check(&fields)?;
    kit.call.world.with(|model| {
        if name.as_ref().is_some_and(|name| is_taken(model, kit.app, name, Some(id))) {
            return Err(fields.refuse("name", "is the name of another preset"));
        }
        let now = model.now;
        let shown = model.presets.edit(id, |preset| {
            if writing == Writing::Replacing {
                preset.body = Preset::group_call(kit.app, String::new(), false, now).body;
            }
            if let Some(name) = name {
                preset.name = name;
            }
            apply_parts(preset, &fields);
            preset.updated = now;
            preset.to_json()
        });
        shown.map(Reply::data).ok_or_else(|| missing(id))
    })
}

/// `DELETE /presets/{id}`: returns the deleted preset.
pub fn delete(kit: &Kit<'_>, id: &str) -> Answer {
    let preset = find(kit, id)?;
    kit.call.world.with(|model| model.presets.remove(id));
    Ok(Reply::data(preset.to_json()))
}

fn find(kit: &Kit<'_>, id: &str) -> Result<Preset, Refusal> {
    let preset = kit.call.world.with(|model| model.presets.get(id).cloned());
    preset.filter(|preset| preset.app == kit.app).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Refusal {
    not_found(&format!("Preset {id} not found"))
}

fn is_taken(model: &Model, app: &str, name: &str, by_other_than: Option<&str>) -> bool {
    model
        .presets
        .iter()
        .any(|preset| preset.app == app && preset.name == name && Some(preset.id.as_str()) != by_other_than)
}

fn check(fields: &Fields) -> Result<(), Refusal> {
    match preset_shape::first_error(fields.members()) {
        Some((path, why)) => Err(fields.refuse(&path, why)),
        None => Ok(()),
    }
}

fn apply_parts(preset: &mut Preset, fields: &Fields) {
    for part in PRESET_PARTS {
        if let Some(sent) = fields.value(part) {
            merge(preset.body.entry(part).or_insert(Value::Null), sent.clone());
        }
    }
}

/// Merges `over` into `under` at every depth. Where both have a member, the value of `over` is taken.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}
