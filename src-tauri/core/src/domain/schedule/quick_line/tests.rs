use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;

use super::*;

const ENGLISH: Language = Language { german: false, day_first: Some(true) };
const GERMAN: Language = Language { german: true, day_first: Some(true) };

/// Wednesday, 25 November 2026, 18:20 in Berlin.
fn read(text: &str, language: Language) -> QuickLine {
    let now = Utc.with_ymd_and_hms(2026, 11, 25, 17, 20, 0).unwrap();
    QuickLine::read(text, now, chrono_tz::Europe::Berlin, language)
}

fn start(text: &str, language: Language) -> String {
    let line = read(text, language);
    assert_eq!(line.problems, [], "{text}");
    line.start.unwrap().format("%a %F %H:%M").to_string()
}

fn problem(text: &str, language: Language) -> String {
    let line = read(text, language);
    line.problems.first().map(|problem| problem.message.clone()).unwrap_or_default()
}

#[test]
fn every_part_is_read_and_says_where_it_came_from() {
    let text = "Judo basics thu 20:30 60m weekly rec mori mat2";
    let line = read(text, ENGLISH);
    assert_eq!(line.title.as_deref(), Some("Judo basics"));
    assert_eq!(line.start.unwrap().to_string(), "2026-11-26 20:30:00");
    assert_eq!((line.minutes, line.record), (Some(60), Some(true)));
    assert_eq!(line.rule.as_deref(), Some("FREQ=WEEKLY"));
    let parts: Vec<_> = line.understood.iter().map(|one| (one.part.name(), &text[one.span.clone()])).collect();
    let expected = [
        ("title", "Judo basics"),
        ("day", "thu"),
        ("time", "20:30"),
        ("length", "60m"),
        ("repeats", "weekly"),
        ("record", "rec"),
    ];
    assert_eq!(parts, expected);
    assert_eq!(line.left_out.iter().map(|span| &text[span.clone()]).collect::<Vec<_>>(), ["mori mat2"]);
    assert_eq!(line.problems, []);
}

#[test]
fn days_and_times_in_english() {
    for (text, expected) in [
        ("Karate tomorrow 18:00 60m rec", "Thu 2026-11-26 18:00"),
        ("Karate 19:00", "Wed 2026-11-25 19:00"),
        ("Karate 18:00", "Thu 2026-11-26 18:00"),
        ("Karate wed 18:00", "Wed 2026-12-02 18:00"),
        ("Karate wed 19:00", "Wed 2026-11-25 19:00"),
        ("Karate on Friday at 6pm", "Fri 2026-11-27 18:00"),
        ("Karate 6:30 pm today", "Wed 2026-11-25 18:30"),
        ("Karate 12 am 1 Dec", "Tue 2026-12-01 00:00"),
        ("Karate Dec 1st 2027 noon", "Wed 2027-12-01 12:00"),
        ("Karate 3/2 9:00", "Wed 2027-02-03 09:00"),
        ("Karate 2026-12-24 at 18", "Thu 2026-12-24 18:00"),
        ("Karate Tue 1 Dec 18:00", "Tue 2026-12-01 18:00"),
        ("29 feb 10:00 Leap", "Tue 2028-02-29 10:00"),
    ] {
        assert_eq!(start(text, ENGLISH), expected, "{text}");
    }
    assert_eq!(start("Karate 3/2 9:00", Language::of_tag("en-US")), "Tue 2027-03-02 09:00");
}

#[test]
fn german_words_are_read_where_the_language_is_german() {
    for (text, expected) in [
        ("Judo jeden Di 19:30", "Tue 2026-12-01 19:30"),
        ("Judo am Donnerstag um 18 Uhr", "Thu 2026-11-26 18:00"),
        ("Judo übermorgen 18 Uhr 30", "Fri 2026-11-27 18:30"),
        ("Judo 3.12. 18.30 Uhr", "Thu 2026-12-03 18:30"),
        ("Judo 24. Dezember 10:00", "Thu 2026-12-24 10:00"),
        ("Judo So 10:00", "Sun 2026-11-29 10:00"),
    ] {
        assert_eq!(start(text, GERMAN), expected, "{text}");
    }
    let line = read("Judo dienstags und donnerstags 19:30 90 Minuten ohne Aufnahme 10 mal", GERMAN);
    assert_eq!(line.rule.as_deref(), Some("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10"));
    assert_eq!((line.minutes, line.record), (Some(90), Some(false)));
    assert_eq!(read("Do it so 10:00", ENGLISH).title.as_deref(), Some("Do it so"));
}

#[test]
fn lengths() {
    for (text, minutes) in [
        ("60m", 60),
        ("60 min", 60),
        ("1h", 60),
        ("1 h", 60),
        ("1h30", 90),
        ("1h30m", 90),
        ("1.5h", 90),
        ("1,5 Stunden", 90),
        ("for 2 hours", 120),
        ("18:00-19:30", 90),
        ("23:30–00:15", 45),
    ] {
        assert_eq!(read(&format!("Karate tomorrow {text}"), ENGLISH).minutes, Some(minutes), "{text}");
    }
}

#[test]
fn repeats() {
    for (text, rule) in [
        ("every day", "FREQ=DAILY"),
        ("every Tue and Thu", "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("every other Tue", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ("every 2 weeks", "FREQ=WEEKLY;INTERVAL=2"),
        ("Tuesdays", "FREQ=WEEKLY;BYDAY=TU"),
        ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("monthly until 30 June", "FREQ=MONTHLY;UNTIL=20270630"),
        ("weekly 10x", "FREQ=WEEKLY;COUNT=10"),
    ] {
        let line = read(&format!("Karate 19:00 {text}"), ENGLISH);
        assert_eq!(line.rule.as_deref(), Some(rule), "{text}");
        assert_eq!(line.problems, [], "{text}");
        assert!(crate::domain::schedule::recurrence::Rule::parse(rule).is_ok(), "{rule}");
    }
}

#[test]
fn what_may_mean_two_things_is_said() {
    for (text, message) in [
        ("Karate tomorrow at 6", "“6” may be the morning or the evening."),
        ("Karate next Tue 18:00", "“next tue” may be 1 December or 8 December."),
        ("Karate 18.10 tomorrow", "“18.10” may be a time or a date."),
        ("Karate tomorrow 18h", "“18h” may be a time or a length."),
        ("Karate tomorrow friday 18:00", "The line names two days."),
        ("Karate tomorrow 18:00 19:00", "The line names two times."),
        ("Karate Mon 1 Dec 18:00", "1 December 2026 is a Tuesday."),
        ("Karate tomorrow 18:00 10 times", "The line names an end, and not how often the class is."),
        ("tomorrow 18:00", "The class has no name."),
        ("Karate tomorrow", "The line names no time."),
    ] {
        assert_eq!(problem(text, ENGLISH), message, "{text}");
    }
    assert_eq!(problem("Karate 3/4 18:00", Language::of_tag("en")), "“3/4” may be 3 April or 4 March.");
}

#[test]
fn quotation_marks_keep_words_in_the_title() {
    let line = read("“Tuesday beginners” thu 18:00", ENGLISH);
    assert_eq!(line.title.as_deref(), Some("Tuesday beginners"));
    assert_eq!(line.start.unwrap().to_string(), "2026-11-26 18:00:00");
}

#[test]
fn a_line_without_end_is_refused() {
    assert_eq!(problem(&"karate ".repeat(100), ENGLISH), "The line is too long to be read.");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_every_span_is_in_the_text(text in ".{0,120}", german: bool) {
        let line = read(&text, Language { german, day_first: None });
        for span in line.understood.iter().map(|one| &one.span).chain(&line.left_out) {
            prop_assert!(text.get(span.clone()).is_some_and(|words| !words.trim().is_empty()));
        }
        prop_assert!(!line.problems.is_empty() || line.title.is_some() && line.start.is_some());
    }

    #[test]
    fn no_mix_of_known_words_makes_it_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "karate", "tomorrow", "tue", "every", "jeden", "di", "18:00", "6", "pm", "uhr", "at", "60", "m", "1h30",
                "rec", "no", "until", "bis", "3.4.", "3/4", "28", "feb", "10x", "and", "weekly", "next", "18.10", "9999",
                "2026-02-30", "\"", "“a b”", "für", "h", "00:00-00:00",
            ]),
            0..12,
        ),
        german: bool,
    ) {
        let text = words.join(" ");
        let line = read(&text, Language { german, day_first: None });
        let mut ends = 0;
        for one in line.understood.iter().filter(|one| one.part != Part::Length) {
            prop_assert!(one.span.start >= ends, "two parts of {text} share words");
            ends = one.span.end;
        }
        if let Some(rule) = &line.rule {
            prop_assert!(!line.problems.is_empty() || rule.starts_with("FREQ="));
        }
    }
}
