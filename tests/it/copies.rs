//! Automatic copies of the database: one a day, and one before a new version changes the database.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::profile::backups;
use hajime_core::domain::profile::backup::Reason;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::store::{FILE_NAME, Store};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk};

/// The schema before the newest version, as it was released.
const OLDER: [&str; 8] = [
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
    let output = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
        .current_dir(folder)
        .env("HAJIME_DATA_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .envs(cloud.variables())
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A database as an earlier version left it.
fn an_older_database(cloud: &Cloud, folder: &Path) {
    let raw = Connection::open(folder.join(FILE_NAME)).unwrap();
    for script in OLDER {
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
async fn whoever_watches_makes_the_copy_of_the_day() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let watch = || cli(&cloud, folder.path(), &["watch", "--until-idle", "--timeout", "60"]);
    watch();
    assert_eq!(cli(&cloud, folder.path(), &["backup", "list"]), json!([]), "there is nothing to save yet");
    TestDesk::open(&cloud, folder.path()).schedule("Karate");
    watch();
    let all = cli(&cloud, folder.path(), &["backup", "list"]);
    assert_eq!((all[0]["reason"].as_str(), all[0]["sessions"].as_u64()), (Some("daily"), Some(1)), "{all}");
    watch();
    assert_eq!(cli(&cloud, folder.path(), &["backup", "list"]).as_array().unwrap().len(), 1, "one a day");
}

#[tokio::test]
async fn a_copy_is_made_when_the_newest_is_a_day_old_and_the_oldest_go() {
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
    // A copy that somebody made counts as well.
    backups::make(folder.path(), desk.context.now()).unwrap();
    desk.clock.0.fetch_add(TimeDelta::hours(23).num_milliseconds(), Ordering::SeqCst);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    assert_eq!(backups::list(folder.path())[0].reason, Reason::ByHand);
    for _ in 0..40 {
        desk.clock.0.fetch_add(TimeDelta::hours(25).num_milliseconds(), Ordering::SeqCst);
        jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    }
    let kept = backups::list(folder.path()).len();
    assert!((14..=17).contains(&kept), "14, and the newest of each month: {kept}");
    assert_eq!(desk.context.health().backup, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_an_update_a_copy_is_kept_that_can_be_put_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    an_older_database(&cloud, folder.path());
    for _ in 0..2 {
        let sessions = cli(&cloud, folder.path(), &["session", "list"]);
        assert_eq!(sessions[0]["title"], "Karate", "{sessions}");
        let all = cli(&cloud, folder.path(), &["backup", "list"]);
        assert_eq!(all.as_array().unwrap().len(), 1, "one for a version: {all}");
        assert_eq!((all[0]["reason"].as_str(), all[0]["sessions"].as_u64()), (Some("before-update"), Some(1)), "{all}");
    }
    let copy = &backups::list(folder.path())[0];
    let version = |path: &Path| {
        let raw = Connection::open(path).unwrap();
        raw.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(version(&copy.path), 8, "it is as it was before");
    assert!(version(&folder.path().join(FILE_NAME)) > 8);

    TestDesk::open(&cloud, folder.path()).schedule("Judo");
    let restored = cli(&cloud, folder.path(), &["restore", &copy.name(), "--yes"]);
    assert_eq!(restored["restored"], true, "{restored}");
    let sessions = cli(&cloud, folder.path(), &["session", "list"]);
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    assert!(version(&folder.path().join(FILE_NAME)) > 8, "what is put back is updated");
}

#[test]
fn an_update_is_made_once_however_many_processes_begin_it() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let raw = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        raw.execute_batch(OLDER[0]).unwrap();
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
