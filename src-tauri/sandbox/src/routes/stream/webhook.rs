//! The routes of Stream's webhook. An account has at most one; it receives a delivery when a video is ready or has
//! failed.

use serde_json::Value;

use super::missing;
use crate::{
    call::Call,
    ids,
    reply::{Answer, Reply},
    routes::input::{ErrorFormat, Fields, is_web_address},
    state::webhooks::StreamWebhook,
};

/// `PUT /stream/webhook`: sets the URL of the webhook and makes a new secret.
pub fn set(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let member = if fields.has("notification_url") { "notification_url" } else { "notificationUrl" };
    let url = fields.required_text(member)?;
    if !is_web_address(&url) {
        return Err(fields.refuse(member, "must be an http or https address"));
    }
    let shown = call.world.with(|model| {
        let modified = model.stamp();
        let webhook = StreamWebhook { account: call.account.clone(), url, modified, salt: ids::uuid() };
        let shown = webhook.to_json(&model.secret);
        model.stream_webhooks.put(webhook);
        shown
    });
    Ok(Reply::Result(shown))
}

/// `GET /stream/webhook`
pub fn get(call: &Call) -> Answer {
    let shown =
        call.world.with(|model| model.stream_webhooks.get(&call.account).map(|hook| hook.to_json(&model.secret)));
    shown.map(Reply::Result).ok_or_else(missing)
}

/// `DELETE /stream/webhook`
pub fn delete(call: &Call) -> Answer {
    let removed = call.world.with(|model| model.stream_webhooks.remove(&call.account));
    removed.map(|_| Reply::Result(Value::from(""))).ok_or_else(missing)
}
