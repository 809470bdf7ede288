//! Lets people into a class: who may come in, and the seat that each person keeps.

use axum::{extract::Request, http::StatusCode, response::Response};
use icu_properties::{CodePointMapData, props::GeneralCategory};
use serde::Deserialize;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    asked::{Asked, is_secret},
    database::{clear_events, params},
    realtimekit,
    refusal::{Reason, Refusal, body_of, reply},
};
use crate::ids;

/// The longest name, in characters.
const NAME_MAX: usize = 50;
/// The most people who wait for the host of one class.
const WAITING_MAX: i64 = 200;
/// Whoever did not ask for so long does not wait any more.
const WAITS_MS: i64 = 5 * 60_000;
/// How often it is noted that somebody still waits.
const NOTED_EVERY_MS: i64 = 30_000;

#[derive(Deserialize)]
struct Link {
    code: String,
    class: Option<String>,
    series: Option<String>,
    person: Option<String>,
    name: Option<String>,
    preset: String,
    counts: i64,
    revoked: Option<i64>,
}

#[derive(Deserialize)]
struct Class {
    id: String,
    title: String,
    instructor: String,
    timezone: String,
    starts: i64,
    ends: i64,
    opens: i64,
    closes: i64,
    room: Option<String>,
    cap: i64,
    recorded: i64,
    consent: Option<String>,
    state: String,
}

impl Class {
    /// Why nobody comes into it now; `None` if people do.
    fn closed_because(&self, now: i64) -> Option<Reason> {
        match self.state.as_str() {
            "cancelled" => Some(Reason::Cancelled),
            "over" => Some(Reason::Over),
            _ if now >= self.closes => Some(Reason::Over),
            _ => (now < self.opens || self.room.is_none()).then_some(Reason::Early),
        }
    }

    fn is_locked(&self) -> bool {
        self.state == "locked"
    }
}

#[derive(Deserialize)]
struct Seat {
    id: String,
    name: String,
    state: String,
    participant: Option<String>,
    room: Option<String>,
    agreed: Option<i64>,
    asked: i64,
}

fn link_of(asked: &Asked<'_>, code: &str) -> Result<Link, Refusal> {
    let found = asked.database()?.first("SELECT * FROM join_links WHERE code = ?1", params![ids::sha256_hex(code)])?;
    let link: Link = found.ok_or_else(|| asked.unknown())?;
    if link.revoked.is_some() { Err(Refusal::of(Reason::Revoked)) } else { Ok(link) }
}

/// The class of a link. For a series it is the one that is on; where that one should be over, the next one as soon as it opens; a
/// cancelled one while it would be on; the next one; else the one that was last.
fn class_of(asked: &Asked<'_>, link: &Link) -> Result<Class, Refusal> {
    let database = asked.database()?;
    let found = match &link.class {
        Some(class) => database.first("SELECT * FROM classes WHERE id = ?1", params![class]),
        None => database.first(
            "SELECT * FROM classes WHERE series = ?1
             ORDER BY CASE
                        WHEN state IN ('open', 'locked') AND closes > ?2 THEN iif(opens > ?2, 3, iif(ends > ?2, 0, 1))
                        WHEN state = 'cancelled' AND opens <= ?2 AND ends > ?2 THEN 2
                        ELSE 4
                      END,
                      iif(closes > ?2 AND state IN ('open', 'locked'), opens, abs(closes - ?2)), id LIMIT 1",
            params![link.series, asked.now],
        ),
    };
    found?.ok_or_else(|| Refusal::of(Reason::Unknown))
}

/// What the page shows of a class.
pub fn show_class(asked: &Asked<'_>, code: &str) -> Result<Response, Refusal> {
    let link = link_of(asked, code)?;
    let one = class_of(asked, &link)?;
    let state = one.closed_because(asked.now).map_or(one.state.as_str(), |reason| reason.name());
    let shown = json!({
        "title": one.title,
        "instructor": one.instructor,
        "timezone": one.timezone,
        "starts": one.starts,
        "ends": one.ends,
        "opens": one.opens,
        "recorded": one.recorded == 1,
        "consent": one.consent,
        "name": link.name,
        "host": link.counts == 0,
        "state": state,
        "now": asked.now,
    });
    Ok(reply(StatusCode::OK, &shown))
}

/// Somebody who asks for a seat.
struct Asking<'a> {
    asked: &'a Asked<'a>,
    one: &'a Class,
    link: &'a Link,
    /// The SHA-256 of the secret that the page keeps.
    secret: String,
    name: String,
    /// 1 or 0; `None` where nobody asks.
    agreed: Option<i64>,
}

/// Gives a person a seat and the token for the room, or the same seat again.
pub async fn take_seat(asked: &Asked<'_>, code: &str, request: Request) -> Result<Response, Refusal> {
    let body = body_of(request).await?;
    let secret = body.get("seat").and_then(Value::as_str).filter(|seat| is_secret(seat));
    let secret = ids::sha256_hex(secret.ok_or_else(|| Refusal::of(Reason::BadRequest))?);
    let link = link_of(asked, code)?;
    asked.brake("JOINS", &asked.address)?;
    let one = class_of(asked, &link)?;
    match one.closed_because(asked.now) {
        Some(Reason::Early) => {
            return Err(Refusal::of(Reason::Early).with("opens", one.opens).with("now", asked.now));
        }
        Some(closed) => return Err(Refusal::of(closed)),
        None => {}
    }
    let name = match &link.name {
        Some(name) => name.clone(),
        None => name_from(body.get("name"))?,
    };
    let agreed = if one.recorded == 1 && link.counts == 1 {
        let answer = body.get("agreed").and_then(Value::as_bool).ok_or_else(|| Refusal::of(Reason::Consent))?;
        Some(i64::from(answer))
    } else {
        None
    };
    let asking = Asking { asked, one: &one, link: &link, secret, name, agreed };
    match asking.placed()? {
        None => Ok(reply(StatusCode::ACCEPTED, &json!({ "state": "waiting" }))),
        Some(seat) => Ok(reply(StatusCode::OK, &json!({ "state": "in", "token": asking.token(&seat).await? }))),
    }
}

/// A name on one line, without characters that are not seen or that turn the text around them.
fn name_from(given: Option<&Value>) -> Result<String, Refusal> {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let shown = |letter: char| match categories.get(letter) {
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse => ' ',
        _ => letter,
    };
    let name: String = given.and_then(Value::as_str).unwrap_or_default().nfc().map(shown).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if (1..=NAME_MAX).contains(&name.chars().count()) { Ok(name) } else { Err(Refusal::of(Reason::Name)) }
}

impl Asking<'_> {
    /// The seat of whoever asks, in the class; `None` where the person waits for the host.
    fn placed(&self) -> Result<Option<Seat>, Refusal> {
        let found = self.known()?;
        // Nobody waits for a host who let them in before, nor where the class is not locked, nor as a host.
        let is_new = found.as_ref().is_none_or(|seat| seat.state == "waiting");
        let waits = is_new && self.one.is_locked() && self.link.counts == 1;
        let seat = if let Some(seat) = found {
            seat
        } else {
            self.insert(waits)?;
            self.known()?.ok_or_else(|| Refusal::of(Reason::Full))?
        };
        match seat.state.as_str() {
            "removed" => return Err(Refusal::of(Reason::Removed)),
            "refused" => return Err(Refusal::of(Reason::Refused)),
            _ => self.heard(&seat)?,
        }
        if waits {
            return Ok(None);
        }
        if seat.state == "in" {
            return Ok(Some(seat));
        }
        // One statement counts and takes, so that two never take the last place.
        let taken = self.asked.database()?.run(
            "UPDATE seats SET state = 'in' WHERE id = ?1 AND state IN ('waiting', 'admitted', 'left')
               AND (counts = 0 OR (SELECT count(*) FROM seats WHERE class = ?2 AND state = 'in' AND counts = 1) < ?3)",
            params![seat.id, self.one.id, self.one.cap],
        )?;
        let after = self.known()?;
        let state = after.as_ref().map(|seat| seat.state.as_str());
        if taken == 0 && state != Some("in") {
            return Err(Refusal::of(if state == Some("removed") { Reason::Removed } else { Reason::Full }));
        }
        Ok(Some(after.unwrap_or(seat)))
    }

    /// The seat of a person: by the own link in any browser, else by the secret of this browser.
    fn known(&self) -> Result<Option<Seat>, Refusal> {
        let columns = "SELECT id, name, state, participant, room, agreed, asked FROM seats WHERE class = ?1";
        let database = self.asked.database()?;
        match &self.link.person {
            None => database.first(
                &format!("{columns} AND code = ?2 AND secret = ?3"),
                params![self.one.id, self.link.code, self.secret],
            ),
            Some(person) => database.first(&format!("{columns} AND person = ?2"), params![self.one.id, person]),
        }
    }

    /// Makes a seat in the class, or one that waits; nothing where the class is full. Asking twice makes one.
    fn insert(&self, waits: bool) -> Result<(), Refusal> {
        let Self { asked, one, link, .. } = self;
        let id = ids::hex32();
        let (state, most) = if waits { ("waiting", WAITING_MAX) } else { ("in", one.cap) };
        asked.database()?.batch(&[
            (
                "INSERT OR IGNORE INTO seats (id, class, code, secret, person, name, state, counts, agreed, made, asked)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10
                 WHERE ?8 = 0 OR (SELECT count(*) FROM seats WHERE class = ?2 AND state = ?7 AND counts = 1
                                    AND (?7 = 'in' OR asked >= ?12)) < ?11",
                params![
                    id, one.id, link.code, self.secret, link.person, self.name, state, link.counts, self.agreed, asked.now,
                    most, asked.now - WAITS_MS,
                ],
            ),
            (
                "INSERT INTO events (at, kind, code, class, seat)
                 SELECT ?1, 'waiting', ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM seats WHERE id = ?4 AND state = 'waiting')",
                params![asked.now, link.code, one.id, id],
            ),
        ])?;
        Ok(())
    }

    /// Notes that somebody still waits, and what the person answers about the recording now: the last answer counts.
    fn heard(&self, seat: &Seat) -> Result<(), Refusal> {
        let now = self.asked.now;
        let waits_on = seat.state == "waiting" && now - seat.asked >= NOTED_EVERY_MS;
        if self.agreed == seat.agreed && !waits_on {
            return Ok(());
        }
        self.asked.database()?.batch(&[
            (
                "INSERT INTO events (at, kind, code, class, seat)
                 SELECT ?1, 'joined', ?2, ?3, id FROM seats WHERE id = ?4 AND participant IS NOT NULL AND agreed IS NOT ?5",
                params![now, self.link.code, self.one.id, seat.id, self.agreed],
            ),
            ("UPDATE seats SET agreed = ?2, asked = ?3 WHERE id = ?1", params![seat.id, self.agreed, now]),
        ])?;
        Ok(())
    }

    /// The token of a seat in the class. Its participant is made once.
    async fn token(&self, seat: &Seat) -> Result<String, Refusal> {
        let Self { asked, one, link, .. } = self;
        let room = one.room.as_deref().ok_or_else(|| Refusal::of(Reason::Early))?;
        if let Some(participant) = seat.participant.as_deref().filter(|_| seat.room.as_deref() == Some(room)) {
            // Only the desk deletes participants, of people whom the host removed. It tells the door of it a moment later.
            let token = realtimekit::new_token(asked, room, participant).await?;
            return token.ok_or_else(|| Refusal::of(Reason::Removed));
        }
        let mark = link.person.clone().unwrap_or_else(|| format!("door-{}", seat.id));
        let name = link.name.as_deref().unwrap_or(&seat.name);
        let made = realtimekit::add(asked, room, name, &link.preset, &mark).await?;
        let changed = asked.database()?.batch(&[
            (
                "UPDATE seats SET participant = ?2, room = ?4 WHERE id = ?1 AND state = 'in' AND participant IS ?3",
                params![seat.id, made.id, seat.participant, room],
            ),
            (
                "INSERT INTO events (at, kind, code, class, seat)
                 SELECT ?1, 'joined', ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM seats WHERE id = ?4 AND participant = ?5)",
                params![asked.now, link.code, one.id, seat.id, made.id],
            ),
            clear_events(asked.now),
        ])?;
        if changed.first().is_some_and(|changed| *changed > 0) {
            return Ok(made.token);
        }
        // The same seat was asked for twice at once, or the host removed the person meanwhile.
        realtimekit::forget(asked, room, &made.id).await;
        match self.known()? {
            Some(present) if present.state == "removed" => Err(Refusal::of(Reason::Removed)),
            Some(Seat { state, participant: Some(other), .. }) if state == "in" => {
                let token = realtimekit::new_token(asked, room, &other).await?;
                token.ok_or_else(|| Refusal::of(Reason::Later))
            }
            _ => Err(Refusal::of(Reason::Later)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_fifty_characters_that_are_seen() {
        let name = |text: &str| name_from(Some(&json!(text))).ok();
        assert_eq!(name("  <b>Zoë\u{202e}\n \"O’Hara\"</b> 太郎 ").as_deref(), Some("<b>Zoë \"O’Hara\"</b> 太郎"));
        assert_eq!(name("Zoe\u{308}").as_deref(), Some("Zoë"));
        assert_eq!(name(&"x".repeat(50)).map(|name| name.len()), Some(50));
        for refused in ["", "\u{200b}\u{202e}\u{7}", &"x".repeat(51)] {
            assert_eq!(name(refused), None, "{refused}");
        }
        assert!(name_from(Some(&json!(7))).is_err() && name_from(None).is_err());
    }
}
