//! The legacy Calls API: SFU apps and TURN keys. Older guides use this API to try out a token.

use axum::http::{Method, StatusCode};

use super::input::{ErrorFormat, Fields};
use crate::{
    call::Call,
    ids,
    reply::{Answer, Refusal, Reply},
    state::access::CallsApp,
};

/// `/calls/apps` and `/calls/turn_keys`.
pub fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    let (turn, rest) = match rest {
        ["apps", rest @ ..] => (false, rest),
        ["turn_keys", rest @ ..] => (true, rest),
        _ => return None,
    };
    Some(match (&call.method, rest) {
        (&Method::GET, []) => Ok(list(call, turn)),
        (&Method::POST, []) => create(call, turn),
        (&Method::GET, [uid]) => find(call, turn, uid).map(|app| Reply::Result(app.to_json())),
        (&Method::PUT, [uid]) => rename(call, turn, uid),
        (&Method::DELETE, [uid]) => find(call, turn, uid).map(|app| {
            call.world.with(|model| model.calls.remove(uid));
            Reply::Result(app.to_json())
        }),
        _ => return None,
    })
}

fn list(call: &Call, turn: bool) -> Reply {
    let mut apps: Vec<CallsApp> = call.world.with(|model| {
        model.calls.iter().filter(|app| app.turn == turn && app.account == call.account).cloned().collect()
    });
    apps.sort_by_key(|app| app.created);
    Reply::Result(apps.iter().map(CallsApp::to_json).collect())
}

fn create(call: &Call, turn: bool) -> Answer {
    let name = Fields::read(&call.body, ErrorFormat::V4)?.text("name")?.unwrap_or_default();
    let app = call.world.with(|model| {
        let created = model.stamp();
        let account = call.account.clone();
        let app = CallsApp { uid: ids::hex32(), account, name, turn, created, modified: created };
        model.calls.put(app.clone());
        app
    });
    let mut result = app.to_json();
    // The secret is sent once and not stored, because no part of the sandbox accepts it.
    result[if turn { "key" } else { "secret" }] = ids::secret().into();
    Ok(Reply::Envelope { status: StatusCode::CREATED, result, messages: Vec::new() })
}

fn rename(call: &Call, turn: bool, uid: &str) -> Answer {
    let name = Fields::read(&call.body, ErrorFormat::V4)?.text("name")?;
    find(call, turn, uid)?;
    let shown = call.world.with(|model| {
        let now = model.now;
        model.calls.edit(uid, |app| {
            if let Some(name) = name {
                app.name = name;
            }
            app.modified = now;
            app.to_json()
        })
    });
    shown.map(Reply::Result).ok_or_else(missing)
}

fn find(call: &Call, turn: bool, uid: &str) -> Result<CallsApp, Refusal> {
    call.world
        .with(|model| model.calls.get(uid).cloned())
        .filter(|app| app.turn == turn && app.account == call.account)
        .ok_or_else(missing)
}

fn missing() -> Refusal {
    Refusal::v4(StatusCode::NOT_FOUND, 10_003, "Not Found")
}
