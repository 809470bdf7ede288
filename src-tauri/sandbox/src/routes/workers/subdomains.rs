//! The accounts' names below `workers.dev`.

use axum::http::StatusCode;
use serde_json::json;

use super::{invalid, is_name, not_found, scripts::subdomain};
use crate::{
    call::Call,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::worker::WorkersSubdomain,
};

/// `GET /workers/subdomain`
pub fn get(call: &Call) -> Answer {
    let name = call.world.with(|model| subdomain(model, &call.account).map(str::to_owned));
    name.map(|name| Reply::Result(json!({ "subdomain": name }))).ok_or_else(not_found)
}

/// `PUT /workers/subdomain`: an account has one name, and keeps it.
pub fn register(call: &Call) -> Answer {
    let name = Fields::read(&call.body, ErrorFormat::V4)?.required_text("subdomain")?;
    if !is_name(&name) {
        return Err(invalid("the subdomain is not valid"));
    }
    call.world.with(|model| {
        if model.workers_subdomains.get(&name).is_some_and(|known| known.account != call.account) {
            return Err(taken());
        }
        if subdomain(model, &call.account).is_some_and(|own| own != name) {
            return Err(Refusal::v4(StatusCode::CONFLICT, 10_036, "The account has a subdomain already."));
        }
        model.workers_subdomains.put(WorkersSubdomain { name: name.clone(), account: call.account.clone() });
        Ok(Reply::Result(json!({ "subdomain": name })))
    })
}

/// `GET /workers/subdomains/{name}`: both answers are errors, also that the name is free.
pub fn look_up(call: &Call, name: &str) -> Refusal {
    if call.world.with(|model| model.workers_subdomains.get(name).is_some()) {
        taken()
    } else {
        Refusal::v4(StatusCode::NOT_FOUND, 10_032, "This subdomain is available.")
    }
}

fn taken() -> Refusal {
    Refusal::v4(StatusCode::CONFLICT, 10_031, "This subdomain is unavailable.")
}
