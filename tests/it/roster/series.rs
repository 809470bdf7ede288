//! The people of a series: every class begins with them, and one change reaches a class and all later ones.

use std::path::Path;

use chrono::Days;
use hajime_core::actions::profile::journal;
use hajime_core::actions::schedule::roster::{self, PersonDraft, Reach, WrongLines};
use hajime_core::actions::schedule::series::{self, Mode, NewSeries, SeriesInput};
use hajime_core::actions::schedule::{sessions, templates};
use hajime_core::domain::ids::{PersonId, SessionId};
use hajime_core::domain::profile::journal::{Entity, JournalEntry, Scope as JournalScope};
use hajime_core::domain::schedule::person::Role;
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::series::{Rooms, Scope};
use hajime_core::domain::schedule::session::{Session, SessionInput};
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::store::FILE_NAME;
use rusqlite::Connection;
use rusqlite::types::Value as Column;
use serde_json::json;

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

/// A change of a series to this rule.
fn by(rule: &str) -> SeriesInput<'_> {
    SeriesInput { rule: Some(rule), rooms: None }
}

struct Course {
    desk: TestDesk,
    folder: tempfile::TempDir,
    cloud: Cloud,
}

impl Course {
    async fn open() -> Self {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        Self { desk, folder, cloud }
    }

    fn input(&self) -> SessionInput {
        let first = self.desk.context.now().date_naive() + Days::new(1);
        SessionInput {
            start_local: format!("{first}T19:00"),
            timezone: "Europe/Berlin".into(),
            max_participants: 5,
            ..self.desk.input("Judo")
        }
    }

    fn scheduled(&self, rule: &str) -> Vec<Session> {
        series::schedule(&self.desk.context, &self.input(), rule, &[], Mode::Make).unwrap().sessions
    }

    fn add(&self, session: &Session, reach: Reach, text: &str) {
        self.try_to_add(session, reach, text).unwrap();
    }

    fn try_to_add(&self, session: &Session, reach: Reach, text: &str) -> Result<(), hajime_core::error::Error> {
        let (present, wrong_lines) = (Present::Stay, WrongLines::Refused);
        roster::import_into(&self.desk.context, session.id, reach, text, present, wrong_lines).map(drop)
    }

    fn names(&self, session: SessionId) -> String {
        let people = self.desk.context.store().roster_of(session).unwrap();
        people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn names_of(&self, all: &[Session]) -> Vec<String> {
        all.iter().map(|session| self.names(session.id)).collect()
    }

    fn person(&self, session: &Session, name: &str) -> PersonId {
        let people = self.desk.context.store().roster_of(session.id).unwrap();
        people.iter().find(|person| person.name == name).unwrap().id
    }

    fn newest(&self) -> JournalEntry {
        journal::list(&self.desk.context, JournalScope::Everything, 1).unwrap().remove(0)
    }

    fn entries(&self) -> usize {
        journal::list(&self.desk.context, JournalScope::Everything, 1_000).unwrap().len()
    }

    /// Returns every value of all lists of people, with its type.
    fn state(&self) -> Vec<Vec<Column>> {
        let raw = Connection::open(self.folder.path().join(FILE_NAME)).unwrap();
        [
            "SELECT * FROM roster ORDER BY session_id, person_id",
            "SELECT * FROM series_roster ORDER BY series_id, person_id",
        ]
        .iter()
        .flat_map(|sql| {
            let mut statement = raw.prepare(sql).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
            rows.map(Result::unwrap).collect::<Vec<Vec<Column>>>()
        })
        .collect()
    }

    /// Makes the classes that are due after these days.
    async fn pass_days(&self, days: i64) {
        self.desk.pass_without_tick(&self.cloud, days * 86_400).await;
        jobs::tick(&self.desk.context, &mut Jobs::of(&[Group::Data])).await.unwrap();
    }

    fn all(&self) -> Vec<Session> {
        let mut all = sessions::list(&self.desk.context, None, None).unwrap();
        all.sort_by_key(|session| session.plan.start.instant());
        all
    }
}

#[tokio::test]
async fn one_change_reaches_twenty_four_classes_and_is_undone_to_the_last_byte() {
    let course = Course::open().await;
    let all = course.scheduled("FREQ=DAILY;COUNT=24");
    course.add(&all[5], Reach::This, "Gast\nAnna <anna@example.org>");
    course.add(&all[9], Reach::This, "Zoe");
    let empty = course.state();
    let entries = course.entries();

    course.add(&all[0], Reach::Following, "Anna <anna@example.org>\nBen <ben@example.org>\nCleo");
    assert_eq!(course.entries(), entries + 1, "one entry for all");
    assert!(matches!(course.newest().entity, Entity::SeriesRoster(_)));
    let mut expected = vec!["Anna Ben Cleo".to_owned(); 24];
    expected[5] = "Gast Anna Ben Cleo".into();
    expected[9] = "Zoe Anna Ben Cleo".into();
    assert_eq!(course.names_of(&all), expected);
    let added = course.newest().id;
    journal::undo(&course.desk.context, added).unwrap();
    assert_eq!(course.state(), empty);
    // The undo is undone in turn.
    journal::undo(&course.desk.context, course.newest().id).unwrap();
    assert_eq!(course.names_of(&all), expected);

    // Removing somebody, whose id is another one in the sixth class, and bringing them back to their places.
    let full = course.state();
    let anna = course.person(&all[3], "Anna");
    roster::remove_from(&course.desk.context, all[3].id, Reach::Following, &[anna]).unwrap();
    assert_eq!(course.names(all[2].id), "Anna Ben Cleo", "an earlier class keeps her");
    assert_eq!(course.names_of(&all[3..7]), ["Ben Cleo", "Ben Cleo", "Gast Ben Cleo", "Ben Cleo"]);
    journal::undo(&course.desk.context, course.newest().id).unwrap();
    assert_eq!(course.state(), full);

    // A changed address reaches those classes alone that have the person.
    let ben = course.person(&all[0], "Ben");
    roster::remove(&course.desk.context, all[7].id, &[ben]).unwrap();
    let without = course.state();
    let draft = PersonDraft { name: "Ben", email: "ben@new.example", role: Role::Host };
    roster::edit_in(&course.desk.context, all[6].id, Reach::Following, ben, &draft).unwrap();
    let address = |class: usize| {
        let people = course.desk.context.store().roster_of(all[class].id).unwrap();
        people.into_iter().find(|person| person.id == ben).map(|person| person.email.unwrap().to_string())
    };
    let told: Vec<Option<String>> = (5..9).map(address).collect();
    let (old, new) = (Some("ben@example.org".to_owned()), Some("ben@new.example".to_owned()));
    assert_eq!(told, [old, new.clone(), None, new]);
    journal::undo(&course.desk.context, course.newest().id).unwrap();
    assert_eq!(course.state(), without);
}

#[tokio::test]
async fn classes_that_are_made_later_begin_with_the_people_also_after_a_split_and_another_rule() {
    let course = Course::open().await;
    let context = &course.desk.context;
    let all = course.scheduled("FREQ=DAILY");
    course.add(&all[0], Reach::Following, "Anna\nBen");
    course.add(&all[1], Reach::This, "Gast");
    course.pass_days(3).await;
    let later = course.all();
    assert!(later.len() >= all.len() + 2);
    assert_eq!(course.names(later.last().unwrap().id), "Anna Ben");

    // A split copies the people, and each part keeps its own from then on.
    let from = later[20].clone();
    let input = SessionInput { title: "Judo II".into(), ..SessionInput::of(&from.plan) };
    series::edit(context, from.id, Scope::Following, &input, Mode::Make).unwrap();
    let split = course.newest().id;
    let from = sessions::get(context, from.id).unwrap();
    assert_ne!(from.series.unwrap().series, later[0].series.unwrap().series);
    course.add(&from, Reach::Following, "Cleo");
    let refused = journal::undo(context, split).unwrap_err();
    assert!(refused.message().contains("the people of the series"), "{}", refused.message());
    course.pass_days(2).await;
    assert_eq!(course.names(course.all().last().unwrap().id), "Anna Ben Cleo");
    assert_eq!(course.names(later[19].id), "Anna Ben");

    // Another rule makes classes on other days.
    let input = SessionInput::of(&from.plan);
    let known: Vec<SessionId> = course.all().iter().map(|session| session.id).collect();
    series::edit_series(context, from.id, Scope::Following, &input, by("FREQ=WEEKLY;BYDAY=MO,WE,FR"), Mode::Make)
        .unwrap();
    series::edit_series(context, from.id, Scope::Following, &input, by("FREQ=DAILY"), Mode::Make).unwrap();
    let made: Vec<Session> = course.all().into_iter().filter(|session| !known.contains(&session.id)).collect();
    assert!(!made.is_empty());
    assert!(course.names_of(&made).iter().all(|names| names == "Anna Ben Cleo"), "{:?}", course.names_of(&made));
}

#[tokio::test]
async fn an_undo_reaches_classes_that_were_made_since_and_leaves_those_that_are_over() {
    let course = Course::open().await;
    let context = &course.desk.context;
    let all = course.scheduled("FREQ=DAILY");
    course.add(&all[0], Reach::Following, "Anna");
    course.desk.pass_without_tick(&course.cloud, 60).await;
    course.add(&all[0], Reach::Following, "Ben");
    let change = course.newest().id;
    course.pass_days(3).await;
    let last = course.all().pop().unwrap();
    assert_eq!(course.names(last.id), "Anna Ben");
    course.add(&last, Reach::This, "Gast");
    journal::undo(context, change).unwrap();
    assert_eq!(course.names(last.id), "Anna Gast");
    assert_eq!(course.names(all[10].id), "Anna");
    assert_eq!(course.names(all[1].id), "Anna Ben", "its time was over");
    course.pass_days(1).await;
    assert_eq!(course.names(course.all().pop().unwrap().id), "Anna");
}

#[tokio::test]
async fn somebody_who_was_changed_again_keeps_the_change_from_being_undone() {
    let course = Course::open().await;
    let all = course.scheduled("FREQ=DAILY;COUNT=4");
    course.add(&all[0], Reach::Following, "Anna");
    let change = course.newest().id;
    let anna = course.person(&all[2], "Anna");
    roster::edit(&course.desk.context, all[2].id, anna, "Anna", "anna@example.org", Role::Participant).unwrap();
    let refused = journal::undo(&course.desk.context, change).unwrap_err();
    let day = all[2].plan.start.local().format("%-d %B %Y").to_string();
    assert!(refused.message().contains(&format!("the people of the class of {day}")), "{}", refused.message());
    assert_eq!(course.names(all[3].id), "Anna");
}

#[tokio::test]
async fn a_list_that_would_be_too_long_in_one_later_class_changes_nothing_and_says_which() {
    let course = Course::open().await;
    let all = course.scheduled("FREQ=DAILY;COUNT=24");
    course.add(&all[7], Reach::This, "A\nB\nC\nD");
    let (before, entries) = (course.state(), course.entries());
    let refused = course.try_to_add(&all[0], Reach::Following, "Anna\nBen").unwrap_err();
    let day = all[7].plan.start.local().format("%-d %B %Y").to_string();
    let said = format!("The list of the class of {day} would have 6 participants, and the class takes 5.");
    assert_eq!(refused.message(), said);
    let crowd = course.try_to_add(&all[0], Reach::Following, "A\nB\nC\nD\nE\nF").unwrap_err();
    assert_eq!(crowd.message(), "The list would have 6 participants, and the class takes 5.");
    assert_eq!((course.state(), course.entries()), (before, entries));
    // An earlier full class is no obstacle.
    course.add(&all[8], Reach::Following, "Anna\nBen");
    assert_eq!(course.names(all[23].id), "Anna Ben");
    // Two people cannot get one address.
    course.add(&all[10], Reach::This, "Other <anna@example.org>");
    let anna = course.person(&all[8], "Anna");
    let draft = PersonDraft { name: "Anna", email: "anna@example.org", role: Role::Participant };
    let twice = roster::edit_in(&course.desk.context, all[8].id, Reach::Following, anna, &draft).unwrap_err();
    let day = all[10].plan.start.local().format("%-d %B %Y").to_string();
    assert_eq!(twice.message(), format!("“anna@example.org” is on the list of the class of {day} already."));
}

#[tokio::test]
async fn a_class_alone_has_no_later_classes() {
    let course = Course::open().await;
    let alone = sessions::schedule(&course.desk.context, &course.input()).unwrap();
    let refused = course.try_to_add(&alone, Reach::Following, "Anna").unwrap_err();
    assert!(refused.message().contains("Judo"), "{}", refused.message());
    assert_eq!(course.names(alone.id), "");
    assert_eq!(roster::get(&course.desk.context, alone.id).unwrap().later, None);
    let all = course.scheduled("FREQ=DAILY;COUNT=3");
    assert_eq!(roster::get(&course.desk.context, all[0].id).unwrap().later, Some(2));
}

#[tokio::test]
async fn a_template_gives_its_people_to_a_series() {
    let course = Course::open().await;
    let context = &course.desk.context;
    let pattern = sessions::schedule(context, &course.input()).unwrap();
    course.add(&pattern, Reach::This, "Anna <anna@example.org>\nBen");
    let template = templates::from_session(context, pattern.id, "Beginners").unwrap();
    let (input, mode) = (course.input(), Mode::Make);
    let daily = NewSeries { rule: "FREQ=DAILY;COUNT=3", left_out: &[], rooms: Rooms::Own };
    let planned = templates::schedule_series(context, template.id, &input, &daily, mode).unwrap();
    assert_eq!(course.names_of(&planned.sessions), ["Anna Ben", "Anna Ben", "Anna Ben"]);
    let small = SessionInput { max_participants: 1, ..course.input() };
    let refused = templates::schedule_series(context, template.id, &small, &daily, mode).unwrap_err();
    assert_eq!(refused.message(), "The list would have 2 participants, and the class takes 1.");
    // Undoing the series later is not kept from by a change of its people.
    let creation = course.newest().id;
    course.add(&planned.sessions[0], Reach::Following, "Cleo");
    journal::undo(context, creation).unwrap();
    assert_eq!(course.names(planned.sessions[1].id), "Anna Ben Cleo");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_changes_the_people_of_a_class_and_of_all_later_ones() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(&cloud, folder.path(), arguments);
    let write = |text: &str| std::fs::write(Path::new(folder.path()).join("text"), text).unwrap();
    let plan =
        ["--title", "Judo", "--instructor", "M. Ito", "--start", "2029-12-03T18:30", "--timezone", "Europe/Berlin"];
    let rule = ["--rrule", "FREQ=DAILY;COUNT=3"];
    let made = printed(&run(&[&["session", "add"], &plan[..], &rule[..]].concat()));
    let first = made["sessions"][0]["id"].as_str().unwrap().to_owned();
    write("Anna <anna@example.org>\nBen");
    let shown = printed(&run(&["roster", "import", &first, "text", "--following"]));
    assert_eq!(shown["people"].as_array().unwrap().len(), 2);
    let anna = shown["people"][0]["id"].as_str().unwrap().to_owned();
    let edited = ["roster", "edit", &first, &anna, "--name", "Anna L.", "--following"];
    printed(&run(&edited));
    let removed = printed(&run(&["roster", "remove", &first, &anna, "--following"]));
    assert_eq!(removed["people"].as_array().unwrap().len(), 1);
    assert_eq!(shown["later_classes"], removed["later_classes"]);

    printed(&run(&["template", "from-session", &first, "--name", "Beginners"]));
    let plan = ["--start", "2029-12-13T18:30", "--timezone", "Europe/Berlin", "--template", "Beginners"];
    let made = printed(&run(&[&["session", "add"], &plan[..], &rule[..]].concat()));
    let first = made["sessions"][0]["id"].as_str().unwrap();
    assert_eq!(printed(&run(&["roster", "show", first]))["people"][0]["name"], json!("Ben"));
    let alone = printed(&run(&[&["session", "add"], &plan[..]].concat()));
    let alone = alone["id"].as_str().unwrap();
    let refused = refused(&run(&["roster", "import", alone, "text", "--following"]));
    assert!(refused["message"].as_str().unwrap().contains("Judo"), "{refused}");
}
