//! The control API: commands for tests and rehearsals that Cloudflare's API does not have. Its path holds a secret, so
//! that a page in a browser on the same computer cannot use it.

use std::{
    collections::BTreeSet,
    net::Ipv4Addr,
    num::NonZeroU16,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    response::Response,
};
use chrono::NaiveDate;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    account::ACCOUNT_ID,
    clock::{MAX_SPEED, Moment, micros},
    ids,
    reply::json_response,
    routes, scenarios, sites,
    state::{
        Model,
        access::{ApiToken, Permission, TokenOwner},
        rooms::{JoinRefusal, JoinRequest},
        session::text_message,
        store::Setting,
        worker::{Binding, Worker},
    },
    switches::Switches,
    world::World,
};

const MAX_BODY_BYTES: usize = 1 << 20;
/// The longest advance of the clocks: ten years.
const MAX_ADVANCE_SECONDS: f64 = 315_360_000.0;

/// Returns the command in a path of the control API; `None` for any other path or a wrong secret.
pub fn path(world: &World, path: &str) -> Option<String> {
    let rest = path.strip_prefix("/control/")?;
    let (secret, rest) = rest.split_once('/').unwrap_or((rest, ""));
    ids::same_bytes(secret.as_bytes(), world.control_secret.as_bytes()).then(|| rest.to_owned())
}

/// A refused command: the HTTP status, and the text of the `error` member.
#[derive(Debug, thiserror::Error)]
#[error("{1}")]
pub struct Refused(StatusCode, String);

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    fn missing(message: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, message.into())
    }
}

/// Runs a command that came over HTTP.
pub async fn handle(world: &Arc<World>, method: &Method, path: &str, request: Request) -> Response {
    let body = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
    match command(world, method.as_str(), path, &body).await {
        Ok(value) => json_response(StatusCode::OK, &value),
        Err(Refused(status, message)) => json_response(status, &json!({ "error": message })),
    }
}

/// Runs a command and returns its reply.
pub async fn command(world: &Arc<World>, method: &str, path: &str, body: &[u8]) -> Result<Value, Refused> {
    match (method, path) {
        ("GET", "state") => Ok(state(world)),
        ("POST", "advance") => advance(world, read(body)?).await,
        ("POST", "speed") => speed(world, read(body)?),
        ("GET", "switches") => Ok(world.with(|model| json!(model.switches))),
        ("POST", "switches") => switches(world, read(body)?),
        ("POST", "tokens") => token(world, read(body)?),
        ("POST", "join") => join(world, read(body)?),
        ("POST", "leave") => leave(world, &read::<Leave>(body)?),
        ("POST", "keys") => {
            let sent: KeyCount = read(body)?;
            world.with(|model| routes::stream::keys::fill(model, &sent.account_id, sent.count.min(MAX_FILLED_KEYS)));
            Ok(state(world))
        }
        ("POST", "plays") => play(world, &read(body)?),
        ("POST", "say") => say(world, read(body)?),
        ("POST", "faults") => {
            world.add_fault(read(body)?);
            Ok(state(world))
        }
        ("DELETE", "faults") => {
            faults(world).clear();
            Ok(state(world))
        }
        ("POST", "mishaps") => {
            let waiting = read(body)?;
            world.with(|model| model.mishaps.add(waiting));
            Ok(state(world))
        }
        ("GET", "scenarios") => Ok(json!({ "scenarios": scenarios::list(world) })),
        ("POST", "scenarios") => {
            let sent: ScenarioName = read(body)?;
            scenarios::begin(world, &sent.name).map_err(|unknown| Refused::missing(unknown.to_string()))?;
            Ok(json!({ "scenarios": scenarios::list(world) }))
        }
        ("POST", "calm") => {
            scenarios::calm(world);
            Ok(state(world))
        }
        ("GET", "mails") => Ok(world.with(|model| routes::email::outbox(model))),
        ("DELETE", "mails") => Ok(world.with(empty_outbox)),
        ("GET", "mail_rules") => Ok(world.with(|model| json!(model.mail_rules))),
        ("POST", "mail_rules") => mail_rules(world, read(body)?),
        ("POST", "script") => published(world, &read(body)?),
        ("POST", "runtime") => runtime(world, &read(body)?),
        ("DELETE", "limits") => {
            world.rate_limits.lock().unwrap_or_else(PoisonError::into_inner).reset();
            Ok(state(world))
        }
        _ => Err(Refused::missing("there is no such command")),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::bad(error.to_string()))
}

fn faults(world: &World) -> std::sync::MutexGuard<'_, crate::faults::Faults> {
    world.faults.lock().unwrap_or_else(PoisonError::into_inner)
}

fn state(world: &Arc<World>) -> Value {
    let rules = json!(faults(world).list(world.clock.verification()));
    world.with(|model| {
        let count = |encoding: bool| model.videos.iter().filter(|video| video.is_encoding() == encoding).count();
        json!({
            "now": micros(model.now),
            "verification_now": micros(model.verification),
            "speed": world.clock.speed(),
            "switches": model.switches,
            "faults": rules,
            "mishaps": model.mishaps,
            "apps": model.apps.len(),
            "meetings": model.meetings.len(),
            "participants": model.participants.len(),
            "live_sessions": model.sessions.iter().filter(|session| session.is_live()).count(),
            "recordings": model.recordings.len(),
            "videos": model.videos.len(),
            "videos_encoding": count(true),
            "signing_keys": model.keys.iter().filter(|key| key.deleted.is_none()).count(),
            "mails": model.mails.len(),
        })
    })
}

#[derive(Deserialize)]
struct Advance {
    seconds: f64,
    speed: Option<f64>,
}

#[derive(Deserialize)]
struct ScenarioName {
    name: String,
}

async fn advance(world: &Arc<World>, sent: Advance) -> Result<Value, Refused> {
    if !(0.0..=MAX_ADVANCE_SECONDS).contains(&sent.seconds) {
        return Err(Refused::bad("seconds must be zero or more, and no more than ten years"));
    }
    if sent.speed.is_some_and(|speed| !(0.001..=MAX_SPEED).contains(&speed)) {
        return Err(Refused::bad(format!("speed must be between 0.001 and {MAX_SPEED}")));
    }
    world.advance(Duration::from_secs_f64(sent.seconds), sent.speed).await;
    world.save_setting(Setting::Clock, &world.clock.now().to_rfc3339().into());
    Ok(state(world))
}

#[derive(Clone, Copy, Deserialize)]
struct Speed {
    factor: f64,
}

fn speed(world: &Arc<World>, sent: Speed) -> Result<Value, Refused> {
    if !(0.001..=MAX_SPEED).contains(&sent.factor) {
        return Err(Refused::bad(format!("factor must be between 0.001 and {MAX_SPEED}")));
    }
    world.set_speed(sent.factor);
    Ok(state(world))
}

fn switches(world: &Arc<World>, sent: Value) -> Result<Value, Refused> {
    let Value::Object(sent) = sent else { return Err(Refused::bad("the switches must be an object")) };
    let changed: Switches = world.with(|model| {
        let mut all = json!(model.switches);
        if let Some(members) = all.as_object_mut() {
            members.extend(sent);
        }
        let changed: Switches = serde_json::from_value(all).map_err(|error| Refused::bad(error.to_string()))?;
        model.switches = changed.clone();
        Ok(changed)
    })?;
    let changed = json!(changed);
    world.save_setting(Setting::Switches, &changed);
    Ok(changed)
}

fn empty_outbox(model: &mut Model) -> Value {
    let all: Vec<String> = model.mails.iter().map(|mail| mail.message_id.clone()).collect();
    for id in &all {
        model.mails.remove(id);
    }
    json!({ "removed": all.len() })
}

/// Changes the rules that were sent. The others stay.
fn mail_rules(world: &Arc<World>, sent: Value) -> Result<Value, Refused> {
    let Value::Object(sent) = sent else { return Err(Refused::bad("the rules must be an object")) };
    world.with(|model| {
        let mut all = json!(model.mail_rules);
        if let Some(members) = all.as_object_mut() {
            members.extend(sent);
        }
        model.mail_rules = serde_json::from_value(all).map_err(|error| Refused::bad(error.to_string()))?;
        Ok(json!(model.mail_rules))
    })
}

#[derive(Deserialize)]
struct NewToken {
    permissions: BTreeSet<Permission>,
    owner: Option<TokenOwner>,
    account_id: Option<String>,
    expires_in_seconds: Option<f64>,
}

fn token(world: &Arc<World>, sent: NewToken) -> Result<Value, Refused> {
    let account = sent.account_id.unwrap_or_else(|| ACCOUNT_ID.to_owned());
    if account.len() != 32 || !account.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refused::bad("account_id must be 32 hexadecimal digits"));
    }
    let owner = sent.owner.unwrap_or(TokenOwner::User);
    let expires = sent.expires_in_seconds.map(|seconds| world.clock.verification() + crate::clock::seconds(seconds));
    let (token, kept) = new_api_token(owner, account, sent.permissions, expires);
    world.with(|model| model.tokens.put(kept));
    Ok(json!({ "api_token": token }))
}

/// Makes an API token. Returns the token, and the entry for the model, which holds the token's hash only.
pub fn new_api_token(
    owner: TokenOwner,
    account: String,
    permissions: BTreeSet<Permission>,
    expires: Option<Moment>,
) -> (String, ApiToken) {
    let prefix = match owner {
        TokenOwner::User => "cfut_",
        TokenOwner::Account => "cfat_",
    };
    let token = format!("{prefix}{}", ids::secret());
    let hash = ids::sha256_hex(&token);
    let kept =
        ApiToken { hash, token_id: ids::hex32(), owner, account, permissions, expires, name: None, issued: None };
    (token, kept)
}

/// A script of an account, and where it runs.
#[derive(Deserialize)]
struct Published {
    account_id: Option<String>,
    script: String,
    /// A port of this computer; `None` for the sandbox's own code.
    port: Option<NonZeroU16>,
}

impl Published {
    fn key(&self) -> String {
        Worker::key(self.account_id.as_deref().unwrap_or(ACCOUNT_ID), &self.script)
    }
}

/// What was published, with its secrets, for a runtime that runs it.
fn published(world: &Arc<World>, sent: &Published) -> Result<Value, Refused> {
    let missing = || Refused::missing("there is no such script with code");
    let found = world.with(|model| {
        let worker = model.workers.get(&sent.key())?;
        let subdomain = model.workers_subdomains.iter().find(|known| known.account == worker.account)?;
        Some((format!("{}.{}{}", worker.name, subdomain.name, sites::SCRIPTS), worker.code.clone()?))
    });
    let (host, code) = found.ok_or_else(missing)?;
    let shown = |binding: &Binding| match binding {
        Binding::Assets { name } => json!({ "type": "assets", "name": name }),
        Binding::Database { name, id } => json!({ "type": "d1", "name": name, "id": id }),
        Binding::Text { name, text } => json!({ "type": "plain_text", "name": name, "text": text }),
        Binding::Secret { name, .. } => {
            json!({ "type": "secret_text", "name": name, "text": world.worker_secret(&sent.key(), name) })
        }
        Binding::RateLimit { name, limit, period, .. } => {
            json!({ "type": "ratelimit", "name": name, "limit": limit, "period": period })
        }
    };
    let bindings: Vec<Value> = code.bindings.iter().map(shown).collect();
    Ok(json!({ "module": code.module, "bindings": bindings, "host": host }))
}

/// Has a runtime on this computer answer for a script.
fn runtime(world: &Arc<World>, sent: &Published) -> Result<Value, Refused> {
    if world.with(|model| model.workers.get(&sent.key()).is_none()) {
        return Err(Refused::missing("there is no such script"));
    }
    let mut runtimes = world.runtimes.lock().unwrap_or_else(PoisonError::into_inner);
    match sent.port {
        Some(port) => runtimes.insert(sent.key(), (Ipv4Addr::LOCALHOST, port.get()).into()),
        None => runtimes.remove(&sent.key()),
    };
    Ok(json!({}))
}

#[derive(Deserialize)]
struct Join {
    meeting_id: String,
    name: Option<String>,
    custom_participant_id: Option<String>,
}

fn join(world: &Arc<World>, sent: Join) -> Result<Value, Refused> {
    world.with(|model| {
        // A custom id that a participant of the meeting has joins as that participant.
        let known = sent.custom_participant_id.as_ref().and_then(|custom| participant(model, &sent.meeting_id, custom));
        let request = JoinRequest {
            participant: known.as_ref().map(|(id, _, _)| id.clone()),
            custom_id: sent.custom_participant_id.clone(),
            name: sent
                .name
                .or_else(|| known.as_ref().and_then(|(_, name, _)| name.clone()))
                .unwrap_or_else(|| "Guest".into()),
            preset: known.map_or_else(|| "group_call_participant".into(), |(_, _, preset)| preset),
            headless: true,
        };
        match model.join(&sent.meeting_id, request) {
            Ok(peer) => Ok(json!({ "peer_id": peer })),
            Err(JoinRefusal::NoMeeting) => Err(Refused::missing("there is no such meeting")),
            Err(JoinRefusal::Inactive) => Err(Refused(StatusCode::CONFLICT, "the meeting is INACTIVE".into())),
            Err(JoinRefusal::Nameless) => Err(Refused(StatusCode::CONFLICT, "the participant has no name".into())),
        }
    })
}

fn participant(model: &Model, meeting: &str, custom: &str) -> Option<(String, Option<String>, String)> {
    let named = model.participants.owned_by(meeting).find(|known| known.custom_id == custom)?;
    Some((named.id.clone(), named.name.clone(), named.preset.clone()))
}

/// The most signing keys that the command `keys` fills an account's list up to.
const MAX_FILLED_KEYS: usize = 1_000;

/// How many signing keys the list of an account is to have.
#[derive(Deserialize)]
struct KeyCount {
    account_id: String,
    count: usize,
}

#[derive(Deserialize)]
struct Leave {
    peer_id: String,
}

fn leave(world: &Arc<World>, sent: &Leave) -> Result<Value, Refused> {
    if world.with(|model| model.leave(&sent.peer_id)) {
        Ok(json!({}))
    } else {
        Err(Refused::missing("there is no such peer in a live session"))
    }
}

/// The most minutes that the command `plays` adds at once.
const MAX_PLAYED_MINUTES: f64 = 1e9;

#[derive(Deserialize)]
struct Played {
    video: String,
    day: NaiveDate,
    minutes: f64,
}

fn play(world: &Arc<World>, sent: &Played) -> Result<Value, Refused> {
    if !(0.0..=MAX_PLAYED_MINUTES).contains(&sent.minutes) {
        return Err(Refused::bad("minutes must be zero or more, and no more than a billion"));
    }
    if world.with(|model| model.add_play(&sent.video, sent.day, sent.minutes)) {
        Ok(json!({}))
    } else {
        Err(Refused::missing("there is no such video"))
    }
}

#[derive(Deserialize)]
struct Say {
    peer_id: String,
    text: String,
    #[serde(default = "text_message")]
    kind: String,
}

fn say(world: &Arc<World>, sent: Say) -> Result<Value, Refused> {
    if world.with(|model| model.say(&sent.peer_id, &sent.text, sent.kind)) {
        Ok(json!({}))
    } else {
        Err(Refused::missing("there is no such peer in a live session, or the message is empty"))
    }
}
