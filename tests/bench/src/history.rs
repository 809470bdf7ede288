//! Fills a database with the history of years: recordings with their events, some of every kind that there is.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::store::{FILE_NAME, Store};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use crate::seed::Failure;
use crate::words::INSTRUCTORS;

/// The recordings of one transaction.
const PER_TRANSACTION: u32 = 2_000;
/// The stages of a recording that becomes a video, each with the kind of its event.
const WAY: [(&str, &str); 10] = [
    ("requested", "capture_requested"),
    ("recording", "recorder_reported"),
    ("paused", "paused_by_hand"),
    ("recording", "resumed_by_hand"),
    ("stopping", "session_ended"),
    ("uploading", "recorder_reported"),
    ("uploaded", "recorder_reported"),
    ("importing", "import_requested"),
    ("playable", "stream_reported"),
    ("ready", "stream_reported"),
];

/// Fills the new database in `folder` with recordings of the five years before `newest`, ten events for each.
pub(crate) fn fill(folder: &Path, recordings: u32, newest: DateTime<Utc>) -> Result<(), Failure> {
    drop(Store::open(folder)?);
    let mut database = Connection::open(folder.join(FILE_NAME))?;
    let mut chance = SmallRng::seed_from_u64(20_261_201);
    let step = TimeDelta::days(5 * 365) / i32::try_from(recordings.max(1))?;
    let mut number = 0;
    while number < recordings {
        let transaction = database.transaction()?;
        for _ in 0..PER_TRANSACTION.min(recordings - number) {
            add(&transaction, newest - step * i32::try_from(number)?, &mut chance)?;
            number += 1;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn add(transaction: &Transaction<'_>, at: DateTime<Utc>, chance: &mut SmallRng) -> Result<(), Failure> {
    let (session, recording) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let began = at.timestamp_millis();
    let length: i64 = chance.random_range(40 * 60_000..100 * 60_000);
    let (ended, instructor) = (began + length, INSTRUCTORS.choose(chance).copied().unwrap_or_default());
    transaction
        .prepare_cached(
            "INSERT INTO sessions (id, title, instructor, start, length, timezone, record, quality, max_participants, state,
               room_id, opened_at, ended_at, created_at, updated_at, start_local)
             VALUES (?1, 'Karate', ?2, ?3, ?4, 'Europe/Berlin', 1, '1080p', 50, 'ended', ?1, ?3, ?5, ?3, ?3, ?6)",
        )?
        .execute(params![
            session,
            instructor,
            began,
            length,
            ended,
            at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        ])?;
    let cause = (chance.random_range(0..40) == 0).then(|| Cause::ALL.choose(chance)).flatten();
    let took: i64 = chance.random_range(180_000..900_000);
    let noticed: i64 = chance.random_range(500..6_000);
    let (status, stage) = if cause.is_some() { ("FAILED", "failed") } else { ("READY", "ready") };
    let ready = cause.is_none().then_some(ended + took);
    transaction
        .prepare_cached(
            "INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, detail, cause, stage_since,
               video_id, started_at, stopped_at, length, created_at, updated_at, words, video_ready, ready_noticed, ready_unasked)
             VALUES (?1, ?2, 'Karate', ?3, 'Europe/Berlin', '1080p', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?10, ?10, 'karate', ?13, ?14, 5000)",
        )?
        .execute(params![
            recording,
            session,
            instructor,
            status,
            stage,
            cause.map(|_| "at_import"),
            cause.map(|cause| cause.code()),
            ended + took,
            ready.map(|_| recording.replace('-', "")),
            began,
            ended,
            length,
            ready,
            ready.map(|ready| ready + noticed),
        ])?;
    let way = WAY.iter().copied().take(if cause.is_some() { 8 } else { WAY.len() });
    let failed = cause.iter().flat_map(|_| [("failed", "stream_reported"), ("failed", "noted")]);
    let mut event = transaction.prepare_cached(
        "INSERT INTO recording_events (recording_id, at, from_stage, to_stage, kind, note) VALUES (?1, ?2, ?3, ?4, ?5, 'Told by Cloudflare.')",
    )?;
    let mut from = None;
    for (seconds, (to, kind)) in (0_i64..).zip(way.chain(failed)) {
        event.execute(params![recording, began + seconds * 4_000, from, to, kind])?;
        from = Some(to);
    }
    Ok(())
}
