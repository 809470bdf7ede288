//! Upload sessions: which files of a site are not known yet, and their upload.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{invalid, is_name};
use crate::{
    call::{Call, query},
    clock::seconds,
    ids,
    reply::{Answer, Refusal, Reply, json_response},
    routes::form::{self, Limits, Part},
    state::{
        Model,
        worker::{Asset, AssetsSession},
    },
    switches::{AssetHashCheck, AssetRehash},
    world::World,
};

/// The largest manifest: 100,000 files.
const MAX_MANIFEST_BYTES: usize = 32 << 20;
/// The largest file of a site.
const MAX_FILE_BYTES: u64 = 25 << 20;
/// The largest form of an upload: a bucket of files as base64, with what stands around each.
const MAX_FORM_BYTES: usize = 80 << 20;
/// The most files in one form.
const MAX_FORM_FILES: usize = 10_000;
/// How long the two tokens of a session live.
const TOKEN_SECONDS: f64 = 3_600.0;
/// The media type that stands for none.
const NO_MEDIA_TYPE: &str = "application/null";

#[derive(Deserialize)]
struct Manifest {
    manifest: BTreeMap<String, ManifestFile>,
}

#[derive(Deserialize)]
struct ManifestFile {
    hash: String,
    size: u64,
}

/// `POST /workers/scripts/{script}/assets-upload-session`
pub async fn begin(call: &Call, script: &str, body: Body) -> Answer {
    let body =
        axum::body::to_bytes(body, MAX_MANIFEST_BYTES).await.map_err(|_| invalid("the manifest is too large"))?;
    let sent: Manifest =
        serde_json::from_slice(&body).map_err(|error| invalid(format!("the manifest cannot be read: {error}")))?;
    if !is_name(script) {
        return Err(invalid("the name of the script is not valid"));
    }
    call.world.with(|model| {
        check(&sent, model.switches.asset_files)?;
        Ok(Reply::Raw(open(model, call, script, &sent)))
    })
}

fn check(sent: &Manifest, most: usize) -> Result<(), Refusal> {
    if sent.manifest.len() > most {
        return Err(invalid(format!("a version may have {most} files")));
    }
    for (path, file) in &sent.manifest {
        if !path.starts_with('/') {
            return Err(invalid(format!("the path {path} does not begin with a slash")));
        }
        if file.size > MAX_FILE_BYTES {
            return Err(invalid(format!("{path} is larger than 25 MiB")));
        }
        if !(1..=64).contains(&file.hash.len()) || !file.hash.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(invalid(format!("the hash of {path} is not valid")));
        }
    }
    Ok(())
}

/// Opens a session. Its token is already the completion token when every file is known.
fn open(model: &mut Model, call: &Call, script: &str, sent: &Manifest) -> Response {
    let now = model.verification;
    model.assets_sessions.retain(|_, session| session.expires > now);
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for file in sent.manifest.values() {
        if model.assets.get(&Asset::key(&call.account, &file.hash)).is_none() {
            unknown.insert(&file.hash, file.size);
        }
    }
    let buckets = buckets(&unknown, model.switches.asset_bucket_bytes);
    let opened: BTreeSet<String> = unknown.keys().map(|hash| (*hash).to_owned()).collect();
    let (token, completion) = (ids::secret(), ids::secret());
    let jwt = if opened.is_empty() { completion.clone() } else { token.clone() };
    let session = AssetsSession {
        account: call.account.clone(),
        script: script.to_owned(),
        files: sent.manifest.iter().map(|(path, file)| (path.clone(), file.hash.clone())).collect(),
        missing: opened.clone(),
        opened,
        completion,
        expires: now + seconds(TOKEN_SECONDS),
    };
    model.assets_sessions.insert(token, session);
    without_lists(StatusCode::OK, &json!({ "jwt": jwt, "buckets": buckets }))
}

fn buckets<'h>(unknown: &BTreeMap<&'h str, u64>, most: u64) -> Vec<Vec<&'h str>> {
    let (mut buckets, mut room): (Vec<Vec<&str>>, u64) = (Vec::new(), 0);
    for (&hash, &size) in unknown {
        match buckets.last_mut().filter(|_| size <= room) {
            Some(bucket) => bucket.push(hash),
            None => {
                buckets.push(vec![hash]);
                room = most;
            }
        }
        room = room.saturating_sub(size);
    }
    buckets
}

/// The envelope as the asset routes send it: `errors` and `messages` are null.
fn without_lists(status: StatusCode, result: &Value) -> Response {
    json_response(status, &json!({ "result": result, "success": true, "errors": null, "messages": null }))
}

/// `POST /workers/assets/upload`: authorized by the token of a session and not by an API token.
pub async fn upload(world: &Arc<World>, account: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let base64 = query(parts.uri.query()).iter().any(|(name, value)| name == "base64" && value == "true");
    let answer = receive(world, account, base64, &parts.headers, body).await;
    answer.unwrap_or_else(IntoResponse::into_response)
}

async fn receive(
    world: &Arc<World>,
    account: &str,
    base64: bool,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let unauthorized = || Refusal::v4(StatusCode::UNAUTHORIZED, 10_000, "Unauthorized");
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or_else(unauthorized)?.to_owned();
    let is_open = |model: &mut Model| {
        let now = model.verification;
        model.assets_sessions.get(&token).is_some_and(|session| session.account == account && session.expires > now)
    };
    if !world.with(is_open) {
        return Err(unauthorized());
    }
    if !base64 {
        return Err(invalid("base64=true is required"));
    }
    let limits = Limits { bytes: MAX_FORM_BYTES, parts: MAX_FORM_FILES };
    let files =
        form::read(headers, body, limits).await?.into_iter().map(Upload::read).collect::<Result<Vec<_>, _>>()?;
    world.with(|model| {
        let opens = |hash: &str| model.assets_sessions.get(&token).is_some_and(|session| session.opened.contains(hash));
        if !files.iter().all(|file| opens(&file.hash)) {
            return Err(unauthorized());
        }
        if model.switches.asset_hash_check == AssetHashCheck::Sha256 && !files.iter().all(Upload::matches_its_hash) {
            return Err(invalid("a hash is not that of its file"));
        }
        for file in files {
            store(model, account, &token, file);
        }
        let session = model.assets_sessions.get(&token).ok_or_else(unauthorized)?;
        Ok(if session.missing.is_empty() {
            without_lists(StatusCode::CREATED, &json!({ "jwt": session.completion }))
        } else {
            without_lists(StatusCode::ACCEPTED, &json!({}))
        })
    })
}

/// A known hash keeps its first media type, unless the switch says otherwise.
fn store(model: &mut Model, account: &str, token: &str, file: Upload) {
    let id = Asset::key(account, &file.hash);
    if model.assets.get(&id).is_none() || model.switches.asset_rehash == AssetRehash::Replaced {
        model.assets.put(Asset { id, media_type: file.media_type, content: file.content });
    }
    if let Some(session) = model.assets_sessions.get_mut(token) {
        session.missing.remove(&file.hash);
    }
}

/// One file of a form.
struct Upload {
    hash: String,
    media_type: Option<String>,
    /// Base64.
    content: String,
}

impl Upload {
    fn read(part: Part) -> Result<Self, Refusal> {
        let not_base64 = || invalid("a file is not base64");
        let content = String::from_utf8(part.bytes).map_err(|_| not_base64())?;
        STANDARD.decode(&content).map_err(|_| not_base64())?;
        let media_type = part.kind.filter(|kind| kind != NO_MEDIA_TYPE);
        Ok(Self { hash: part.name, media_type, content })
    }

    /// Whether the hash begins the SHA-256 of the bytes.
    fn matches_its_hash(&self) -> bool {
        use sha2::{Digest as _, Sha256};
        STANDARD.decode(&self.content).is_ok_and(|bytes| ids::hex(&Sha256::digest(bytes)).starts_with(&self.hash))
    }
}
