//! Signs the tokens with which Stream plays a video, with the key that was published with the script.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{BigUint, RsaPrivateKey, pkcs1::EncodeRsaPrivateKey as _, pkcs8::LineEnding, traits::PublicKeyParts as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{asked::Asked, refusal::Refusal};
use crate::{jwt, state::worker::Worker};

/// How long a token plays. A link that is taken back ends within this time.
const TOKEN_SECONDS: i64 = 3_600;
/// Clocks of Cloudflare's servers differ by less.
const BEFORE_SECONDS: i64 = 300;
const SIGNING_KEY: &str = "SIGNING_KEY";
const RSA_KEY_BITS: usize = 2_048;

/// What a token allows.
pub struct Rights<'a> {
    pub video: &'a str,
    /// Milliseconds since 1970 after which the link ends.
    pub until: i64,
    pub download: bool,
    /// The countries that the link names, and whether they are the only ones.
    pub countries: Option<(Vec<String>, bool)>,
}

/// A token for a link, for an hour and never for longer than the link; and when it expires, in milliseconds since 1970.
pub async fn token(asked: &Asked<'_>, rights: Rights<'_>) -> Result<(String, i64), Refusal> {
    let kid = asked.text("SIGNING_KEY_ID");
    let seconds = asked.now.div_euclid(1_000);
    let exp = rights.until.div_euclid(1_000).min(seconds + TOKEN_SECONDS);
    let mut payload = Map::new();
    let mut set = |name: &str, value: Value| payload.insert(name.to_owned(), value);
    set("sub", rights.video.into());
    set("kid", kid.into());
    set("exp", exp.into());
    set("nbf", (seconds - BEFORE_SECONDS).into());
    set("downloadable", rights.download.into());
    if let Some((countries, only)) = rights.countries {
        set("accessRules", rules(&countries, only));
    }
    let pem = private_key(asked).await?;
    let token = jwt::sign_playback(&payload, kid, pem.as_bytes()).ok_or_else(Refusal::of_signing)?;
    Ok((token, exp * 1_000))
}

/// Stream holds the countries as well, so that a token that is passed on does not play elsewhere.
fn rules(countries: &[String], only: bool) -> Value {
    let named = |action| json!({ "type": "ip.geoip.country", "country": countries, "action": action });
    if only { json!([named("allow"), { "type": "any", "action": "block" }]) } else { json!([named("block")]) }
}

#[derive(Deserialize)]
struct Jwk {
    n: String,
    e: String,
    d: String,
    p: String,
    q: String,
}

/// The private key as PEM. What was published is in memory only: after a restart, another key stands in for it, and the sandbox plays
/// what that one signs as well.
async fn private_key(asked: &Asked<'_>) -> Result<String, Refusal> {
    if asked.secret_hash(SIGNING_KEY).is_empty() {
        return Err(Refusal::of_signing());
    }
    let mut stand_ins = asked.world.stand_in_keys.lock().await;
    let script = Worker::key(&asked.script.account, &asked.script.name);
    if let Some(jwk) = asked.world.worker_secret(&script, SIGNING_KEY) {
        return read(&jwk).ok_or_else(Refusal::of_signing);
    }
    let kid = asked.text("SIGNING_KEY_ID");
    if let Some(pem) = stand_ins.get(kid) {
        return Ok(pem.clone());
    }
    let made = tokio::task::spawn_blocking(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_KEY_BITS)).await;
    let private = made.ok().and_then(Result::ok).ok_or_else(Refusal::of_signing)?;
    let encode = |number: &BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    let public = (encode(private.n()), encode(private.e()));
    asked.world.with(|model| model.keys.edit(kid, |key| key.stand_in = Some(public)));
    let pem = pem(&private).ok_or_else(Refusal::of_signing)?;
    stand_ins.insert(kid.to_owned(), pem.clone());
    Ok(pem)
}

fn read(jwk: &str) -> Option<String> {
    let Jwk { n, e, d, p, q } = serde_json::from_str(jwk).ok()?;
    let number = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().map(|bytes| BigUint::from_bytes_be(&bytes));
    let primes = vec![number(&p)?, number(&q)?];
    pem(&RsaPrivateKey::from_components(number(&n)?, number(&e)?, number(&d)?, primes).ok()?)
}

fn pem(private: &RsaPrivateKey) -> Option<String> {
    Some(private.to_pkcs1_pem(LineEnding::LF).ok()?.to_string())
}
