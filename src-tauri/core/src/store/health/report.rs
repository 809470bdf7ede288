//! Whether the monthly report is mailed, and for which month that was begun last.

use chrono::{DateTime, Utc};

use crate::domain::bounds::nearest_moment;
use crate::domain::health::report::Month;
use crate::store::{Error, Store};

const MAILED: &str = "report_mail";
/// The last month whose report was handed to the mail server. It is written before that, so that nobody gets it twice.
pub(in crate::store) const MAILED_LAST: &str = "report_mailed";

impl Store {
    /// Returns whether the report of each month is mailed.
    pub fn mails_report(&self) -> Result<bool, Error> {
        Ok(self.setting(MAILED)?.as_deref() == Some("on"))
    }

    /// Stores whether the report of each month is mailed.
    pub fn set_mails_report(&self, on: bool) -> Result<(), Error> {
        self.set_setting(MAILED, on.then_some("on"))
    }

    /// Returns the last month whose report was mailed.
    pub fn report_mailed(&self) -> Result<Option<Month>, Error> {
        Ok(self.setting(MAILED_LAST)?.and_then(|stored| stored.parse().ok()))
    }

    /// Returns when the first session or recording of this desk began; `None` while there is none.
    pub fn first_moment(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT min(at) FROM (SELECT min(start) AS at FROM sessions UNION ALL SELECT min(created_at) FROM recordings)",
        )?;
        Ok(statement.query_row([], |row| row.get::<_, Option<i64>>(0))?.map(nearest_moment))
    }

    /// Stores the last month whose report was mailed.
    pub fn set_report_mailed(&self, month: Option<Month>) -> Result<(), Error> {
        self.set_setting(MAILED_LAST, month.map(|month| month.to_string()).as_deref())
    }
}
