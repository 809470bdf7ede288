//! Provisional.
use crate::domain::ids::SessionId;
use crate::domain::schedule::join_link::{DoorSeat, SeatState};
use crate::store::{Error, Store, moment};
impl Store {
    /// x
    pub fn door_seats_of(&self, session: SessionId) -> Result<Vec<DoorSeat>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT seat, person, name, state, agreed, since FROM door_seats WHERE session_id = ?1")?;
        let rows = statement.query_map([session.to_string()], |row| {
            Ok(DoorSeat {
                seat: row.get(0)?,
                session,
                link: None,
                person: row.get(1)?,
                name: row.get(2)?,
                state: SeatState::named(&row.get::<_, String>(3)?).unwrap_or(SeatState::In),
                agreed: row.get(4)?,
                since: moment(row, 5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
