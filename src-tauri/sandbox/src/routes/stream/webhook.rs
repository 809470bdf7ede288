//! The account's one webhook, told when a video is ready for good or has failed.

use serde_json::Value;

use super::missing;
use crate::{
    call::Call,
    ids,
    reply::{Answer, Reply},
    routes::input::{Fields, Manner, is_web_address},
    state::hooks::StreamWebhook,
};

/// `PUT /stream/webhook`: sets where it goes, with a new secret.
pub fn set(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, Manner::V4)?;
    let member = if fields.has("notification_url") { "notification_url" } else { "notificationUrl" };
    let url = fields.needed_text(member)?;
    if !is_web_address(&url) {
        return Err(fields.wrong(member, "must be an http or https address"));
    }
    let shown = call.world.with(|model| {
        let modified = model.stamp();
        let webhook = StreamWebhook { account: call.account.clone(), url, modified, salt: ids::uuid() };
        let shown = webhook.shown(&model.secret);
        model.stream_webhooks.put(webhook);
        shown
    });
    Ok(Reply::Result(shown))
}

/// `GET /stream/webhook`
pub fn get(call: &Call) -> Answer {
    let shown = call.world.with(|model| model.stream_webhooks.get(&call.account).map(|hook| hook.shown(&model.secret)));
    shown.map(Reply::Result).ok_or_else(missing)
}

/// `DELETE /stream/webhook`
pub fn delete(call: &Call) -> Answer {
    let removed = call.world.with(|model| model.stream_webhooks.remove(&call.account));
    removed.map(|_| Reply::Result(Value::from(""))).ok_or_else(missing)
}
