//! `outbox`: what people are to be told. Written with the move that caused it, removed once it was shown.

use rusqlite::{Transaction, params};

use crate::domain::ids::RecordingId;
use crate::domain::recorder::rescue::{News, Warning};
use crate::domain::recorder::stage::Announcement;
use crate::store::{Error, Store, to_millis};
use chrono::{DateTime, Utc};

/// Something that was not shown yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingNotice {
    /// Its place in the queue.
    pub id: i64,
    /// The recording it is about.
    pub recording: RecordingId,
    /// What is to be said.
    pub news: News,
}

const WATCHABLE: &str = "watchable";
const FAILED: &str = "failed";
/// Followed by the hours that are left.
const EXPIRING: &str = "expiring_";

pub(super) fn add(
    transaction: &Transaction<'_>,
    recording: RecordingId,
    news: News,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let kind = match news {
        News::Stage(Announcement::Watchable) => WATCHABLE.to_owned(),
        News::Stage(Announcement::Failed) => FAILED.to_owned(),
        News::Expiring(warning) => format!("{EXPIRING}{}", warning.hours()),
    };
    transaction.execute(
        "INSERT INTO outbox (recording_id, kind, created_at) VALUES (?1, ?2, ?3)",
        params![recording.to_string(), kind, to_millis(now)],
    )?;
    Ok(())
}

impl Store {
    /// Everything not shown yet, oldest first.
    pub fn pending_notices(&self) -> Result<Vec<PendingNotice>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT id, recording_id, kind FROM outbox ORDER BY id")?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
        rows.map(|row| {
            let (id, recording, kind) = row?;
            Ok(PendingNotice {
                id,
                recording: recording.parse().map_err(|_| Error::unreadable("recording id", &recording))?,
                news: match kind.as_str() {
                    WATCHABLE => News::Stage(Announcement::Watchable),
                    FAILED => News::Stage(Announcement::Failed),
                    other => other
                        .strip_prefix(EXPIRING)
                        .and_then(|hours| Warning::from_hours(hours.parse().ok()?))
                        .map(News::Expiring)
                        .ok_or_else(|| Error::unreadable("notice", other))?,
                },
            })
        })
        .collect()
    }

    /// Takes one out of the queue; `false` when another process was faster and shows it.
    pub fn take_notice(&self, id: i64) -> Result<bool, Error> {
        Ok(self.writer().execute("DELETE FROM outbox WHERE id = ?1", [id])? == 1)
    }
}
