//! The list of who attended a session, as a CSV file for spreadsheet programs (RFC 4180).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::recorder::consent::Consent;
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::person::{Email, Role};
use crate::domain::spreadsheet;

/// Somebody who was in the room of a session, or was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// The name on the roster, or else the one that they gave themselves; empty where there is none.
    pub name: String,
    /// The address on the roster.
    pub email: Option<Email>,
    /// The role in the room.
    pub role: Role,
    /// When they were in the room; `None` where RealtimeKit has not seen them.
    pub attendance: Option<Attendance>,
    /// Whether they agreed to be recorded.
    pub consent: Consent,
}

/// Returns the list as CSV in UTF-8. Times are those of the zone, to the second; minutes are whole ones. A cell that a
/// spreadsheet program would run as a formula begins with an apostrophe.
#[must_use]
pub fn csv(attendees: &[Attendee], zone: Tz) -> String {
    let time = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string();
    let titles = ["name", "email", "role", "joined", "left", "minutes", "agreed to be recorded"].map(str::to_owned);
    let rows = attendees.iter().map(|one| {
        let seen = one.attendance;
        let consent = match one.consent {
            Consent::Agreed => "yes",
            Consent::Declined => "no",
            Consent::Unknown => "",
        };
        [
            one.name.clone(),
            one.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            one.role.name().to_owned(),
            seen.map(|seen| time(seen.joined_at)).unwrap_or_default(),
            seen.and_then(|seen| seen.left_at).map(time).unwrap_or_default(),
            seen.map(|seen| seen.present.num_minutes().to_string()).unwrap_or_default(),
            consent.to_owned(),
        ]
    });
    spreadsheet::table(std::iter::once(titles).chain(rows))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn attendee(name: &str) -> Attendee {
        Attendee {
            name: name.into(),
            email: None,
            role: Role::Participant,
            attendance: None,
            consent: Consent::Unknown,
        }
    }

    #[test]
    fn the_list_has_times_of_the_zone_and_empty_cells_for_whoever_was_not_there() {
        let joined_at: DateTime<Utc> = "2026-03-20T17:02:03Z".parse().unwrap();
        let anna = Attendee {
            email: Some("anna@example.org".parse().unwrap()),
            role: Role::Host,
            attendance: Some(Attendance {
                joined_at,
                left_at: Some(joined_at + TimeDelta::minutes(61)),
                present: TimeDelta::seconds(3_599),
            }),
            consent: Consent::Agreed,
            ..attendee("Anna")
        };
        let bo = Attendee { consent: Consent::Declined, ..attendee("Bo, Jr. \"the 2nd\"") };
        assert_eq!(
            csv(&[anna, bo], chrono_tz::Europe::Berlin),
            "\u{feff}name,email,role,joined,left,minutes,agreed to be recorded\r\n\
             Anna,anna@example.org,host,2026-03-20 18:02:03,2026-03-20 19:03:03,59,yes\r\n\
             \"Bo, Jr. \"\"the 2nd\"\"\",,participant,,,,no\r\n"
        );
    }

    #[test]
    fn no_name_becomes_a_formula() {
        for begin in ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＠"] {
            let name = format!("{begin}HYPERLINK(\"https://evil.example\")");
            let text = csv(&[attendee(&name)], chrono_tz::UTC);
            let cell = text.split("recorded\r\n").nth(1).unwrap();
            assert!(cell.starts_with("\"'"), "{cell}");
        }
        assert!(csv(&[attendee("Anne-Marie")], chrono_tz::UTC).contains("\nAnne-Marie,"));
    }
}
