//! Plays recordings: what a link may show, and the short tokens that a player lives on.

use axum::{extract::Request, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    asked::{Asked, is_secret},
    database::{CLEARED_AT_ONCE, clear_events, params},
    playback::{self, Rights},
    refusal::{Reason, Refusal, body_of, reply},
};
use crate::ids;

/// How long a player can be renewed.
const PLAY_MS: i64 = 36 * 60 * 60 * 1_000;

/// A row of `watch_links`.
#[derive(Deserialize)]
struct Link {
    code: String,
    video: String,
    title: String,
    recorded: i64,
    seconds: Option<i64>,
    not_before: Option<i64>,
    until: i64,
    passphrase: Option<String>,
    salt: Option<String>,
    rounds: Option<i64>,
    countries: Option<String>,
    only: i64,
    download: i64,
    start: i64,
    revoked: Option<i64>,
}

impl Link {
    /// The countries that the link names; `None` where it has no rule for them.
    fn countries(&self) -> Result<Option<Vec<String>>, Refusal> {
        let Some(text) = &self.countries else { return Ok(None) };
        let listed: Value = serde_json::from_str(text).map_err(|_| Refusal::of(Reason::Later))?;
        let listed = listed.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Some(listed.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
    }

    /// Where the country is not known, only a rule that leaves some out lets people in.
    fn admits(&self, country: Option<&str>) -> Result<bool, Refusal> {
        let Some(named) = self.countries()? else { return Ok(true) };
        let is_named = country.is_some_and(|country| named.iter().any(|one| one == country));
        Ok(is_named == (self.only == 1))
    }

    fn facts(&self) -> Value {
        json!({
            "title": self.title,
            "recorded": self.recorded,
            "seconds": self.seconds,
            "start": self.start,
            "download": self.download == 1,
        })
    }
}

fn link_of(asked: &Asked<'_>, code: &str) -> Result<Link, Refusal> {
    let found = asked.database()?.first("SELECT * FROM watch_links WHERE code = ?1", params![ids::sha256_hex(code)])?;
    let link: Link = found.ok_or_else(|| asked.unknown())?;
    if link.revoked.is_some() {
        return Err(Refusal::of(Reason::Revoked));
    }
    if asked.now >= link.until {
        return Err(Refusal::of(Reason::Over).with("until", link.until));
    }
    if let Some(opens) = link.not_before.filter(|opens| asked.now < *opens) {
        return Err(Refusal::of(Reason::Early).with("opens", opens).with("now", asked.now));
    }
    if link.admits(asked.country.as_deref())? { Ok(link) } else { Err(Refusal::of(Reason::Country)) }
}

/// What the page shows before it plays. A link with a passphrase does not tell what it is about.
pub fn show_video(asked: &Asked<'_>, code: &str) -> Result<Response, Refusal> {
    let link = link_of(asked, code)?;
    let locked = link.passphrase.is_some();
    let shown = if locked { json!({ "salt": link.salt, "rounds": link.rounds }) } else { link.facts() };
    Ok(all(shown, json!({ "locked": locked, "until": link.until, "now": asked.now })))
}

/// Opens a player.
pub async fn play(asked: &Asked<'_>, code: &str, request: Request) -> Result<Response, Refusal> {
    let link = link_of(asked, code)?;
    let body = body_of(request).await?;
    if let Some(passphrase) = &link.passphrase {
        asked.brake("PASSPHRASES", &format!("{} {}", asked.address, link.code))?;
        let key = body.get("key").and_then(Value::as_str).filter(|key| is_secret(key)).map(ids::sha256_hex);
        if !key.is_some_and(|key| ids::same_bytes(key.as_bytes(), passphrase.as_bytes())) {
            return Err(Refusal::of(Reason::Passphrase));
        }
    }
    let permitted = permission(asked, &link).await?;
    let play = ids::hex32();
    asked.database()?.batch(&[
        ("INSERT INTO plays (id, code, at) VALUES (?1, ?2, ?3)", params![ids::sha256_hex(&play), link.code, asked.now]),
        (
            "DELETE FROM plays WHERE id IN (SELECT id FROM plays WHERE at < ?1 ORDER BY at LIMIT ?2)",
            params![asked.now - PLAY_MS, CLEARED_AT_ONCE],
        ),
        clear_events(asked.now),
        (
            "INSERT INTO events (at, kind, code, country) VALUES (?1, 'played', ?2, ?3)",
            params![asked.now, link.code, asked.country],
        ),
    ])?;
    Ok(all(all_of(json!({ "play": play }), link.facts()), permitted))
}

/// Gives a player that is open the next token.
pub async fn renew(asked: &Asked<'_>, code: &str, request: Request) -> Result<Response, Refusal> {
    let link = link_of(asked, code)?;
    let body = body_of(request).await?;
    let play = body.get("play").and_then(Value::as_str).filter(|play| is_secret(play));
    let play = play.ok_or_else(|| Refusal::of(Reason::BadRequest))?;
    let found: Option<Value> = asked.database()?.first(
        "SELECT at FROM plays WHERE id = ?1 AND code = ?2 AND at >= ?3",
        params![ids::sha256_hex(play), link.code, asked.now - PLAY_MS],
    )?;
    if found.is_none() {
        return Err(Refusal::of(Reason::Unknown));
    }
    Ok(reply(StatusCode::OK, &permission(asked, &link).await?))
}

async fn permission(asked: &Asked<'_>, link: &Link) -> Result<Value, Refusal> {
    let rights = Rights {
        video: &link.video,
        until: link.until,
        download: link.download == 1,
        countries: link.countries()?.map(|named| (named, link.only == 1)),
    };
    let (token, expires) = playback::token(asked, rights).await?;
    Ok(json!({ "token": token, "expires": expires, "player": asked.text("PLAYER"), "now": asked.now }))
}

/// A reply with the members of both objects.
fn all(first: Value, second: Value) -> Response {
    reply(StatusCode::OK, &all_of(first, second))
}

fn all_of(mut first: Value, second: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut first, second) {
        members.extend(more);
    }
    first
}
