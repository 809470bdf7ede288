//! Fills a database with classes, recordings, people, chats and transcripts as an association has them after years.
//!
//! The words come from lists, and what is chosen from them from a fixed number, so that every run makes the same library.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::domain::library::description::Tag;
use hajime_core::domain::search::searchable;
use hajime_core::store::{FILE_NAME, Store};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use crate::words::{FIRST_NAMES, INSTRUCTORS, OTHER_SCRIPTS, PHRASES, STYLES, SYLLABLES, TAGS, TOPICS};

/// The recordings of one transaction.
const PER_TRANSACTION: u32 = 2_000;
/// The recordings that are indexed in one transaction.
const INDEXED_AT_ONCE: u32 = 200;
/// One of so many recordings has a guest with a rare name.
const GUEST_IN: u32 = 10;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What was written into a database.
#[derive(Debug, Default)]
pub(crate) struct Seeded {
    /// Recordings that have a rare name in the title: id and name.
    pub(crate) guests: Vec<(String, String)>,
}

/// Fills the database in `folder`, which may be new, with recordings of the years before `newest`.
pub(crate) fn fill(folder: &Path, recordings: u32, newest: DateTime<Utc>) -> Result<Seeded, Failure> {
    std::fs::create_dir_all(folder)?;
    drop(Store::open(folder)?);
    let mut database = Connection::open(folder.join(FILE_NAME))?;
    let mut chance = SmallRng::seed_from_u64(20_261_130);
    let mut seeded = Seeded::default();
    // Five years of classes, whatever their number.
    let step = TimeDelta::days(5 * 365) / i32::try_from(recordings.max(1))?;
    let mut number = 0;
    while number < recordings {
        let transaction = database.transaction()?;
        for _ in 0..PER_TRANSACTION.min(recordings - number) {
            let at = newest - step * i32::try_from(number)?;
            add(&transaction, number, at, &mut chance, &mut seeded)?;
            number += 1;
        }
        transaction.commit()?;
    }
    drop(database);
    let store = Store::open(folder)?;
    while store.index_pending(INDEXED_AT_ONCE)? > 0 {}
    Ok(seeded)
}

fn add(
    transaction: &Transaction<'_>,
    number: u32,
    at: DateTime<Utc>,
    chance: &mut SmallRng,
    seeded: &mut Seeded,
) -> Result<(), Failure> {
    let millis = at.timestamp_millis();
    let id = |salt: u64| {
        let random = (u128::from(salt) << 64 | u128::from(number)).to_be_bytes();
        let random = random.last_chunk::<10>().copied().unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis.unsigned_abs(), &random).into_uuid()
    };
    let (session, recording): (Uuid, Uuid) = (id(1), id(2));
    let one = |all: &[&'static str], chance: &mut SmallRng| all.choose(chance).copied().unwrap_or_default();
    let guest = number.is_multiple_of(GUEST_IN).then(|| name(number / GUEST_IN));
    let title = match (&guest, chance.random_range(0..20)) {
        (Some(guest), _) => format!("{} seminar with {guest}", one(STYLES, chance)),
        (None, 0) => one(OTHER_SCRIPTS, chance).to_owned(),
        _ => format!("{}: {}", one(STYLES, chance), one(TOPICS, chance)),
    };
    if let Some(guest) = guest {
        seeded.guests.push((recording.to_string(), guest));
    }
    let instructor = one(INSTRUCTORS, chance);
    let length: i64 = chance.random_range(40 * 60_000..100 * 60_000);
    let (status, stage, cause) = match chance.random_range(0..200) {
        0 => ("FAILED", "failed", Some("storage_full")),
        _ => ("READY", "ready", None),
    };
    transaction
        .prepare_cached(
            "INSERT INTO sessions (id, title, instructor, start, length, timezone, record, quality, max_participants, state,
               created_at, updated_at, start_local)
             VALUES (?1, ?2, ?3, ?4, ?5, 'Europe/Berlin', 1, '1080p', 50, 'ended', ?4, ?4, ?6)",
        )?
        .execute(params![
            session.to_string(),
            title,
            instructor,
            millis,
            length,
            at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        ])?;
    transaction
        .prepare_cached(
            "INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, detail, cause, stage_since,
               video_id, started_at, stopped_at, length, size, created_at, updated_at, words)
             VALUES (?1, ?2, ?3, ?4, 'Europe/Berlin', '1080p', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?11, ?11, ?15)",
        )?
        .execute(params![
            recording.to_string(),
            session.to_string(),
            title,
            instructor,
            status,
            stage,
            cause.map(|_| "at_import"),
            cause,
            millis + length + 360_000,
            cause.is_none().then(|| recording.simple().to_string()),
            millis,
            millis + length,
            length,
            length * 140,
            format!("{}\n{}", searchable(&title), searchable(instructor)),
        ])?;
    for _ in 0..chance.random_range(0..4) {
        let tag = Tag::check(one(TAGS, chance))?;
        transaction.prepare_cached("INSERT OR IGNORE INTO recording_tags VALUES (?1, ?2, ?3)")?.execute(params![
            recording.to_string(),
            tag.key(),
            tag.name()
        ])?;
    }
    people(transaction, &session.to_string(), chance)?;
    lines(transaction, &session.to_string(), millis, length, chance)
}

fn people(transaction: &Transaction<'_>, session: &str, chance: &mut SmallRng) -> Result<(), Failure> {
    for place in 0..chance.random_range(4..14) {
        let person = format!("{} {}", FIRST_NAMES.choose(chance).unwrap_or(&""), name(chance.random_range(0..400)));
        transaction
            .prepare_cached("INSERT INTO roster VALUES (?1, ?2, ?3, ?4, NULL, 'participant')")?
            .execute(params![session, place.to_string(), place, person])?;
    }
    Ok(())
}

/// Some lines of chat, and a line of transcript about every two minutes.
fn lines(
    transaction: &Transaction<'_>,
    session: &str,
    begin: i64,
    length: i64,
    chance: &mut SmallRng,
) -> Result<(), Failure> {
    let phrase = |chance: &mut SmallRng| {
        let (first, second) = (PHRASES.choose(chance).unwrap_or(&""), PHRASES.choose(chance).unwrap_or(&""));
        format!("{first} {second}")
    };
    for number in 0..chance.random_range(0..4) {
        transaction
            .prepare_cached("INSERT INTO chat_lines (session, n, at, name, text) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![session, number, begin + i64::from(number) * 60_000, "Ada", phrase(chance)])?;
    }
    let count = chance.random_range(20..40_i64);
    for number in 0..count {
        let start = length * number / count;
        transaction
            .prepare_cached(
                "INSERT INTO transcript_lines (session, source, n, start_ms, end_ms, name, text)
                 VALUES (?1, 'captions', ?2, ?3, ?4, '', ?5)",
            )?
            .execute(params![session, number, start, start + 6_000, phrase(chance)])?;
    }
    Ok(())
}

/// A name of two to four syllables. Each number has its own.
pub(crate) fn name(number: u32) -> String {
    let count = u32::try_from(SYLLABLES.len()).unwrap_or(1);
    let mut left = number;
    let mut name = String::new();
    for _ in 0..3 {
        name.push_str(SYLLABLES[usize::try_from(left % count).unwrap_or_default()]);
        left /= count;
    }
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
