//! The limits and defaults of a session's plan. The form, the CLI and the settings use the same values.

use chrono::TimeDelta;

/// Longest title, in characters. Stream shows the title as the video's name, which stays readable up to here.
pub const TITLE_MAX: usize = 120;
/// Longest instructor name, in characters.
pub const INSTRUCTOR_MAX: usize = 80;
/// Longest session. RealtimeKit ends a recording after 86,400 seconds whatever happens in the room.
pub const LENGTH_MAX: TimeDelta = TimeDelta::minutes(LENGTH_MAX_MINUTES as i64);
/// [`LENGTH_MAX`] in minutes.
pub const LENGTH_MAX_MINUTES: u32 = 1_440;
/// [`LENGTH_MAX`] in seconds, as RealtimeKit takes it.
pub const LENGTH_MAX_SECONDS: u32 = LENGTH_MAX_MINUTES * 60;
/// Length of a new session, in minutes.
pub const LENGTH_DEFAULT_MINUTES: u32 = 60;
/// Most people a session may invite.
pub const PARTICIPANTS_MAX: u32 = 1_000;
/// How many people a new session may invite.
pub const PARTICIPANTS_DEFAULT: u32 = 50;
/// How far in the past a start may lie and still count as “now”: filling in a form takes a moment.
pub const START_GRACE: TimeDelta = TimeDelta::minutes(5);
/// A start this long before the plan is early and has to be confirmed.
pub const EARLY_START: TimeDelta = TimeDelta::hours(1);
/// How far ahead a session may be planned: five years, leap days included.
pub const START_HORIZON: TimeDelta = TimeDelta::days(5 * 366);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_length_is_the_same_in_minutes() {
        assert_eq!(LENGTH_MAX.num_minutes(), i64::from(LENGTH_MAX_MINUTES));
    }
}
