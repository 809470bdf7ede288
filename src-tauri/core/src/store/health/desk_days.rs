//! `desk_days`: the days on which the jobs of this desk ran.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use crate::domain::health::success::DeskDay;
use crate::store::{Error, Store, moment, to_millis};

const DAY_MILLIS: i64 = 86_400_000;

/// Notes that the jobs ran at this moment.
pub(in crate::store) fn note(transaction: &Transaction<'_>, at: DateTime<Utc>) -> Result<(), Error> {
    let at = to_millis(at);
    transaction
        .prepare_cached(
            "INSERT INTO desk_days (day, first, last) VALUES (?1, ?2, ?2)
             ON CONFLICT (day) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)",
        )?
        .execute(params![at.div_euclid(DAY_MILLIS), at])?;
    Ok(())
}

impl Store {
    /// Returns the days on which the jobs of this desk ran, from the day of `from` on.
    pub fn desk_days(&self, from: DateTime<Utc>) -> Result<Vec<DeskDay>, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT first, last FROM desk_days WHERE day >= ?1 ORDER BY day")?;
        let rows = statement.query_map([to_millis(from).div_euclid(DAY_MILLIS)], |row| {
            Ok(DeskDay { first: moment(row, 0)?, last: moment(row, 1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_first_and_last_moment_whatever_their_order() {
        let store = Store::in_memory().unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let all = ["2026-11-02T09:00:00Z", "2026-11-02T07:00:00Z", "2026-11-02T23:59:59Z", "2026-11-04T00:00:00Z"];
        for one in all {
            store.write(|transaction| note(transaction, at(one))).unwrap();
        }
        let days = store.desk_days(at("2026-11-02T12:00:00Z")).unwrap();
        let first = DeskDay { first: at(all[1]), last: at(all[2]) };
        assert_eq!(days, [first, DeskDay { first: at(all[3]), last: at(all[3]) }]);
    }
}
