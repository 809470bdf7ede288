//! Undocumented shapes of replies that some clients have received: null for an empty list, list entries without ids,
//! numbers as text. They change the reply only; the request is carried out as usual.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{reply::Reply, switches::Switches};

/// The members of RealtimeKit's `data` that hold a list.
const NESTED_LISTS: [&str; 2] = ["sessions", "participants"];

/// Changes a reply as the switches say.
pub fn apply(reply: Reply, switches: &Switches) -> Reply {
    if !(switches.null_lists || switches.odd_entries || switches.numbers_as_text) {
        return reply;
    }
    match reply {
        Reply::Result(result) => Reply::Result(payload(result, switches)),
        Reply::Envelope { status, result, messages } => {
            Reply::Envelope { status, result: payload(result, switches), messages }
        }
        Reply::List { result, beside } => {
            let list = payload(serde_json::from_str(result.get()).unwrap_or_default(), switches);
            list_reply(&list, beside)
        }
        Reply::Data { status, data, paging } => Reply::Data { status, data: payload(data, switches), paging },
        reply @ (Reply::Empty | Reply::Html(_) | Reply::Raw(_)) => reply,
    }
}

fn list_reply(list: &Value, beside: Map<String, Value>) -> Reply {
    match serde_json::value::to_raw_value(list) {
        Ok(result) => Reply::List { result, beside },
        Err(_) => Reply::Envelope { status: StatusCode::OK, result: Value::Null, messages: Vec::new() },
    }
}

fn payload(mut payload: Value, switches: &Switches) -> Value {
    if switches.numbers_as_text {
        as_text(&mut payload);
    }
    if payload.is_array() {
        odd_list(&mut payload, switches);
    } else {
        for name in NESTED_LISTS {
            if let Some(list) = payload.get_mut(name).filter(|list| list.is_array()) {
                odd_list(list, switches);
            }
        }
    }
    payload
}

fn odd_list(list: &mut Value, switches: &Switches) {
    let Some(entries) = list.as_array_mut() else { return };
    if switches.null_lists && entries.is_empty() {
        *list = Value::Null;
    } else if switches.odd_entries {
        entries.insert(0, json!({ "id": null, "uid": null, "status": null, "created": "" }));
        entries.push(Value::Null);
    }
}

fn as_text(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.to_string().into(),
        Value::Array(all) => all.iter_mut().for_each(as_text),
        Value::Object(all) => all.values_mut().for_each(as_text),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
