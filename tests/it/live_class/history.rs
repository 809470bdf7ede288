//! What became of a class: its history, and the list of who attended.

use hajime_core::actions::recorder::{end, history, pause};
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::domain::recorder::consent::Consent;
use hajime_core::domain::schedule::roster::Present;
use serde_json::{Value, json};

use super::{come_in, live_with_two};
use crate::command_line;
use crate::support::{Cloud, TestDesk};

#[tokio::test]
async fn the_history_tells_times_answers_pauses_and_who_was_not_there() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    let room = session.state.room().unwrap().id.to_string();
    come_in(&cloud, &desk, &session, 0, "Anni\u{2063}").await;
    let guest = json!({
        "meeting_id": room, "custom_participant_id": "guest-1", "name": "=1+1 · not to be recorded"
    });
    cloud.control("join", guest).await;
    desk.pass(&cloud, 30).await;
    pause::pause(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 30).await;
    pause::resume(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 30).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 30).await;

    let told = history::history(&desk.context, session.id).await.unwrap();
    assert!(told.unheard.is_none(), "{:?}", told.unheard);
    let people: Vec<_> = told.people.iter().map(|one| (one.name.as_str(), one.consent)).collect();
    let expected = [("Anna", Consent::Agreed), ("=1+1", Consent::Declined), ("Ben", Consent::Unknown)];
    assert_eq!(people, expected);
    assert!(told.people[0].attendance.is_some_and(|seen| seen.left_at.is_some()));
    assert_eq!(told.people[2].attendance, None);
    assert_eq!(told.recordings.len(), 1);
    let pauses = &told.recordings[0].pauses;
    assert!(pauses.len() == 1 && pauses[0].to.is_some_and(|to| to > pauses[0].from), "{pauses:?}");

    let (csv, name) = history::attendance_csv(&desk.context, session.id).await.unwrap();
    assert!(name.starts_with("Karate ") && name.ends_with(" attendance"), "{name}");
    assert!(csv.contains("\r\nAnna,,participant,20") && csv.contains("\r\n\"'=1+1\",,"), "{csv}");
    assert!(csv.ends_with("\r\nBen,,participant,,,,\r\n") && !csv.contains('\u{2063}'), "{csv}");
}

#[tokio::test]
async fn without_realtimekit_the_history_says_what_is_missing_and_no_list_is_saved() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    cloud.fault("GET", "*/sessions*", 100, json!({ "kind": "status", "status": 403 })).await;
    let told = history::history(&desk.context, session.id).await.unwrap();
    assert!(told.unheard.is_some());
    let names: Vec<_> = told.people.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Anna", "Ben"]);
    let file = folder.path().join("list.csv");
    history::save_attendance(&desk.context, session.id, &file).await.unwrap_err();
    assert!(!file.exists());
}

#[tokio::test]
async fn a_class_that_was_not_held_has_a_history_without_a_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let planned = desk.schedule("Judo");
    roster::import(&desk.context, planned.id, "Anna", Present::Stay, WrongLines::Refused).unwrap();
    let told = history::history(&desk.context, planned.id).await.unwrap();
    assert!(told.session.state.room().is_none() && told.unheard.is_none(), "{told:?}");
    let people: Vec<_> = told.people.iter().map(|one| (one.name.as_str(), one.attendance)).collect();
    assert_eq!(people, [("Anna", None)]);
    assert!(told.recordings.is_empty() && told.extensions.is_empty());
    assert_eq!(history::attendance(&desk.context, planned.id).await.unwrap_err().code(), "not_live");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_the_history_and_saves_the_list_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let session = {
        let desk = TestDesk::open(&cloud, folder.path());
        let (session, _) = live_with_two(&desk).await;
        come_in(&cloud, &desk, &session, 0, "Anna\u{2063}").await;
        session
    };
    let id = session.id.to_string();
    let cli = |arguments: &[&str]| command_line::answer(&command_line::run(&cloud, folder.path(), arguments));
    let (done, told) = cli(&["session", "history", &id]);
    assert!(done, "{told}");
    assert_eq!((&told["people"][0]["consent"], &told["people"][1]["joined_at"]), (&json!("agreed"), &Value::Null));
    assert!(told["opened_at"].is_string() && told["ended_at"].is_null() && told["people_incomplete"].is_null());
    let (done, told) = cli(&["session", "attendance", &id, "--csv", "list.csv"]);
    assert!(done && told["file"] == "list.csv", "{told}");
    let saved = std::fs::read_to_string(folder.path().join("list.csv")).unwrap();
    assert!(saved.starts_with("\u{feff}name,email,role,joined,left,minutes,agreed to be recorded\r\nAnna,"), "{saved}");
    let (done, refused) = cli(&["session", "attendance", &id, "--csv", "list.csv"]);
    assert!(!done && refused["code"] == "file", "{refused}");
    assert_eq!(std::fs::read_to_string(folder.path().join("list.csv")).unwrap(), saved);
}
