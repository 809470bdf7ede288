//! Automatic backups of the database: one a day, and one before a new version of Hajime migrates the database.

use std::path::Path;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::profile::backups;
use hajime_core::domain::profile::backup::Reason;
use hajime_core::error::Error;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::store::{self, FILE_NAME, Store};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::command_line::{printed, run};
use crate::local_data::Disk;
use crate::support::{Cloud, TestDesk};

/// The migrations up to schema version 8, as they were released.
const MIGRATIONS_UP_TO_8: [&str; 8] = [
    include_str!("../../src-tauri/core/src/store/migrations/0001_first.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0002_relay.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0003_attached.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0004_waits.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0005_text.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0006_removed.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0007_retries.sql"),
    include_str!("../../src-tauri/core/src/store/migrations/0008_words.sql"),
];

fn cli(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Value {
    printed(&run(cloud, folder, arguments))
}

/// Writes a database of schema version 8 that holds one session.
fn write_database_of_version_8(cloud: &Cloud, folder: &Path) {
    let raw = Connection::open(folder.join(FILE_NAME)).unwrap();
    for script in MIGRATIONS_UP_TO_8 {
        raw.execute_batch(script).unwrap();
    }
    raw.pragma_update(None, "user_version", 8).unwrap();
    let account = &cloud.sandbox.info().account_id;
    raw.execute("INSERT INTO settings (key, value) VALUES ('account_id', ?1)", [account]).unwrap();
    raw.execute_batch(
        "INSERT INTO sessions VALUES ('0192f0c1-7a5b-7c3d-9e4f-000000000001', 'Karate', 'R. Alves', 0, 3600000, 'UTC', 1, '480p', 2, 'scheduled', NULL, NULL, NULL, NULL, NULL, 0, 0);",
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_makes_one_backup_a_day() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let watch = || cli(&cloud, folder.path(), &["watch", "--until-idle", "--timeout", "60"]);
    watch();
    assert_eq!(cli(&cloud, folder.path(), &["backup", "list"]), json!([]), "an empty database needs no backup");
    TestDesk::open(&cloud, folder.path()).schedule("Karate");
    watch();
    let all = cli(&cloud, folder.path(), &["backup", "list"]);
    assert_eq!((all[0]["reason"].as_str(), all[0]["sessions"].as_u64()), (Some("daily"), Some(1)), "{all}");
    watch();
    assert_eq!(cli(&cloud, folder.path(), &["backup", "list"]).as_array().unwrap().len(), 1, "one a day");
}

#[tokio::test]
async fn makes_a_backup_when_the_newest_is_a_day_old_and_deletes_the_oldest() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    desk.schedule("Karate");
    let mut upkeep = Jobs::of(&[Group::Data]);
    let mut made_after = Vec::new();
    for hour in 0..=50 {
        let before = backups::list(folder.path()).len();
        jobs::tick(&desk.context, &mut upkeep).await.unwrap();
        if backups::list(folder.path()).len() > before {
            made_after.push(hour);
        }
        desk.clock.0.fetch_add(TimeDelta::hours(1).num_milliseconds(), Ordering::SeqCst);
    }
    assert_eq!(made_after, [0, 24, 48]);
    // A backup made by hand counts as the backup of the day.
    backups::make(folder.path(), desk.context.now()).unwrap();
    desk.clock.0.fetch_add(TimeDelta::hours(23).num_milliseconds(), Ordering::SeqCst);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    assert_eq!(backups::list(folder.path())[0].reason, Reason::ByHand);
    for _ in 0..40 {
        desk.clock.0.fetch_add(TimeDelta::hours(25).num_milliseconds(), Ordering::SeqCst);
        jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    }
    let kept = backups::list(folder.path()).len();
    assert!((14..=17).contains(&kept), "14 backups, and the newest of each month: {kept}");
    assert_eq!(desk.context.health().backup, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn makes_a_backup_before_an_update_that_can_be_restored() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    write_database_of_version_8(&cloud, folder.path());
    for _ in 0..2 {
        let sessions = cli(&cloud, folder.path(), &["session", "list"]);
        assert_eq!(sessions[0]["title"], "Karate", "{sessions}");
        let all = cli(&cloud, folder.path(), &["backup", "list"]);
        assert_eq!(all.as_array().unwrap().len(), 1, "one backup a version: {all}");
        assert_eq!((all[0]["reason"].as_str(), all[0]["sessions"].as_u64()), (Some("before-update"), Some(1)), "{all}");
    }
    let copy = &backups::list(folder.path())[0];
    let version = |path: &Path| {
        let raw = Connection::open(path).unwrap();
        raw.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(version(&copy.path), 8, "the backup holds the database of before");
    assert!(version(&folder.path().join(FILE_NAME)) > 8);

    TestDesk::open(&cloud, folder.path()).schedule("Judo");
    let restored = cli(&cloud, folder.path(), &["restore", &copy.name(), "--yes"]);
    assert_eq!(restored["restored"], true, "{restored}");
    let sessions = cli(&cloud, folder.path(), &["session", "list"]);
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    assert!(version(&folder.path().join(FILE_NAME)) > 8, "a restored database is migrated");
}

#[test]
fn four_processes_migrate_a_database_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let raw = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        raw.execute_batch(MIGRATIONS_UP_TO_8[0]).unwrap();
        raw.pragma_update(None, "user_version", 1).unwrap();
        drop(raw);
        let together = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    Store::open(folder.path()).unwrap();
                });
            }
        });
    }
}

/// Writes a database of schema version 2 with a session and a recording, which migration 3 rewrites.
fn write_database_of_version_2(folder: &Path) {
    let raw = Connection::open(folder.join(FILE_NAME)).unwrap();
    for script in &MIGRATIONS_UP_TO_8[..2] {
        raw.execute_batch(script).unwrap();
    }
    raw.pragma_update(None, "user_version", 2).unwrap();
    raw.execute_batch(
        "PRAGMA journal_mode = WAL;
         INSERT INTO sessions VALUES ('0192f0c1-7a5b-7c3d-9e4f-000000000001', 'Karate', 'R. Alves', 0, 3600000, 'UTC', 1, '480p', 2, 'ended', NULL, NULL, NULL, NULL, NULL, 0, 0);
         INSERT INTO recordings (id, session_id, room_id, title, instructor, timezone, quality, status, stage, stage_since, created_at, updated_at)
         VALUES ('0192f0c1-7a5b-7c3d-9e4f-000000000002', '0192f0c1-7a5b-7c3d-9e4f-000000000001', 'room-1', 'Karate', 'R. Alves', 'UTC', '480p', 'READY', 'ready', 0, 0, 0);",
    )
    .unwrap();
}

fn change(folder: &Path, sql: &str) {
    Connection::open(folder.join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
}

fn titles_of_version(copy: &Path) -> (i64, String) {
    let raw = Connection::open(copy).unwrap();
    let version = raw.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    (version, raw.query_row("SELECT title FROM sessions", [], |row| row.get(0)).unwrap())
}

/// A trigger that makes the next migration fail, as a row does that breaks a new constraint.
const FAILING_TRIGGER: &str =
    "CREATE TRIGGER refuse BEFORE UPDATE ON recordings BEGIN SELECT RAISE(ABORT, 'this row is refused'); END;";

#[test]
fn a_failed_update_changes_no_byte_and_names_the_backup() {
    let folder = tempfile::tempdir().unwrap();
    write_database_of_version_2(folder.path());
    change(folder.path(), FAILING_TRIGGER);
    let before = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
    for _ in 0..3 {
        let error = Error::from(Store::open(folder.path()).unwrap_err());
        let copy = folder.path().join("backups/hajime-version-2.db");
        let expected = format!(
            "The database {} could not be updated; nothing was changed; a copy is at {}. ",
            folder.path().join(FILE_NAME).display(),
            copy.display()
        );
        assert!(error.message().starts_with(&expected), "{}", error.message());
        assert!(error.message().contains("this row is refused"), "{}", error.message());
        assert_eq!(error.code(), "database");
        assert_eq!(titles_of_version(&copy), (2, "Karate".to_owned()));
        assert!(std::fs::read(folder.path().join(FILE_NAME)).unwrap() == before, "the file changed");
        assert_eq!(backups::list(folder.path()).len(), 1, "one backup of one content");
    }
    change(folder.path(), "DROP TRIGGER refuse;");
    assert_eq!(Store::open(folder.path()).unwrap().contents().unwrap().recordings, 1);
}

#[test]
fn an_update_makes_a_new_backup_although_one_of_the_same_version_has_older_content() {
    let folder = tempfile::tempdir().unwrap();
    write_database_of_version_2(folder.path());
    change(folder.path(), FAILING_TRIGGER);
    Store::open(folder.path()).unwrap_err();
    // A person returns to the earlier version of Hajime and changes data there.
    change(folder.path(), "UPDATE sessions SET title = 'Judo'");
    let error = Store::open(folder.path()).unwrap_err();
    let store::Error::NotUpdated { copy: Some(copy), .. } = error else { panic!("{error}") };
    assert_eq!(titles_of_version(&copy), (2, "Judo".to_owned()));
    assert_eq!(titles_of_version(&folder.path().join("backups/hajime-version-2.db")), (2, "Karate".to_owned()));
    let listed = backups::list(folder.path());
    assert!(listed.len() == 2 && listed.iter().all(|copy| copy.reason == Reason::BeforeUpdate), "{listed:?}");
}

#[test]
fn an_empty_database_is_updated_without_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    write_database_of_version_2(folder.path());
    change(folder.path(), "DELETE FROM recordings; DELETE FROM sessions;");
    Store::open(folder.path()).unwrap();
    assert_eq!(backups::list(folder.path()), []);
}

#[test]
fn on_a_full_disk_an_update_waits_for_its_backup_and_everything_can_be_read() {
    let Some(disk) = Disk::mount("16m") else { return };
    write_database_of_version_2(&disk.0);
    disk.fill();
    let before = std::fs::read(disk.0.join(FILE_NAME)).unwrap();
    let store = Store::open(&disk.0).unwrap();
    let why = store.reading_only().expect("it cannot be written");
    assert_eq!(why.nature(), store::Nature::Full, "{why}");
    assert_eq!(store.contents().unwrap().recordings, 1);
    assert!(std::fs::read(disk.0.join(FILE_NAME)).unwrap() == before, "the file changed");
    assert_eq!(std::fs::read_dir(disk.0.join("backups")).into_iter().flatten().count(), 0, "no part of a copy is left");
    std::fs::remove_file(disk.0.join("filler")).unwrap();
    store.try_to_write_again();
    assert!(store.reading_only().is_none());
    assert_eq!(backups::list(&disk.0).len(), 1);
}

#[test]
fn on_a_write_protected_disk_an_older_database_is_read_and_not_changed() {
    let Some(disk) = Disk::mount("16m") else { return };
    write_database_of_version_2(&disk.0);
    let before = std::fs::read(disk.0.join(FILE_NAME)).unwrap();
    disk.remount("ro");
    let store = Store::open(&disk.0).unwrap();
    assert_eq!(store.reading_only().expect("it cannot be written").nature(), store::Nature::ReadOnly);
    assert_eq!(store.contents().unwrap().recordings, 1);
    assert!(std::fs::read(disk.0.join(FILE_NAME)).unwrap() == before, "the file changed");
}
