//! What becomes of an imported series, its dates and its classes when the calendar is read again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::export::{self, Calendar};
use super::import::{self, Earlier, Import, Known, Source};
use super::lines::Component;
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::holiday::Holiday;
use crate::domain::schedule::session::{Session, SessionPhase};

fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

/// A desk that remembers what it imported, as the store does.
#[derive(Default)]
struct Desk {
    earlier: Earlier,
}

impl Desk {
    fn read(&mut self, file: &str, source: Source) -> Import {
        let defaults = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
        let done = import::plan(file.as_bytes(), Tz::UTC, &defaults, &self.earlier, source, now()).unwrap();
        for session in done.after.sessions.values() {
            if let Some(place) = session.series {
                let classes = self.earlier.of_series.entry(place.series).or_default();
                classes.retain(|one| one.id != session.id);
                classes.push(session.clone());
            }
        }
        for known in self.earlier.events.values_mut() {
            if let Some(session) = known.session.as_mut()
                && let Some(now_is) = done.after.sessions.get(&session.id)
            {
                *session = now_is.clone();
            }
            if let Some(series) = known.series.as_mut()
                && let Some(now_is) = done.after.series.get(&series.id)
            {
                *series = now_is.clone();
            }
        }
        for kept in &done.kept {
            let before = self.earlier.events.get(&kept.key);
            let session = kept.session.and_then(|id| done.after.sessions.get(&id).cloned());
            let series = kept.series.and_then(|id| done.after.series.get(&id).cloned());
            let known = Known {
                calendar: kept.calendar,
                text: kept.text.clone(),
                session: session.or_else(|| before.and_then(|before| before.session.clone())),
                series: series.or_else(|| before.and_then(|before| before.series.clone())),
                gone: false,
                taken_off: BTreeSet::new(),
                fed: kept.fed,
            };
            self.earlier.events.insert(kept.key.clone(), known);
        }
        for (key, taken_off) in &done.gone_events {
            let known = self.earlier.events.get_mut(key).unwrap();
            (known.gone, known.taken_off) = (true, taken_off.clone());
        }
        self.earlier.frames.insert(done.calendar, Component::from_text(&done.frame).unwrap());
        done
    }

    /// All classes, for a person who changes them.
    fn classes(&mut self) -> impl Iterator<Item = &mut Session> {
        let single = self.earlier.events.values_mut().filter_map(|known| known.session.as_mut());
        self.earlier.of_series.values_mut().flatten().chain(single)
    }

    /// The starts of the classes that take place.
    fn days(&self) -> BTreeSet<String> {
        let single = self.earlier.events.values().filter_map(|known| known.session.as_ref());
        let all = self.earlier.of_series.values().flatten().chain(single);
        all.filter(|one| one.state.phase() == SessionPhase::Scheduled)
            .map(|one| format!("{} {}", one.plan.start.local().format("%m-%d %H:%M"), one.plan.title))
            .collect()
    }
}

fn file(events: &[String]) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.concat())
}

fn event(uid: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDURATION:PT1H\r\n{lines}\r\nEND:VEVENT\r\n")
}

fn judo(lines: &str) -> String {
    event("judo", &format!("SUMMARY:Judo\r\nDTSTART:20261207T180000Z\r\n{lines}"))
}

const WEEKS: &str = "RRULE:FREQ=WEEKLY;COUNT=3";

fn set(days: &[&str]) -> BTreeSet<String> {
    days.iter().map(|day| (*day).to_owned()).collect()
}

#[test]
fn extra_dates_become_classes_and_are_exported_as_they_were() {
    let text = file(&[judo(&format!("{WEEKS}\r\nRDATE:20261210T100000Z"))]);
    let mut desk = Desk::default();
    let first = desk.read(&text, Source::Chosen);
    assert_eq!(desk.days(), set(&["12-07 18:00 Judo", "12-10 10:00 Judo", "12-14 18:00 Judo", "12-21 18:00 Judo"]));
    assert!(first.new[0].repeats.as_ref().unwrap().ends_with(", and on one more date"), "{:?}", first.new);
    let calendar =
        Calendar { id: first.calendar, name: String::new(), frame: first.frame.clone(), events: first.kept.clone() };
    assert_eq!(export::file(&first.after, &[calendar], now()), text);
    let again = desk.read(&text, Source::Chosen);
    assert_eq!((again.same, again.changed.len()), (1, 0));
    // A list of dates alone has no rule.
    let mut other = Desk::default();
    other.read(&file(&[judo("RDATE:20261210T100000Z,20261212T180000Z")]), Source::Chosen);
    assert_eq!(other.days(), set(&["12-07 18:00 Judo", "12-10 10:00 Judo", "12-12 18:00 Judo"]));
    // What Hajime writes for others has the extra dates, too.
    let written = export::for_readers(&first.after, now());
    assert!(
        written.contains("RDATE:20261210T100000Z\r\n") && written.contains("DESCRIPTION:With M. Ito\r\n"),
        "{written}"
    );
}

#[test]
fn a_series_follows_its_title_time_rule_and_left_out_days() {
    let mut desk = Desk::default();
    desk.read(&file(&[judo(WEEKS)]), Source::Chosen);
    let ids: BTreeSet<_> = desk.earlier.of_series.values().flatten().map(|one| one.id).collect();

    let moved = judo("RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE:20261214T190000Z")
        .replace("T180000Z", "T190000Z")
        .replace("Judo", "Judo II");
    let changed = desk.read(&file(std::slice::from_ref(&moved)), Source::Chosen);
    assert_eq!((changed.changed.len(), changed.same), (1, 0));
    assert_eq!(desk.days(), set(&["12-07 19:00 Judo II", "12-21 19:00 Judo II"]));
    let now_are: BTreeSet<_> = desk.earlier.of_series.values().flatten().map(|one| one.id).collect();
    assert_eq!(now_are, ids, "every class keeps its people and its room");
    assert_eq!(desk.read(&file(&[moved]), Source::Chosen).same, 1);

    // The day comes back, and the series goes from Monday to Tuesday.
    let tuesday = judo(WEEKS).replace("20261207", "20261208").replace("Judo", "Judo II");
    desk.read(&file(&[tuesday]), Source::Chosen);
    assert_eq!(desk.days(), set(&["12-08 18:00 Judo II", "12-15 18:00 Judo II", "12-22 18:00 Judo II"]));
    let now_are: BTreeSet<_> = desk.earlier.of_series.values().flatten().map(|one| one.id).collect();
    assert_eq!(now_are, ids);
}

#[test]
fn one_date_of_a_known_series_is_moved_cancelled_and_put_back() {
    let date = |lines: &str| event("judo", &format!("SUMMARY:Judo\r\nRECURRENCE-ID:20261214T180000Z\r\n{lines}"));
    let mut desk = Desk::default();
    let feed = desk.read(&file(&[judo(WEEKS)]), Source::NewFeed).calendar;
    let moved = file(&[judo(WEEKS), date("DTSTART:20261215T200000Z")]);
    assert_eq!(desk.read(&moved, Source::Feed(feed)).changed.len(), 1);
    assert_eq!(desk.days(), set(&["12-07 18:00 Judo", "12-15 20:00 Judo", "12-21 18:00 Judo"]));
    assert_eq!(desk.read(&moved, Source::Feed(feed)).same, 2);

    let cancelled = file(&[judo(WEEKS), date("DTSTART:20261215T200000Z\r\nSTATUS:CANCELLED")]);
    desk.read(&cancelled, Source::Feed(feed));
    assert_eq!(desk.days(), set(&["12-07 18:00 Judo", "12-21 18:00 Judo"]));

    desk.read(&moved, Source::Feed(feed));
    desk.read(&file(&[judo(WEEKS)]), Source::Feed(feed));
    assert_eq!(desk.days(), set(&["12-07 18:00 Judo", "12-14 18:00 Judo", "12-21 18:00 Judo"]));
}

#[test]
fn what_a_feed_no_longer_has_is_cancelled_and_comes_back_with_its_event() {
    let karate = event("karate", "SUMMARY:Karate\r\nDTSTART:20261208T180000Z");
    let other = event("other", "SUMMARY:Aikido\r\nDTSTART:20261209T180000Z");
    let mut desk = Desk::default();
    let whole = file(&[karate.clone(), judo(WEEKS), other.clone()]);
    let feed = desk.read(&whole, Source::NewFeed).calendar;
    let before = desk.days();

    let less = file(&[other]);
    assert_eq!(desk.read(&less, Source::Chosen).gone.len(), 0, "a file that was chosen cancels nothing");
    let gone = desk.read(&less, Source::Feed(feed));
    assert_eq!((gone.gone.len(), gone.same), (2, 1));
    assert_eq!(desk.days(), set(&["12-09 18:00 Aikido"]));
    assert_eq!(desk.read(&less, Source::Feed(feed)).gone.len(), 0);
    let back = desk.read(&whole, Source::Feed(feed));
    assert_eq!((back.changed.len(), back.new.len()), (2, 0));
    assert_eq!(desk.days(), before);

    // An event that can no longer be read is still there.
    let odd = whole.replace("DTSTART:20261208T180000Z", "DTSTART:soon");
    assert_eq!(desk.read(&odd, Source::Feed(feed)).gone.len(), 0);
}

#[test]
fn an_empty_feed_changes_nothing_and_one_of_another_calendar_changes_no_class_of_this_one() {
    let mut desk = Desk::default();
    let whole = file(&[judo(WEEKS)]);
    let feed = desk.read(&whole, Source::NewFeed).calendar;
    let defaults = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    let empty = import::plan(file(&[]).as_bytes(), Tz::UTC, &defaults, &desk.earlier, Source::Feed(feed), now());
    assert_eq!(empty.unwrap_err().to_string(), "The calendar has no events any more.");
    let stranger = Source::Feed(crate::domain::ids::CalendarId::new());
    let refused =
        import::plan(whole.replace("Judo", "Mine").as_bytes(), Tz::UTC, &defaults, &desk.earlier, stranger, now());
    let refused = refused.unwrap();
    assert!(refused.refused[0].reason.starts_with("It belongs to another calendar here."), "{:?}", refused.refused);
    assert!(refused.after.sessions.is_empty() && refused.gone.is_empty());
}

#[test]
fn a_series_that_was_changed_here_stays_and_is_named() {
    let mut desk = Desk::default();
    let other = event("other", "SUMMARY:Aikido\r\nDTSTART:20261209T180000Z");
    let feed = desk.read(&file(&[judo(WEEKS), other.clone()]), Source::NewFeed).calendar;
    let known = desk.earlier.events.values_mut().find_map(|known| known.series.as_mut()).unwrap();
    known.plan.length = TimeDelta::minutes(90);
    let changed = desk.read(&file(&[judo(WEEKS).replace("Judo", "Judo II"), other.clone()]), Source::Feed(feed));
    assert_eq!(changed.changed_here[0].title, "Judo");
    assert!(changed.after.series.is_empty() && changed.changed.is_empty());
    // Without a change in the calendar there is nothing to say.
    let same = desk.read(&file(&[judo(WEEKS), other.clone()]), Source::Feed(feed));
    assert_eq!((same.same, same.changed_here.len()), (2, 0));
    let gone = desk.read(&file(&[other]), Source::Feed(feed));
    assert_eq!((gone.gone.len(), gone.changed_here.len()), (0, 1));
}

#[test]
fn days_of_a_calendar_of_holidays_are_offered_and_those_of_other_calendars_are_not() {
    let christmas = event("x", "SUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227")
        .replace("DURATION:PT1H\r\n", "");
    let days = Desk::default().read(&file(std::slice::from_ref(&christmas)), Source::Chosen).days;
    assert_eq!((days.len(), days[0].title.as_str(), days[0].last.to_string().as_str()), (1, "Christmas", "2026-12-26"));
    assert!(Desk::default().read(&file(&[christmas, judo(WEEKS)]), Source::Chosen).days.is_empty());
}

#[test]
fn a_feed_cancels_what_it_brought_and_nothing_else() {
    let single = |uid: &str, day: u32| event(uid, &format!("SUMMARY:{uid}\r\nDTSTART:202612{day:02}T180000Z"));
    // A file has an event of the feed and one of its own.
    let mut desk = Desk::default();
    let feed = desk.read(&file(&[single("a", 8), single("b", 9)]), Source::NewFeed).calendar;
    desk.read(&file(&[single("a", 8), single("own", 10)]), Source::Chosen);
    let gone = desk.read(&file(&[single("a", 8)]), Source::Feed(feed)).gone;
    assert_eq!(gone.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(desk.days(), set(&["12-08 18:00 a", "12-10 18:00 own"]));
    // A feed has a part of what a file brought before.
    let mut desk = Desk::default();
    desk.read(&file(&[single("a", 8), single("b", 9), single("c", 10)]), Source::Chosen);
    let feed = desk.read(&file(&[single("a", 8), single("b", 9)]), Source::NewFeed).calendar;
    assert_eq!(desk.read(&file(&[single("a", 8)]), Source::Feed(feed)).gone.len(), 1);
    assert_eq!(desk.days(), set(&["12-08 18:00 a", "12-10 18:00 c"]));
}

#[test]
fn a_file_takes_no_event_from_a_feed() {
    let (one, other) = (event("a", "SUMMARY:A\r\nDTSTART:20261208T180000Z"), judo(WEEKS));
    let mut desk = Desk::default();
    let first = desk.read(&file(std::slice::from_ref(&one)), Source::NewFeed).calendar;
    let second = desk.read(&file(std::slice::from_ref(&other)), Source::NewFeed).calendar;
    desk.read(&file(&[one.clone(), other.clone()]), Source::Chosen);
    for (feed, event) in [(first, one), (second, other)] {
        let read = desk.read(&file(&[event]), Source::Feed(feed));
        assert_eq!((read.same, read.refused.len(), read.gone.len()), (1, 0, 0));
    }
}

#[test]
fn a_class_that_was_cancelled_here_stays_so_when_its_event_goes_and_comes_back() {
    let karate = event("karate", "SUMMARY:Karate\r\nDTSTART:20261208T180000Z");
    let other = event("other", "SUMMARY:Aikido\r\nDTSTART:20261209T180000Z");
    let whole = file(&[karate, judo(WEEKS), other.clone()]);
    let mut desk = Desk::default();
    let feed = desk.read(&whole, Source::NewFeed).calendar;
    for class in desk.classes() {
        if class.plan.title == "Karate" || class.plan.start.local().to_string().starts_with("2026-12-14") {
            *class = class.clone().cancel(now()).unwrap();
        }
    }
    let left = desk.days();
    assert_eq!(left, set(&["12-07 18:00 Judo", "12-09 18:00 Aikido", "12-21 18:00 Judo"]));
    desk.read(&file(&[other]), Source::Feed(feed));
    assert_eq!(desk.days(), set(&["12-09 18:00 Aikido"]));
    desk.read(&whole, Source::Feed(feed));
    assert_eq!(desk.days(), left);
}

#[test]
fn a_class_that_comes_back_into_a_holiday_stays_cancelled() {
    let other = event("other", "SUMMARY:Aikido\r\nDTSTART:20261209T180000Z");
    let whole = file(&[judo(WEEKS), other.clone()]);
    let mut desk = Desk::default();
    let feed = desk.read(&whole, Source::NewFeed).calendar;
    desk.read(&file(std::slice::from_ref(&other)), Source::Feed(feed));
    let day = "2026-12-14".parse().unwrap();
    desk.earlier.holidays.push(Holiday::new(day, day, "Christmas", None, now()).unwrap());
    desk.read(&whole, Source::Feed(feed));
    assert_eq!(desk.days(), set(&["12-07 18:00 Judo", "12-09 18:00 Aikido", "12-21 18:00 Judo"]));
}

#[test]
fn a_class_that_was_changed_here_stays_when_its_series_goes() {
    let other = event("other", "SUMMARY:Aikido\r\nDTSTART:20261209T180000Z");
    let date = event("judo", "SUMMARY:Judo test\r\nRECURRENCE-ID:20261221T180000Z\r\nDTSTART:20261221T180000Z");
    let mut desk = Desk::default();
    let feed = desk.read(&file(&[judo(WEEKS), other.clone()]), Source::NewFeed).calendar;
    desk.read(&file(&[judo(WEEKS), date, other.clone()]), Source::Feed(feed));
    let changed = desk.classes().find(|one| one.plan.start.local().to_string().starts_with("2026-12-14")).unwrap();
    changed.plan.instructor = "R. Alves".into();
    let gone = desk.read(&file(std::slice::from_ref(&other)), Source::Feed(feed));
    assert_eq!(desk.days(), set(&["12-09 18:00 Aikido", "12-14 18:00 Judo"]));
    assert_eq!(gone.changed_here.len(), 1, "{:?}", gone.changed_here);
    assert_eq!(gone.changed_here[0].start.local().to_string(), "2026-12-14 18:00:00");
    assert!(desk.read(&file(&[other]), Source::Feed(feed)).changed_here.is_empty());
}

#[test]
fn a_feed_that_has_none_of_its_events_any_more_changes_nothing() {
    let karate = |uid: &str| event(uid, "SUMMARY:Karate\r\nDTSTART:20261208T180000Z");
    let mut desk = Desk::default();
    let feed = desk.read(&file(&[karate("1"), judo(WEEKS)]), Source::NewFeed).calendar;
    let defaults = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    let other = file(&[karate("2"), karate("3")]);
    let plan = import::plan(other.as_bytes(), Tz::UTC, &defaults, &desk.earlier, Source::Feed(feed), now());
    let words = "None of the events from before are in the calendar any more. Nothing was changed.";
    assert_eq!(plan.unwrap_err().to_string(), words);
}

#[test]
fn a_feed_keeps_no_event_that_it_was_refused_and_no_longer_has() {
    let odd = |uid: &str| event(uid, "SUMMARY:Odd\r\nDTSTART:soon");
    let mut desk = Desk::default();
    let feed = desk.read(&file(&[judo(WEEKS), odd("1")]), Source::NewFeed).calendar;
    let frame = desk.read(&file(&[judo(WEEKS), odd("2")]), Source::Feed(feed)).frame;
    assert!(frame.contains("UID:2") && !frame.contains("UID:1"), "{frame}");
}
