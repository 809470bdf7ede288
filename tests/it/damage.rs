//! A damaged database: wherever the damage is, either everything works, or it is called damaged and a copy brings everything back.

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

/// How many places are damaged, each in a database of its own.
const PLACES: usize = 40;
/// How many bytes are inverted at a place.
const INVERTED: usize = 24;
/// Places in the header of the file: the size of a page, the number of pages, the version of the schema, and the version that Hajime writes.
const IN_THE_HEADER: [usize; 4] = [0, 16, 40, 61];

/// A data folder with a database in one file, and a whole copy of it.
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

    /// A folder of its own with the database as it was, and with the copy.
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.place.path().join(name);
        std::fs::create_dir_all(folder.join("backups")).unwrap();
        std::fs::write(folder.join(FILE_NAME), &self.bytes).unwrap();
        std::fs::write(folder.join("backups/hajime-2026-11-28T18.12.00.000Z-daily.db"), &self.copy).unwrap();
        folder
    }
}

/// Recordings with their history and their links, and everything in one file.
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

/// What SQLite's longest check says of a file that nobody uses.
fn is_whole(database: &Path) -> bool {
    let ask =
        |connection: Connection| connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    Connection::open(database).and_then(ask).is_ok_and(|found| found == "ok")
}

/// The error that names a database damaged, when it is opened or at the latest when a copy of it is made.
fn called_damaged(folder: &Path) -> Option<store::Error> {
    let worked_on = || {
        let store = Store::open(folder)?;
        store.contents()?;
        store::copies::make(folder, Reason::Daily, SystemClock.now())
    };
    worked_on().err().filter(|error| error.nature() == Nature::Damaged)
}

fn invert(database: &Path, place: usize) {
    let mut bytes = std::fs::read(database).unwrap();
    for byte in bytes.iter_mut().skip(place).take(INVERTED) {
        *byte = !*byte;
    }
    std::fs::write(database, bytes).unwrap();
}

/// An index has a row at a place where it is not looked for. Pages and numbers are right, so only the longest check sees it.
fn misplace_a_row_of_an_index(database: &Path) {
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
    assert_eq!(quick.unwrap(), "ok", "a quick look does not see it");
}

#[tokio::test]
async fn wherever_a_database_is_damaged_it_works_or_is_called_damaged_and_the_copy_brings_it_back() {
    let data = Data::make().await;
    let mut random = rand::rngs::StdRng::seed_from_u64(22);
    let within = u64::try_from(data.bytes.len() - INVERTED).unwrap();
    let anywhere = std::iter::repeat_with(|| usize::try_from(random.next_u64() % within).unwrap());
    // Bytes that SQLite does not use yet cannot be damaged.
    let is_used = |place: &usize| data.bytes[*place..][..INVERTED].iter().any(|byte| *byte != 0);
    let places: Vec<usize> = IN_THE_HEADER.into_iter().chain(anywhere.filter(is_used)).take(PLACES).collect();
    let mut damaged = 0;
    for place in places {
        let folder = data.folder(&format!("at-{place}"));
        let database = folder.join(FILE_NAME);
        invert(&database, place);
        let found = called_damaged(&folder);
        if found.is_none() {
            assert!(is_whole(&database), "at {place}: damage that was not found: {:?}", Store::open(&folder).err());
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
        assert!(restored.kept.is_some_and(|kept| kept.is_file()), "at {place}: what was there is kept");
        assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles, "at {place}");
        assert!(is_whole(&database), "at {place}");
        invert(&database, place);
        backups::begin_anew(&folder, SystemClock.now()).unwrap_or_else(|error| panic!("at {place}: {error}"));
        assert!(Store::open(&folder).unwrap().is_empty().unwrap(), "at {place}");
    }
    assert!(damaged >= PLACES / 2, "only {damaged} places were damage");
}

#[tokio::test]
async fn damage_that_only_the_longest_check_sees_is_the_databases_and_can_be_restored() {
    let data = Data::make().await;
    for door in ["restore", "begin anew", "update"] {
        let folder = data.folder(door);
        let database = folder.join(FILE_NAME);
        misplace_a_row_of_an_index(&database);
        if door == "update" {
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
        if door == "begin anew" {
            let kept = backups::begin_anew(&folder, SystemClock.now()).unwrap().kept;
            assert!(kept.unwrap().file_name().unwrap().to_str().unwrap().starts_with("hajime-damaged"));
            assert!(Store::open(&folder).unwrap().is_empty().unwrap());
        } else {
            let newest = backups::newest_whole(&folder).unwrap();
            backups::restore(&folder, &newest.path, SystemClock.now()).unwrap();
            assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles);
        }
        assert!(is_whole(&database), "{door}");
    }
}

#[tokio::test]
async fn a_copy_whose_index_has_a_row_misplaced_is_neither_the_newest_whole_one_nor_put_back() {
    let data = Data::make().await;
    let folder = data.folder("copies");
    let whole = backups::newest_whole(&folder).unwrap();
    let rotten = backups::make(&folder, SystemClock.now()).unwrap();
    misplace_a_row_of_an_index(&rotten.path);
    assert_eq!(backups::newest_whole(&folder), Some(whole));
    for refused in [
        backups::preview(&folder, &rotten.path).unwrap_err(),
        backups::restore(&folder, &rotten.path, SystemClock.now()).unwrap_err(),
    ] {
        assert_eq!(refused.code(), "not_a_copy", "{}", refused.message());
    }
    assert_eq!(titles(&Store::open(&folder).unwrap()), data.titles);
}

#[tokio::test]
async fn a_desk_says_that_its_database_is_damaged_until_it_is_restored() {
    let data = Data::make().await;
    let cloud = Cloud::start().await;
    let folder = data.folder("at-work");
    misplace_a_row_of_an_index(&folder.join(FILE_NAME));
    let desk = TestDesk::open(&cloud, &folder);
    let newest = backups::newest_whole(&folder).unwrap();
    // The copy in the folder is a year old, so that one is due.
    desk.clock.0.fetch_add(TimeDelta::days(365).num_milliseconds(), Ordering::SeqCst);
    let mut upkeep = Jobs::of(&[Group::Data]);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    let trouble = desk.context.health().backup.expect("no copy could be made");
    assert_eq!(trouble.code, "database_damaged");
    assert!(trouble.message.contains(folder.join(FILE_NAME).to_str().unwrap()), "{}", trouble.message);
    backups::restore_desk(&desk.context, &newest.path).unwrap();
    assert_eq!(desk.context.health().backup, None);
    assert_eq!(sessions::list(&desk.context, None, None).unwrap().len(), data.titles.len());
}

#[tokio::test]
async fn a_copy_that_could_not_be_made_is_no_trouble_any_more_once_somebody_made_one() {
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
    assert!(desk.context.health().backup.is_some(), "nobody made one yet");
    backups::make(folder.path(), desk.context.now()).unwrap();
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    assert_eq!(desk.context.health().backup, None);
}

/// Nothing can be read any more, as when a disk has died or was pulled out. Files keep their sizes: they are mapped into memory.
fn lose_the_disk(folder: &Path) {
    for name in [FILE_NAME, "hajime.db-wal", "hajime.db-shm"] {
        let path = folder.join(name);
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(&vec![0xa5; std::fs::read(&path).unwrap().len()]).unwrap();
    }
}

#[tokio::test]
async fn a_class_is_ended_also_when_the_database_cannot_be_read_any_more() {
    let cloud = Cloud::start().await;
    for who in ["the desk that started it", "a desk that found it live"] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let session = desk.schedule("Karate");
        let live = start::start(&desk.context, session.id).await.unwrap().session;
        cloud.join(&live, "Ada").await;
        if who == "a desk that found it live" {
            desk = TestDesk::open(&cloud, folder.path());
            desk.tick().await;
        }
        lose_the_disk(folder.path());
        assert!(sessions::get(&desk.context, session.id).is_err(), "{who}: nothing can be read");

        let ended = end::end(&desk.context, session.id).await.unwrap_or_else(|error| panic!("{who}: {error}"));
        let trouble = ended.trouble.expect("it could not be noted");
        assert!(trouble.message.starts_with("“Karate” was ended at Cloudflare"), "{who}: {}", trouble.message);
        let path = format!("/realtime/kit/{}/meetings/{}", cloud.sandbox.info().app_id, live.state.room().unwrap().id);
        let meeting = cloud.api(reqwest::Method::GET, &path).await;
        assert_eq!(meeting["data"]["status"], "INACTIVE", "{who}: {meeting}");
        let again = end::end(&desk.context, session.id).await;
        assert!(again.is_ok(), "{who}: a second press is harmless: {again:?}");
        let unknown = end::end(&desk.context, SessionId::new()).await;
        assert!(matches!(unknown, Err(Error::Store(_))), "{who}: what nobody knows of is refused: {unknown:?}");
    }
}
