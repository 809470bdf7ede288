use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::export::{self, Calendar};
use super::import::{self, Import};
use crate::domain::profile::preferences::Preferences;

const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\n\
X-WR-CALNAME:Dojo\r\nBEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\n\
TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:one@example\r\n\
DTSTART;TZID=\"W. Europe Standard Time\":20270105T190000\r\nDTEND;TZID=\"W. Europe Standard Time\":20270105T200000\r\n\
SUMMARY;LANGUAGE=de:Karate\\, Grundlagen\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n\
TRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:series@example\r\n\
DTSTART;TZID=Europe/Berlin:20270104T180000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n\
EXDATE;TZID=Europe/Berlin:20270111T180000\r\nSUMMARY:Judo\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:series@example\r\n\
RECURRENCE-ID;TZID=Europe/Berlin:20270118T180000\r\nDTSTART;TZID=Europe/Berlin:20270119T200000\r\nDURATION:PT1H\r\n\
SUMMARY:Judo\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:day@example\r\nDTSTART;VALUE=DATE:20270110\r\nSUMMARY:Holiday\r\n\
END:VEVENT\r\nBEGIN:VEVENT\r\nUID:fast@example\r\nDTSTART:20270110T100000Z\r\nDURATION:PT1H\r\n\
RRULE:FREQ=SECONDLY\r\nSUMMARY:Fast\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn import(file: &str) -> Import {
    let defaults = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    import::plan(file.as_bytes(), Tz::UTC, &defaults, &BTreeMap::new(), now()).unwrap()
}

fn export(import: &Import) -> String {
    let Import { calendar, name, frame, mut kept, .. } = import.clone();
    kept.sort_by_key(|kept| kept.position);
    export::file(&import.after, &[Calendar { id: calendar, name, frame, events: kept }], now())
}

#[test]
fn an_event_becomes_a_class_a_rule_a_series_and_what_cannot_is_refused_with_its_line() {
    let import = import(FILE);
    let starts: Vec<String> = import.new.iter().map(|item| format!("{} {}", item.title, item.start.local())).collect();
    assert_eq!(
        starts,
        ["Karate, Grundlagen 2027-01-05 19:00:00", "Judo 2027-01-04 18:00:00", "Judo 2027-01-19 20:00:00"]
    );
    let refused: Vec<String> =
        import.refused.iter().map(|one| format!("{} {}: {}", one.line, one.title, one.reason)).collect();
    assert_eq!(
        refused,
        [
            "39 Holiday: It lasts the whole day; a class begins at a time.",
            "46 Fast: SECONDLY would repeat the class within a day.",
        ]
    );
    assert_eq!(import.after.series.values().next().unwrap().exceptions.len(), 2);
}

#[test]
fn what_was_imported_is_exported_as_it_was_and_a_second_time_byte_for_byte() {
    let first = export(&import(FILE));
    let second = export(&import(&first));
    assert_eq!(first, second);
    let without_refused = |text: &str| {
        let mut lines: Vec<String> = text.replace("\r\n ", "").lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let kept = FILE.split("BEGIN:VEVENT\r\nUID:day@example").next().unwrap();
    assert_eq!(without_refused(&first), without_refused(&format!("{kept}END:VCALENDAR\r\n")));
}
