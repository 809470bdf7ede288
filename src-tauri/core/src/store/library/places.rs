//! `archive_places`: the places to which recordings are archived.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::domain::ids::PlaceId;
use crate::domain::library::transfer::Place;
use crate::store::{Error, Store, to_millis};

impl Store {
    /// Returns the places, in the order in which they were added.
    pub fn archive_places(&self) -> Result<Vec<Place>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id, name, place FROM archive_places WHERE removed_at IS NULL ORDER BY created_at, id",
        )?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns a place, also one that was removed; `None` where there never was one.
    pub fn archive_place(&self, id: PlaceId) -> Result<Option<Place>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT id, name, place FROM archive_places WHERE id = ?1")?;
        statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Adds a place, or changes one.
    pub fn put_archive_place(&self, place: &Place, now: DateTime<Utc>) -> Result<(), Error> {
        let kind = serde_json::to_string(&place.kind).map_err(|error| Error::unreadable("place", error.to_string()))?;
        self.writer().execute(
            "INSERT INTO archive_places (id, name, place, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET name = ?2, place = ?3, removed_at = NULL",
            params![place.id.to_string(), place.name, kind, to_millis(now)],
        )?;
        Ok(())
    }

    /// Takes a place off the list. Returns whether it was on it.
    pub fn remove_archive_place(&self, id: PlaceId, now: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.writer().execute(
            "UPDATE archive_places SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL",
            params![id.to_string(), to_millis(now)],
        )?;
        Ok(changed > 0)
    }
}

fn read(row: &Row<'_>) -> Result<Place, Error> {
    let (id, kind): (String, String) = (row.get(0)?, row.get(2)?);
    Ok(Place {
        id: id.parse().map_err(|_| Error::unreadable("id of a place", &id))?,
        name: row.get(1)?,
        kind: serde_json::from_str(&kind).map_err(|_| Error::unreadable("place", kind))?,
    })
}
