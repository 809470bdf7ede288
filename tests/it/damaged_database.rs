//! A damaged database: wherever the damage is, Hajime either works, or reports the damage and restores everything from
//! a backup.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::domain::profile::backup::Reason;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::profile::backups;
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::ids::SessionId;
use hajime_core::error::Error;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::ports::{Clock as _, SystemClock};
use hajime_core::store::{self, FILE_NAME, Nature, Store};
use rand::{RngCore as _, SeedableRng as _};
use rusqlite::Connection;

use crate::support::{Cloud, TestDesk};

/// Places that are damaged, each in a database of its own.
const DAMAGED_PLACES: usize = 40;
/// Bytes that are inverted at each place.
const INVERTED_BYTES: usize = 24;
/// Byte offsets of damage in the file's header, which cover the page size, the page count, the schema cookie and the
/// user version.
const HEADER_PLACES: [usize; 4] = [0, 16, 40, 61];

/// A data folder whose database is one file, and an undamaged backup of that database.
struct Data {
    place: tempfile::TempDir,
    bytes: Vec<u8>,
    copy: Vec<u8>,
    titles: Vec<String>,
}

impl Data {
    async fn make() -> Self {
        let cloud = Cloud::start().await;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("first");
        let desk = TestDesk::open(&cloud, &folder);
        for number in 0..60 {
            desk.schedule(&format!("Karate, group {number}"));
        }
        let session = desk.schedule("Judo");
        start::start(&desk.context, session.id).await.unwrap();
        end::end(&desk.context, session.id).await.unwrap();
        drop(desk);
        fill(&folder.join(FILE_NAME));
        let copy = backups::make(&folder, SystemClock.now()).unwrap();
        let (bytes, copy) = (std::fs::read(folder.join(FILE_NAME)).unwrap(), std::fs::read(copy.path).unwrap());
        let titles = titles(&Store::open(&folder).unwrap());
        Self { place, bytes, copy, titles }
    }

    /// Creates a new data folder with the undamaged database and its backup.
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.place.path().join(name);
        std::fs::create_dir_all(folder.join("backups")).unwrap();
        std::fs::write(folder.join(FILE_NAME), &self.bytes).unwrap();
        std::fs::write(folder.join("backups/hajime-2026-11-28T18.12.00.000Z-daily.db"), &self.copy).unwrap();
        folder
    }
}

/// Adds recordings with history and links. Then writes the whole database into one file.
fn fill(database: &Path) {
    let raw = Connection::open(database).unwrap();
    raw.execute_batch(
        "INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, stage_since, created_at, updated_at)
           SELECT id, id, title, instructor, timezone, quality, 'READY', 'ready', 0, start, start FROM sessions;
         INSERT INTO recording_events (recording_id, at, to_stage, note)
           SELECT id, created_at, 'ready', 'The reply of Cloudflare was kept here.' FROM recordings, (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3);
         INSERT INTO share_links
           SELECT 'link-' || id, id, 'video-' || id, 'key', created_at, created_at + 86400000, 0 FROM recordings;
         -- The journal is text, and SQLite's checks find no damage in text.
         DELETE FROM journal;
         VACUUM;
         PRAGMA wal_checkpoint(TRUNCATE);
         PRAGMA journal_mode = DELETE;",
    )
    .unwrap();
}

fn titles(store: &Store) -> Vec<String> {
    let raw = Connection::open(store.folder().unwrap().join(FILE_NAME)).unwrap();
    let mut statement = raw.prepare("SELECT title FROM sessions ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Returns whether SQLite's `integrity_check` finds no fault. No other process may have the file open.
fn is_whole(database: &Path) -> bool {
    let ask =
        |connection: Connection| connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    Connection::open(database).and_then(ask).is_ok_and(|found| found == "ok")
}

/// Returns the error that reports the damage when the database is opened, read or backed up; `None` when nothing fails.
fn damage_found(folder: &Path) -> Option<store::Error> {
    let open_and_back_up = || {
        let store = Store::open(folder)?;
        store.contents()?;
        store::copies::make(folder, Reason::Daily, SystemClock.now())
    };
    open_and_back_up().err().filter(|error| error.nature() == Nature::Damaged)
}

fn invert(database: &Path, place: usize) {
    let mut bytes = std::fs::read(database).unwrap();
    for byte in bytes.iter_mut().skip(place).take(INVERTED_BYTES) {
        *byte = !*byte;
    }
    std::fs::write(database, bytes).unwrap();
}

/// Puts a row of an index in the wrong order. Pages and counts stay right, so only `integrity_check` finds the damage.
fn damage_index(database: &Path) {
    let raw = Connection::open(database).unwrap();
    raw.execute_batch(
        "PRAGMA writable_schema = ON;
         CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'sessions_by_start';
         DELETE FROM sqlite_schema WHERE name = 'sessions_by_start';
         PRAGMA writable_schema = RESET;
         UPDATE sessions SET start = 7 WHERE title = 'Judo';
         PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema SELECT * FROM hidden;
         PRAGMA writable_schema = RESET;
         PRAGMA journal_mode = DELETE;",
    )
    .unwrap();
    let quick = raw.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    assert_eq!(quick.unwrap(), "ok", "quick_check does not find it");
}

#[tokio::test]
async fn damage_anywhere_is_harmless_or_found_and_restored_from_the_backup() {
    let data = Data::make().await;
    let mut random = rand::rngs::StdRng::seed_from_u64(22);
    let within = u64::try_from(data.bytes.len() - INVERTED_BYTES).unwrap();
    let anywhere = std::iter::repeat_with(|| usize::try_from(random.next_u64() % within).unwrap());
    // The test damages only bytes that SQLite uses; all unused bytes are zero.
    let is_used = |place: &usize| data.bytes[*place..][..INVERTED_BYTES].iter().any(|byte| *byte != 0);
    let places: Vec<usize> = HEADER_PLACES.into_iter().chain(anywhere.filter(is_used)).take(DAMAGED_PLACES).collect();
    let mut damaged = 0;
    for place in places {
        let folder = data.folder(&format!("at-{place}"));
        let database = folder.join(FILE_NAME);
        invert(&database, place);
        let found = damage_found(&folder);
        if found.is_none() {
            assert!(is_whole(&database), "at {place}: damage was not found: {:?}", Store::open(&folder).err());
            continue;
        }
        damaged += 1;
        let error = found.unwrap();
        assert_eq!(error.unusable_database(), Some(database.as_path()), "at {place}: {error}");
        let newest = backups::newest_whole(&folder).unwrap();
        let preview = backups::preview(&folder, &newest.path).unwrap_or_else(|error| panic!("at {place}: {error}"));
        assert_eq!(preview.copy.links, 61, "at {place}");
        let restored = backups::restore(&folder, &newest.path, SystemClock.now());
        let restored = restored.unwrap_or_else(|error| panic!("at {place}: {error}"));
        assert!(restored.kept.is_some_and(|kept| kept.is_file()), "at {place}: the damaged database is kept");
        assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles, "at {place}");
        assert!(is_whole(&database), "at {place}");
        invert(&database, place);
        backups::begin_anew(&folder, SystemClock.now()).unwrap_or_else(|error| panic!("at {place}: {error}"));
        assert!(Store::open(&folder).unwrap().is_empty().unwrap(), "at {place}");
    }
    assert!(damaged >= DAMAGED_PLACES / 2, "only {damaged} places were reported as damage");
}

#[tokio::test]
async fn damage_that_only_integrity_check_finds_is_reported_and_restored() {
    let data = Data::make().await;
    for action in ["restore", "begin anew", "update"] {
        let folder = data.folder(action);
        let database = folder.join(FILE_NAME);
        damage_index(&database);
        if action == "update" {
            let raw = Connection::open(&database).unwrap();
            raw.pragma_update(None, "user_version", 8).unwrap();
            drop(raw);
            let error = Store::open(&folder).unwrap_err();
            assert_eq!(error.unusable_database(), Some(database.as_path()), "{error}");
        }
        for refused in [
            backups::make(&folder, SystemClock.now()).unwrap_err(),
            backups::save(&folder, &folder.join("elsewhere.db")).unwrap_err(),
        ] {
            assert!(refused.message().contains(&format!("{} is damaged", database.display())), "{}", refused.message());
        }
        if action == "begin anew" {
            let kept = backups::begin_anew(&folder, SystemClock.now()).unwrap().kept;
            assert!(kept.unwrap().file_name().unwrap().to_str().unwrap().starts_with("hajime-damaged"));
            assert!(Store::open(&folder).unwrap().is_empty().unwrap());
        } else {
            let newest = backups::newest_whole(&folder).unwrap();
            backups::restore(&folder, &newest.path, SystemClock.now()).unwrap();
            assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles);
        }
        assert!(is_whole(&database), "{action}");
    }
}

#[tokio::test]
async fn damaged_keys_links_and_ledger_keep_no_backup_from_being_restored() {
    let data = Data::make().await;
    for table in
        ["signing_keys", "key_groups", "key_intents", "ledger", "ledger_heads", "ledger_restores", "share_links"]
    {
        let folder = data.folder(table);
        let database = folder.join(FILE_NAME);
        let raw = Connection::open(&database).unwrap();
        let root =
            "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?1";
        let place: i64 = raw.query_row(root, [table], |row| row.get(0)).unwrap();
        drop(raw);
        invert(&database, usize::try_from(place).unwrap());
        let newest = backups::newest_whole(&folder).unwrap();
        backups::restore(&folder, &newest.path, SystemClock.now()).unwrap_or_else(|error| panic!("{table}: {error}"));
        assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles, "{table}");
    }
}

#[tokio::test]
async fn a_backup_with_a_damaged_index_is_not_offered_and_not_restored() {
    let data = Data::make().await;
    let folder = data.folder("copies");
    let whole = backups::newest_whole(&folder).unwrap();
    let damaged = backups::make(&folder, SystemClock.now()).unwrap();
    damage_index(&damaged.path);
    assert_eq!(backups::newest_whole(&folder), Some(whole));
    for refused in [
        backups::preview(&folder, &damaged.path).unwrap_err(),
        backups::restore(&folder, &damaged.path, SystemClock.now()).unwrap_err(),
    ] {
        assert_eq!(refused.code(), "not_a_copy", "{}", refused.message());
    }
    assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles);
}

#[tokio::test]
async fn reports_a_damaged_database_until_it_is_restored() {
    let data = Data::make().await;
    let cloud = Cloud::start().await;
    let folder = data.folder("at-work");
    damage_index(&folder.join(FILE_NAME));
    let desk = TestDesk::open(&cloud, &folder);
    let newest = backups::newest_whole(&folder).unwrap();
    // The newest backup is a year old, so the job must make a backup.
    desk.clock.0.fetch_add(TimeDelta::days(365).num_milliseconds(), Ordering::SeqCst);
    let mut upkeep = Jobs::of(&[Group::Data]);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    let trouble = desk.context.health().backup.expect("the backup failed");
    assert_eq!(trouble.code, "database_damaged");
    assert!(trouble.message.contains(folder.join(FILE_NAME).to_str().unwrap()), "{}", trouble.message);
    backups::restore_desk(&desk.context, &newest.path).unwrap();
    assert_eq!(desk.context.health().backup, None);
    assert_eq!(sessions::list(&desk.context, None, None).unwrap().len(), data.titles.len());
}

#[tokio::test]
async fn reports_a_failed_backup_until_one_is_made_by_hand() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    desk.schedule("Karate");
    let in_the_way = folder.path().join("backups");
    std::fs::write(&in_the_way, "").unwrap();
    let mut upkeep = Jobs::of(&[Group::Data]);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    assert!(desk.context.health().backup.is_some());
    std::fs::remove_file(&in_the_way).unwrap();
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    assert!(desk.context.health().backup.is_some(), "no backup was made yet");
    backups::make(folder.path(), desk.context.now()).unwrap();
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    assert_eq!(desk.context.health().backup, None);
}

/// Overwrites the database as a dying disk does. The files keep their sizes, because SQLite maps them into memory.
fn lose_the_disk(folder: &Path) {
    for name in [FILE_NAME, "hajime.db-wal", "hajime.db-shm"] {
        let path = folder.join(name);
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(&vec![0xa5; std::fs::read(&path).unwrap().len()]).unwrap();
    }
}

#[tokio::test]
async fn ends_a_session_although_the_database_cannot_be_read() {
    let cloud = Cloud::start().await;
    for who in ["the desk that started it", "a desk that found it live"] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
        if who == "a desk that found it live" {
            desk = TestDesk::open(&cloud, folder.path());
            desk.tick().await;
        }
        lose_the_disk(folder.path());
        assert!(sessions::get(&desk.context, session.id).is_err(), "{who}: the database cannot be read");

        let ended = end::end(&desk.context, session.id).await.unwrap_or_else(|error| panic!("{who}: {error}"));
        let trouble = ended.trouble.expect("the end could not be saved");
        assert!(trouble.message.starts_with("“Karate” was ended at Cloudflare"), "{who}: {}", trouble.message);
        let path =
            format!("/realtime/kit/{}/meetings/{}", cloud.sandbox.info().app_id, session.state.room().unwrap().id);
        let meeting = cloud.api(reqwest::Method::GET, &path).await;
        assert_eq!(meeting["data"]["status"], "INACTIVE", "{who}: {meeting}");
        let again = end::end(&desk.context, session.id).await;
        assert!(again.is_ok(), "{who}: a second press is harmless: {again:?}");
        let unknown = end::end(&desk.context, SessionId::new()).await;
        assert!(matches!(unknown, Err(Error::Store(_))), "{who}: an unknown session is refused: {unknown:?}");
    }
}
