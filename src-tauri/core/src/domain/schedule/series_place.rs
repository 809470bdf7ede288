//! The place of a session in a series.

use chrono::NaiveDateTime;

use crate::domain::ids::SeriesId;

/// The place of a session in a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesPlace {
    /// The series.
    pub series: SeriesId,
    /// The wall-clock time at which the rule put the session. A moved session begins at another time.
    pub occurrence: NaiveDateTime,
}
