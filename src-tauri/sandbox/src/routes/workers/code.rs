//! The code of a script: its main module, what it may use, and its secrets. The sandbox keeps the hash of a secret and tells nobody more
//! than its name.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{invalid, not_found};
use crate::{
    call::Call,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::{
        Model,
        worker::{Binding, Code, Worker},
    },
};

/// What a script may use, as an upload describes it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Described {
    Assets { name: String },
    D1 { name: String, database_id: String },
    PlainText { name: String, text: String },
    SecretText { name: String, text: String },
    Ratelimit { name: String, namespace_id: String, simple: Simple },
    Inherit { name: String },
}

#[derive(Deserialize)]
pub struct Simple {
    limit: u32,
    period: u32,
}

/// The code in an upload.
#[derive(Deserialize)]
pub struct Uploaded {
    main_module: Option<String>,
    #[serde(default)]
    bindings: Vec<Described>,
    /// The types of which bindings stay that the upload does not list.
    #[serde(default)]
    keep_bindings: Vec<String>,
}

/// The secrets that an upload brings, by their names.
pub type Secrets = Vec<(String, String)>;

/// Reads the code of an upload; `None` where it has none. `before` is what the script has until then.
pub fn read(
    model: &Model,
    account: &str,
    uploaded: Uploaded,
    parts: &BTreeMap<String, Vec<u8>>,
    before: Option<&Code>,
) -> Result<Option<(Code, Secrets)>, Refusal> {
    let Some(main) = uploaded.main_module else {
        let other = parts.keys().any(|name| name != "metadata");
        return if other { Err(invalid("main_module is required")) } else { Ok(None) };
    };
    let module = parts.get(&main).ok_or_else(|| invalid("main_module names no part of the form"))?;
    let module = String::from_utf8(module.clone()).map_err(|_| invalid("the module is not text"))?;
    let (mut bindings, mut secrets) = (Vec::new(), Secrets::new());
    for described in uploaded.bindings {
        bindings.extend(match described {
            Described::Assets { name } => Some(Binding::Assets { name }),
            Described::D1 { name, database_id } => {
                let known = model.d1_databases.get(&database_id).is_some_and(|database| database.account == account);
                if !known {
                    let message = format!("binding {name} of type d1 must have a valid id specified");
                    return Err(Refusal::v4(StatusCode::BAD_REQUEST, 10_021, message));
                }
                Some(Binding::Database { name, id: database_id })
            }
            Described::PlainText { name, text } => Some(Binding::Text { name, text }),
            Described::SecretText { name, text } => {
                let hash = ids::sha256_hex(&text);
                secrets.push((name.clone(), text));
                Some(Binding::Secret { name, hash })
            }
            Described::Ratelimit { name, namespace_id, simple: Simple { limit, period } } => {
                if period != 10 && period != 60 {
                    return Err(invalid("the period of a rate limit is 10 or 60"));
                }
                Some(Binding::RateLimit { name, namespace: namespace_id, limit, period })
            }
            // One that is missing is left out without a word.
            Described::Inherit { name } => known(before, &name).cloned(),
        });
    }
    let kept = before.into_iter().flat_map(|code| &code.bindings);
    let kept = kept.filter(|binding| uploaded.keep_bindings.iter().any(|kind| kind == kind_of(binding)));
    let listed: Vec<String> = bindings.iter().map(|binding| name_of(binding).to_owned()).collect();
    bindings.extend(kept.filter(|binding| !listed.iter().any(|name| name == name_of(binding))).cloned());
    Ok(Some((Code { module, bindings }, secrets)))
}

fn known<'c>(code: Option<&'c Code>, name: &str) -> Option<&'c Binding> {
    code?.bindings.iter().find(|binding| name_of(binding) == name)
}

fn name_of(binding: &Binding) -> &str {
    match binding {
        Binding::Assets { name }
        | Binding::Database { name, .. }
        | Binding::Text { name, .. }
        | Binding::Secret { name, .. }
        | Binding::RateLimit { name, .. } => name,
    }
}

const fn kind_of(binding: &Binding) -> &'static str {
    match binding {
        Binding::Assets { .. } => "assets",
        Binding::Database { .. } => "d1",
        Binding::Text { .. } => "plain_text",
        Binding::Secret { .. } => "secret_text",
        Binding::RateLimit { .. } => "ratelimit",
    }
}

/// `GET /workers/scripts/{script}/secrets`: their names.
pub fn secrets(call: &Call, script: &str) -> Answer {
    let worker = call.world.with(|model| model.workers.get(&Worker::key(&call.account, script)).cloned());
    let worker = worker.ok_or_else(not_found)?;
    let bindings = worker.code.into_iter().flat_map(|code| code.bindings);
    let names = bindings.filter(|binding| matches!(binding, Binding::Secret { .. }));
    let shown = |binding: Binding| json!({ "name": name_of(&binding), "type": "secret_text" });
    Ok(Reply::Result(names.map(shown).collect()))
}

/// `PUT /workers/scripts/{script}/secrets`
pub fn put_secret(call: &Call, script: &str) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let (name, text) = (fields.required_text("name")?, fields.required_text("text")?);
    let secret = Binding::Secret { name: name.clone(), hash: ids::sha256_hex(&text) };
    edit_bindings(call, script, |bindings| {
        bindings.retain(|binding| name_of(binding) != name);
        bindings.push(secret);
        Ok(())
    })?;
    call.world.keep_worker_secrets(&Worker::key(&call.account, script), vec![(name.clone(), text)]);
    Ok(Reply::Result(json!({ "name": name, "type": "secret_text" })))
}

/// `DELETE /workers/scripts/{script}/secrets/{name}`
pub fn delete_secret(call: &Call, script: &str, name: &str) -> Answer {
    edit_bindings(call, script, |bindings| {
        let before = bindings.len();
        bindings.retain(|binding| !(matches!(binding, Binding::Secret { .. }) && name_of(binding) == name));
        if bindings.len() == before { Err(not_found()) } else { Ok(()) }
    })?;
    Ok(Reply::Result(Value::Null))
}

fn edit_bindings(
    call: &Call,
    script: &str,
    change: impl FnOnce(&mut Vec<Binding>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let edited = call.world.with(|model| {
        model.workers.edit(&Worker::key(&call.account, script), |worker| {
            let code = worker.code.as_mut().ok_or_else(|| invalid("the script has no code"))?;
            change(&mut code.bindings)
        })
    });
    edited.ok_or_else(not_found)?
}
