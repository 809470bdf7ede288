//! The limits and defaults of a session's plan. The form, the CLI and the settings use the same values.

use chrono::TimeDelta;

/// The longest title, in characters. Stream shows the title as the video's name, and a longer one is hard to read
/// there.
pub const TITLE_MAX: usize = 120;
/// The longest name of an instructor, in characters.
pub const INSTRUCTOR_MAX: usize = 80;
/// The longest session. RealtimeKit ends every recording after 86,400 seconds.
pub const LENGTH_MAX: TimeDelta = TimeDelta::minutes(LENGTH_MAX_MINUTES as i64);
/// [`LENGTH_MAX`] in minutes.
pub const LENGTH_MAX_MINUTES: u32 = 1_440;
/// [`LENGTH_MAX`] in seconds, the unit of RealtimeKit.
pub const LENGTH_MAX_SECONDS: u32 = LENGTH_MAX_MINUTES * 60;
/// The default length of a new session, in minutes.
pub const LENGTH_DEFAULT_MINUTES: u32 = 60;
/// The most people that a session may invite.
pub const PARTICIPANTS_MAX: u32 = 1_000;
/// The default number of people that a new session may invite.
pub const PARTICIPANTS_DEFAULT: u32 = 50;
/// The longest name of a person on a roster, in characters.
pub const PERSON_NAME_MAX: usize = 80;
/// The longest e-mail address in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX: usize = 254;
/// The longest text of a roster that is read, in bytes: a thousand people with long lines.
pub const ROSTER_TEXT_MAX: usize = 1 << 20;
/// The most lines of a roster that are read.
pub const ROSTER_LINES_MAX: usize = 10_000;
/// The most people on a roster: those who take part and the hosts among them.
pub const ROSTER_MAX: usize = PARTICIPANTS_MAX as usize;
/// The longest text of an invitation, in characters, before its fields are filled in.
pub const INVITATION_TEXT_MAX: usize = 4_000;
/// The time by which a new start may lie in the past, because filling in a form takes a moment.
pub const START_GRACE: TimeDelta = TimeDelta::minutes(5);
/// The time before the planned start from which starting counts as early and has to be confirmed.
pub const EARLY_START: TimeDelta = TimeDelta::hours(1);
/// The time ahead for which a session may be planned: five years, leap days included.
pub const START_HORIZON: TimeDelta = TimeDelta::days(5 * 366);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_max_equals_length_max_minutes() {
        assert_eq!(LENGTH_MAX.num_minutes(), i64::from(LENGTH_MAX_MINUTES));
    }
}
