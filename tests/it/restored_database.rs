//! A restored or a new empty database changes nothing else: not the relay files, the data of other accounts, the
//! changes of other processes or the connected account.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use hajime_core::actions::profile::backups;
use hajime_core::config::Profile;
use hajime_core::domain::ids::{AccountId, RecordingId};
use hajime_core::opening;
use hajime_core::ports::{Clock as _, MemorySecrets, SystemClock};
use hajime_core::store::{self, FILE_NAME, Store};
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Cloud, TestDesk};

fn cli(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
        .env_clear()
        .env("HAJIME_DATA_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .stdin(Stdio::null())
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn titles(folder: &Path) -> Vec<String> {
    let database = Connection::open(folder.join(FILE_NAME)).unwrap();
    let mut statement = database.prepare("SELECT DISTINCT title FROM sessions ORDER BY title").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Creates a data folder with one scheduled session, and a backup of it.
async fn data() -> (Cloud, tempfile::TempDir, PathBuf) {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    TestDesk::open(&cloud, folder.path()).schedule("Karate");
    let copy = backups::make(folder.path(), SystemClock.now()).unwrap().path;
    (cloud, folder, copy)
}

#[tokio::test]
async fn keeps_a_relay_file_of_an_unknown_recording_for_a_month() {
    let (cloud, folder, copy) = data().await;
    let file = folder.path().join("relay").join(format!("{}.part", RecordingId::new()));
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "the last of a recording").unwrap();
    backups::restore(folder.path(), &copy, SystemClock.now()).unwrap();
    TestDesk::open(&cloud, folder.path()).tick().await;
    assert!(file.exists());

    let month = Duration::from_secs(31 * 24 * 3_600);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(SystemTime::now() - month).unwrap();
    TestDesk::open(&cloud, folder.path()).tick().await;
    assert!(!file.exists());
}

#[tokio::test]
async fn rolls_back_a_broken_transaction_before_backup_and_restore() {
    let (_cloud, whole, copy) = data().await;
    let folder = tempfile::tempdir().unwrap();
    let database = Connection::open(whole.path().join(FILE_NAME)).unwrap();
    // Without WAL, SQLite writes changes into the database file and keeps the previous pages in its journal.
    database.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE").unwrap();
    let columns: Vec<String> = database
        .prepare("SELECT name FROM pragma_table_info('sessions') WHERE name <> 'id'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let columns = columns.join(", ");
    let copies = format!(
        "INSERT INTO sessions (id, {columns}) SELECT printf('0192f0c1-7a5b-7c3d-9e4f-%012d', n.value), {columns}
         FROM sessions, (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 3000) SELECT value FROM n) AS n"
    );
    database.execute_batch(&copies).unwrap();
    database.execute_batch("BEGIN; UPDATE sessions SET title = 'torn'").unwrap();
    // SQLite writes pages before the commit where its cache is full. The connections of a process share the cache, so how
    // full it is depends on the tests that run meanwhile.
    database.cache_flush().unwrap();
    for file in [FILE_NAME.to_owned(), format!("{FILE_NAME}-journal")] {
        std::fs::copy(whole.path().join(&file), folder.path().join(&file)).unwrap();
    }
    let torn = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
    assert!(torn.windows(4).any(|word| word == b"torn"), "a part of the transaction is in the file");
    let broken_off = tempfile::tempdir().unwrap();
    for file in [FILE_NAME.to_owned(), format!("{FILE_NAME}-journal")] {
        std::fs::copy(folder.path().join(&file), broken_off.path().join(&file)).unwrap();
    }

    let elsewhere = folder.path().join("elsewhere.db");
    cli(folder.path(), &["backup", "--to", elsewhere.to_str().unwrap()]);
    let saved = Connection::open(&elsewhere).unwrap();
    let torn: u32 =
        saved.query_row("SELECT count(*) FROM sessions WHERE title = 'torn'", [], |row| row.get(0)).unwrap();
    assert_eq!(torn, 0);
    assert_eq!(titles(folder.path()), ["Karate"]);

    cli(broken_off.path(), &["restore", copy.to_str().unwrap(), "--yes"]);
    assert!(Store::open(broken_off.path()).unwrap().contents().unwrap().sessions == 1);
    assert_eq!(titles(broken_off.path()), ["Karate"]);
}

#[tokio::test]
async fn refuses_to_restore_over_a_database_that_another_process_has_open() {
    let (cloud, folder, copy) = data().await;
    let desk = TestDesk::open(&cloud, folder.path());
    desk.schedule("Judo");
    let watching = Store::open(folder.path()).unwrap();
    let refused = backups::restore_desk(&desk.context, &copy).unwrap_err();
    assert_eq!(refused.code(), "conflict", "{refused}");
    assert_eq!(desk.context.store().contents().unwrap().sessions, 2, "the desk keeps its data");
    assert_eq!(watching.contents().unwrap().sessions, 2);
    drop(watching);
    backups::restore_desk(&desk.context, &copy).unwrap();
    assert_eq!(desk.context.store().contents().unwrap().sessions, 1);
}

#[tokio::test]
async fn a_restore_keeps_the_connected_account() {
    let (cloud, folder, _) = data().await;
    let own = cloud.connection().account;
    let other: AccountId = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".parse().unwrap();
    let saved_in = |folder: &Path| opening::saved_account(folder).unwrap().map(|saved| saved.account);
    let saved = || saved_in(folder.path());
    let keyring = MemorySecrets::default();
    let save = |account: Option<&AccountId>| match account {
        Some(account) => {
            let profile = Profile { account: account.clone(), ..cloud.connection() };
            opening::save_profile(folder.path(), &profile, &keyring).unwrap().unwrap();
        }
        None => opening::forget_profile(folder.path(), &keyring).unwrap(),
    };
    save(Some(&own));
    let copy = backups::make(folder.path(), SystemClock.now()).unwrap().path;
    save(Some(&other));
    backups::restore(folder.path(), &copy, SystemClock.now()).unwrap();
    assert_eq!(saved(), Some(other.clone()));
    save(None);
    backups::restore(folder.path(), &copy, SystemClock.now()).unwrap();
    assert_eq!(saved(), None, "a forgotten account stays forgotten");

    // On another computer, and where the database is lost, the account is read from the backup.
    let elsewhere = tempfile::tempdir().unwrap();
    let new = elsewhere.path().join("new");
    cli(&new, &["restore", copy.to_str().unwrap(), "--yes"]);
    assert_eq!(saved_in(&new), Some(own.clone()));
    std::fs::remove_file(new.join(FILE_NAME)).unwrap();
    std::fs::create_dir_all(new.join("backups")).unwrap();
    std::fs::copy(&copy, new.join("backups").join(copy.file_name().unwrap())).unwrap();
    assert!(matches!(Store::open(&new), Err(store::Error::Lost { .. })));
    backups::begin_anew(&new, SystemClock.now()).unwrap();
    assert_eq!(saved_in(&new), Some(own.clone()));
    // The folder belongs to that account from then on, so it takes no data of another account.
    assert_ne!(opening::open_store(&new, &other).unwrap().folder(), Some(&*new));
    assert_eq!(opening::open_store(&new, &own).unwrap().folder(), Some(&*new));
}
