//! `transfers`: downloads and archivings.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::domain::ids::{PlaceId, RecordingId, TransferId};
use crate::domain::library::transfer::{Target, Transfer, TransferKind, TransferState, TransferStep};
use crate::domain::recorder::recording::Relay;
use crate::store::{Error, Store, moment, set_moment, to_millis};

const COLUMNS: &str = "id, recording_id, kind, folder, place_id, name, state, step, total, fetched, sent, version, sha256, \
                       upload, tries, next_try, said, created_at, ended_at";

impl Store {
    /// Adds a transfer, unless the same one is under way: the same kind of the same recording, to the same target. Returns
    /// the one that is there then.
    pub fn add_transfer(&self, new: &Transfer) -> Result<Transfer, Error> {
        let (folder, place) = target(new);
        self.write(|transaction| {
            let same = transaction
                .prepare_cached(
                    "SELECT id FROM transfers
                     WHERE recording_id = ?1 AND kind = ?2 AND folder IS ?3 AND place_id IS ?4
                       AND state NOT IN ('done', 'cancelled')",
                )?
                .query_row((new.recording.to_string(), new.kind.name(), &folder, &place), |row| row.get::<_, String>(0))
                .optional()?;
            if let Some(id) = same {
                let id = id.parse().map_err(|_| Error::unreadable("transfer id", &id))?;
                return Ok(read_transfer(transaction, id)?.unwrap_or_else(|| new.clone()));
            }
            put(transaction, new)?;
            Ok(new.clone())
        })
    }

    /// Returns a transfer; `None` where there is none.
    pub fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, Error> {
        read_transfer(self.connection().raw(), id)
    }

    /// Returns the newest transfers.
    pub fn transfers(&self, limit: u32) -> Result<Vec<Transfer>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM transfers ORDER BY created_at DESC, id DESC LIMIT ?1");
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the transfers that are worked on or wait, the oldest first.
    pub fn active_transfers(&self) -> Result<Vec<Transfer>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM transfers WHERE state = 'active' ORDER BY created_at, id");
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns whether a transfer is worked on or waits.
    pub fn has_active_transfers(&self) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM transfers WHERE state = 'active')")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Changes a transfer in one transaction and returns it; `None` where there is none.
    pub fn change_transfer(
        &self,
        id: TransferId,
        change: impl FnOnce(&mut Transfer),
    ) -> Result<Option<Transfer>, Error> {
        self.write(|transaction| {
            let Some(mut transfer) = read_transfer(transaction, id)? else { return Ok(None) };
            change(&mut transfer);
            put(transaction, &transfer)?;
            Ok(Some(transfer))
        })
    }

    /// Makes every transfer that waits due at once.
    pub fn make_transfers_due(&self) -> Result<(), Error> {
        self.writer().execute("UPDATE transfers SET next_try = NULL WHERE state = 'active'", [])?;
        Ok(())
    }
}

/// Marks a transfer as done.
pub(in crate::store) fn finish(connection: &Connection, id: TransferId, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(mut transfer) = read_transfer(connection, id)? else { return Ok(()) };
    transfer.finish(now);
    put(connection, &transfer)
}

fn target(transfer: &Transfer) -> (Option<String>, Option<String>) {
    match &transfer.target {
        Target::Folder(folder) => (Some(folder.to_string_lossy().into_owned()), None),
        Target::Place(place) => (None, Some(place.to_string())),
    }
}

fn put(connection: &Connection, transfer: &Transfer) -> Result<(), Error> {
    let (folder, place) = target(transfer);
    let bytes = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO transfers
               (id, recording_id, kind, folder, place_id, name, state, step, total, fetched, sent, version, sha256,
                upload, tries, next_try, said, created_at, ended_at)
             VALUES (:id, :recording, :kind, :folder, :place, :name, :state, :step, :total, :fetched, :sent, :version,
                :sha256, :upload, :tries, :next_try, :said, :created_at, :ended_at)",
        )?
        .execute(named_params! {
            ":id": transfer.id.to_string(),
            ":recording": transfer.recording.to_string(),
            ":kind": transfer.kind.name(),
            ":folder": folder,
            ":place": place,
            ":name": transfer.name,
            ":state": transfer.state.name(),
            ":step": transfer.step.name(),
            ":total": transfer.file.total.map(bytes),
            ":fetched": bytes(transfer.file.fetched),
            ":sent": bytes(transfer.file.sent),
            ":version": transfer.file.version,
            ":sha256": transfer.sha256,
            ":upload": transfer.upload.as_ref().and_then(|upload| serde_json::to_string(upload).ok()),
            ":tries": transfer.tries,
            ":next_try": transfer.next_try.map(to_millis),
            ":said": transfer.said,
            ":created_at": to_millis(transfer.created_at),
            ":ended_at": transfer.ended_at.map(to_millis),
        })?;
    Ok(())
}

fn read_transfer(connection: &Connection, id: TransferId) -> Result<Option<Transfer>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM transfers WHERE id = ?1"))?;
    statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<Transfer, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    let maybe = |index: usize| row.get::<_, Option<String>>(index);
    let bytes = |index: usize| row.get::<_, i64>(index).map(|number| u64::try_from(number).unwrap_or(0));
    let unknown = |what: &'static str, held: &str| Error::unreadable(what, held);
    let (id, recording, kind, state, step) = (text(0)?, text(1)?, text(2)?, text(6)?, text(7)?);
    let recording: RecordingId = recording.parse().map_err(|_| unknown("recording id", &recording))?;
    let target = match (maybe(3)?, maybe(4)?) {
        (_, Some(place)) => Target::Place(place.parse::<PlaceId>().map_err(|_| unknown("id of a place", &place))?),
        (folder, None) => Target::Folder(PathBuf::from(folder.unwrap_or_default())),
    };
    Ok(Transfer {
        id: id.parse::<TransferId>().map_err(|_| unknown("transfer id", &id))?,
        recording,
        kind: TransferKind::named(&kind).ok_or_else(|| unknown("kind of a transfer", &kind))?,
        target,
        name: maybe(5)?,
        state: TransferState::named(&state).ok_or_else(|| unknown("state of a transfer", &state))?,
        step: TransferStep::named(&step).ok_or_else(|| unknown("step of a transfer", &step))?,
        file: Relay {
            total: row.get::<_, Option<i64>>(8)?.and_then(|total| u64::try_from(total).ok()),
            fetched: bytes(9)?,
            sent: bytes(10)?,
            version: maybe(11)?,
        },
        sha256: maybe(12)?,
        // What cannot be read is forgotten: the upload then begins again.
        upload: maybe(13)?.and_then(|upload| serde_json::from_str(&upload).ok()),
        tries: crate::store::count(row, 14)?,
        next_try: set_moment(row, 15)?,
        said: text(16)?,
        created_at: moment(row, 17)?,
        ended_at: set_moment(row, 18)?,
    })
}
