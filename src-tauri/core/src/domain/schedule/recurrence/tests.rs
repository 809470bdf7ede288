use std::time::{Duration, Instant};

use super::*;

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

fn days(text: &str, first: &str, last: &str) -> Vec<String> {
    let starts = rule(text).starts(local(first), Tz::Europe__Berlin, local(last));
    starts.map(|start| start.local().format("%m-%d").to_string()).collect()
}

#[test]
fn a_rule_is_written_as_it_was_read() {
    for text in [
        "FREQ=WEEKLY;BYDAY=TU,TH",
        "FREQ=MONTHLY;COUNT=10;INTERVAL=2;BYDAY=1FR,-1FR;BYSETPOS=1",
        "FREQ=YEARLY;UNTIL=20301231;BYYEARDAY=100,-1;WKST=SU",
        "FREQ=YEARLY;UNTIL=20301231T180000;BYWEEKNO=20;BYMONTH=5",
        "FREQ=DAILY;UNTIL=20301231T180000Z;BYMONTHDAY=-1",
    ] {
        assert_eq!(rule(text).to_string(), text);
    }
    assert_eq!(rule(" rrule:freq=weekly;interval=1;wkst=mo; ").to_string(), "FREQ=WEEKLY");
}

#[test]
fn a_rule_that_a_class_cannot_follow_is_refused_with_its_field_and_a_next_step() {
    let long = format!("FREQ=YEARLY;BYYEARDAY={}", ["1"; 600].join(","));
    for text in [
        "",
        "FREQ",
        "BYDAY=TU",
        "FREQ=OFTEN",
        "FREQ=HOURLY",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=9,10",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=5;UNTIL=20300101",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=DAILY;UNTIL=2030-01-01",
        "FREQ=DAILY;UNTIL=20300231",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;BYEASTER=1",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=ü",
        "FREQ=WEEKLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=0TU",
        "FREQ=MONTHLY;BYDAY=9TU",
        "FREQ=WEEKLY;BYMONTHDAY=3",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYWEEKNO=3",
        "FREQ=MONTHLY;BYYEARDAY=3",
        "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1TU",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=MONTHLY;BYSETPOS=1",
        &long,
    ] {
        let refused = Rule::parse(text).unwrap_err();
        let [problem] = refused.problems() else { panic!("{text}: {refused:?}") };
        assert!(
            problem.field == "rrule" && problem.message.ends_with('.') && problem.next.ends_with('.'),
            "{text}: {problem:?}"
        );
    }
}

#[test]
fn occurrences_follow_the_days_the_interval_and_the_end_of_the_rule() {
    let end = "2028-01-01T00:00:00";
    assert_eq!(
        days("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4", "2027-03-02T19:00:00", end),
        ["03-02", "03-04", "03-09", "03-11"]
    );
    assert_eq!(days("FREQ=WEEKLY;INTERVAL=2;COUNT=3", "2027-03-02T19:00:00", end), ["03-02", "03-16", "03-30"]);
    assert_eq!(
        days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", "2027-01-01T19:00:00", end),
        ["01-29", "02-26", "03-31"]
    );
    assert_eq!(
        days("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31T19:00:00", "2027-06-01T00:00:00"),
        ["01-31", "03-31", "05-31"]
    );
    assert_eq!(days("FREQ=DAILY;UNTIL=20270303", "2027-03-01T19:00:00", end), ["03-01", "03-02", "03-03"]);
    assert_eq!(days("FREQ=DAILY;UNTIL=20270303T185959", "2027-03-01T19:00:00", end), ["03-01", "03-02"]);
    // 19:00 in Berlin is 18:00 UTC, until the clocks go forward on 28 March.
    assert_eq!(days("FREQ=DAILY;UNTIL=20270328T170000Z", "2027-03-27T19:00:00", end), ["03-27", "03-28"]);
    assert_eq!(days("FREQ=DAILY;UNTIL=20270327T175959Z", "2027-03-27T19:00:00", end), <[&str; 0]>::default());
    // A first time that does not fit the rule is no occurrence.
    assert_eq!(days("FREQ=WEEKLY;BYDAY=TU;COUNT=1", "2027-03-01T19:00:00", end), ["03-02"]);
}

#[test]
fn a_rule_that_no_date_fits_ends_and_a_rule_without_an_end_is_cut() {
    let began = Instant::now();
    let (first, last) = (local("2027-01-01T09:00:00"), local("9000-01-01T00:00:00"));
    for never in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=366",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=WEEKLY;INTERVAL=999;BYDAY=MO;BYSETPOS=2",
    ] {
        assert_eq!(rule(never).starts(first, Tz::UTC, last).count(), 0, "{never}");
    }
    assert_eq!(rule("FREQ=DAILY").starts(first, Tz::UTC, last).count(), OCCURRENCES_MAX);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn an_occurrence_in_a_gap_takes_the_offset_before_it_and_one_that_happens_twice_is_the_first() {
    let daily = |first: &str| {
        let first = local(first);
        let starts = rule("FREQ=DAILY;COUNT=3").starts(first, Tz::Europe__Berlin, local("2028-01-01T00:00:00"));
        starts.map(|start| start.instant().format("%dT%H:%M").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(daily("2027-03-27T02:30:00"), ["27T01:30", "28T01:30", "29T00:30"]);
    assert_eq!(daily("2027-10-30T02:30:00"), ["30T00:30", "31T00:30", "01T01:30"]);
}

#[test]
fn a_rule_keeps_its_last_day_when_the_class_moves_to_another_time() {
    let ending =
        |text: &str| rule(text).ending_with_a_day(local("2027-01-01T19:00:00").time(), Tz::Europe__Berlin).to_string();
    assert_eq!(ending("FREQ=DAILY;UNTIL=20270301T180000Z"), "FREQ=DAILY;UNTIL=20270301");
    assert_eq!(ending("FREQ=DAILY;UNTIL=20270301T175959Z"), "FREQ=DAILY;UNTIL=20270228");
    assert_eq!(ending("FREQ=DAILY;UNTIL=20270301T190000"), "FREQ=DAILY;UNTIL=20270301");
    assert_eq!(ending("FREQ=DAILY;UNTIL=20270301T185959"), "FREQ=DAILY;UNTIL=20270228");
    assert_eq!(ending("FREQ=DAILY;COUNT=3"), "FREQ=DAILY;COUNT=3");
}

#[test]
fn a_rule_reads_as_people_say_it() {
    let said = |text: &str| rule(text).sentence(local("2027-03-02T19:00:00"), Tz::Europe__Berlin);
    for (text, sentence) in [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "every 3 days, once"),
        ("FREQ=WEEKLY", "every Tuesday"),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10", "every Tuesday and Thursday, 10 times"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every day from Monday to Friday"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;UNTIL=20271231T225959Z",
            "every 2 weeks on Monday, Wednesday and Friday, until 31 December 2027",
        ),
        ("FREQ=MONTHLY", "every month on day 2"),
        ("FREQ=MONTHLY;BYDAY=1TU,-1FR", "every month on the first Tuesday and the last Friday"),
        ("FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=-2", "every month on the second last of Tuesday and Thursday"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1", "every month on day 1 and the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "every month on day 13 if it is a Friday"),
        ("FREQ=YEARLY", "every year on day 2 in March"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=4TH", "every 4 years on the 4th Thursday in November"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "every year in week 20 on Monday"),
        ("FREQ=YEARLY;BYYEARDAY=100,-1", "every year on day 100 of the year and the last day of the year"),
    ] {
        assert_eq!(said(text), sentence, "{text}");
    }
}
