//! Every version of the schema, oldest first. A released migration is never edited; a later one corrects it.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};

use crate::store::Error;

const SCRIPTS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_relay.sql"),
    include_str!("migrations/0003_attached.sql"),
    include_str!("migrations/0004_waits.sql"),
    include_str!("migrations/0005_text.sql"),
    include_str!("migrations/0006_removed.sql"),
    include_str!("migrations/0007_retries.sql"),
    include_str!("migrations/0008_words.sql"),
    include_str!("migrations/0009_own_storage.sql"),
    include_str!("migrations/0010_recordings.sql"),
    include_str!("migrations/0011_wall_clock_and_journal.sql"),
    include_str!("migrations/0012_jobs_outbox.sql"),
    include_str!("migrations/0013_deliveries.sql"),
    include_str!("migrations/0014_roster.sql"),
    include_str!("migrations/0015_series.sql"),
    include_str!("migrations/0016_holidays.sql"),
    include_str!("migrations/0017_rooms_ahead_and_templates.sql"),
    include_str!("migrations/0018_calendars.sql"),
    include_str!("migrations/0019_reminders.sql"),
    include_str!("migrations/0020_series_rosters.sql"),
    include_str!("migrations/0021_session_texts.sql"),
    include_str!("migrations/0022_calendar_feeds.sql"),
    include_str!("migrations/0023_library.sql"),
    include_str!("migrations/0024_ledger.sql"),
    include_str!("migrations/0025_retention.sql"),
    include_str!("migrations/0026_captions_and_checks.sql"),
    include_str!("migrations/0027_transfers.sql"),
    include_str!("migrations/0028_shared_rooms.sql"),
    include_str!("migrations/0029_clips.sql"),
    include_str!("migrations/0030_health.sql"),
    include_str!("migrations/0031_alerts.sql"),
    include_str!("migrations/0032_usage.sql"),
];

/// The versions whose scripts change or copy rows, or drop a table or a column. They run with foreign keys off, because
/// `DROP TABLE` would otherwise delete the rows that refer to the table. From version 10 on, every foreign key is
/// checked before the commit.
const REWRITES_TABLES: &[usize] = &[3, 7, 8, 10, 12, 24, 30];

/// The last version without a check of foreign keys after its script.
const LAST_VERSION_WITHOUT_KEY_CHECK: usize = 9;

static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    let migration = |(index, script): (usize, &&'static str)| {
        let version = index.saturating_add(1);
        let checked = version > LAST_VERSION_WITHOUT_KEY_CHECK && REWRITES_TABLES.contains(&version);
        if checked { M::up(script).foreign_key_check() } else { M::up(script) }
    };
    Migrations::new(SCRIPTS.iter().enumerate().map(migration).collect())
});

/// The highest plausible version. A higher number means that the file is damaged.
const HIGHEST_VERSION: usize = 65_535;

/// Returns the version of a database; 0 for a new one.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<usize, Error> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    let version = version.map_err(|error| Error::at(error, path))?;
    usize::try_from(version)
        .ok()
        .filter(|version| *version <= HIGHEST_VERSION)
        .ok_or_else(|| Error::Corrupt { path: path.to_owned(), why: format!("its version is {version}") })
}

/// Returns the version that this Hajime writes.
pub(super) const fn newest() -> usize {
    SCRIPTS.len()
}

/// Updates a database to the newest version. All scripts run in one transaction, so an error in one leaves the database
/// as it was.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let from = version(connection, path)?;
    if !REWRITES_TABLES.iter().any(|version| *version > from) {
        return run_scripts(connection, path, from);
    }
    let at = |error| Error::at(error, path);
    let enforced: bool = connection.pragma_query_value(None, "foreign_keys", |row| row.get(0)).map_err(at)?;
    // SQLite ignores this setting inside a transaction.
    connection.pragma_update(None, "foreign_keys", false).map_err(at)?;
    let done = run_scripts(connection, path, from);
    connection.pragma_update(None, "foreign_keys", enforced).map_err(at)?;
    done
}

fn run_scripts(connection: &mut Connection, path: &Path, mut from: usize) -> Result<(), Error> {
    while let Err(error) = MIGRATIONS.to_latest(connection) {
        let failed = match error {
            rusqlite_migration::Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                return Err(Error::Newer { path: path.to_owned() });
            }
            rusqlite_migration::Error::RusqliteError { err, .. } => Error::at(err, path),
            other => return Err(Error::Unopenable { path: path.to_owned(), why: other.to_string() }),
        };
        // The version is read before the script locks the database, so another process may have run the same script
        // meanwhile.
        let now = version(connection, path)?;
        if now <= from {
            return Err(failed);
        }
        from = now;
    }
    let at = |error| Error::at(error, path);
    crate::store::recorder::recordings::add_missing_words(connection).map_err(at)?;
    crate::store::schedule::wall_clock::derive_starts(connection).map_err(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::event::EventKind;

    #[test]
    fn recordings_and_their_events_keep_their_data_when_rooms_become_optional() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        MIGRATIONS.to_version(&mut connection, 2).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sessions VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', NULL, NULL, NULL, NULL, NULL, 0, 0);
                 INSERT INTO recordings (id, session_id, room_id, title, instructor, timezone, quality, status, stage, stage_since, created_at, updated_at)
                 VALUES ('r', 's', 'room-1', 'Karate', 'R. Alves', 'UTC', '480p', 'READY', 'ready', 0, 0, 0);
                 INSERT INTO recording_events (recording_id, at, to_stage, note) VALUES ('r', 0, 'ready', '');",
            )
            .unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let row = connection.query_row(
            "SELECT room_id, attached FROM recordings JOIN recording_events ON recording_id = recordings.id",
            [],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)),
        );
        assert_eq!(row.unwrap(), ("room-1".to_owned(), false));
    }

    #[test]
    fn failed_recordings_from_before_auto_retries_are_retried_only_if_their_cause_has_a_rule() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut connection, 6).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sessions VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', NULL, NULL, NULL, NULL, NULL, 0, 0);",
            )
            .unwrap();
        for (id, cloud, cause) in [
            ("full", Some("c1"), "storage_full"),
            ("deleted", Some("c2"), "video_missing"),
            ("nothing", None, "no_file"),
        ] {
            connection
                .execute(
                    "INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, detail, cause, stage_since, cloud_id, created_at, updated_at)
                     VALUES (?1, 's', 'Karate', 'R. Alves', 'UTC', '480p', 'FAILED', 'failed', 'at_import', ?3, 7, ?2, 0, 0)",
                    (id, cloud, cause),
                )
                .unwrap();
        }
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let mut waiting =
            connection.prepare("SELECT recording_id FROM recording_work WHERE next_auto_retry = 7").unwrap();
        let waiting: Vec<String> = waiting.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(waiting, ["full"]);
    }

    #[test]
    fn waiting_notifications_are_kept_when_the_outbox_takes_any_subject() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut connection, 9).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sessions VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', NULL, NULL, NULL, NULL, NULL, 0, 0);
                 INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, stage_since, created_at, updated_at)
                 VALUES ('r', 's', 'Karate', 'R. Alves', 'UTC', '480p', 'READY', 'ready', 0, 0, 0);",
            )
            .unwrap();
        for kind in ["watchable", "failed", "expiring_24", "expiring_6"] {
            let insert = "INSERT INTO outbox (recording_id, kind, created_at) VALUES ('r', ?1, 7)";
            connection.execute(insert, [kind]).unwrap();
        }
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let read = "SELECT subject || ' ' || subject_id || ' ' || kind || ' ' || payload || ' ' || created_at FROM outbox ORDER BY id";
        let mut rows = connection.prepare(read).unwrap();
        let rows: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(
            rows,
            [
                "recording r watchable {} 7",
                "recording r failed {} 7",
                "recording r expiring {\"hours_left\":24} 7",
                "recording r expiring {\"hours_left\":6} 7",
            ]
        );
    }

    #[test]
    fn every_script_that_changes_rows_or_drops_a_table_or_a_column_is_listed_as_rewriting() {
        for (index, script) in SCRIPTS.iter().enumerate() {
            let rewrites = |line: &str| {
                ["UPDATE ", "DELETE FROM", "DROP TABLE", "INSERT INTO"].iter().any(|word| line.starts_with(word))
                    || line.starts_with("ALTER TABLE") && [" DROP ", " RENAME "].iter().any(|word| line.contains(word))
            };
            // The statements of triggers are indented, so the lines of a trigger do not count.
            assert_eq!(script.lines().any(rewrites), REWRITES_TABLES.contains(&(index + 1)), "version {}", index + 1);
        }
    }

    #[test]
    fn foreign_keys_are_enforced_again_after_an_update_that_rewrites_tables() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut connection, 2).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        run(&mut connection, Path::new(":memory:")).unwrap();
        let enforced: bool = connection.pragma_query_value(None, "foreign_keys", |row| row.get(0)).unwrap();
        assert!(enforced);
    }

    #[test]
    fn notes_of_earlier_versions_become_kinds_and_every_note_stays() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut connection, 9).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sessions VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', NULL, NULL, NULL, NULL, NULL, 0, 0);
                 INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, stage_since, created_at, updated_at)
                 VALUES ('r', 's', 'Karate', 'R. Alves', 'UTC', '480p', 'READY', 'ready', 0, 0, 0);",
            )
            .unwrap();
        let lines = [
            ("The room was empty; RealtimeKit stopped and saves the file.", EventKind::RoomWasEmpty),
            ("Stream refused the recording: Too many minutes.", EventKind::StreamRefused),
            ("Stream refused: Cloudflare answered 500.", EventKind::StreamReported),
            ("Tried again by hand.", EventKind::RetriedByHand),
            ("Tried again by itself.", EventKind::RetriedAutomatically),
            ("Found at Cloudflare.", EventKind::Adopted),
            ("Stream reported ERR_UNKNOWN.", EventKind::StreamReported),
            ("Words of a version that nobody remembers.", EventKind::Noted),
            ("", EventKind::Noted),
        ];
        for (note, _) in lines {
            let add = "INSERT INTO recording_events (recording_id, at, to_stage, note) VALUES ('r', 0, 'failed', ?1)";
            connection.execute(add, [note]).unwrap();
        }
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let mut after = connection.prepare("SELECT note, kind FROM recording_events ORDER BY id").unwrap();
        let after: Vec<(String, String)> =
            after.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        let expected = lines.map(|(note, kind)| (note.to_owned(), kind.name().to_owned()));
        assert_eq!(after, expected);
    }

    #[test]
    fn polls_retries_and_relays_move_to_recording_work() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut connection, 9).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sessions VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', NULL, NULL, NULL, NULL, NULL, 0, 0);
                 INSERT INTO recordings (id, session_id, title, instructor, timezone, quality, status, stage, stage_since, created_at, updated_at,
                   cloud_id, last_check, next_check, retries, retried_cause, relay_total, relay_fetched, relay_sent, relay_version)
                 VALUES ('moving', 's', 'Karate', 'R. Alves', 'UTC', '480p', 'PROCESSING', 'importing', 0, 0, 0, 'c1', 3, 4, 1, 'disk_full', 9, 8, 7, 'v'),
                        ('failed', 's', 'Karate', 'R. Alves', 'UTC', '480p', 'FAILED', 'failed', 0, 0, 0, 'c2', 3, 5, 2, 'storage_full', NULL, NULL, NULL, NULL),
                        ('rested', 's', 'Karate', 'R. Alves', 'UTC', '480p', 'READY', 'ready', 0, 0, 0, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL);",
            )
            .unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let sql = "SELECT concat_ws(' ', recording_id, realtimekit_recording_id, coalesce(last_check, '-'), coalesce(next_poll, '-'),
                     coalesce(next_auto_retry, '-'), auto_retries, auto_retried_cause, relay_total, relay_fetched, relay_sent, relay_version)
                   FROM recording_work JOIN recordings ON id = recording_id ORDER BY recording_id";
        let mut rows = connection.prepare(sql).unwrap();
        let rows: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, ["failed c2 3 - 5 2 storage_full", "moving c1 3 4 - 1 disk_full 9 8 7 v", "rested - - - 0"]);
    }

    #[test]
    fn seats_of_earlier_versions_stay_when_sessions_get_a_roster() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut connection, 13).unwrap();
        connection
            .execute_batch(
                "INSERT INTO sessions (id, title, instructor, start, length, timezone, record, quality, max_participants, state, created_at, updated_at, start_local)
                 VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', 0, 0, '1970-01-01T00:00:00.000');
                 INSERT INTO participants (session_id, custom_id, participant_id, role, created_at) VALUES ('s', 'guest-1', 'p1', 'participant', 7);",
            )
            .unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let read = "SELECT participant_id, created_at, room_id, link_at, joined_at FROM participants";
        let seat = connection.query_row(read, [], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, Option<String>>(2)?,
                row.get::<_, Option<i64>>(3)?,
            ))
        });
        assert_eq!(seat.unwrap(), ("p1".to_owned(), 7, None, None));
        let people: i64 = connection.query_row("SELECT count(*) FROM roster", [], |row| row.get(0)).unwrap();
        assert_eq!(people, 0);
    }

    #[test]
    fn the_migrations_are_valid_sql_and_apply() {
        MIGRATIONS.validate().unwrap();
    }
}
