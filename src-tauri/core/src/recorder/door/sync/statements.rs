//! The statements of an exchange. Each has one JSON text as its only parameter, because numbers that are bound may arrive as others.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::cloudflare::Statement;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::sharing::door_exchange::{DoorTable, QueuedRow};

/// The most bytes of one JSON text: D1 takes two million as one value.
const CHUNK_BYTES: usize = 1_500_000;
/// The most events that are fetched at once. [`EVENTS`] says the same.
pub(super) const EVENTS_MAX: usize = 2_000;
/// Whoever did not ask for so long waits no more. The door counts the same.
const WAITS: TimeDelta = TimeDelta::minutes(5);

/// Of two versions of a class, the higher one holds.
const CLASSES: &str = "INSERT INTO classes
      (id, series, title, instructor, timezone, starts, ends, opens, closes, room, cap, recorded, state, version)
    SELECT value ->> 'id', value ->> 'series', value ->> 'title', value ->> 'instructor', value ->> 'timezone', value ->> 'starts',
      value ->> 'ends', value ->> 'opens', value ->> 'closes', value ->> 'room', value ->> 'cap', value ->> 'recorded',
      value ->> 'state', value ->> 'version'
    FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO UPDATE SET series = excluded.series, title = excluded.title, instructor = excluded.instructor,
      timezone = excluded.timezone, starts = excluded.starts, ends = excluded.ends, opens = excluded.opens,
      closes = excluded.closes, room = excluded.room, cap = excluded.cap, recorded = excluded.recorded, state = excluded.state,
      version = excluded.version
    WHERE excluded.version > classes.version";
/// A link that is revoked at the door never lives again, and a revocation counts in whatever order versions arrive.
const JOIN_LINKS: &str = "INSERT INTO join_links (code, class, series, person, name, preset, counts, revoked, version)
    SELECT value ->> 'code', value ->> 'class', value ->> 'series', value ->> 'person', value ->> 'name', value ->> 'preset',
      value ->> 'counts', value ->> 'revoked', value ->> 'version'
    FROM json_each(?1) WHERE true
    ON CONFLICT (code) DO UPDATE SET class = excluded.class, series = excluded.series, person = excluded.person,
      name = excluded.name, preset = excluded.preset, counts = excluded.counts,
      revoked = coalesce(join_links.revoked, excluded.revoked), version = max(join_links.version, excluded.version)
    WHERE excluded.version > join_links.version OR (excluded.revoked IS NOT NULL AND join_links.revoked IS NULL)";
/// The same for links to watch.
const WATCH_LINKS: &str = "INSERT INTO watch_links (code, video, title, recorded, seconds, not_before, until, passphrase, salt, rounds,
      countries, only, download, start, revoked, version)
    SELECT value ->> 'code', value ->> 'video', value ->> 'title', value ->> 'recorded', value ->> 'seconds', value ->> 'not_before',
      value ->> 'until', value ->> 'passphrase', value ->> 'salt', value ->> 'rounds', value ->> 'countries', value ->> 'only',
      value ->> 'download', value ->> 'start', value ->> 'revoked', value ->> 'version'
    FROM json_each(?1) WHERE true
    ON CONFLICT (code) DO UPDATE SET video = excluded.video, title = excluded.title, recorded = excluded.recorded,
      seconds = excluded.seconds, not_before = excluded.not_before, until = excluded.until, passphrase = excluded.passphrase,
      salt = excluded.salt, rounds = excluded.rounds, countries = excluded.countries, only = excluded.only,
      download = excluded.download, start = excluded.start, revoked = coalesce(watch_links.revoked, excluded.revoked),
      version = max(watch_links.version, excluded.version)
    WHERE excluded.version > watch_links.version OR (excluded.revoked IS NOT NULL AND watch_links.revoked IS NULL)";
/// Whoever was removed stays removed, as a guest by the seat and as a person of the roster by the mark.
const SEATS: &str = "UPDATE seats SET state = 'removed', participant = NULL
    WHERE EXISTS (SELECT 1 FROM json_each(?1) WHERE value ->> 'class' = seats.class
      AND (value ->> 'seat' = seats.id OR value ->> 'person' = seats.person))";
/// What a higher version says stays. The seats of a class go with it.
const FORGET_CLASSES: &str = "DELETE FROM classes WHERE EXISTS (
      SELECT 1 FROM json_each(?1) WHERE value ->> 'key' = classes.id AND value ->> 'version' > classes.version)";
const FORGET_SEATS: &str = "DELETE FROM seats WHERE class IN (SELECT value ->> 'key' FROM json_each(?1)) AND class NOT IN (SELECT id FROM classes)";
const FORGET_JOIN_LINKS: &str = "DELETE FROM join_links WHERE EXISTS (
      SELECT 1 FROM json_each(?1) WHERE value ->> 'key' = join_links.code AND value ->> 'version' > join_links.version)";
const FORGET_WATCH_LINKS: &str = "DELETE FROM watch_links WHERE EXISTS (
      SELECT 1 FROM json_each(?1) WHERE value ->> 'key' = watch_links.code AND value ->> 'version' > watch_links.version)";
/// The place of somebody who left is free again.
const FREE: &str = "UPDATE seats SET state = 'left', participant = NULL
    WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'in'";

const EVENTS: &str =
    "SELECT e.seq, e.at, e.kind, e.code, e.class, e.seat, e.country, s.person, s.name, s.state, s.agreed, s.made
    FROM events e LEFT JOIN seats s ON s.id = e.seat WHERE e.seq > (?1 ->> '$.after') ORDER BY e.seq LIMIT 2000";
const LAST: &str = "SELECT max(seq) AS seq FROM events";
const WAITING: &str = "SELECT id AS seat, class, code, person, name, state, agreed, made FROM seats
    WHERE state = 'waiting' AND class IN (SELECT value FROM json_each(?1, '$.classes')) AND asked >= (?1 ->> '$.since')
    ORDER BY made LIMIT 2000";
const TROUBLES: &str = "SELECT reason, at, times FROM troubles ORDER BY at DESC LIMIT 20";

/// The statements that tell the door rows, in the order of the rows.
pub(in crate::recorder::door) fn to_tell(queued: &[QueuedRow]) -> Vec<Statement> {
    let mut statements = Vec::new();
    let is_alike =
        |one: &QueuedRow, other: &QueuedRow| one.table == other.table && one.body.is_some() == other.body.is_some();
    for alike in queued.chunk_by(is_alike) {
        let Some(first) = alike.first() else { continue };
        for text in chunks(alike.iter().map(written)) {
            statements.extend(sql(first).iter().map(|sql| with(sql, text.clone())));
        }
    }
    statements
}

/// The statements that free the places of people who left.
pub(super) fn to_free(seats: &[String]) -> Option<Statement> {
    (!seats.is_empty()).then(|| with(FREE, Value::from(seats.to_vec()).to_string()))
}

/// The statements that ask what the door saw: its events, the number of the last one, who waits, and what troubles it.
pub(super) fn to_ask(cursor: i64, live: &[SessionId], now: DateTime<Utc>) -> [Statement; 4] {
    let classes: Vec<String> = live.iter().map(ToString::to_string).collect();
    let waiting = json!({ "classes": classes, "since": now.earlier(WAITS).timestamp_millis() });
    [
        with(EVENTS, json!({ "after": cursor }).to_string()),
        Statement { sql: Cow::Borrowed(LAST), json: None },
        with(WAITING, waiting.to_string()),
        Statement { sql: Cow::Borrowed(TROUBLES), json: None },
    ]
}

const fn sql(of: &QueuedRow) -> &'static [&'static str] {
    match (of.table, of.body.is_some()) {
        (DoorTable::Classes, true) => &[CLASSES],
        (DoorTable::JoinLinks, true) => &[JOIN_LINKS],
        (DoorTable::WatchLinks, true) => &[WATCH_LINKS],
        (DoorTable::Seats, _) => &[SEATS],
        (DoorTable::Classes, false) => &[FORGET_CLASSES, FORGET_SEATS],
        (DoorTable::JoinLinks, false) => &[FORGET_JOIN_LINKS],
        (DoorTable::WatchLinks, false) => &[FORGET_WATCH_LINKS],
    }
}

/// A row as the statements read it: its columns with the version, or the key with the version.
fn written(row: &QueuedRow) -> String {
    match row.body.as_deref().and_then(|body| body.strip_suffix('}')) {
        Some(columns) => format!("{columns},\"version\":{}}}", row.version),
        None => json!({ "key": row.key, "version": row.version }).to_string(),
    }
}

/// Lists of JSON, each of at most [`CHUNK_BYTES`], or with a single entry.
fn chunks(entries: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for entry in entries {
        match all.last_mut() {
            Some(list) if list.len().saturating_add(entry.len()) < CHUNK_BYTES => {
                list.push(',');
                list.push_str(&entry);
            }
            _ => all.push(format!("[{entry}")),
        }
    }
    all.iter_mut().for_each(|list| list.push(']'));
    all
}

fn with(sql: &'static str, json: String) -> Statement {
    Statement { sql: Cow::Borrowed(sql), json: Some(json) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: DoorTable, key: &str, body: Option<&str>) -> QueuedRow {
        QueuedRow { table, key: key.into(), body: body.map(str::to_owned), version: 7, urgent: false }
    }

    #[test]
    fn rows_of_a_table_are_one_statement_and_their_order_stays() {
        let queued = [
            row(DoorTable::WatchLinks, "w", Some(r#"{"revoked":1}"#)),
            row(DoorTable::Classes, "a", Some(r#"{"id":"a"}"#)),
            row(DoorTable::Classes, "b", Some(r#"{"id":"b"}"#)),
            row(DoorTable::Classes, "c", None),
        ];
        let told: Vec<_> = to_tell(&queued).into_iter().map(|one| (one.sql, one.json.unwrap())).collect();
        assert_eq!(
            told,
            [
                (Cow::Borrowed(WATCH_LINKS), r#"[{"revoked":1,"version":7}]"#.to_owned()),
                (Cow::Borrowed(CLASSES), r#"[{"id":"a","version":7},{"id":"b","version":7}]"#.to_owned()),
                (Cow::Borrowed(FORGET_CLASSES), r#"[{"key":"c","version":7}]"#.to_owned()),
                (Cow::Borrowed(FORGET_SEATS), r#"[{"key":"c","version":7}]"#.to_owned()),
            ]
        );
        assert_eq!(to_free(&[]), None);
    }

    #[test]
    fn no_json_is_longer_than_d1_takes() {
        let body = format!(r#"{{"title":"{}"}}"#, "x".repeat(1_000));
        let queued: Vec<_> = (0..4_000).map(|key| row(DoorTable::WatchLinks, &key.to_string(), Some(&body))).collect();
        let told = to_tell(&queued);
        assert_eq!(told.len(), 3);
        let mut rows = 0;
        for statement in told {
            let json = statement.json.unwrap();
            assert!(json.len() <= CHUNK_BYTES + 1, "{}", json.len());
            rows += serde_json::from_str::<Vec<Value>>(&json).unwrap().len();
        }
        assert_eq!(rows, 4_000);
    }

    #[test]
    fn as_many_events_are_asked_for_as_are_known_to_be_all() {
        assert!(EVENTS.ends_with(&format!("LIMIT {EVENTS_MAX}")));
    }
}
