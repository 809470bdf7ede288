//! Scripts: the files that they serve, and their code.

use axum::{body::Body, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{code, invalid, is_name, not_found};
use crate::{
    call::Call,
    clock::micros,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::{
        form,
        input::{ErrorFormat, Fields},
    },
    sites,
    state::{
        Model,
        worker::{AssetsConfig, AssetsSession, Worker},
    },
};

const MAX_FORM_BYTES: usize = 4 << 20;
/// The most rules in `_headers`.
const MAX_HEADER_RULES: usize = 100;
/// The longest line of `_headers`.
const MAX_HEADER_LINE: usize = 2_000;

#[derive(Deserialize)]
struct Metadata {
    assets: Option<Assets>,
    #[serde(flatten)]
    code: code::Uploaded,
    #[serde(default)]
    keep_assets: bool,
}

#[derive(Deserialize)]
struct Assets {
    jwt: Option<String>,
    #[serde(default)]
    config: AssetsConfig,
}

/// `PUT /workers/scripts/{script}`: makes a version and deploys it at once.
pub async fn deploy(call: &Call, script: &str, body: Body) -> Answer {
    let parts = form::parts(call, body, MAX_FORM_BYTES).await?;
    let metadata = parts.get("metadata").ok_or_else(|| invalid("the form has no metadata"))?;
    let metadata: Metadata =
        serde_json::from_slice(metadata).map_err(|error| invalid(format!("the metadata cannot be read: {error}")))?;
    if !is_name(script) {
        return Err(invalid("the name of the script is not valid"));
    }
    let assets = metadata.assets.ok_or_else(|| invalid("a script needs code or assets"))?;
    check_headers(&assets.config.headers)?;
    call.world.with(|model| {
        if subdomain(model, &call.account).is_none() {
            let message = "You need a workers.dev subdomain in order to proceed.";
            return Err(Refusal::v4(StatusCode::BAD_REQUEST, 10_063, message));
        }
        let id = Worker::key(&call.account, script);
        let before = model.workers.get(&id).cloned();
        let files = match (&assets.jwt, &before) {
            (Some(token), _) => session(model, call, script, token)?.files.clone(),
            (None, Some(before)) if metadata.keep_assets => before.files.clone(),
            (None, _) => return Err(invalid("assets.jwt is required")),
        };
        let known = before.as_ref().and_then(|before| before.code.as_ref());
        let (code, secrets) = code::read(model, &call.account, metadata.code, &parts, known)?.unzip();
        let now = model.stamp();
        let worker = Worker {
            account: call.account.clone(),
            name: script.to_owned(),
            created: before.as_ref().map_or(now, |before| before.created),
            modified: now,
            deployment: ids::hex32(),
            files,
            config: assets.config,
            enabled: before.as_ref().map_or(model.switches.new_scripts_enabled, |before| before.enabled),
            previews_enabled: before.is_some_and(|before| before.previews_enabled),
            code,
            id,
        };
        let shown = shown(&worker);
        call.world.keep_worker_secrets(&worker.id, secrets.unwrap_or_default());
        model.workers.put(worker);
        Ok(Reply::Result(shown))
    })
}

/// The session whose completion token this is. A version needs all of its files.
fn session<'m>(model: &'m Model, call: &Call, script: &str, token: &str) -> Result<&'m AssetsSession, Refusal> {
    let mut all = model.assets_sessions.values();
    let found = all.find(|session| session.completion == token && session.expires > model.verification);
    let own = found.filter(|session| session.account == call.account && session.script == script);
    own.filter(|session| session.missing.is_empty()).ok_or_else(|| invalid("assets.jwt is not valid"))
}

fn check_headers(text: &str) -> Result<(), Refusal> {
    if text.lines().any(|line| line.len() > MAX_HEADER_LINE) {
        return Err(invalid("a line of _headers is too long"));
    }
    if sites::header_rules(text).len() > MAX_HEADER_RULES {
        return Err(invalid("_headers has too many rules"));
    }
    Ok(())
}

fn shown(worker: &Worker) -> Value {
    json!({
        "id": worker.name,
        "etag": worker.deployment,
        "created_on": micros(worker.created),
        "modified_on": micros(worker.modified),
        "handlers": [],
        "has_assets": true,
        "startup_time_ms": 0,
        "deployment_id": worker.deployment,
    })
}

/// The account's name below `workers.dev`.
pub(super) fn subdomain<'m>(model: &'m Model, account: &str) -> Option<&'m str> {
    model.workers_subdomains.iter().find(|known| known.account == account).map(|known| known.name.as_str())
}

/// `DELETE /workers/scripts/{script}`: the hashes of its files stay known.
pub fn delete(call: &Call, script: &str) -> Answer {
    let removed = call.world.with(|model| model.workers.remove(&Worker::key(&call.account, script)));
    removed.map(|_| Reply::Result(Value::Null)).ok_or_else(not_found)
}

/// `GET /workers/scripts/{script}/subdomain`
pub fn address(call: &Call, script: &str) -> Answer {
    edit_address(call, script, |_| ())
}

/// `POST /workers/scripts/{script}/subdomain`
pub fn set_address(call: &Call, script: &str) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let enabled = fields.flag("enabled")?.ok_or_else(|| fields.refuse("enabled", "is required"))?;
    let previews = fields.flag("previews_enabled")?;
    edit_address(call, script, |worker| {
        worker.enabled = enabled;
        worker.previews_enabled = previews.unwrap_or(enabled);
    })
}

/// `DELETE /workers/scripts/{script}/subdomain`
pub fn remove_address(call: &Call, script: &str) -> Answer {
    edit_address(call, script, |worker| {
        worker.enabled = false;
        worker.previews_enabled = false;
    })
}

fn edit_address(call: &Call, script: &str, change: impl FnOnce(&mut Worker)) -> Answer {
    let shown = |worker: &mut Worker| {
        change(worker);
        json!({ "enabled": worker.enabled, "previews_enabled": worker.previews_enabled })
    };
    let edited = call.world.with(|model| model.workers.edit(&Worker::key(&call.account, script), shown));
    edited.map(Reply::Result).ok_or_else(not_found)
}
