use super::*;
use crate::domain::schedule::session::SessionInput;

fn now() -> DateTime<Utc> {
    "2027-03-01T12:00:00Z".parse().unwrap()
}

fn series(rule: &str, left_out: &[&str]) -> Series {
    let plan = Plan::example("2027-03-02T18:00:00Z".parse().unwrap());
    let left_out: Vec<NaiveDate> = left_out.iter().map(|date| date.parse().unwrap()).collect();
    Series::new(Rule::parse(rule).unwrap(), plan, &left_out, now()).unwrap()
}

fn starts(sessions: &[Session]) -> Vec<String> {
    sessions.iter().map(|session| session.plan.start.local().format("%m-%d %H:%M").to_string()).collect()
}

#[test]
fn sessions_are_made_for_the_next_weeks_and_each_only_once() {
    let series = series("FREQ=WEEKLY;BYDAY=TU", &["2027-03-16"]);
    let made = series.sessions_to_make([], now());
    assert_eq!(
        starts(&made),
        [
            "03-02 19:00",
            "03-09 19:00",
            "03-23 19:00",
            "03-30 19:00",
            "04-06 19:00",
            "04-13 19:00",
            "04-20 19:00",
            "04-27 19:00"
        ]
    );
    assert_eq!(series.sessions_to_make(&made, now()), []);
    // A moved and a cancelled session are not made again, whatever their times are.
    let mut later = made.clone();
    let last = later.pop().unwrap();
    let moved = Plan { start: Start::at(now(), Tz::UTC), ..last.plan.clone() };
    later.push(last.with_plan(moved, now()).unwrap().cancel(now()).unwrap());
    assert_eq!(starts(&series.sessions_to_make(&later, now() + TimeDelta::days(7))), ["05-04 19:00"]);
}

#[test]
fn a_rare_class_has_its_next_session_however_far_ahead() {
    let series = series("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", &[]);
    let made = series.sessions_to_make([], now());
    assert_eq!(starts(&made), ["12-24 19:00"]);
    assert_eq!(series.sessions_to_make(&made, now()), []);
    let next = series.sessions_to_make(&made, "2027-12-25T12:00:00Z".parse().unwrap());
    assert_eq!(next[0].series.unwrap().occurrence.to_string(), "2028-12-24 19:00:00");
}

#[test]
fn classes_of_a_time_in_which_nothing_ran_are_not_made_afterwards() {
    let series = series("FREQ=WEEKLY;COUNT=20", &[]);
    let made = series.sessions_to_make([], now());
    let late = series.sessions_to_make(&made, "2027-06-16T12:00:00Z".parse().unwrap());
    assert_eq!(starts(&late), ["06-22 19:00", "06-29 19:00", "07-06 19:00", "07-13 19:00"]);
}

#[test]
fn a_series_without_a_class_and_a_day_left_out_without_a_class_are_refused() {
    let plan = || Plan::example("2027-03-02T18:00:00Z".parse().unwrap());
    let field = |rule: &str, left_out: &[NaiveDate]| {
        Series::new(Rule::parse(rule).unwrap(), plan(), left_out, now()).unwrap_err().problems()[0].field
    };
    assert_eq!(field("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &[]), "rrule");
    assert_eq!(field("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &["2027-03-02".parse().unwrap()]), "except");
    assert_eq!(field("FREQ=DAILY;UNTIL=20270101", &[]), "rrule");
    assert_eq!(field("FREQ=WEEKLY;COUNT=1", &["2027-03-02".parse().unwrap()]), "rrule");
    assert_eq!(field("FREQ=WEEKLY", &["2027-03-03".parse().unwrap()]), "except");
}

#[test]
fn a_class_that_cannot_begin_a_series_is_refused_with_the_reason() {
    let refused = |start: &str, rule: &str| {
        let class = Session::new(Plan::example(start.parse().unwrap()), now());
        let input = SessionInput::of(&class.plan);
        let refusal =
            SeriesSessions::begun_with(&class, Vec::new(), &input, Rule::parse(rule).unwrap(), Rooms::Own, now());
        match refusal {
            Err(SeriesRefusal::Invalid(invalid)) => invalid.problems()[0].clone(),
            other => panic!("{other:?}"),
        }
    };
    let far = refused("2033-03-02T18:00:00Z", "FREQ=WEEKLY");
    assert_eq!(far.field, "start_local");
    assert!(far.message.contains("2 March 2033") && far.message.contains("five years"), "{far:?}");
    for rule in
        ["FREQ=WEEKLY;UNTIL=20270301", "FREQ=WEEKLY;UNTIL=20270302T185959", "FREQ=WEEKLY;UNTIL=20270302T175959Z"]
    {
        let over = refused("2027-03-02T18:00:00Z", rule);
        assert_eq!(
            (over.field, over.message.contains("ends before Tuesday, 2 March 2027")),
            ("rrule", true),
            "{over:?}"
        );
    }
    let other_day = refused("2027-03-02T18:00:00Z", "FREQ=WEEKLY;BYDAY=TH");
    assert!(other_day.message.contains("no class on Tuesday, 2 March 2027"), "{other_day:?}");
}
