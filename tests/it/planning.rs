//! What speaks against a plan, and templates.

use chrono::TimeDelta;
use hajime_core::actions::profile::journal;
use hajime_core::actions::schedule::conflicts::{self, Storage};
use hajime_core::actions::schedule::{calendar, holidays, roster, series, sessions, templates};
use hajime_core::domain::profile::journal::{Scope, UndoRefusal};
use hajime_core::domain::schedule::conflicts::{ConflictKind, Solution};
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::session::SessionInput;
use hajime_core::domain::schedule::template::TemplateInput;
use hajime_core::error::Error;
use serde_json::json;

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

/// The input for a class that begins in so many minutes.
fn input(desk: &TestDesk, title: &str, minutes: i64) -> SessionInput {
    let at = desk.context.now() + TimeDelta::minutes(minutes);
    SessionInput { start_local: at.to_rfc3339(), ..desk.input(title) }
}

async fn kinds(desk: &TestDesk, input: &SessionInput) -> Vec<ConflictKind> {
    let found = conflicts::find(&desk.context, input, None, None).await.unwrap();
    found.conflicts.iter().map(|conflict| conflict.kind).collect()
}

#[tokio::test]
async fn a_plan_is_compared_with_every_class_that_may_take_place() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let other = sessions::schedule(&desk.context, &input(&desk, "Judo", 120)).unwrap();
    let overlapping = input(&desk, "Karate", 150);
    let found = conflicts::find(&desk.context, &overlapping, None, None).await.unwrap();
    assert_eq!(found.conflicts[0].other, Some(other.id));
    assert!(found.conflicts[0].message.contains("“Judo”"), "{}", found.conflicts[0].message);
    // Saving stays possible, and the class is no conflict of itself.
    let saved = sessions::schedule(&desk.context, &overlapping).unwrap();
    sessions::cancel(&desk.context, other.id).unwrap();
    let again = conflicts::find(&desk.context, &overlapping, Some(saved.id), None).await.unwrap();
    assert_eq!(again.conflicts, []);
    // Another instructor may teach at the same time.
    let somebody = SessionInput { instructor: "Somebody Else".into(), ..overlapping.clone() };
    assert_eq!(kinds(&desk, &somebody).await, []);
    let invalid = SessionInput { title: String::new(), ..overlapping };
    assert!(matches!(conflicts::find(&desk.context, &invalid, None, None).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn a_series_is_compared_with_series_that_are_not_sessions_yet() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let weekly = "FREQ=WEEKLY;COUNT=30";
    series::schedule(&desk.context, &input(&desk, "Judo", 120), weekly, &[], series::Mode::Make).unwrap();
    let found = conflicts::find(&desk.context, &input(&desk, "Karate", 150), None, Some(weekly)).await.unwrap();
    assert_eq!(found.conflicts.len(), 1);
    assert!(found.conflicts[0].message.starts_with("30 of 30 dates: "), "{}", found.conflicts[0].message);
    let late = input(&desk, "Karate", 150 + 20 * 7 * 24 * 60);
    assert_eq!(kinds(&desk, &late).await, [ConflictKind::Instructor], "the class in twenty weeks is no session yet");
}

#[tokio::test]
async fn dates_in_holidays_are_no_conflict_and_a_changed_series_is_compared_with_all_its_dates() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let weekly = "FREQ=WEEKLY;COUNT=30";
    let make = |title: &str, minutes: i64| {
        series::schedule(&desk.context, &input(&desk, title, minutes), weekly, &[], series::Mode::Make).unwrap()
    };
    let (judo, karate) = (make("Judo", 120), make("Karate", 300));
    let day = judo.series.starts(desk.context.now()).nth(20).unwrap().local().date();
    holidays::add(&desk.context, day, day, "Closed", None, series::Mode::Make).unwrap();
    let found = conflicts::find(&desk.context, &input(&desk, "Aikido", 150), None, Some(weekly)).await.unwrap();
    assert!(found.conflicts[0].message.starts_with("29 of 29 dates: "), "{}", found.conflicts[0].message);

    let first = karate.sessions[0].id;
    let earlier = input(&desk, "Karate", 150);
    let scope = hajime_core::domain::schedule::series::Scope::All;
    let changed = series::edit(&desk.context, first, scope, &earlier, series::Mode::Show).unwrap();
    let found = conflicts::of_change(&desk.context, &changed).await.unwrap();
    let messages: Vec<&str> = found.conflicts.iter().map(|conflict| conflict.message.as_str()).collect();
    assert!(
        messages.len() == 1 && messages[0].starts_with("29 of 29 dates: R. Alves also teaches “Judo”."),
        "{messages:?}"
    );
}

#[tokio::test]
async fn an_import_that_is_only_shown_names_what_comes_in_its_way() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    sessions::schedule(&desk.context, &input(&desk, "Judo", 120)).unwrap();
    let start = (desk.context.now() + TimeDelta::minutes(150)).format("%Y%m%dT%H%M%SZ");
    let event = |uid: &str, title: &str, rule: &str| {
        format!("BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\nDTSTART:{start}\nDURATION:PT1H\n{rule}END:VEVENT\n")
    };
    let file = format!(
        "BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n",
        event("a", "Karate", "RRULE:FREQ=WEEKLY;COUNT=10\n"),
        event("b", "Aikido", "")
    );
    let shown = calendar::import(&desk.context, file.as_bytes(), "UTC", Some("R. Alves"), series::Mode::Show).unwrap();
    let found = conflicts::of_import(&desk.context, &shown).unwrap();
    let of = |title: &str| {
        let own = found.iter().filter(|one| one.title == title).map(|one| one.conflict.message.clone());
        own.collect::<Vec<_>>().join(" ")
    };
    assert!(of("Karate").contains("1 of 10 dates: R. Alves also teaches “Judo”."), "{}", of("Karate"));
    assert!(of("Karate").contains("“Aikido”") && !of("Karate").contains("“Karate”"), "{}", of("Karate"));
    assert!(of("Aikido").contains("“Judo”") && of("Aikido").contains("“Karate”"), "{}", of("Aikido"));
    let somebody = calendar::import(&desk.context, file.as_bytes(), "UTC", Some("M. Ito"), series::Mode::Show).unwrap();
    let found = conflicts::of_import(&desk.context, &somebody).unwrap();
    assert!(found.iter().all(|one| !one.conflict.message.contains("Judo")), "{found:?}");
}

#[tokio::test]
async fn the_minutes_of_stream_are_asked_for_once_and_an_error_is_told_as_unknown() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "storage_limit_minutes": 30 })).await;
    let recorded = input(&desk, "Karate", 120);
    let found = conflicts::find(&desk.context, &recorded, None, None).await.unwrap();
    assert_eq!(found.conflicts[0].kind, ConflictKind::Storage);
    assert!(matches!(found.storage, Some(Storage::Known { minutes_left, .. }) if (minutes_left - 30.0).abs() < 0.1));
    let sent = desk.context.cloudflare().sent();
    conflicts::find(&desk.context, &recorded, None, None).await.unwrap();
    assert_eq!(desk.context.cloudflare().sent(), sent);
    let unrecorded = SessionInput { record: false, ..recorded.clone() };
    assert!(conflicts::find(&desk.context, &unrecorded, None, None).await.unwrap().storage.is_none());

    let other = tempfile::tempdir().unwrap();
    let elsewhere = TestDesk::open(&cloud, other.path());
    cloud.fault("GET", "*/storage-usage", 1, json!({ "kind": "status", "status": 403 })).await;
    let unknown = conflicts::find(&elsewhere.context, &recorded, None, None).await.unwrap();
    assert_eq!(unknown.conflicts, []);
    assert!(matches!(unknown.storage, Some(Storage::Unknown { why }) if !why.is_empty()));
}

#[tokio::test]
async fn a_roster_that_outgrew_its_class_is_told_with_the_number_that_solves_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let roomy = SessionInput { max_participants: 5, ..input(&desk, "Karate", 120) };
    let session = sessions::schedule(&desk.context, &roomy).unwrap();
    roster::import(&desk.context, session.id, "Ada\nBen\nCleo", Present::Stay, roster::WrongLines::Refused).unwrap();
    let small = SessionInput { max_participants: 2, ..SessionInput::of(&session.plan) };
    let found = conflicts::find(&desk.context, &small, Some(session.id), None).await.unwrap();
    assert_eq!(found.conflicts[0].solutions, [Solution::Participants(3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_conflicts_before_anything_is_saved() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let line = |arguments: &[&str]| run(&cloud, folder.path(), arguments);
    let class = ["--instructor", "R. Alves", "--timezone", "Europe/Berlin"];
    let add = |more: &[&str]| line(&[&["session", "add"], &class[..], more].concat());
    let judo = printed(&add(&["--title", "Judo", "--start", "2030-11-26T19:00"]));
    let shown = printed(&add(&["--title", "Karate", "--start", "2030-11-26T19:45", "--dry-run"]));
    assert_eq!((shown["dry_run"].clone(), &shown["sessions"][0]["before"]), (json!(true), &json!(null)));
    assert_eq!(shown["conflicts"][0]["session_id"], judo["id"]);
    assert_eq!(shown["conflicts"][0]["solutions"][0]["start_local"], json!("2030-11-26T20:01:00"));
    assert!(shown["storage"]["minutes_left"].as_f64().is_some());
    assert_eq!(printed(&line(&["session", "list"])).as_array().unwrap().len(), 1);
    let later = printed(&add(&["--title", "Karate", "--start", "2030-11-27T19:45"]));
    let id = later["id"].as_str().unwrap();
    let moved = printed(&line(&["session", "move", id, "--start", "2030-11-26T18:30", "--dry-run"]));
    assert_eq!(moved["conflicts"][0]["kind"], json!("instructor"));
    let made = printed(&line(&["session", "move", id, "--start", "2030-11-26T18:30"]));
    assert!(made.get("conflicts").is_none(), "{made}");
}

#[tokio::test]
async fn a_template_of_a_class_makes_classes_with_its_plan_and_its_people() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = sessions::schedule(&desk.context, &input(&desk, "Karate", 120)).unwrap();
    roster::import(&desk.context, session.id, "Ada <ada@example.org>\nBen", Present::Stay, roster::WrongLines::Refused)
        .unwrap();
    let template = templates::from_session(&desk.context, session.id, " Beginners ").unwrap();
    assert_eq!((template.name.as_str(), template.people.len()), ("Beginners", 2));
    let start = (desk.context.now() + TimeDelta::hours(8)).to_rfc3339();
    let made = templates::schedule(&desk.context, template.id, &template.session(start, "UTC".into())).unwrap();
    assert_eq!((&made.plan.title, made.plan.quality), (&session.plan.title, session.plan.quality));
    let people = desk.context.store().roster_of(made.id).unwrap();
    assert_eq!(people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["Ada", "Ben"]);
    // The people of two classes that were made from one template are not the same entries.
    assert_ne!(people[0].id, desk.context.store().roster_of(session.id).unwrap()[0].id);

    let taken = templates::from_session(&desk.context, session.id, "BEGINNERS").unwrap_err();
    assert!(taken.to_string().contains("There is a template “BEGINNERS” already."), "{taken}");
    let small =
        SessionInput { max_participants: 1, ..template.session(input(&desk, "x", 60).start_local, "UTC".into()) };
    assert!(matches!(templates::schedule(&desk.context, template.id, &small), Err(Error::Invalid(_))));
    assert_eq!(sessions::list(&desk.context, None, None).unwrap().len(), 2, "a refused class leaves nothing behind");
}

#[tokio::test]
async fn every_change_of_a_template_can_be_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let context = &desk.context;
    let newest = || journal::list(context, Scope::Everything, 1).unwrap()[0].id;
    let given = |name: &str, minutes: i64| TemplateInput {
        name: name.into(),
        title: "Karate".into(),
        instructor: "R. Alves".into(),
        duration_minutes: minutes,
        record: true,
        quality: "720p".into(),
        max_participants: 20,
    };
    let made = templates::add(context, &given("Beginners", 60)).unwrap();
    let changed = templates::edit(context, made.id, &given("Advanced", 90)).unwrap();
    journal::undo(context, newest()).unwrap();
    assert_eq!(templates::list(context).unwrap(), std::slice::from_ref(&made));
    journal::undo(context, newest()).unwrap();
    assert_eq!(templates::list(context).unwrap(), std::slice::from_ref(&changed));
    templates::remove(context, made.id).unwrap();
    let removal = newest();
    // Somebody takes the name meanwhile.
    let other = templates::add(context, &given("advanced", 30)).unwrap();
    let refusal = journal::undo(context, removal).unwrap_err();
    assert!(matches!(refusal, Error::Undo(UndoRefusal::ChangedSince { .. })), "{refusal:?}");
    templates::remove(context, other.id).unwrap();
    journal::undo(context, removal).unwrap();
    assert_eq!(templates::list(context).unwrap(), [changed]);
    let wrong = templates::add(context, &TemplateInput { name: "x".repeat(41), ..given("", 0) }).unwrap_err();
    assert!(matches!(&wrong, Error::Invalid(problems) if problems.problems().len() == 2), "{wrong}");
}

#[tokio::test]
async fn the_command_line_keeps_templates_and_adds_classes_with_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let line = |arguments: &[&str]| run(&cloud, folder.path(), arguments);
    let plan = ["--title", "Karate", "--instructor", "R. Alves", "--length", "45", "--quality", "480p", "--no-record"];
    printed(&line(&[&["template", "add", "--name", "Beginners"], &plan[..]].concat()));
    let added = printed(&line(&["session", "add", "--template", "beginners", "--start", "2030-11-26T19:00"]));
    let minutes = |session: &serde_json::Value| {
        let moment = |member: &str| session[member].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        (moment("end") - moment("start")).num_minutes()
    };
    assert_eq!(
        (&added["title"], &added["quality"], &added["record"]),
        (&json!("Karate"), &json!("480p"), &json!(false))
    );
    assert_eq!(minutes(&added), 45);
    let longer = ["session", "add", "--template", "Beginners", "--start", "2030-11-27T19:00", "--length", "90"];
    assert_eq!(minutes(&printed(&line(&longer))), 90);
    let id = added["id"].as_str().unwrap();
    let made = printed(&line(&["template", "from-session", id, "--name", "Evening"]));
    assert_eq!((&made["name"], &made["people"]), (&json!("Evening"), &json!([])));
    assert_eq!(printed(&line(&["template", "list"])).as_array().unwrap().len(), 2);
    printed(&line(&["template", "remove", "Evening"]));
    let unknown = refused(&line(&["session", "add", "--template", "Evening", "--start", "2030-11-28T19:00"]));
    assert_eq!(unknown["code"], json!("not_found"));
    let nameless = refused(&line(&["session", "add", "--title", "Karate", "--start", "2030-11-28T19:00"]));
    assert_eq!(nameless["fields"][0]["field"], json!("instructor"));
}
