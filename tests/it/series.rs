//! Recurring classes: they become sessions ahead of time, several of them change at once, and the journal undoes it.

use std::path::Path;

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use hajime_core::actions::library::attachment;
use hajime_core::actions::profile::journal;
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::actions::schedule::series::{self, Changed, Mode};
use hajime_core::actions::schedule::{holidays, sessions};
use hajime_core::domain::ids::{JournalId, SessionId};
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::domain::profile::journal::{Scope as JournalScope, UndoRefusal};
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::series::{Rooms, Scope};
use hajime_core::domain::schedule::session::{Session, SessionInput, SessionPhase};
use hajime_core::error::Error;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::store::FILE_NAME;
use reqwest::Method;
use rusqlite::Connection;
use rusqlite::types::Value as Column;
use serde_json::{Value, json};

use crate::command_line::{printed, run};
use crate::support::{Cloud, TestDesk};

/// The columns that say what people see of a series and its sessions.
const STATE: [&str; 2] = [
    "SELECT * FROM series ORDER BY id",
    "SELECT id, title, instructor, start, start_local, start_occurrence, length, timezone, record, quality, max_participants,
       state, series_id, occurrence FROM sessions ORDER BY id",
];

struct Class {
    desk: TestDesk,
    upkeep: Jobs,
    folder: tempfile::TempDir,
    cloud: Cloud,
}

impl Class {
    async fn open() -> Self {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        let class = Self { desk, upkeep: Jobs::of(&[Group::Data]), folder, cloud };
        // Noon is hours away from every time of a class here. Which classes are within sixty days then does not depend on
        // when the tests run.
        let noon = class.day(0).and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()).and_utc();
        class.desk.pass_without_tick(&class.cloud, (noon - class.desk.context.now()).num_seconds()).await;
        class
    }

    /// Returns a day that lies ahead, counted from tomorrow.
    fn day(&self, number: u64) -> NaiveDate {
        self.desk.context.now().date_naive() + Days::new(number + 1)
    }

    fn input(&self) -> SessionInput {
        let first = self.day(0).and_time(NaiveTime::from_hms_opt(19, 0, 0).unwrap());
        SessionInput {
            start_local: first.format("%Y-%m-%dT%H:%M").to_string(),
            timezone: "Europe/Berlin".into(),
            ..self.desk.input("Judo")
        }
    }

    fn daily(&self) -> Vec<Session> {
        series::schedule(&self.desk.context, &self.input(), "FREQ=DAILY", &[], Mode::Make).unwrap().sessions
    }

    /// Runs the job that makes the sessions of series.
    async fn make(&mut self) {
        jobs::tick(&self.desk.context, &mut self.upkeep).await.unwrap();
    }

    /// Returns every value of what people see, with its type.
    fn state(&self) -> Vec<Vec<Column>> {
        let raw = Connection::open(self.folder.path().join(FILE_NAME)).unwrap();
        STATE
            .iter()
            .flat_map(|sql| {
                let mut statement = raw.prepare(sql).unwrap();
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
                rows.map(Result::unwrap).collect::<Vec<Vec<Column>>>()
            })
            .collect()
    }

    fn newest(&self) -> JournalId {
        journal::list(&self.desk.context, JournalScope::Everything, 1).unwrap()[0].id
    }

    fn starts(&self) -> Vec<NaiveDateTime> {
        let all = sessions::list(&self.desk.context, None, None).unwrap();
        all.iter().map(|session| session.plan.start.local()).collect()
    }
}

fn input_of(session: &Session, time: &str, title: &str) -> SessionInput {
    let day = session.plan.start.local().date();
    SessionInput { start_local: format!("{day}T{time}"), title: title.into(), ..SessionInput::of(&session.plan) }
}

#[tokio::test]
async fn a_daily_series_has_sessions_for_sixty_days_and_the_job_makes_the_next_but_none_twice() {
    let mut class = Class::open().await;
    let made = class.daily();
    let days = made.len();
    assert!((59..=61).contains(&days), "{days}");
    // One is moved to another day, one is cancelled, and one is left out before it is a session.
    let moved = format!("{}T08:00", class.day(200));
    series::edit_one(
        &class.desk.context,
        made[days - 1].id,
        &SessionInput { start_local: moved.clone(), ..input_of(&made[3], "19:00", "Judo") },
        Mode::Make,
    )
    .unwrap();
    sessions::cancel(&class.desk.context, made[days - 2].id).unwrap();
    let left_out = made[days - 1].plan.start.local().date() + Days::new(2);
    let changed = series::skip_day(&class.desk.context, made[0].id, left_out, Mode::Make).unwrap();
    assert_eq!(changed.left_out, [left_out.and_time(NaiveTime::from_hms_opt(19, 0, 0).unwrap())]);
    class.make().await;
    assert_eq!(class.starts().len(), days);

    class.desk.pass_without_tick(&class.cloud, 5 * 86_400).await;
    class.make().await;
    let mut days_of_all: Vec<NaiveDate> = class.starts().iter().map(NaiveDateTime::date).collect();
    days_of_all.sort();
    let expected: Vec<NaiveDate> = (0..days as u64 + 5)
        .map(|number| class_day(&made, number))
        .filter(|day| *day != left_out && *day != made[days - 1].plan.start.local().date())
        .chain([moved[..10].parse().unwrap()])
        .collect();
    assert_eq!(days_of_all, expected);
    let of_all = sessions::list(&class.desk.context, None, None).unwrap();
    assert_eq!(of_all.iter().filter(|session| session.state.phase() == SessionPhase::Cancelled).count(), 1);
    assert_eq!(
        of_all.iter().filter(|session| session.is_moved()).map(|session| session.id).collect::<Vec<_>>(),
        [made[days - 1].id]
    );
    class.desk.pass_without_tick(&class.cloud, 3_600).await;
    class.make().await;
    assert_eq!(class.starts().len(), expected.len(), "an hour later nothing is new");
}

fn class_day(made: &[Session], number: u64) -> NaiveDate {
    made[0].plan.start.local().date() + Days::new(number)
}

/// A change of a series, which the test makes or has shown.
type Change = fn(&Class, &[Session], Mode) -> Changed;

const CHANGES: [(&str, Change); 5] = [
    ("edit all", |class, made, mode| {
        series::edit(&class.desk.context, made[4].id, Scope::All, &input_of(&made[4], "20:15", "Karate"), mode).unwrap()
    }),
    ("edit following", |class, made, mode| {
        series::edit(&class.desk.context, made[4].id, Scope::Following, &input_of(&made[4], "20:15", "Karate"), mode)
            .unwrap()
    }),
    ("skip following", |class, made, mode| series::skip_following(&class.desk.context, made[4].id, mode).unwrap()),
    ("skip a day that has a session", |class, made, mode| {
        series::skip_day(&class.desk.context, made[4].id, made[5].plan.start.local().date(), mode).unwrap()
    }),
    ("skip a later day", |class, made, mode| {
        series::skip_day(&class.desk.context, made[4].id, class_day(made, 100), mode).unwrap()
    }),
];

#[tokio::test]
async fn a_change_of_a_series_is_shown_as_it_is_made_and_undone_and_redone_byte_for_byte() {
    for (name, change) in CHANGES {
        let class = Class::open().await;
        let made = class.daily();
        series::edit_one(&class.desk.context, made[6].id, &input_of(&made[6], "07:00", "Sumo"), Mode::Make).unwrap();
        sessions::cancel(&class.desk.context, made[8].id).unwrap();
        series::skip_day(&class.desk.context, made[0].id, class_day(&made, 90), Mode::Make).unwrap();
        let before = class.state();
        let shown = change(&class, &made, Mode::Show);
        assert_eq!(class.state(), before, "{name}: showing changed something");
        let changed = change(&class, &made, Mode::Make);
        let after = class.state();
        assert_ne!(after, before, "{name}");
        let what = |changed: &Changed| {
            let one = |session: &Session| (session.id, session.plan.clone(), session.state.clone());
            let sessions = changed.sessions.iter().map(|change| (change.before.as_ref().map(one), one(&change.after)));
            (sessions.collect::<Vec<_>>(), changed.left_out.clone(), changed.later_from)
        };
        assert_eq!(what(&shown), what(&changed), "{name}");
        let undone = journal::undo(&class.desk.context, class.newest()).unwrap();
        assert_eq!(class.state(), before, "{name}: undone");
        journal::undo(&class.desk.context, undone.id).unwrap();
        // A series that the change made has its id again, so that every byte is the same.
        assert_eq!(class.state(), after, "{name}: redone");
    }
}

#[tokio::test]
async fn an_edit_of_the_following_classes_leaves_earlier_ones_and_what_was_agreed_for_one_class() {
    let class = Class::open().await;
    let made = class.daily();
    series::edit_one(&class.desk.context, made[6].id, &input_of(&made[6], "07:00", "Sumo"), Mode::Make).unwrap();
    let input = SessionInput { duration_minutes: 90, ..input_of(&made[4], "20:15", "Judo") };
    let changed = series::edit(&class.desk.context, made[4].id, Scope::Following, &input, Mode::Make).unwrap();
    assert_eq!(changed.sessions.len(), made.len() - 4);
    let later = changed.later_from.unwrap().local();
    assert_eq!(
        later,
        (made.last().unwrap().plan.start.local().date() + Days::new(1))
            .and_time(NaiveTime::from_hms_opt(20, 15, 0).unwrap())
    );
    let now_is = |number: usize| class.desk.session(&made[number]);
    assert_eq!(now_is(3).plan, made[3].plan);
    assert_eq!(now_is(3).series, made[3].series);
    let time = |session: &Session| session.plan.start.local().format("%H:%M").to_string();
    assert_eq!((time(&now_is(4)), now_is(4).plan.length), ("20:15".into(), TimeDelta::minutes(90)));
    assert_eq!(
        (time(&now_is(6)), now_is(6).plan.title, now_is(6).plan.length),
        ("07:00".into(), "Sumo".into(), TimeDelta::minutes(90))
    );
    assert_ne!(now_is(4).series.unwrap().series, made[4].series.unwrap().series);
}

#[tokio::test]
async fn a_class_that_was_made_after_a_change_follows_the_undo_of_it() {
    for scope in [Scope::Following, Scope::All] {
        let mut class = Class::open().await;
        let made = class.daily();
        let input = SessionInput { max_participants: 7, ..input_of(&made[4], "20:15", "Karate") };
        series::edit(&class.desk.context, made[4].id, scope, &input, Mode::Make).unwrap();
        let entry = class.newest();
        class.desk.pass_without_tick(&class.cloud, 2 * 86_400).await;
        class.make().await;
        let all = sessions::list(&class.desk.context, None, None).unwrap();
        assert_eq!(all.len(), made.len() + 2);
        assert_eq!((all.last().unwrap().plan.title.as_str(), all.last().unwrap().plan.max_participants), ("Karate", 7));
        journal::undo(&class.desk.context, entry).unwrap();
        let all = sessions::list(&class.desk.context, None, None).unwrap();
        let times: Vec<String> =
            all.iter().map(|one| format!("{} {}", one.plan.start.local().format("%H:%M"), one.plan.title)).collect();
        assert_eq!(times, vec!["19:00 Judo"; made.len() + 2], "{scope:?}");
        assert_eq!(
            all.iter()
                .filter(|one| one.series.unwrap().series == made[0].series.unwrap().series && !one.is_moved())
                .count(),
            all.len()
        );
        class.desk.pass_without_tick(&class.cloud, 86_400).await;
        class.make().await;
        assert_eq!(class.starts().len(), made.len() + 3, "{scope:?}");
    }
}

#[tokio::test]
async fn undoing_a_new_series_cancels_its_classes_and_makes_no_more() {
    let mut class = Class::open().await;
    let made = class.daily();
    let before = class.state();
    let undone = journal::undo(&class.desk.context, class.newest()).unwrap();
    let all = sessions::list(&class.desk.context, None, None).unwrap();
    assert!(all.iter().all(|session| session.state.phase() == SessionPhase::Cancelled));
    class.desk.pass_without_tick(&class.cloud, 3 * 3_600).await;
    class.make().await;
    assert_eq!(class.starts().len(), made.len());
    journal::undo(&class.desk.context, undone.id).unwrap();
    assert_eq!(class.state(), before);
}

/// Makes a class of its own the first of a daily series, and lets some days pass, in which the job makes classes.
async fn begun_some_days_ago(class: &mut Class, days: i64) -> JournalId {
    let alone = sessions::schedule(&class.desk.context, &class.input()).unwrap();
    series::begin(&class.desk.context, alone.id, &class.input(), "FREQ=DAILY", Rooms::Own, Mode::Make).unwrap();
    let entry = class.newest();
    class.desk.pass_without_tick(&class.cloud, days * 86_400).await;
    class.make().await;
    entry
}

#[tokio::test]
async fn an_undo_of_a_series_that_began_with_a_class_keeps_what_is_over() {
    let mut class = Class::open().await;
    class.desk.hold_for(&class.cloud, "Aikido", 60).await;
    class.desk.until_idle(&class.cloud).await;
    let entry = begun_some_days_ago(&mut class, 4).await;
    let judo = |class: &Class| {
        let all = sessions::list(&class.desk.context, None, None).unwrap();
        all.into_iter().filter(|one| one.plan.title == "Judo").collect::<Vec<Session>>()
    };
    let ids = |all: &[Session]| all.iter().map(|one| one.id).collect::<Vec<SessionId>>();
    let before = judo(&class);
    let mut over = before.clone();
    over.retain(|one| one.plan.start.instant() <= class.desk.context.now());
    assert!(over.len() >= 3, "{over:?}");
    // Somebody attaches a video to a class that was missed.
    let app = class.cloud.sandbox.info().app_id.clone();
    let list = class.cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings")).await;
    let video = json!({ "url": list["data"][0]["download_url"], "meta": { "name": "Judo" } });
    let video = class.cloud.send(Method::POST, "/stream/copy", video).await;
    class.desk.pass_without_tick(&class.cloud, 300).await;
    let video = AttachTo::Video(video["result"]["uid"].as_str().unwrap().parse().unwrap());
    attachment::attach(&class.desk.context, over[1].id, &video, None).await.unwrap();
    journal::undo(&class.desk.context, entry).unwrap();
    let left = judo(&class);
    assert_eq!(ids(&left), ids(&over));
    assert_eq!(class.desk.context.store().recordings_of(over[1].id).unwrap().len(), 1);
    assert!(left.iter().all(|one| one.series.is_none() && one.state.phase() == SessionPhase::Scheduled), "{left:?}");
    journal::undo(&class.desk.context, class.newest()).unwrap();
    let again = judo(&class);
    assert_eq!(ids(&again), ids(&before));
    assert!(again.iter().all(|one| one.series.is_some() && one.state.phase() == SessionPhase::Scheduled), "{again:?}");
}

#[tokio::test]
async fn an_undo_of_a_series_that_began_with_a_class_is_refused_where_somebody_has_changed_a_later_class() {
    let mut class = Class::open().await;
    let entry = begun_some_days_ago(&mut class, 2).await;
    let context = &class.desk.context;
    let all = sessions::list(context, None, None).unwrap();
    let [.., in_entry, _, moved, invited] = &all[..] else { panic!("{all:?}") };
    let day = |session: &Session| session.plan.start.local().format("%-d %B %Y").to_string();
    let refused = |what: &str| match journal::undo(context, entry) {
        Err(Error::Undo(UndoRefusal::ChangedSince { fields })) => assert_eq!(fields, [what.to_owned()]),
        other => panic!("{other:?}"),
    };
    series::edit_one(context, moved.id, &input_of(moved, "20:15", "Judo"), Mode::Make).unwrap();
    refused(&format!("the class of {}", day(moved)));
    journal::undo(context, class.newest()).unwrap();
    for session in [invited, in_entry] {
        roster::import(context, session.id, "Ben", Present::Stay, WrongLines::Refused).unwrap();
        refused(&format!("the people of the class of {}", day(session)));
        journal::undo(context, class.newest()).unwrap();
    }
    journal::undo(context, entry).unwrap();
    assert!(sessions::list(context, None, None).unwrap().iter().all(|one| one.series.is_none()));
}

#[tokio::test]
async fn an_undo_is_refused_when_a_class_of_the_change_was_changed_again_but_not_when_one_has_begun() {
    let class = Class::open().await;
    let made = class.daily();
    series::edit(&class.desk.context, made[0].id, Scope::All, &input_of(&made[0], "19:00", "Karate"), Mode::Make)
        .unwrap();
    let entry = class.newest();
    start::start_early(&class.desk.context, made[0].id).await.unwrap();
    series::edit_one(&class.desk.context, made[2].id, &input_of(&made[2], "19:00", "Sumo"), Mode::Make).unwrap();
    let day = made[2].plan.start.local().format("%-d %B %Y");
    match journal::undo(&class.desk.context, entry) {
        Err(Error::Undo(UndoRefusal::ChangedSince { fields })) => assert_eq!(fields, [format!("the class of {day}")]),
        other => panic!("{other:?}"),
    }
    journal::undo(&class.desk.context, class.newest()).unwrap();
    journal::undo(&class.desk.context, entry).unwrap();
    let title = |number: usize| class.desk.session(&made[number]).plan.title;
    assert_eq!((title(0), title(1), title(2)), ("Karate".into(), "Judo".into(), "Judo".into()));
}

#[tokio::test]
async fn what_a_series_cannot_follow_is_refused_with_its_field() {
    let class = Class::open().await;
    let made = class.daily();
    let field = |result: Result<Changed, Error>| match result {
        Err(Error::Invalid(invalid)) => invalid.problems()[0].field,
        other => panic!("{other:?}"),
    };
    let other_day =
        SessionInput { start_local: format!("{}T19:00", class_day(&made, 30)), ..input_of(&made[4], "19:00", "Judo") };
    assert_eq!(field(series::edit(&class.desk.context, made[4].id, Scope::All, &other_day, Mode::Make)), "start_local");
    let before = made[0].plan.start.local().date() - Days::new(1);
    assert_eq!(field(series::skip_day(&class.desk.context, made[0].id, before, Mode::Make)), "on");
    let own = class.desk.schedule("Aikido");
    let refused = series::skip_following(&class.desk.context, own.id, Mode::Make).unwrap_err();
    assert_eq!(refused.message(), "“Aikido” belongs to no series.");
    start::start_early(&class.desk.context, made[0].id).await.unwrap();
    let begun =
        series::edit(&class.desk.context, made[0].id, Scope::All, &input_of(&made[0], "19:00", "Karate"), Mode::Make);
    assert!(matches!(begun, Err(Error::Session(_))), "{begun:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_in_a_skipped_or_repeated_hour_says_when_it_begins() {
    let class = Class::open().await;
    // Berlin changes its clocks on the last Sundays of March and October. Tomorrow may be one of them, and then 02:30 of
    // the day after exists.
    let tomorrow_changes = class.day(0).month() == 3 && class.day(0).day() >= 25;
    let start = format!("{}T02:30", class.day(u64::from(tomorrow_changes)));
    for (month, note) in [(3, "skip 02:30"), (10, "show 02:30 twice")] {
        let rule = format!("FREQ=YEARLY;BYMONTH={month};BYDAY=-1SU");
        let plan = ["--title", "Judo", "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
        let made = cli(&class.cloud, class.folder.path(), &[&["session", "add", "--rrule", &rule], &plan[..]].concat());
        let sessions = made["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 1, "{made}");
        let id = sessions[0]["id"].as_str().unwrap();
        let shown = cli(&class.cloud, class.folder.path(), &["session", "show", id]);
        assert!(shown["start_note"].as_str().unwrap().contains(note), "{shown}");
        // Both begin at 02:30 by the time from before the change: an hour ahead of UTC in March, two in October.
        let ending = if month == 3 { "T01:30:00Z" } else { "T00:30:00Z" };
        assert!(shown["start"].as_str().unwrap().ends_with(ending), "{shown}");
        assert_eq!(shown["series"]["moved"], false);
    }
}

fn cli(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Value {
    printed(&run(cloud, folder, arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_plans_lists_changes_and_undoes_a_series() {
    let class = Class::open().await;
    let cli = |arguments: &[&str]| cli(&class.cloud, class.folder.path(), arguments);
    let (start, except) = (class.input().start_local, class.day(2).to_string());
    let plan = ["--title", "Judo", "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
    let add = [&["session", "add"], &plan[..], &["--rrule", "FREQ=DAILY;COUNT=6", "--except", &except]].concat();
    let shown = cli(&[&add[..], &["--dry-run"]].concat());
    assert_eq!(cli(&["session", "list"]), json!([]));
    let made = cli(&add);
    assert_eq!(made["repeats"], "every day, 6 times");
    assert_eq!((shown["sessions"].as_array().unwrap().len(), &shown["except"]), (5, &made["except"]));
    let id = |number: usize| made["sessions"][number]["id"].as_str().unwrap().to_owned();
    let listed = cli(&["session", "list", "--from", &class.day(1).to_string(), "--to", &class.day(5).to_string()]);
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    assert_eq!(listed[0]["series"]["occurrence"], format!("{}T19:00:00", class.day(1)));
    assert_eq!(listed[0]["series"]["rrule"], "FREQ=DAILY;COUNT=6");

    let to = format!("{}T08:30", class.day(2));
    let moved = cli(&["session", "move", &id(1), "--start", &to, "--dry-run"]);
    assert_eq!((&moved["dry_run"], &moved["sessions"][0]["after"]["series"]["moved"]), (&json!(true), &json!(true)));
    assert_eq!(cli(&["session", "show", &id(1)])["series"]["moved"], false);
    cli(&["session", "move", &id(1), "--start", &to]);
    assert_eq!(cli(&["session", "show", &id(1)])["series"]["moved"], true);

    let start = format!("{}T19:00", class.day(3));
    let plan = ["--title", "Karate", "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
    let third = id(2);
    let edit = [&["session", "edit", &third], &plan[..]].concat();
    for (which, expected) in
        [("--this", vec![id(2)]), ("--following", vec![id(2), id(3), id(4)]), ("--all", (0..5).map(id).collect())]
    {
        let shown = cli(&[&edit[..], &[which, "--dry-run"]].concat());
        let ids: Vec<&str> =
            shown["sessions"].as_array().unwrap().iter().map(|one| one["after"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{which}");
    }
    let before = class.state();
    cli(&[&edit[..], &["--following"]].concat());
    let titles = |all: Value| {
        all.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(cli(&["session", "list"])), ["Judo", "Judo", "Karate", "Karate", "Karate"]);
    let entry = cli(&["journal", "list", "--limit", "1"])[0].clone();
    assert_eq!(entry["entity"], "series");
    cli(&["journal", "undo", entry["id"].as_str().unwrap()]);
    assert_eq!(class.state(), before);

    let skipped = cli(&["session", "skip", &id(3)]);
    assert_eq!(skipped["sessions"][0]["after"]["status"], "cancelled");
    let ended = cli(&["session", "skip", &id(2), "--following"]);
    assert_eq!(ended["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(cli(&["session", "restore", &id(3)])["status"], "scheduled");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_the_dates_of_a_rule_and_what_the_clocks_do() {
    let class = Class::open().await;
    let dates =
        ["session", "dates", "--start", "2027-03-27T02:30", "--timezone", "Europe/Berlin", "--to", "2027-03-29T23:59"];
    let shown = cli(&class.cloud, class.folder.path(), &[&dates[..], &["--rrule", "FREQ=DAILY"]].concat());
    let starts: Vec<&str> = shown.as_array().unwrap().iter().map(|one| one["start"].as_str().unwrap()).collect();
    assert_eq!(starts, ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]);
    assert_eq!(shown[1]["note"], "The clocks in Europe/Berlin skip 02:30 on 28 March 2027; the class begins at 03:30.");
    let refused = run(&class.cloud, class.folder.path(), &[&dates[..], &["--rrule", "FREQ=HOURLY"]].concat());
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(
        (refused.status.code(), &error["code"], &error["fields"][0]["field"]),
        (Some(1), &json!("invalid_input"), &json!("rrule"))
    );
}

#[tokio::test]
async fn a_rule_is_previewed_before_the_class_has_a_name_or_an_instructor() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (last_of_march, rule) = (last_sunday_of_march(&desk), "FREQ=WEEKLY;BYDAY=SU");
    let before = last_of_march - TimeDelta::days(7);
    let preview = series::preview(&desk.context, &format!("{before}T02:30"), "Europe/Berlin", rule).unwrap();
    assert_eq!(preview.starts[0].local().to_string(), format!("{before} 02:30:00"));
    let note = preview.changed_clocks[0].note().unwrap();
    assert!(note.contains("skip 02:30") && note.contains("begins at 03:30"), "{note}");
    let refused = series::preview(&desk.context, "soon", "Europe/Berlin", rule).unwrap_err();
    assert!(refused.to_string().contains("soon"), "{refused}");
}

/// The last Sunday of March that is more than a week ahead: the clocks in Berlin then go forward.
fn last_sunday_of_march(desk: &TestDesk) -> NaiveDate {
    let today = desk.context.now().date_naive();
    let of_year = |year| {
        let last = NaiveDate::from_ymd_opt(year, 3, 31).unwrap();
        last - TimeDelta::days(i64::from(last.weekday().num_days_from_sunday()))
    };
    let this_year = of_year(today.year());
    if this_year > today + TimeDelta::days(8) { this_year } else { of_year(today.year() + 1) }
}

#[tokio::test]
async fn a_class_stays_cancelled_until_the_last_holiday_that_covers_it_is_removed() {
    let class = Class::open().await;
    let made = class.daily();
    let context = &class.desk.context;
    let add = |first, last, reason| {
        holidays::add(context, class.day(first), class.day(last), reason, None, Mode::Make).unwrap().holiday.id
    };
    let (one, other) = (add(2, 3, "Exams"), add(3, 4, "Repairs"));
    let states = || made[2..5].iter().map(|session| class.desk.session(session).state.phase()).collect::<Vec<_>>();
    assert_eq!(states(), [SessionPhase::Cancelled; 3]);
    holidays::remove(context, one, Mode::Make).unwrap();
    assert_eq!(states(), [SessionPhase::Scheduled, SessionPhase::Cancelled, SessionPhase::Cancelled]);
    holidays::remove(context, other, Mode::Make).unwrap();
    assert_eq!(states(), [SessionPhase::Scheduled; 3]);
}
