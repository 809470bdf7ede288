//! The connection for queries. It never waits for a transaction that this process writes.
//!
//! In WAL mode a connection reads the last commit while another one writes (SQLite docs, “Write-Ahead Logging”).
//! Without WAL, for example on a network file system or in memory, queries go through the connection that writes.

use std::path::Path;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use rusqlite::{CachedStatement, Connection, OpenFlags, Params, Row};

use crate::store::at_work::{AtWork, Held, Place};

/// The time for which a query waits while another process recovers the WAL.
const QUERY_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection for queries.
#[derive(Debug)]
pub(super) struct Reader {
    /// The connection; an unused empty database in memory where there is no WAL.
    connection: Connection,
    /// True if `connection` is one to the database.
    reads: bool,
}

impl Reader {
    /// Makes a reader without a connection to the database, so that queries go through the connection that writes.
    pub(super) fn none() -> rusqlite::Result<Self> {
        Ok(Self { connection: Connection::open_in_memory()?, reads: false })
    }

    /// Opens a reader beside the connection that writes, where the database is in WAL mode.
    pub(super) fn beside(writer: &Connection, path: &Path) -> rusqlite::Result<Self> {
        match open(writer, path) {
            Ok(Some(connection)) => Ok(Self { connection, reads: true }),
            Ok(None) => Self::none(),
            Err(error) => {
                tracing::warn!(%error, "queries go through the connection that writes");
                Self::none()
            }
        }
    }

    /// Returns whether queries can go through this reader.
    pub(super) const fn reads(&self) -> bool {
        self.reads
    }
}

fn open(writer: &Connection, path: &Path) -> rusqlite::Result<Option<Connection>> {
    let journal: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if journal != "wal" || writer.is_readonly(rusqlite::MAIN_DB)? {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags)?;
    reader.busy_timeout(QUERY_LOCK_TIMEOUT)?;
    // The first query shows whether the files beside the database can be used.
    reader.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get::<_, bool>(0))?;
    Ok(Some(reader))
}

/// A connection for as long as a thread queries it. All its queries see the database as it was at the first of them.
pub(super) struct Reading<'a> {
    source: Source<'a>,
    /// True if a read transaction has to be ended.
    began: bool,
}

enum Source<'a> {
    Reader(MutexGuard<'a, Reader>, #[expect(dead_code, reason = "names the file in errors while it lives")] AtWork),
    Writer(Held<'a>),
}

impl<'a> Reading<'a> {
    /// Sends queries through the connection that only reads.
    pub(super) fn beside(reader: MutexGuard<'a, Reader>, place: Option<Arc<Place>>) -> Self {
        // `BEGIN` takes no lock before the first query.
        let began = reader.connection.execute_batch("BEGIN").is_ok();
        Self { source: Source::Reader(reader, AtWork::on(place)), began }
    }

    /// Sends queries through the connection that writes.
    pub(super) const fn through(writer: Held<'a>) -> Self {
        Self { source: Source::Writer(writer), began: false }
    }

    /// Returns the connection itself. Nothing may be written through it.
    pub(super) fn raw(&self) -> &Connection {
        match &self.source {
            Source::Reader(reader, _) => &reader.connection,
            Source::Writer(writer) => writer,
        }
    }

    /// Calls [`Connection::prepare_cached`].
    pub(super) fn prepare_cached(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.raw().prepare_cached(sql)
    }

    /// Calls [`Connection::query_row`].
    pub(super) fn query_row<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.raw().query_row(sql, values, read)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if self.began
            && let Err(error) = self.raw().execute_batch("COMMIT")
        {
            tracing::warn!(%error, "a transaction that only read could not be ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use rusqlite::TransactionBehavior;

    use super::*;
    use crate::domain::schedule::session::{Plan, Session};
    use crate::store::{Error, FILE_NAME, Store};

    fn set(store: &Store, value: &str) {
        store.writer().execute("INSERT OR REPLACE INTO settings VALUES ('instructor', ?1)", [value]).unwrap();
    }

    #[test]
    fn a_query_does_not_wait_for_a_transaction_of_another_thread_and_sees_it_after_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        set(&store, "before");
        let ((begun, has_begun), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel::<()>());
        let writing = store.clone();
        let writer = std::thread::spawn(move || {
            writing.write(|transaction| {
                transaction.execute("UPDATE settings SET value = 'after'", [])?;
                begun.send(()).unwrap();
                may_go_on.recv_timeout(Duration::from_secs(60)).unwrap();
                Ok::<_, Error>(())
            })
        });
        has_begun.recv().unwrap();
        assert_eq!(store.preferences().unwrap().instructor, "before");
        go_on.send(()).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(store.preferences().unwrap().instructor, "after");
    }

    #[test]
    fn a_query_after_each_of_a_thousand_writes_sees_that_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.writer().pragma_update(None, "synchronous", "OFF").unwrap();
        for number in 0..1_000 {
            set(&store, &number.to_string());
            assert_eq!(store.preferences().unwrap().instructor, number.to_string());
        }
    }

    #[test]
    fn all_queries_through_one_connection_see_the_same_commit() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        set(&store, "before");
        let reading = store.connection();
        let read = || {
            reading
                .query_row("SELECT value FROM settings WHERE key = 'instructor'", [], |row| row.get::<_, String>(0))
                .unwrap()
        };
        assert_eq!(read(), "before");
        set(&store, "after");
        assert_eq!(read(), "before");
        drop(reading);
        assert_eq!(store.preferences().unwrap().instructor, "after");
    }

    #[test]
    fn without_wal_queries_go_through_the_connection_that_writes() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        std::fs::create_dir(folder.path().join(format!("{FILE_NAME}-shm"))).unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert!(!store.lock_reader().reads());
        set(&store, "R. Alves");
        assert_eq!(store.preferences().unwrap().instructor, "R. Alves");
        assert!(!Store::in_memory().unwrap().lock_reader().reads());
    }

    #[test]
    fn dropping_the_last_clone_moves_all_changes_into_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        set(&store, "R. Alves");
        assert_eq!(store.preferences().unwrap().instructor, "R. Alves");
        drop(store.clone());
        drop(store);
        assert!(!folder.path().join(format!("{FILE_NAME}-wal")).exists());
    }

    #[test]
    #[ignore = "a measurement: prints how long a list takes while a transaction writes, and the memory of the second connection"]
    fn prints_the_latency_of_a_list_during_a_long_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let now = chrono::DateTime::UNIX_EPOCH;
        for _ in 0..1_000 {
            store.add_session(&Session::new(Plan::example(now), now)).unwrap();
        }
        let resident = || {
            let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
            pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4
        };
        let list = || {
            let begun = Instant::now();
            assert_eq!(store.sessions(None, None).unwrap().len(), 1_000);
            begun.elapsed()
        };
        for connections in [1, 2] {
            let before = resident();
            *store.lock_reader() = match connections {
                1 => Reader::none().unwrap(),
                _ => Reader::beside(&store.writer(), &folder.path().join(FILE_NAME)).unwrap(),
            };
            let mut quiet: Vec<_> = (0..101).map(|_| list()).collect();
            quiet.sort();
            println!(
                "{connections} connection(s): {:?} alone, {} KiB more",
                quiet[50],
                resident().saturating_sub(before)
            );
            let (begun, has_begun) = mpsc::channel();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let mut writer = store.writer();
                    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
                    transaction.execute("UPDATE sessions SET title = title || '.'", []).unwrap();
                    begun.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(500));
                    transaction.commit().unwrap();
                });
                has_begun.recv().unwrap();
                println!("{connections} connection(s): {:?} during a transaction of 500 ms", list());
            });
        }
    }
}
