//! The routes of signing keys, and the token endpoint. It signs with the key in the request, or else with a key of
//! Stream's own.

use std::sync::Arc;

use axum::http::StatusCode;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey, LineEnding},
    traits::{PrivateKeyParts, PublicKeyParts},
};
use serde_json::{Map, Value, json};

use super::{find, missing};
use crate::{
    call::Call,
    clock::micros,
    ids, jwt,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::{Model, access::SigningKey},
    switches::Switches,
    world::World,
};

const RSA_KEY_BITS: usize = 2_048;
const MAX_SIGNING_KEYS: usize = 1_000;
const MAX_ACCESS_RULES: usize = 5;

/// `POST /stream/keys`: creates a signing key. No other reply holds the private key.
pub async fn create(call: &Call) -> Answer {
    let count = call.world.with(|model| listed_keys(model.keys.iter(), &call.account).count());
    if count >= MAX_SIGNING_KEYS {
        return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_012, "Too many signing keys"));
    }
    let private = generate().await?;
    let id = ids::hex32();
    let pem = private.to_pkcs1_pem(LineEnding::LF).map_err(|_| broken())?;
    let jwk = jwk(&private, &id).ok_or_else(broken)?;
    let created = store(&call.world, &call.account, &id, &private, false);
    Ok(Reply::Result(json!({
        "id": id,
        "pem": STANDARD.encode(pem.as_bytes()),
        "jwk": STANDARD.encode(jwk.to_string()),
        "created": created,
    })))
}

/// `GET /stream/keys`
pub fn list(call: &Call) -> Reply {
    let mut keys: Vec<SigningKey> =
        call.world.with(|model| listed_keys(model.keys.iter(), &call.account).cloned().collect());
    keys.sort_by_key(|key| key.created);
    Reply::Result(keys.iter().map(SigningKey::to_json).collect())
}

/// `DELETE /stream/keys/{id}`: all tokens signed with the key become invalid.
pub fn delete(call: &Call, id: &str) -> Answer {
    call.world.with(|model| {
        let found = listed_keys(model.keys.iter(), &call.account).find(|key| key.id == id).ok_or_else(missing)?;
        let deleted = SigningKey { deleted: Some(model.verification), ..found.clone() };
        model.keys.put(deleted);
        Ok(Reply::Result("Revoked".into()))
    })
}

/// `POST /stream/{uid}/token`: signs a playback token, which is valid for an hour unless the request says otherwise.
pub async fn token(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| find(model, call, uid).map(|_| ()))?;
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let now = call.world.clock.verification().timestamp();
    let mut payload = Map::new();
    payload.insert("sub".into(), uid.into());
    payload.insert("exp".into(), fields.integer("exp", 0..=i64::MAX)?.unwrap_or(now + 3_600).into());
    payload.insert("nbf".into(), fields.integer("nbf", 0..=i64::MAX)?.unwrap_or(now - 3_600).into());
    payload.insert("downloadable".into(), fields.flag("downloadable")?.unwrap_or(false).into());
    if let Some(rules) = fields.value("accessRules") {
        check_rules(call, &fields, rules)?;
        payload.insert("accessRules".into(), rules.clone());
    }
    if let Some(flags) = fields.object("flags")? {
        payload.insert("flags".into(), Value::Object(flags.members().clone()));
    }
    let (kid, pem) = match (fields.text("id")?, fields.text("pem")?) {
        (Some(id), Some(pem)) => {
            let pem =
                STANDARD.decode(pem.trim()).map_err(|_| fields.refuse("pem", "must be a key as Stream gave it"))?;
            (id, pem)
        }
        (None, None) => own_key(call).await?,
        _ => return Err(fields.refuse("id", "and pem belong together")),
    };
    payload.insert("kid".into(), kid.clone().into());
    let token = jwt::sign_playback(&payload, &kid, &pem)
        .ok_or_else(|| fields.refuse("pem", "must be a key as Stream gave it"))?;
    Ok(Reply::Result(json!({ "token": token })))
}

fn check_rules(call: &Call, fields: &Fields, rules: &Value) -> Result<(), Refusal> {
    let rules = rules.as_array().ok_or_else(|| fields.refuse("accessRules", "must be a list"))?;
    if rules.len() > MAX_ACCESS_RULES {
        let status = call.world.with(|model| Switches::status(model.switches.too_many_rules_status));
        return Err(Refusal::v4(status, 10_005, "Bad Request: accessRules may hold at most five rules"));
    }
    let sound = |rule: &Value| {
        let kind = rule
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| ["any", "ip.src", "ip.geoip.country"].contains(&kind));
        kind && rule.get("action").and_then(Value::as_str).is_some_and(|action| ["allow", "block"].contains(&action))
    };
    if rules.iter().all(sound) {
        Ok(())
    } else {
        Err(fields.refuse("accessRules", "must have known types and actions"))
    }
}

/// Returns the id and PEM of Stream's own key for this account. The key is created when it is first needed, and its
/// private half is held in memory only.
async fn own_key(call: &Call) -> Result<(String, Vec<u8>), Refusal> {
    let mut held = call.world.stream_keys.lock().await;
    if let Some((id, pem)) = held.get(&call.account) {
        return Ok((id.clone(), pem.clone()));
    }
    let private = generate().await?;
    let id = ids::hex32();
    let pem = private.to_pkcs1_pem(LineEnding::LF).map_err(|_| broken())?.as_bytes().to_vec();
    store(&call.world, &call.account, &id, &private, true);
    held.insert(call.account.clone(), (id.clone(), pem.clone()));
    Ok((id, pem))
}

async fn generate() -> Result<RsaPrivateKey, Refusal> {
    let made = tokio::task::spawn_blocking(|| {
        let mut randomness = rsa::rand_core::OsRng;
        RsaPrivateKey::new(&mut randomness, RSA_KEY_BITS)
    });
    made.await.ok().and_then(Result::ok).ok_or_else(broken)
}

fn store(world: &Arc<World>, account: &str, id: &str, private: &RsaPrivateKey, internal: bool) -> String {
    let (n, e) = (private.n().to_bytes_be(), private.e().to_bytes_be());
    world.with(|model| {
        let created = model.stamp();
        model.keys.put(SigningKey::of(id.to_owned(), account, created, &n, &e, internal));
        micros(created)
    })
}

fn listed_keys<'k>(keys: impl Iterator<Item = &'k SigningKey>, account: &str) -> impl Iterator<Item = &'k SigningKey> {
    keys.filter(move |key| !key.internal && key.deleted.is_none() && key.account == account)
}

/// Adds keys to the list of an account until it has `count`. They share the numbers of one key, and nobody has its private
/// half: they only fill the list.
pub fn fill(model: &mut Model, account: &str, count: usize) {
    let there = listed_keys(model.keys.iter(), account).count();
    for _ in there..count {
        let created = model.stamp();
        model.keys.put(SigningKey::of(ids::hex32(), account, created, &[1; 256], &[1, 0, 1], false));
    }
}

/// The private key as a JSON Web Key (RFC 7517, RFC 7518).
fn jwk(private: &RsaPrivateKey, kid: &str) -> Option<Value> {
    let encode = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let (p, q) = (private.primes().first()?, private.primes().get(1)?);
    Some(json!({
        "use": "sig",
        "kty": "RSA",
        "kid": kid,
        "alg": "RS256",
        "n": encode(private.n().to_bytes_be()),
        "e": encode(private.e().to_bytes_be()),
        "d": encode(private.d().to_bytes_be()),
        "p": encode(p.to_bytes_be()),
        "q": encode(q.to_bytes_be()),
        "dp": encode(private.dp()?.to_bytes_be()),
        "dq": encode(private.dq()?.to_bytes_be()),
        "qi": encode(private.crt_coefficient()?.to_bytes_be()),
    }))
}

fn broken() -> Refusal {
    Refusal::v4(StatusCode::SERVICE_UNAVAILABLE, 10_001, "A signing key could not be made")
}
