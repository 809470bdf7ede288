//! `calendar_outlets`: where the schedule is kept as a calendar for other programs.

use rusqlite::{OptionalExtension as _, params};

use crate::domain::bounds;
use crate::domain::schedule::calendar::feed::Trouble;
use crate::domain::schedule::calendar::outlet::{Kind, Outlet};
use crate::store::{Error, Store, to_millis};

impl Store {
    /// Returns a place; `None` where there is none of this kind.
    pub fn outlet(&self, kind: Kind) -> Result<Option<Outlet>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT place, content, written_at, due_at, problem, remedy FROM calendar_outlets WHERE kind = ?1",
        )?;
        let outlet = statement.query_row([kind.name()], |row| {
            let moment =
                |column: &str| row.get::<_, Option<i64>>(column).map(|stored| stored.map(bounds::nearest_moment));
            let problem: Option<String> = row.get("problem")?;
            let remedy: Option<String> = row.get("remedy")?;
            Ok(Outlet {
                kind,
                place: row.get("place")?,
                content: row.get("content")?,
                written_at: moment("written_at")?,
                due_at: moment("due_at")?,
                trouble: problem.map(|message| Trouble { message, next: remedy.unwrap_or_default() }),
            })
        });
        Ok(outlet.optional()?)
    }

    /// Stores a place, in the stead of an earlier one of its kind.
    pub fn set_outlet(&self, outlet: &Outlet) -> Result<(), Error> {
        let connection = self.writer();
        connection.execute(
            "INSERT INTO calendar_outlets (kind, place, content, written_at, due_at, problem, remedy) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (kind) DO UPDATE SET place = ?2, content = ?3, written_at = ?4, due_at = ?5, problem = ?6, remedy = ?7",
            params![
                outlet.kind.name(),
                outlet.place,
                outlet.content,
                outlet.written_at.map(to_millis),
                outlet.due_at.map(to_millis),
                outlet.trouble.as_ref().map(|trouble| &trouble.message),
                outlet.trouble.as_ref().map(|trouble| &trouble.next),
            ],
        )?;
        Ok(())
    }

    /// Notes what became of the last writing, unless the place was changed meanwhile.
    pub fn note_outlet(&self, outlet: &Outlet) -> Result<(), Error> {
        match self.outlet(outlet.kind)? {
            Some(now) if now.place == outlet.place => self.set_outlet(outlet),
            _ => Ok(()),
        }
    }

    /// Forgets a place.
    pub fn remove_outlet(&self, kind: Kind) -> Result<bool, Error> {
        let connection = self.writer();
        Ok(connection.execute("DELETE FROM calendar_outlets WHERE kind = ?1", [kind.name()])? > 0)
    }
}
