//! The rescue clock: RealtimeKit keeps a recorded file for seven days, and until Stream has it that is all the time there is.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::recorder::stage::Announcement;

/// How long RealtimeKit keeps a recorded file (RealtimeKit docs, “Recording”: the download address works for seven days).
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// A warning that a file will be gone, by how long before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// 72 hours before.
    ThreeDays,
    /// 24 hours before.
    OneDay,
    /// 6 hours before.
    SixHours,
}

impl Warning {
    /// All of them, in the order in which they come.
    pub const ALL: [Self; 3] = [Self::ThreeDays, Self::OneDay, Self::SixHours];

    /// How long before the end it is given.
    #[must_use]
    pub const fn before(self) -> TimeDelta {
        TimeDelta::hours(self.hours())
    }

    /// The same in hours.
    #[must_use]
    pub const fn hours(self) -> i64 {
        match self {
            Self::ThreeDays => 72,
            Self::OneDay => 24,
            Self::SixHours => 6,
        }
    }

    /// The warning that is given so many hours before.
    #[must_use]
    pub fn from_hours(hours: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|warning| warning.hours() == hours)
    }
}

/// What a person is told about a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It became watchable or failed.
    Stage(Announcement),
    /// Its file will be gone before Stream has it.
    Expiring(Warning),
}

/// The warnings whose time has come, in order; none once the file is gone.
///
/// Whoever was away for days gets the last of them only; the earlier ones count as given.
#[must_use]
pub fn warnings_due(expires: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Warning> {
    if now >= expires {
        return Vec::new();
    }
    Warning::ALL.into_iter().filter(|warning| expires.since(now) <= warning.before()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_has_its_moment() {
        let expires: DateTime<Utc> = "2026-03-20T12:00:00Z".parse().unwrap();
        let due = |hours: i64, seconds: i64| {
            warnings_due(expires, expires - TimeDelta::hours(hours) + TimeDelta::seconds(seconds))
        };
        assert_eq!(due(168, 0), []);
        assert_eq!(due(72, -1), []);
        assert_eq!(due(72, 0), [Warning::ThreeDays]);
        assert_eq!(due(24, -1), [Warning::ThreeDays]);
        assert_eq!(due(24, 0), [Warning::ThreeDays, Warning::OneDay]);
        assert_eq!(due(6, 0), Warning::ALL);
        assert_eq!(due(0, -1), Warning::ALL);
        assert_eq!(due(0, 0), []);
        assert_eq!(due(-1, 0), []);
    }

    #[test]
    fn hours_name_a_warning() {
        for warning in Warning::ALL {
            assert_eq!(Warning::from_hours(warning.hours()), Some(warning));
        }
        assert_eq!(Warning::from_hours(7), None);
    }
}
