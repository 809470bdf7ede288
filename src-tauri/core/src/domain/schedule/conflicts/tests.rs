use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-30T08:00:00Z".parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A class of R. Alves from 19:00 to 20:00 in Berlin.
fn plan() -> Plan {
    Plan::example(utc("2026-12-01T18:00:00Z"))
}

fn other(start: &str, end: &str) -> OtherClass {
    let (start, end) = (utc(start), utc(end));
    OtherClass { id: Some(SessionId::new()), title: "Aikido".into(), instructor: "r. alves ".into(), start, end }
}

fn of(plan: &Plan, others: Vec<OtherClass>) -> Vec<Conflict> {
    conflicts(plan, &[plan.start], &Surroundings { others, ..Surroundings::default() }, now())
}

fn labels(conflict: &Conflict) -> Vec<String> {
    conflict.solutions.iter().map(Solution::label).collect()
}

#[test]
fn a_class_of_the_same_instructor_at_the_same_time_is_named_with_its_times_and_two_ways_out() {
    let later = other("2026-12-01T18:45:00Z", "2026-12-01T19:45:00Z");
    let found = of(&plan(), vec![later.clone()]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "R. Alves teaches “Aikido” from 19:45 to 20:45. The two classes overlap by 15 minutes."
    );
    assert_eq!((found[0].kind, found[0].other), (ConflictKind::Instructor, later.id));
    assert_eq!(labels(&found[0]), ["End at 19:44", "Begin at 18:44"]);
    let earlier = of(&plan(), vec![other("2026-12-01T17:30:00Z", "2026-12-01T18:30:00Z")]);
    assert_eq!(labels(&earlier[0]), ["Begin at 19:31", "Begin at 17:29"]);
}

#[test]
fn every_proposed_start_or_end_solves_its_conflict() {
    for (start, end) in [
        ("2026-12-01T18:45:00Z", "2026-12-01T19:45:00Z"),
        ("2026-12-01T17:30:00Z", "2026-12-01T18:30:00Z"),
        ("2026-12-01T17:00:00Z", "2026-12-01T18:00:00Z"),
        ("2026-12-01T19:00:00Z", "2026-12-01T20:00:00Z"),
    ] {
        let others = vec![other(start, end)];
        let found = of(&plan(), others.clone());
        assert!(!found[0].solutions.is_empty(), "{found:?}");
        for solution in &found[0].solutions {
            let solved = match solution {
                Solution::BeginAt(local) => {
                    Plan { start: Start::on_wall_clock(*local, plan().start.zone()).unwrap(), ..plan() }
                }
                Solution::EndAt { minutes, .. } => Plan { length: TimeDelta::minutes(*minutes), ..plan() },
                Solution::Participants(_) => panic!("not about people"),
            };
            assert_eq!(of(&solved, others.clone()), [], "{solution:?}");
        }
    }
}

#[test]
fn classes_without_a_break_are_told_and_classes_of_somebody_else_are_not() {
    let found = of(&plan(), vec![other("2026-12-01T17:00:00Z", "2026-12-01T18:00:00Z")]);
    assert_eq!(found[0].kind, ConflictKind::BackToBack);
    assert!(found[0].message.starts_with("R. Alves teaches “Aikido” from 18:00 to 19:00, right before this class."));
    assert_eq!(labels(&found[0]), ["Begin at 19:01"]);
    assert_eq!(of(&plan(), vec![other("2026-12-01T16:59:00Z", "2026-12-01T17:59:00Z")]), []);
    let somebody = OtherClass { instructor: "M. Ito".into(), ..other("2026-12-01T18:00:00Z", "2026-12-01T19:00:00Z") };
    assert_eq!(of(&plan(), vec![somebody]), []);
    // An unknown instructor is nobody’s double.
    let nameless = OtherClass { instructor: String::new(), ..other("2026-12-01T18:00:00Z", "2026-12-01T19:00:00Z") };
    assert_eq!(of(&Plan { instructor: String::new(), ..plan() }, vec![nameless]), []);
}

#[test]
fn a_class_around_midnight_is_told_with_its_date() {
    let late = Plan { start: Start::at(utc("2026-12-01T22:30:00Z"), Tz::Europe__Berlin), ..plan() };
    let found = of(&late, vec![other("2026-12-01T23:15:00Z", "2026-12-02T00:15:00Z")]);
    assert!(found[0].message.contains("from 00:15 to 01:15 on 2 December."), "{}", found[0].message);
}

#[test]
fn the_dates_of_a_series_are_counted_and_a_solution_moves_the_whole_series() {
    let week = |number: i64| Start::of_occurrence(plan().start.local() + TimeDelta::weeks(number), Tz::Europe__Berlin);
    let starts = [week(0), week(1), week(2)];
    let others = vec![
        other("2026-12-08T17:30:00Z", "2026-12-08T18:30:00Z"),
        other("2026-12-15T17:30:00Z", "2026-12-15T18:30:00Z"),
    ];
    let found = conflicts(&plan(), &starts, &Surroundings { others, ..Surroundings::default() }, now());
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "2 of 3 dates: R. Alves also teaches “Aikido”. The first is 8 December 2026, where it is from 18:30 to 19:30 and the two \
         classes overlap by 30 minutes."
    );
    // The first class of the series is on 1 December; the other class is a week later.
    assert_eq!(found[0].solutions[0], Solution::BeginAt("2026-12-01T19:31:00".parse().unwrap()));
}

#[test]
fn a_start_in_the_past_is_not_proposed() {
    let soon = Plan { start: Start::at(now() + TimeDelta::minutes(10), Tz::Europe__Berlin), ..plan() };
    let found = of(&soon, vec![other("2026-11-30T08:30:00Z", "2026-11-30T09:30:00Z")]);
    assert_eq!(labels(&found[0]), ["End at 09:29"]);
}

#[test]
fn a_roster_larger_than_the_class_and_a_full_stream_are_told_with_their_numbers() {
    let small = Plan { max_participants: 10, ..plan() };
    let around = Surroundings { on_roster: 12, ..Surroundings::default() };
    let found = conflicts(&small, &[small.start], &around, now());
    assert_eq!(found[0].message, "12 participants are on the list of people, and the class takes 10.");
    assert_eq!(found[0].solutions, [Solution::Participants(12)]);

    let left = |minutes, planned| Surroundings {
        minutes: Some(MinutesLeft { minutes, planned, classes: 1 }),
        ..Surroundings::default()
    };
    let told = |minutes, planned| conflicts(&plan(), &[plan().start], &left(minutes, planned), now());
    assert_eq!(told(60.0, 0), []);
    assert_eq!(
        told(100.5, 90)[0].message,
        "Stream has room for 100 more minutes of video. The recorded classes before need 90, so 10 are left. The recording of \
         this class takes up to 60. Buy minutes in the Cloudflare dashboard, or delete old videos there."
    );
    let unrecorded = Plan { record: false, ..plan() };
    assert_eq!(conflicts(&unrecorded, &[unrecorded.start], &left(0.0, 0), now()), []);
}
