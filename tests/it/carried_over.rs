//! A data folder that an earlier version wrote is opened by this version: every fact in it is kept and means the same.
//!
//! The folder and the facts that are expected of it are in `tests/fixtures/data-folder-2026-11`, which is never edited.
//! The SQL statements in this file match the schema of that folder, so they are not changed either.

mod facts;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::DateTime;
use hajime_core::actions::profile::backups;
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::opening;
use hajime_core::store::Store;
use rusqlite::Connection;
use serde_json::Value;

use facts::{FIRST, SANDBOX, SECOND};

const CLI: &str = env!("CARGO_BIN_EXE_hajime-cli");
/// The file name of a database in the fixture.
const DATABASE: &str = "hajime.db";
/// Differences that a failed comparison prints at most.
const PRINTED_DIFFERENCES: usize = 20;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/data-folder-2026-11")
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(fixture().join("expected.json")).unwrap()).unwrap()
}

/// Returns a copy of the fixture's data folder, which a test may change.
fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture().join("data"), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::write(&target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Fails when two values differ, and prints the path of each difference.
fn assert_same(expected: &Value, found: &Value) {
    let mut differences = Vec::new();
    compare("", Some(expected), Some(found), &mut differences);
    let shown = &differences[..differences.len().min(PRINTED_DIFFERENCES)];
    assert!(differences.is_empty(), "{} differences, the first of them:\n{}", differences.len(), shown.join("\n"));
}

fn compare(path: &str, expected: Option<&Value>, found: Option<&Value>, differences: &mut Vec<String>) {
    match (expected, found) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                compare(&format!("{path}/{key}"), one.get(key), other.get(key), differences);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                let name = one.get("id").and_then(Value::as_str).map_or_else(|| number.to_string(), str::to_owned);
                compare(&format!("{path}/{name}"), Some(one), Some(other), differences);
            }
        }
        _ if expected == found => {}
        _ => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
            differences.push(format!("{path}: expected {}, found {}", shown(expected), shown(found)));
        }
    }
}

/// Returns all values that one fact has among the sessions or recordings of the fixture.
fn every(list: &str, fact: &str) -> BTreeSet<String> {
    let expected = expected();
    let accounts = expected["accounts"].as_object().unwrap().values();
    let all = accounts.flat_map(|account| account[list].as_array().unwrap());
    all.filter_map(|one| one[fact].as_str().map(str::to_owned)).collect()
}

#[test]
fn opening_an_earlier_data_folder_keeps_every_fact() {
    let folder = data_folder();
    assert_same(&expected(), &facts::of(folder.path()));
}

#[test]
fn opening_an_earlier_data_folder_twice_gives_the_same_facts() {
    let folder = data_folder();
    let first = facts::of(folder.path());
    assert_same(&first, &facts::of(folder.path()));
}

#[test]
fn links_of_an_earlier_data_folder_are_in_the_ledger_before_its_first_signature() {
    let folder = data_folder();
    let mut links = 0;
    for account in [FIRST, SECOND] {
        let store = opening::open_store(folder.path(), &account.parse().unwrap()).unwrap();
        let page = store.ledger(&Filter::default(), None, 500, DateTime::UNIX_EPOCH).unwrap();
        let of_ledger: Vec<_> = page.rows.iter().map(|row| (row.link, row.expires_at, row.kid.clone())).collect();
        let known = store.links().unwrap();
        let expected =
            known.iter().map(|link| (Some(link.id), Some(link.expires_at), link.kid.as_ref().map(ToString::to_string)));
        assert_eq!(of_ledger, expected.collect::<Vec<_>>());
        assert!(page.rows.iter().all(|row| row.desk.is_empty() && !row.is_signed && row.act == "link_made"));
        links += known.len();
    }
    assert!(links > 0, "the fixture has links");
}

#[test]
fn accounts_of_an_earlier_data_folder_get_the_same_two_desk_ids() {
    let folder = data_folder();
    let [first, second] = [FIRST, SECOND].map(|account| {
        let store = opening::open_store(folder.path(), &account.parse().unwrap()).unwrap();
        store.own_desk_ids().unwrap()
    });
    assert_eq!(first, second);
    assert_eq!(first.len(), 2);
}

#[test]
fn the_fixture_holds_every_session_state_stage_cause_and_resume_point() {
    let kinds_of_state = every("sessions", "state");
    assert!(
        kinds_of_state.iter().eq(["cancelled", "ended", "ending", "live", "scheduled", "starting"]),
        "{kinds_of_state:?}"
    );
    let stages = every("recordings", "stage");
    assert_eq!(stages.len(), 17, "{stages:?}");
    assert_eq!(stages.iter().filter(|stage| stage.starts_with("importing: ")).count(), 8);
    let expected = expected();
    let recordings = expected["accounts"][FIRST]["recordings"].as_array().unwrap();
    let failures = recordings.iter().filter(|recording| recording["stage"] == "failed");
    let failures: BTreeSet<_> = failures.map(|one| (one["cause"].to_string(), one["resume"].to_string())).collect();
    assert_eq!(failures.len(), 21 * 3, "every cause with every place where a retry begins");
    for fact in ["removed", "refusal", "retried_cause", "next_check", "likely", "own_storage", "held_by"] {
        assert!(recordings.iter().any(|recording| recording[fact].is_string()), "{fact}");
    }
    for fact in ["relay", "coverage", "tried_by_hand", "shared"] {
        assert!(recordings.iter().any(|recording| !recording[fact].is_null()), "{fact}");
    }
}

#[test]
fn local_times_that_occur_twice_keep_their_instants() {
    let folder = data_folder();
    let context = facts::open(folder.path(), FIRST);
    let mut twice = hajime_core::actions::schedule::sessions::list(&context, None, None).unwrap();
    let start = |session: &hajime_core::domain::schedule::session::Session| session.plan.start.instant().to_rfc3339();
    twice.retain(|session| ["2027-04-03", "2027-10-31"].iter().any(|day| start(session).starts_with(day)));
    let starts: Vec<_> = twice.iter().map(start).collect();
    let instants = [
        "2027-04-03T14:45:00+00:00",
        "2027-04-03T15:15:00+00:00",
        "2027-10-31T00:30:00+00:00",
        "2027-10-31T01:30:00+00:00",
    ];
    assert_eq!(starts, instants);
}

#[test]
fn an_expiry_warning_from_an_earlier_version_is_not_repeated() {
    let folder = data_folder();
    let store = facts::open(folder.path(), FIRST).store().clone();
    let before = store.outbox().unwrap();
    assert!(!store.warn_of_expiry(facts::now()).unwrap());
    assert_eq!(store.outbox().unwrap(), before);
    assert!(
        store.warn_of_expiry(facts::now() + chrono::TimeDelta::hours(14)).unwrap(),
        "the last warning is still to come"
    );
}

#[test]
fn a_backup_made_by_an_earlier_version_can_be_restored() {
    let source = data_folder();
    let folder = tempfile::tempdir().unwrap();
    let copy = source.path().join(DATABASE);
    let contents = backups::contents(&copy).unwrap();
    assert_eq!(contents.account.as_deref(), Some(FIRST));
    backups::restore(folder.path(), &copy, facts::now()).unwrap();
    for rest in ["accounts", "sandbox", "relay"] {
        std::fs::rename(source.path().join(rest), folder.path().join(rest)).unwrap();
    }
    let mut expected = expected();
    // A restored backup does not know whether the keyring of this computer has the token.
    expected["installation"]["keyring_has_token"] = false.into();
    assert_same(&expected, &facts::of(folder.path()));
}

/// Returns what the CLI lists of an account, without a network and without a keyring.
fn listed(folder: &Path, account: &str, arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(CLI)
        .current_dir(folder)
        .env("HAJIME_DATA_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("CLOUDFLARE_BASE_URL", "http://127.0.0.1:9/client/v4")
        .env("CLOUDFLARE_ACCOUNT_ID", account)
        .env("CLOUDFLARE_API_TOKEN", "not-asked-for")
        .env_remove("CLOUDFLARE_CALLS_APP_ID")
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_cli_lists_sessions_links_and_recordings_of_an_earlier_version() {
    let folder = data_folder();
    let expected = expected();
    let ids = |all: Vec<Value>| all.into_iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    for account in [FIRST, SECOND] {
        let holds = &expected["accounts"][account];
        let sessions = listed(folder.path(), account, &["session", "list"]);
        for (session, expected) in sessions.iter().zip(holds["sessions"].as_array().unwrap()) {
            let names =
                [("id", "id"), ("title", "title"), ("timezone", "time_zone"), ("status", "state"), ("room_id", "room")];
            for (name, fact) in names {
                assert_eq!(session[name], expected[fact], "{name} of {session}");
            }
        }
        assert_eq!(sessions.len(), holds["sessions"].as_array().unwrap().len());
        let links = listed(folder.path(), account, &["link", "list"]);
        assert_eq!(ids(links), ids(holds["links"].as_array().unwrap().clone()));
        for (arguments, list) in [
            (["recording", "list", "--status=ready"], "ready"),
            (["recording", "list", "--status=processing"], "processing"),
            (["recording", "list", "--status=deleted"], "deleted"),
            (["recording", "missing", "--removed"], "removed"),
        ] {
            assert_eq!(
                Value::from(ids(listed(folder.path(), account, &arguments))),
                holds["lists"][list],
                "{arguments:?}"
            );
        }
    }
}

#[test]
fn a_failed_migration_leaves_the_database_unchanged_and_makes_a_backup() {
    let folder = data_folder();
    let database = folder.path().join(DATABASE);
    let raw = Connection::open(&database).unwrap();
    raw.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).unwrap();
    // Migration 9 adds a column. This database already has the column, so the migration fails.
    raw.pragma_update(None, "user_version", 8).unwrap();
    drop(raw);
    let before = std::fs::read(&database).unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("duplicate column"), "{error}");
    assert!(std::fs::read(&database).unwrap() == before, "the database was changed");
    let copies = backups::list(folder.path());
    assert_eq!(copies.len(), 1, "{copies:?}");
    let kept = Connection::open(&copies[0].path).unwrap();
    let sessions: i64 = kept.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).unwrap();
    assert_eq!(sessions, i64::try_from(expected()["accounts"][FIRST]["sessions"].as_array().unwrap().len()).unwrap());
    drop(kept);

    // When the schema version is right again, every fact is there.
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 9).unwrap();
    assert_same(&expected(), &facts::of(folder.path()));
}

#[test]
fn the_history_of_an_earlier_data_folder_fills_what_the_figures_read() {
    let folder = data_folder();
    drop(Store::open(folder.path()).unwrap());
    let raw = Connection::open(folder.path().join(DATABASE)).unwrap();
    let count = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let of_history = |stages: &str| {
        count(&format!("SELECT count(DISTINCT recording_id) FROM recording_events WHERE to_stage IN ({stages})"))
    };
    let (ready, captured) = (of_history("'playable', 'ready'"), of_history("'recording', 'paused'"));
    assert!(ready > 0 && captured > 0, "{ready} {captured}");
    assert_eq!(count("SELECT count(*) FROM recordings WHERE was_ready"), ready);
    assert_eq!(count("SELECT count(*) FROM recordings WHERE capture_seen IS NOT NULL"), captured);
    let days = count("SELECT count(DISTINCT at / 86400000) FROM recording_events");
    assert_eq!((count("SELECT count(*) FROM desk_days"), days > 0), (days, true));
}

#[test]
fn impossible_numbers_of_an_earlier_version_hide_no_row() {
    let folder = data_folder();
    let raw = Connection::open(folder.path().join(DATABASE)).unwrap();
    raw.execute_batch(
        "UPDATE sessions SET start = 9223372036854775807 WHERE title = 'With milliseconds';
         UPDATE sessions SET length = -1, max_participants = -5 WHERE title = 'Cancelled';
         UPDATE recordings SET percent = 300, next_check = -9223372036854775808 WHERE title = 'Stage encoding';
         UPDATE recordings SET retries = -1, size = -1, length = -1 WHERE title = 'Removed';
         UPDATE recording_events SET at = 9223372036854775807 WHERE note = 'Tried again by hand.';",
    )
    .unwrap();
    drop(raw);
    let (found, expected) = (facts::of(folder.path()), expected());
    for list in ["sessions", "recordings", "links", "notices"] {
        let count = |all: &Value| all["accounts"][FIRST][list].as_array().unwrap().len();
        assert_eq!(count(&found), count(&expected), "{list}");
    }
    assert_same(&expected["accounts"][SANDBOX], &found["accounts"][SANDBOX]);
}
