use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::schedule::lifecycle::EarlyStart;
use crate::domain::schedule::session::Plan;

/// The planned start of the class in these tests. It takes an hour.
fn start() -> DateTime<Utc> {
    "2026-03-20T18:30:00Z".parse().unwrap()
}

fn at(minutes_after_start: i64) -> DateTime<Utc> {
    start() + TimeDelta::minutes(minutes_after_start)
}

fn class() -> Session {
    Session::new(Plan::example(start()), start() - TimeDelta::days(3))
}

/// A desk that notes what it tells.
struct Desk {
    session: Session,
    instructor: &'static str,
    settings: ReminderSettings,
    told: Vec<Told>,
}

impl Desk {
    fn new() -> Self {
        Self { session: class(), instructor: "", settings: ReminderSettings::default(), told: Vec::new() }
    }

    /// Looks at the clock and returns what is told.
    fn look(&mut self, now: DateTime<Utc>) -> Option<ReminderKind> {
        let all = due(std::slice::from_ref(&self.session), self.instructor, self.settings, &self.told, now);
        assert!(all.len() <= 1, "{all:?}");
        let reminder = all.first().copied()?;
        self.told.push(Told { reminder, at: now });
        Some(reminder.kind)
    }

    /// Looks every five seconds from one minute to the other, counted from the start, and returns what is told with its
    /// minute.
    fn watch(&mut self, minutes: std::ops::Range<i64>) -> Vec<(i64, ReminderKind)> {
        let moments = (minutes.start * 12..minutes.end * 12).map(|step| start() + TimeDelta::seconds(step * 5));
        let told = moments.filter_map(|now| Some(((now - start()).num_minutes(), self.look(now)?)));
        told.collect()
    }
}

use ReminderKind::{Late, Missed, Now, Overslept, Soon};

#[test]
fn a_desk_that_is_awake_reminds_before_the_class_at_its_start_and_when_it_is_late() {
    assert_eq!(Desk::new().watch(-90..900), [(-10, Soon), (0, Now), (5, Late)]);
}

#[test]
fn each_reminder_follows_its_setting() {
    let with = |before_minutes, at_start, late_minutes| {
        let settings = ReminderSettings { before_minutes, at_start, late_minutes };
        settings.check().unwrap();
        Desk { settings, ..Desk::new() }.watch(-90..900)
    };
    assert_eq!(with(Some(30), false, None), [(-30, Soon)]);
    assert_eq!(with(None, true, None), [(0, Now)]);
    assert_eq!(with(None, false, Some(2)), [(2, Late)]);
    assert_eq!(with(None, false, None), []);
    let wrong = ReminderSettings { before_minutes: Some(7), at_start: true, late_minutes: Some(60) };
    assert_eq!(wrong.check().unwrap_err().problems().len(), 2);
}

#[test]
fn a_class_that_has_begun_or_is_cancelled_or_was_held_elsewhere_needs_no_reminder() {
    let begun = class().begin_start(EarlyStart::Confirmed, at(-20)).unwrap();
    let cancelled = class().cancel(at(-20)).unwrap();
    let elsewhere = Session { origin: Origin::OtherDesk(None), ..class() };
    for session in [begun, cancelled, elsewhere] {
        assert_eq!(Desk { session, ..Desk::new() }.watch(-15..90), []);
    }
}

#[test]
fn after_a_sleep_the_class_can_still_be_started_and_after_its_end_it_was_missed() {
    // The computer sleeps over the start and wakes during the class.
    let mut desk = Desk::new();
    assert_eq!(desk.watch(-12..-5), [(-10, Soon)]);
    assert_eq!(desk.watch(17..90), [(17, Overslept)]);
    // It wakes three minutes late: one reminder of the break, and no second one two minutes after it.
    let mut desk = Desk::new();
    assert_eq!(desk.watch(4..90), [(4, Overslept)]);
    // It wakes two minutes late, and three minutes later the class should have begun.
    assert_eq!(Desk::new().watch(2..90), [(2, Overslept), (5, Late)]);
    // It wakes after the planned end, or hours after it.
    assert_eq!(Desk::new().watch(61..90), [(61, Missed)]);
    assert_eq!(Desk::new().watch(60 * 14..60 * 15), []);
    // It hears of the start and sleeps afterwards.
    let mut desk = Desk::new();
    assert_eq!(desk.watch(-1..1), [(-1, Soon), (0, Now)]);
    assert_eq!(desk.watch(40..120), [(40, Late)]);
    let mut desk = Desk::new();
    assert_eq!(desk.watch(-1..1), [(-1, Soon), (0, Now)]);
    assert_eq!(desk.watch(61..120), []);
}

#[test]
fn a_clock_that_jumps_back_and_forth_repeats_nothing() {
    let mut desk = Desk::new();
    assert_eq!(desk.watch(-15..7), [(-10, Soon), (0, Now), (5, Late)]);
    // An hour back, and on from there.
    assert_eq!(desk.watch(-60..90), []);
    // A day ahead by mistake, before the class: nothing is lost when the clock is right again.
    let mut desk = Desk::new();
    assert_eq!(desk.look(at(24 * 60)), None);
    assert_eq!(desk.look(at(65)), Some(Missed));
    assert_eq!(desk.watch(-15..90), [(-10, Soon), (0, Now), (5, Late)]);
}

#[test]
fn a_class_that_is_moved_is_announced_again() {
    let mut desk = Desk::new();
    assert_eq!(desk.watch(-15..-5), [(-10, Soon)]);
    let later = Plan { start: Plan::example(at(60)).start, ..desk.session.plan.clone() };
    desk.session =
        desk.session.clone().edit::<crate::domain::schedule::refusal::SessionRefusal>(|_| Ok(later), at(-5)).unwrap();
    assert_eq!(desk.watch(-5..70), [(50, Soon), (60, Now), (65, Late)]);
}

#[test]
fn nobody_is_reminded_of_a_moment_before_the_class_was_made_or_changed() {
    let made = |minute| Desk { session: Session::new(Plan::example(start()), at(minute)), ..Desk::new() };
    assert_eq!(made(-3).watch(-3..90), [(0, Now), (5, Late)]);
    // Planned for a moment ago, in order to be started at once.
    assert_eq!(made(3).watch(3..90), [(5, Late)]);
    // Imported with a calendar of the past.
    assert_eq!(made(180).watch(180..240), []);
    // A change that a wrong clock noted in the future says nothing.
    assert_eq!(made(60 * 24 * 30).watch(-15..10), [(-10, Soon), (0, Now), (5, Late)]);
}

#[test]
fn a_desk_with_an_instructor_reminds_of_their_classes_and_of_those_without_one() {
    let watch = |instructor, theirs: &str| {
        let mut session = class();
        session.plan.instructor = theirs.to_owned();
        !Desk { session, instructor, ..Desk::new() }.watch(-15..0).is_empty()
    };
    for (expected, own, theirs) in [
        (true, "", "R. Alves"),
        (true, " r. alves ", "R. Alves"),
        (false, "M. Ito", "R. Alves"),
        (true, "M. Ito", ""),
        (true, "ÉMILE", "Émile"),
    ] {
        assert_eq!(watch(own, theirs), expected, "{own} {theirs}");
    }
}

proptest! {
    #[test]
    fn whatever_the_clock_does_no_reminder_is_told_twice_and_none_in_the_wrong_phase(
        minutes in proptest::collection::vec(-100i64..900, 1..60),
        before in proptest::option::of(proptest::sample::select(&MINUTES_BEFORE[..])),
        at_start: bool,
        late in proptest::option::of(proptest::sample::select(&MINUTES_LATE[..])),
    ) {
        let settings = ReminderSettings { before_minutes: before, at_start, late_minutes: late };
        let mut desk = Desk { settings, ..Desk::new() };
        for minute in minutes {
            let told = desk.look(at(minute));
            let fits = match told {
                None => true,
                Some(Soon) => minute < 0,
                Some(Now | Late | Overslept) => (0..60).contains(&minute),
                Some(Missed) => minute >= 60,
            };
            prop_assert!(fits, "{told:?} at {minute}");
        }
        let mut kinds: Vec<_> = desk.told.iter().map(|told| told.reminder.kind).collect();
        let all = kinds.len();
        kinds.sort();
        kinds.dedup();
        prop_assert_eq!(kinds.len(), all);
    }
}
