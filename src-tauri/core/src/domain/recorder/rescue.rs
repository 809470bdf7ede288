//! The rescue deadline: RealtimeKit keeps a recording's file for seven days, and Stream must have the file before they
//! are over.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;

/// The time for which RealtimeKit keeps a recording's file (RealtimeKit docs, “Recording”: the download address works
/// for seven days).
pub const FILE_RETENTION: TimeDelta = TimeDelta::days(7);

/// The hours before RealtimeKit deletes a file at which people are warned, in order.
pub const WARNING_HOURS_BEFORE_EXPIRY: [u32; 3] = [72, 24, 6];

/// Returns the warnings that are due, as hours before the file is deleted; none once the file is deleted.
///
/// After days without Hajime, several are due at once. Only the last one is delivered, and the earlier ones count as
/// given.
#[must_use]
pub fn warnings_due(expires: DateTime<Utc>, now: DateTime<Utc>) -> Vec<u32> {
    if now >= expires {
        return Vec::new();
    }
    let is_due = |hours: &u32| expires.since(now) <= TimeDelta::hours(i64::from(*hours));
    WARNING_HOURS_BEFORE_EXPIRY.into_iter().filter(is_due).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_is_due_from_its_hour_until_the_file_is_deleted() {
        let expires: DateTime<Utc> = "2026-03-20T12:00:00Z".parse().unwrap();
        let due = |hours: i64, seconds: i64| {
            warnings_due(expires, expires - TimeDelta::hours(hours) + TimeDelta::seconds(seconds))
        };
        assert_eq!(due(168, 0), [0_u32; 0]);
        assert_eq!(due(72, -1), [0_u32; 0]);
        assert_eq!(due(72, 0), [72]);
        assert_eq!(due(24, -1), [72]);
        assert_eq!(due(24, 0), [72, 24]);
        assert_eq!(due(6, 0), [72, 24, 6]);
        assert_eq!(due(0, -1), [72, 24, 6]);
        assert_eq!(due(0, 0), [0_u32; 0]);
        assert_eq!(due(-1, 0), [0_u32; 0]);
    }
}
