//! The columns of a recording, in one list: those of `recordings` (`r`) and of `recording_work` (`w`). They are read
//! and written by name.

use std::fmt::Write as _;
use std::sync::LazyLock;

use rusqlite::types::{FromSql, Value};
use rusqlite::{Row, Transaction, params_from_iter};

use crate::store::Error;

macro_rules! columns {
    ($($table:ident.$name:ident => $column:ident),+ $(,)?) => {
        /// A column that is read into a recording.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Column { $($column),+ }

        impl Column {
            /// All columns, in the order in which [`COLUMNS`] selects them.
            pub(super) const ALL: &[Self] = &[$(Self::$column),+];

            const fn table(self) -> &'static str {
                match self { $(Self::$column => stringify!($table)),+ }
            }

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$column => stringify!($name)),+ }
            }
        }
    };
}

columns! {
    r.id => Id,
    r.session_id => Session,
    r.room_id => Room,
    r.title => Title,
    r.instructor => Instructor,
    r.timezone => Timezone,
    r.quality => Quality,
    r.created_at => CreatedAt,
    r.status => Status,
    r.stage => Stage,
    r.detail => Detail,
    r.percent => Percent,
    r.cause => Cause,
    r.stage_since => StageSince,
    r.realtimekit_recording_id => RealtimeKitRecording,
    r.video_id => Video,
    r.attached => Attached,
    r.started_at => StartedAt,
    r.stopped_at => StoppedAt,
    r.length => Length,
    r.size => Size,
    r.file_expires => FileExpires,
    r.own_storage => OwnStorage,
    r.manifest => Manifest,
    r.video_created => VideoCreated,
    r.video_deletion => VideoDeletion,
    r.video_ready => VideoReady,
    r.ready_noticed => ReadyNoticed,
    r.ready_unasked => ReadyUnasked,
    r.removed_at => RemovedAt,
    r.clip_of => ClipOf,
    r.clip_from => ClipFrom,
    r.clip_to => ClipTo,
    r.origin => Origin,
    r.origin_desk => OriginDesk,
    w.last_check => LastCheck,
    w.next_poll => NextPoll,
    w.next_auto_retry => NextAutoRetry,
    w.auto_retries => AutoRetries,
    w.auto_retried_cause => AutoRetriedCause,
    w.relay_total => RelayTotal,
    w.relay_fetched => RelayFetched,
    w.relay_sent => RelaySent,
    w.relay_version => RelayVersion,
}

impl Column {
    /// Returns the index of the column in a row that [`select`] returned.
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    pub(super) fn get<T: FromSql>(self, row: &Row<'_>) -> rusqlite::Result<T> {
        row.get(self.index())
    }

    const fn of_work(self) -> bool {
        matches!(self.table().as_bytes(), b"w")
    }

    /// Returns whether the column never changes once the row exists, such as the id or the title.
    const fn is_fixed(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Session
                | Self::Room
                | Self::Title
                | Self::Instructor
                | Self::Timezone
                | Self::Quality
                | Self::CreatedAt
                | Self::ClipOf
                | Self::ClipFrom
                | Self::ClipTo
                | Self::Origin
                | Self::OriginDesk
        )
    }
}

static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<String> = Column::ALL.iter().map(|one| format!("{}.{}", one.table(), one.name())).collect();
    all.join(", ")
});

/// Returns a query for recordings; `rest` begins with `WHERE`. It also finds recordings without a row in
/// `recording_work`.
pub(in crate::store) fn select(rest: &str) -> String {
    format!("SELECT {} FROM recordings r LEFT JOIN recording_work w ON w.recording_id = r.id {rest}", *COLUMNS)
}

/// Returns a query for the recordings that have a row in `recording_work`, through the index `index` of that table.
pub(in crate::store) fn select_by_work(index: &str, rest: &str) -> String {
    format!(
        "SELECT {} FROM recording_work w INDEXED BY {index} CROSS JOIN recordings r ON r.id = w.recording_id {rest}",
        *COLUMNS
    )
}

/// Columns of `recordings` that are derived on writing and are not read into a recording.
const DERIVED: [&str; 2] = ["words", "updated_at"];

fn facts() -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied().filter(|column| !column.of_work())
}

fn work() -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied().filter(|column| column.of_work())
}

fn insert(table: &str, names: &[&str]) -> String {
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), vec!["?"; names.len()].join(", "))
}

/// Adds to an insert that it updates these columns where the row exists.
fn or_update(mut sql: String, key: &str, names: impl Iterator<Item = &'static str>) -> String {
    let set: Vec<String> = names.map(|name| format!("{name} = excluded.{name}")).collect();
    write!(sql, " ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", ")).ok();
    sql
}

static INSERT_FACTS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = facts().map(Column::name).chain(DERIVED).collect();
    insert("recordings", &names)
});
static INSERT_FACTS_IF_NEW: LazyLock<String> = LazyLock::new(|| format!("{} ON CONFLICT DO NOTHING", *INSERT_FACTS));
static UPSERT_FACTS: LazyLock<String> = LazyLock::new(|| {
    let changing = facts().filter(|column| !column.is_fixed()).map(Column::name).chain(["updated_at"]);
    or_update(INSERT_FACTS.clone(), Column::Id.name(), changing)
});
const WORK_KEY: &str = "recording_id";
static UPSERT_WORK: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = [WORK_KEY].into_iter().chain(work().map(Column::name)).collect();
    or_update(insert("recording_work", &names), WORK_KEY, work().map(Column::name))
});

/// The values of a recording's rows, by column.
pub(super) struct Values<'a> {
    pub(super) id: String,
    pub(super) of: &'a dyn Fn(Column) -> Value,
    pub(super) words: String,
    pub(super) updated_at: i64,
}

/// Writes both rows of a recording. With `only_new`, nothing is written where the recording, its RealtimeKit recording
/// or its video already has a row. Returns whether the row of `recordings` was written.
pub(super) fn write(transaction: &Transaction<'_>, values: Values<'_>, only_new: bool) -> Result<bool, Error> {
    let Values { id, of, words, updated_at } = values;
    let sql = if only_new { &INSERT_FACTS_IF_NEW } else { &UPSERT_FACTS };
    let row = facts().map(of).chain([Value::Text(words), Value::Integer(updated_at)]);
    if transaction.prepare_cached(sql)?.execute(params_from_iter(row))? == 0 {
        return Ok(false);
    }
    let row = std::iter::once(Value::Text(id)).chain(work().map(of));
    transaction.prepare_cached(&UPSERT_WORK)?.execute(params_from_iter(row))?;
    Ok(true)
}
