//! `series_roster`: the people of each series.

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction};

use crate::domain::ids::{PersonId, SeriesId, SessionId};
use crate::domain::schedule::person::Person;
use crate::domain::schedule::roster;
use crate::domain::schedule::series::SeriesSessions;
use crate::domain::schedule::series_roster::{ClassRoster, SeriesRosters};
use crate::domain::schedule::session::Session;
use crate::store::schedule::roster::{List, read_people, read_rosters, write_people, write_roster};
use crate::store::schedule::sessions;
use crate::store::{Error, Store};

impl Store {
    /// Returns whether a person is among the people of a series, with whom its classes begin.
    pub fn is_in_series(&self, series: SeriesId, person: PersonId) -> Result<bool, Error> {
        let connection = self.connection();
        let sql = "SELECT EXISTS (SELECT 1 FROM series_roster WHERE series_id = ?1 AND person_id = ?2)";
        let values = [series.to_string(), person.to_string()];
        Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }
}

/// Reads the people of a series.
pub(in crate::store) fn read(connection: &Connection, series: SeriesId) -> Result<Vec<Person>, Error> {
    read_people(connection, List::OfSeries, &series.to_string())
}

/// Stores the people of a series in the place of those before.
pub(in crate::store) fn write(transaction: &Transaction<'_>, series: SeriesId, people: &[Person]) -> Result<(), Error> {
    write_people(transaction, List::OfSeries, &series.to_string(), people)
}

/// Puts the people of its series on the roster of a class that is made.
pub(in crate::store) fn begin(transaction: &Transaction<'_>, session: &Session) -> Result<(), Error> {
    let Some(place) = session.series else { return Ok(()) };
    write_roster(transaction, session.id, &read(transaction, place.series)?)
}

/// Reads the people of a series, of its classes, which are in `all`, and of the classes in `others`.
pub(in crate::store) fn of_series(
    connection: &Connection,
    id: SeriesId,
    mut all: SeriesSessions,
    others: &BTreeSet<SessionId>,
) -> Result<SeriesRosters, Error> {
    for other in others {
        if all.sessions.contains_key(other) {
            continue;
        }
        all.sessions.extend(sessions::find(connection, *other)?.map(|session| (*other, session)));
    }
    let mut rosters = read_rosters(connection, all.sessions.keys())?;
    let classes = all.sessions.into_iter().map(|(id, session)| {
        let people = rosters.remove(&id).unwrap_or_default();
        (id, ClassRoster { session, people })
    });
    Ok(SeriesRosters { classes: classes.collect(), people: read(connection, id)?, series: all.series.remove(&id) })
}

/// Returns the sessions that have other people than their series.
pub(in crate::store) fn with_own_people(
    connection: &Connection,
    all: &SeriesSessions,
) -> Result<BTreeSet<SessionId>, Error> {
    let rosters = read_rosters(connection, all.sessions.keys())?;
    let has_own = |session: &&Session| {
        let people = rosters.get(&session.id).map_or(&[][..], Vec::as_slice);
        let of_series = session.series.and_then(|place| all.people.get(&place.series));
        of_series.is_some_and(|of_series| !roster::has_same_people(people, of_series))
    };
    Ok(all.sessions.values().filter(has_own).map(|session| session.id).collect())
}

/// Stores the lists that differ between `before` and `after`.
pub(in crate::store) fn write_changed(
    transaction: &Transaction<'_>,
    id: SeriesId,
    before: &SeriesRosters,
    after: &SeriesRosters,
) -> Result<(), Error> {
    if before.people != after.people {
        write(transaction, id, &after.people)?;
    }
    for (session, class) in &after.classes {
        if before.classes.get(session).is_some_and(|before| before.people != class.people) {
            write_roster(transaction, *session, &class.people)?;
        }
    }
    Ok(())
}
