//! The routes of webhooks. A wrong member is refused with 400, as Cloudflare documents; the switch
//! `invalid_field_status` has no effect on these routes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, not_found};
use crate::{
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields, is_web_address},
    state::webhooks::{Webhook, WebhookEvent},
};

const MAX_WEBHOOKS_PER_APP: usize = 100;

/// `GET /webhooks`
pub fn list(kit: &Kit<'_>) -> Reply {
    let mut hooks: Vec<Webhook> =
        kit.call.world.with(|model| model.webhooks.iter().filter(|hook| hook.app == kit.app).cloned().collect());
    hooks.sort_by_key(|hook| hook.created);
    Reply::data(hooks.iter().map(Webhook::to_json).collect())
}

/// `POST /webhooks`
pub fn create(kit: &Kit<'_>) -> Answer {
    let fields = fields(kit)?;
    let (name, url, events) = (name(&fields)?, url(&fields)?, events(&fields)?);
    let enabled = fields.flag("enabled")?.unwrap_or(true);
    let shown = kit.call.world.with(|model| {
        if model.webhooks.iter().filter(|hook| hook.app == kit.app).count() >= MAX_WEBHOOKS_PER_APP {
            return None;
        }
        let created = model.stamp();
        let app = kit.app.to_owned();
        let hook = Webhook { id: ids::uuid(), app, name, url, events, enabled, created, updated: created };
        let shown = hook.to_json();
        model.webhooks.put(hook);
        Some(shown)
    });
    shown.map(Reply::created).ok_or_else(|| Refusal::kit(StatusCode::BAD_REQUEST, "There are too many webhooks"))
}

/// `GET /webhooks/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    Ok(Reply::data(find(kit, id)?.to_json()))
}

/// `PATCH /webhooks/{id}`: members that are not sent keep their values.
pub fn change(kit: &Kit<'_>, id: &str) -> Answer {
    let mut hook = find(kit, id)?;
    let fields = fields(kit)?;
    if fields.value("name").is_some() {
        hook.name = name(&fields)?;
    }
    if fields.value("url").is_some() {
        hook.url = url(&fields)?;
    }
    if fields.value("events").is_some() {
        hook.events = events(&fields)?;
    }
    if let Some(enabled) = fields.flag("enabled")? {
        hook.enabled = enabled;
    }
    Ok(put(kit, hook))
}

/// `PUT /webhooks/{id}`
pub fn replace(kit: &Kit<'_>, id: &str) -> Answer {
    let hook = find(kit, id)?;
    let fields = fields(kit)?;
    let (name, url, events) = (name(&fields)?, url(&fields)?, events(&fields)?);
    let enabled = fields.flag("enabled")?.unwrap_or(true);
    Ok(put(kit, Webhook { name, url, events, enabled, ..hook }))
}

/// `DELETE /webhooks/{id}`: returns the deleted webhook.
pub fn delete(kit: &Kit<'_>, id: &str) -> Answer {
    let hook = find(kit, id)?;
    kit.call.world.with(|model| model.webhooks.remove(id));
    Ok(Reply::data(hook.to_json()))
}

fn put(kit: &Kit<'_>, mut hook: Webhook) -> Reply {
    let shown = kit.call.world.with(|model| {
        hook.updated = model.now;
        let shown = hook.to_json();
        model.webhooks.put(hook);
        shown
    });
    Reply::data(shown)
}

fn find(kit: &Kit<'_>, id: &str) -> Result<Webhook, Refusal> {
    let hook = kit.call.world.with(|model| model.webhooks.get(id).cloned());
    hook.filter(|hook| hook.app == kit.app).ok_or_else(|| not_found(&format!("Webhook {id} not found")))
}

fn fields(kit: &Kit<'_>) -> Result<Fields, Refusal> {
    Fields::read(&kit.call.body, ErrorFormat::Kit(StatusCode::BAD_REQUEST))
}

fn name(fields: &Fields) -> Result<String, Refusal> {
    fields.required_text("name")
}

fn url(fields: &Fields) -> Result<String, Refusal> {
    let url = fields.required_text("url")?;
    if is_web_address(&url) { Ok(url) } else { Err(fields.refuse("url", "must be an http or https address")) }
}

fn events(fields: &Fields) -> Result<Vec<WebhookEvent>, Refusal> {
    let names = fields.texts("events")?.filter(|names| !names.is_empty());
    let names = names.ok_or_else(|| fields.refuse("events", "is required"))?;
    let mut events = Vec::new();
    for name in names {
        let event: WebhookEvent = serde_json::from_value(Value::from(name.as_str()))
            .map_err(|_| fields.refuse("events", format!("has no event named {}", json!(name))))?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}
