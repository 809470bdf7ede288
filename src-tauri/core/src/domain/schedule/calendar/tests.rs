use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::export::{self, Calendar};
use super::import::{self, Earlier, Import, Kept, Known, Source};
use super::lines::Component;
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::series::{Scope, Series, SeriesEdit, SeriesSessions};
use crate::domain::schedule::session::{Plan, SessionInput};
use crate::domain::schedule::start::Start;

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
    import::plan(file.as_bytes(), Tz::UTC, &defaults, &Earlier::default(), Source::Chosen, now()).unwrap()
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
            "41 Holiday: It lasts the whole day; a class begins at a time.",
            "48 Fast: SECONDLY would repeat the class within a day.",
        ]
    );
    assert_eq!(import.after.series.values().next().unwrap().exceptions.len(), 2);
}

#[test]
fn what_was_imported_is_exported_as_it_was_and_a_second_time_byte_for_byte() {
    let first = export(&import(FILE));
    let second = export(&import(&first));
    assert_eq!(first, second);
    assert_eq!(lines_of(&first), lines_of(FILE), "refused events are written, too");
}

/// The lines of a file without their folds, in alphabetical order.
fn lines_of(file: &str) -> Vec<String> {
    let mut lines: Vec<String> = file.replace("\r\n", "\n").replace("\n ", "").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What an import leaves behind for the next one.
fn earlier(import: &Import) -> Earlier {
    let known = |kept: &Kept| Known {
        fed: kept.fed,
        taken_off: kept.taken_off.clone(),
        calendar: import.calendar,
        text: kept.text.clone(),
        session: kept.session.and_then(|id| import.after.sessions.get(&id).cloned()),
        series: kept.series.and_then(|id| import.after.series.get(&id).cloned()),
        gone: kept.gone,
    };
    let mut of_series: std::collections::BTreeMap<_, Vec<_>> = std::collections::BTreeMap::new();
    for session in import.after.sessions.values() {
        if let Some(place) = session.series {
            of_series.entry(place.series).or_default().push(session.clone());
        }
    }
    Earlier {
        of_series,
        events: import.kept.iter().map(|kept| (kept.key.clone(), known(kept))).collect(),
        frames: [(import.calendar, Component::from_text(&import.frame).unwrap())].into(),
        ..Earlier::default()
    }
}

fn import_again(file: &str, before: &Import, zone: Tz) -> Import {
    let defaults = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    import::plan(file.as_bytes(), zone, &defaults, &earlier(before), Source::Chosen, now()).unwrap()
}

fn reasons(import: &Import) -> Vec<&str> {
    import.refused.iter().map(|refused| refused.reason.as_str()).collect()
}

#[test]
fn files_of_five_programs_lose_no_line_and_are_written_a_second_time_byte_for_byte() {
    for (program, new, refused, floating) in [
        ("google", 3, vec!["It lasts the whole day; a class begins at a time."], 0),
        ("outlook", 2, vec![], 0),
        ("apple", 2, vec![], 1),
        ("thunderbird", 1, vec![], 0),
        ("nextcloud", 1, vec![], 0),
    ] {
        let path = format!("{}/../../tests/fixtures/calendars/{program}.ics", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read_to_string(path).unwrap();
        let first = import(&file);
        assert_eq!((first.new.len(), first.floating), (new, floating), "{program}: {:?}", first.refused);
        assert_eq!(reasons(&first), refused, "{program}");
        let written = export(&first);
        assert_eq!(lines_of(&written), lines_of(&file), "{program}");
        assert_eq!(export(&import(&written)), written, "{program}");
        let again = import_again(&file, &first, Tz::UTC);
        assert_eq!((again.new.len(), again.changed.len(), again.same), (0, 0, first.kept.len()), "{program}");
        assert_eq!((again.calendar, &again.frame), (first.calendar, &first.frame), "{program}");
    }
}

#[test]
fn an_imported_series_that_was_moved_and_renamed_is_exported_as_it_is_now() {
    let mut import = import(FILE);
    let first =
        import.after.sessions.values().filter(|one| one.series.is_some()).min_by_key(|one| one.plan.start.instant());
    let (id, plan) = first.map(|one| (one.id, one.plan.clone())).unwrap();
    let input = SessionInput {
        title: "Judo II".into(),
        instructor: plan.instructor,
        start_local: "2027-01-04T17:30".into(),
        timezone: "Europe/London".into(),
        duration_minutes: 90,
        record: plan.record,
        quality: plan.quality.to_string(),
        max_participants: plan.max_participants.into(),
    };
    let later = now() + TimeDelta::hours(1);
    import.after = import.after.clone().edit(id, Scope::All, &input, SeriesEdit::default(), later).unwrap();
    let file = export(&import);
    for line in [
        "DTSTART;TZID=Europe/London:20270104T173000",
        "DURATION:PT90M",
        "SUMMARY:Judo II",
        "SEQUENCE:3601",
        "LAST-MODIFIED:20261201T130000Z",
        "EXDATE;TZID=Europe/London:20270111T173000",
        "RECURRENCE-ID;TZID=Europe/London:20270118T173000",
        "TZID:Europe/London",
    ] {
        assert_eq!(file.matches(&format!("{line}\r\n")).count(), 1, "{line}: {file}");
    }
    let days = |import: &Import| {
        let sessions = import.after.sessions.values();
        sessions.map(|one| (one.plan.start.local(), one.plan.title.clone())).collect::<std::collections::BTreeSet<_>>()
    };
    let read = self::import(&file);
    assert_eq!(days(&read), days(&import));
    assert_eq!(export(&read), file);

    import.after = import
        .after
        .clone()
        .edit(
            id,
            Scope::All,
            &SessionInput { title: "Judo III".into(), ..input },
            SeriesEdit::default(),
            later + TimeDelta::hours(1),
        )
        .unwrap();
    assert!(export(&import).contains("SEQUENCE:7201\r\n"));
}

#[test]
fn a_date_of_a_series_that_ended_before_it_becomes_an_event_of_its_own() {
    let mut import = import(FILE);
    let sessions = import.after.sessions.values().filter(|one| one.series.is_some());
    let first = sessions.min_by_key(|one| one.plan.start.instant()).map(|one| one.id).unwrap();
    import.after = import.after.clone().end_before(first, now()).unwrap();
    let own = import.kept.iter().find(|kept| kept.key.1.is_some()).and_then(|kept| kept.session).unwrap();
    let file = export(&import);
    assert!(!file.contains("RECURRENCE-ID"), "{file}");
    assert!(file.contains(&format!("UID:{own}@hajime\r\n")), "{file}");
}

#[test]
fn a_class_of_an_own_series_in_another_zone_comes_with_both_zones() {
    let plan = Plan::example("2027-01-04T17:00:00Z".parse().unwrap());
    let start = Start::of_occurrence("2027-01-04T18:00:00".parse().unwrap(), Tz::Europe__Berlin);
    let rule = Rule::parse("FREQ=WEEKLY;BYDAY=MO;UNTIL=20270301").unwrap();
    let series = Series::new(rule, Plan { start, ..plan }, &[], now()).unwrap();
    let mut sessions = series.sessions_to_make([], now());
    let away = Start::of_occurrence("2027-01-05T10:00:00".parse().unwrap(), Tz::America__New_York);
    sessions[0].plan.start = away;
    let all = SeriesSessions {
        sessions: sessions.into_iter().map(|session| (session.id, session)).collect(),
        series: [(series.id, series)].into(),
        ..SeriesSessions::default()
    };
    let file = export::file(&all, &[], now());
    for line in [
        "TZID:Europe/Berlin",
        "TZID:America/New_York",
        "RECURRENCE-ID;TZID=Europe/Berlin:20270104T180000",
        "DTSTART;TZID=America/New_York:20270105T100000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270301T225959Z",
    ] {
        assert_eq!(file.matches(&format!("{line}\r\n")).count(), 1, "{line}: {file}");
    }
}

fn one_event(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Dojo time\r\nX-LIC-LOCATION:Europe/Berlin\r\n\
         BEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n\
         END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:one@example\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn a_changed_event_in_a_zone_that_only_its_file_knows_changes_its_class() {
    let with = |title: &str| {
        one_event(&format!(
            "DTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Dojo time:20270105T190000\r\nDURATION:PT1H\r\nSUMMARY:{title}"
        ))
    };
    let first = import(&with("Karate"));
    let second = import_again(&with("Aikido"), &first, Tz::UTC);
    let changed: Vec<&str> = second.changed.iter().map(|item| item.title.as_str()).collect();
    assert_eq!((changed, second.refused.len()), (vec!["Aikido"], 0), "{:?}", second.refused);

    // A new DTSTAMP, as programs write at each export, changes nothing.
    let stamped = with("Karate").replace("20261101T000000Z", "20261102T000000Z");
    let second = import_again(&stamped, &first, Tz::UTC);
    assert_eq!((second.same, second.changed.len()), (1, 0));
}

#[test]
fn a_time_without_a_zone_stays_so_until_the_class_is_moved() {
    let file = one_event("DTSTART:20270105T190000\r\nDTEND:20270105T200000\r\nSUMMARY:Karate");
    let defaults = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    let mut import =
        import::plan(file.as_bytes(), Tz::Asia__Tokyo, &defaults, &Earlier::default(), Source::Chosen, now()).unwrap();
    assert_eq!(import.floating, 1);
    assert_eq!(export(&import), file);
    let session = import.after.sessions.values_mut().next().unwrap();
    session.plan.start = Start::of_occurrence("2027-01-05T20:00:00".parse().unwrap(), Tz::Asia__Tokyo);
    let moved = export(&import);
    assert!(moved.contains("DTSTART;TZID=Asia/Tokyo:20270105T200000\r\n"), "{moved}");
    assert!(moved.contains("DURATION:PT60M\r\n") && !moved.contains("DTEND"), "{moved}");
}

#[test]
fn a_class_that_was_changed_here_is_not_overwritten_and_the_event_is_refused() {
    let with = |title: &str| one_event(&format!("DTSTART:20270105T180000Z\r\nDURATION:PT1H\r\nSUMMARY:{title}"));
    let mut first = import(&with("Karate"));
    first.after.sessions.values_mut().next().unwrap().plan.title = "Karate (Ana)".into();
    let second = import_again(&with("Aikido"), &first, Tz::UTC);
    let kept: Vec<&str> = second.changed_here.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(kept, ["It was changed here and in the calendar, so it stays as it is here."]);
    assert_eq!((second.refused.len(), second.after.sessions.len()), (0, 0));
    assert!(!second.frame.contains("VEVENT"), "the event is here already: {}", second.frame);
    let as_here = import_again(&with("Karate (Ana)"), &first, Tz::UTC);
    assert_eq!((as_here.same, as_here.refused.len()), (1, 0));
}

#[test]
fn events_that_would_take_without_end_are_refused_by_name() {
    let reason = |lines: &str| {
        let file = one_event(&format!("SUMMARY:A\r\nDTSTART:20270105T180000Z\r\n{lines}"));
        import(&file).refused.into_iter().map(|refused| (refused.line, refused.reason)).next().unwrap()
    };
    let dates = vec!["20270112T180000Z"; 10_000].join(",");
    for (lines, line, why) in [
        ("DURATION:PT1H\r\nRRULE:FREQ=SECONDLY", 17, "SECONDLY would repeat the class within a day."),
        (&*format!("DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEXDATE:{dates}"), 18, "It leaves out more than 1000 dates."),
        (
            "DURATION:PT1H\r\nRDATE;VALUE=PERIOD:20270112T180000Z/PT2H",
            17,
            "It adds a date with a length of its own; plan that class by itself.",
        ),
        (
            "DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nRDATE:20270112T100000Z",
            12,
            "It has two classes on 12 January 2027; a series has one a day.",
        ),
        ("DURATION:P99999999999D", 16, "“P99999999999D” is not a length."),
        ("DTEND:20270110T180000Z", 12, "It is longer than 24 hours."),
        ("DTEND;TZID=Nowhere/Atall:20270105T190000", 16, "The time zone “Nowhere/Atall” is not known."),
        ("DTEND:99999999T999999Z", 16, "“99999999T999999Z” is not a date and time."),
        ("", 12, "It has no end and no length."),
    ] {
        let (at, said) = reason(lines);
        assert_eq!((said.as_str(), at), (why, line), "{}", &lines[..lines.len().min(60)]);
    }
}

#[test]
fn more_events_than_a_desk_has_use_for_are_refused_at_once() {
    let event = "BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n";
    let file = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", event.repeat(20_001));
    let defaults = Preferences::default();
    let refused =
        import::plan(file.as_bytes(), Tz::UTC, &defaults, &Earlier::default(), Source::Chosen, now()).unwrap_err();
    assert_eq!(refused.to_string(), "The calendar has 20001 events.");
}
