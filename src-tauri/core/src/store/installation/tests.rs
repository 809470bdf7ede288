use std::path::PathBuf;

use chrono::DateTime;

use super::*;
use crate::domain::profile::backup::Reason;
use crate::domain::schedule::session::{Plan, Session};

fn account(letter: char) -> AccountId {
    letter.to_string().repeat(32).parse().unwrap()
}

fn profile(letter: char) -> ConnectedProfile {
    ConnectedProfile {
        account: account(letter),
        address: Some("http://127.0.0.1:9/client/v4".into()),
        token_kept: true,
    }
}

/// Makes a database as an earlier version left it: the desk's id and the connected account are in its settings.
fn earlier_database(folder: &Path, created: i64, desk: Option<&str>, connected: Option<&ConnectedProfile>) {
    let store = Store::open(folder).unwrap();
    let created = DateTime::from_timestamp_millis(created).unwrap();
    store.add_session(&Session::new(Plan::example(created), created)).unwrap();
    let database = store.writer();
    set(&database, DESK, desk).unwrap();
    if let Some(profile) = connected {
        set(&database, SAVED_ACCOUNT, Some(profile.account.as_str())).unwrap();
        set(&database, SAVED_ADDRESS, profile.address.as_deref()).unwrap();
        set(&database, TOKEN_KEPT, profile.token_kept.then_some("yes")).unwrap();
    }
}

fn folder_of(home: &Path, letter: char) -> PathBuf {
    home.join(ACCOUNTS).join(account(letter).as_str())
}

#[test]
fn the_first_open_takes_the_desk_of_the_oldest_database_and_keeps_the_others_as_earlier() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    earlier_database(home, 2_000, Some("desk-of-the-first"), Some(&profile('b')));
    earlier_database(&folder_of(home, 'b'), 1_000, Some("desk-of-the-oldest"), None);
    earlier_database(&folder_of(home, 'c'), 3_000, None, None);
    for _ in 0..2 {
        let mut installation = Installation::open(home).unwrap();
        assert_eq!(installation.desk_id().unwrap().as_deref(), Some("desk-of-the-oldest"));
        assert_eq!(installation.earlier_desks().unwrap(), ["desk-of-the-first"]);
        assert_eq!(installation.connected().unwrap(), Some(profile('b')));
        for folder in [home.to_owned(), folder_of(home, 'b'), folder_of(home, 'c')] {
            let store = Store::open(&folder).unwrap();
            store.belongs_to(&mut installation).unwrap();
            assert_eq!(store.own_desk_ids().unwrap(), ["desk-of-the-oldest", "desk-of-the-first"]);
        }
    }
}

#[test]
fn a_first_open_that_was_killed_before_the_commit_is_repeated() {
    let home = tempfile::tempdir().unwrap();
    earlier_database(home.path(), 0, Some("desk"), Some(&profile('a')));
    // The file exists, and a part of the schema is in a change that is rolled back.
    let path = home.path().join(FILE_NAME);
    let killed = Connection::open(&path).unwrap();
    killed.execute_batch("BEGIN IMMEDIATE; CREATE TABLE desk (id TEXT);").unwrap();
    drop(killed);
    let installation = Installation::open(home.path()).unwrap();
    assert_eq!(installation.desk_id().unwrap().as_deref(), Some("desk"));
    assert_eq!(installation.connected().unwrap(), Some(profile('a')));
}

#[test]
fn a_database_that_missed_a_change_is_updated_when_it_is_next_opened() {
    let home = tempfile::tempdir().unwrap();
    earlier_database(home.path(), 0, Some("desk"), Some(&profile('a')));
    let mut installation = Installation::open(home.path()).unwrap();
    installation.forget().unwrap();
    drop(installation);
    let store = Store::open(home.path()).unwrap();
    assert_eq!(store.setting(SAVED_ACCOUNT).unwrap().as_deref(), Some(account('a').as_str()));
    store.belongs_to(&mut Installation::open(home.path()).unwrap()).unwrap();
    assert_eq!(store.setting(SAVED_ACCOUNT).unwrap(), None);
    assert_eq!(Installation::open(home.path()).unwrap().connected().unwrap(), None, "the account came back");
}

#[test]
fn a_lost_file_is_made_again_from_the_databases() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path()).unwrap();
    let mut installation = Installation::open(home.path()).unwrap();
    installation.connect(&profile('a')).unwrap();
    store.belongs_to(&mut installation).unwrap();
    let desk = store.desk_id().unwrap();
    drop((store, installation));
    std::fs::remove_file(home.path().join(FILE_NAME)).unwrap();
    let installation = Installation::open(home.path()).unwrap();
    assert_eq!(installation.desk_id().unwrap(), Some(desk));
    assert_eq!(installation.connected().unwrap(), Some(profile('a')));
}

#[test]
fn every_database_of_one_installation_has_the_same_desk() {
    let home = tempfile::tempdir().unwrap();
    let stores = [home.path().to_owned(), folder_of(home.path(), 'b')].map(|folder| Store::open(&folder).unwrap());
    assert_eq!(Installation::open(home.path()).unwrap().desk_id().unwrap(), None, "the id was made too early");
    let [first, second] = stores.map(|store| store.desk_id().unwrap());
    assert_eq!(first, second);
    assert!(!folder_of(home.path(), 'b').join(FILE_NAME).exists());
}

#[test]
fn a_backup_restored_into_a_new_folder_keeps_the_desk_and_the_account_but_not_token_kept() {
    let now = "2026-11-28T18:12:00Z".parse().unwrap();
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    earlier_database(home.path(), 0, Some("desk"), Some(&profile('a')));
    let copy = copies::make(home.path(), Reason::ByHand, now).unwrap();
    let new = other.path().join("new");
    crate::store::restore::restore(&new, &copy.path, now).unwrap();
    let store = Store::open(&new).unwrap();
    assert_eq!(store.own_desk_ids().unwrap(), ["desk"]);
    let connected = Installation::open(&new).unwrap().connected().unwrap();
    assert_eq!(connected, Some(ConnectedProfile { token_kept: false, ..profile('a') }));
}

#[test]
fn a_restore_into_an_existing_folder_changes_neither_the_desk_nor_the_connected_account() {
    let now = "2026-11-28T18:12:00Z".parse().unwrap();
    let home = tempfile::tempdir().unwrap();
    earlier_database(home.path(), 0, Some("desk-of-then"), Some(&profile('a')));
    Store::open(home.path()).unwrap().claim_for(&account('a')).unwrap();
    let copy = copies::make(home.path(), Reason::ByHand, now).unwrap();
    std::fs::remove_file(home.path().join(DATABASE)).unwrap();
    drop(open::open(home.path(), open::Missing::BeginAnew).unwrap());
    let store = Store::open(home.path()).unwrap();
    store.claim_for(&account('a')).unwrap();
    let desk = store.desk_id().unwrap();
    let mut installation = Installation::open(home.path()).unwrap();
    installation.connect(&profile('b')).unwrap();
    store.belongs_to(&mut installation).unwrap();
    drop((store, installation));
    crate::store::restore::restore(home.path(), &copy.path, now).unwrap();
    assert_eq!(Installation::open(home.path()).unwrap().connected().unwrap(), Some(profile('b')));
    let ids = Store::open(home.path()).unwrap().own_desk_ids().unwrap();
    assert_eq!(ids, [desk, "desk-of-then".to_owned()], "the id from the backup is not an earlier one");
}

#[test]
fn while_the_main_database_is_damaged_no_facts_are_stored() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(DATABASE), "no database".repeat(900)).unwrap();
    earlier_database(&folder_of(home.path(), 'b'), 0, Some("desk-of-b"), None);
    assert!(!Installation::open(home.path()).unwrap().is_kept());
    assert!(!home.path().join("installation-damaged.db").exists());
    std::fs::remove_file(home.path().join(DATABASE)).unwrap();
    drop(open::open(home.path(), open::Missing::BeginAnew).unwrap());
    earlier_database(home.path(), 0, Some("desk"), Some(&profile('a')));
    let installation = Installation::open(home.path()).unwrap();
    assert!(installation.is_kept());
    assert_eq!(installation.connected().unwrap(), Some(profile('a')));
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_not_changed() {
    let home = tempfile::tempdir().unwrap();
    drop(Installation::open(home.path()).unwrap());
    let path = home.path().join(FILE_NAME);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Installation::open(home.path()), Err(Error::Newer { .. })));
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn where_the_file_cannot_be_made_the_facts_come_from_the_databases_and_a_change_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE_NAME);
    drop(Installation::open(home.path()).unwrap());
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    earlier_database(home.path(), 0, Some("desk"), Some(&profile('a')));
    let mut installation = Installation::open(home.path()).unwrap();
    assert_eq!(installation.connected().unwrap(), Some(profile('a')));
    assert!(matches!(installation.forget(), Err(Error::ReadOnly { path: named, .. }) if named == path));
}
