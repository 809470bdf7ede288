//! The checks before a class: on demand, by themselves ten minutes before, and in the terminal.

use std::sync::Arc;

use chrono::TimeDelta;
use hajime_core::actions::schedule::preflight;
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::schedule::preflight::{Fix, Preflight, State, Subject};
use hajime_core::domain::schedule::roster::Present;
use hajime_core::jobs::{self, Group, Jobs};
use serde_json::json;

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk, eventually, input_at};

/// What depends on the machine that runs the test: its free disk, and how busy it is.
const OF_THIS_MACHINE: [Subject; 2] = [Subject::Disk, Subject::Network];

fn check(found: &Preflight, subject: Subject) -> (State, String) {
    let check = found.check(subject).unwrap_or_else(|| panic!("{subject:?} was not checked"));
    assert!(!check.sentence.is_empty());
    (check.state, check.sentence.clone())
}

#[tokio::test]
async fn a_class_that_lacks_nothing_passes_every_check_and_nothing_is_changed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    assert_eq!(preflight::last(&desk.context, Some(session.id)).unwrap(), None);
    let found = preflight::run(&desk.context, Some(session.id)).await.unwrap();
    for subject in Subject::ALL {
        let (state, sentence) = check(&found, subject);
        match subject {
            // A slow network is no reason not to begin.
            Subject::Network => assert!(matches!(state, State::Ok | State::Attention), "{state:?}: {sentence}"),
            Subject::Disk => assert_ne!(state, State::Unknown, "{sentence}"),
            _ => assert_eq!(state, State::Ok, "{subject:?}: {sentence}"),
        }
    }
    assert_eq!(found.checks.len(), Subject::ALL.len());
    assert_eq!(Some(found.state()), found.checks.last().map(|check| check.state));
    assert_eq!(preflight::last(&desk.context, Some(session.id)).unwrap(), Some(found));
    assert!(cloud.videos().await.is_empty());
    // The desk alone has nobody to invite.
    let desk_alone = preflight::run(&desk.context, None).await.unwrap();
    assert_eq!(desk_alone.check(Subject::People), None);
    assert_eq!(desk_alone.session, None);
}

#[tokio::test]
async fn the_minutes_left_are_compared_with_this_class() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "storage_limit_minutes": 30 })).await;
    let long = desk.schedule("Karate");
    let found = preflight::run(&desk.context, Some(long.id)).await.unwrap();
    let (state, sentence) = check(&found, Subject::Storage);
    assert_eq!(state, State::Attention, "{sentence}");
    assert!(found.state() >= State::Attention, "{:?}", found.state());
    assert!(sentence.contains("30 minutes") && sentence.contains("60 minutes"), "{sentence}");
    let mut input = input_at("Meeting", desk.context.now() + TimeDelta::hours(3));
    input.record = false;
    let meeting = sessions::schedule(&desk.context, &input).unwrap();
    let found = preflight::run(&desk.context, Some(meeting.id)).await.unwrap();
    assert_eq!(check(&found, Subject::Storage).0, State::Ok);
    assert_eq!(check(&found, Subject::Recording), (State::Ok, "Off for this class.".into()));
}

#[tokio::test]
async fn people_without_a_link_and_classes_that_are_still_live_are_named() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (live, _) = desk.start_with_ada(&cloud, "Judo").await;
    let session = desk.schedule("Karate");
    let text = "V. Kovac <kovac@example.org>";
    roster::import(&desk.context, session.id, text, Present::Stay, WrongLines::Refused).unwrap();
    let found = preflight::run(&desk.context, Some(session.id)).await.unwrap();
    assert_eq!(check(&found, Subject::People), (State::Attention, "V. Kovac has no link yet.".into()));
    assert_eq!(found.check(Subject::People).unwrap().fix, Some(Fix::People(session.id)));
    let other = found.check(Subject::OtherClass).unwrap();
    assert!(other.sentence.contains("“Judo” is still live"), "{}", other.sentence);
    assert_eq!(other.fix, Some(Fix::LiveSession(live.id)));
    // Somebody is added after the checks: what the desk knows itself is always up to date.
    roster::import(&desk.context, session.id, "Ben", Present::Stay, WrongLines::Refused).unwrap();
    let later = preflight::last(&desk.context, Some(session.id)).unwrap().unwrap();
    let (_, sentence) = check(&later, Subject::People);
    assert!(sentence.contains("Ben"), "{sentence}");
    assert_eq!((later.at, later.checks.len()), (found.at, found.checks.len()));
    // Those that need somebody come last.
    let states: Vec<State> = found.checks.iter().map(|check| check.state).collect();
    assert!(states.is_sorted(), "{states:?}");
}

#[tokio::test]
async fn a_clock_that_breaks_links_is_found() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "date_skew_seconds": 600 })).await;
    let found = preflight::run(&desk.context, None).await.unwrap();
    let (state, sentence) = check(&found, Subject::Clock);
    assert_eq!(state, State::Attention, "{sentence}");
    assert!(sentence.contains("minutes slow"), "{sentence}");
}

#[tokio::test]
async fn an_endpoint_that_never_answers_leaves_its_own_check_unknown_and_delays_no_other() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    cloud.fault("GET", "*/stream/storage-usage", 100, json!({ "kind": "stall", "seconds": 60.0 })).await;
    let found = preflight::run(&desk.context, Some(session.id)).await.unwrap();
    for subject in [Subject::Storage, Subject::Network] {
        assert_eq!(check(&found, subject), (State::Unknown, "There was no answer within 6 s.".into()));
    }
    for subject in [Subject::Token, Subject::App, Subject::Presets, Subject::JoinPage] {
        assert_eq!(check(&found, subject).0, State::Ok, "{subject:?}");
    }
}

#[tokio::test]
async fn the_next_class_is_checked_once_by_itself_ten_minutes_before_its_start() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = sessions::schedule(&desk.context, &input_at("Karate", desk.context.now() + TimeDelta::minutes(30)));
    let session = session.unwrap();
    let mut jobs = Jobs::of(&[Group::Account]);
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    assert_eq!(preflight::last(&desk.context, Some(session.id)).unwrap(), None, "30 minutes before is too early");
    desk.pass_without_tick(&cloud, 21 * 60).await;
    let all = Arc::new(tokio::sync::Mutex::new(jobs));
    eventually("the class to be checked", async || {
        jobs::tick(&desk.context, &mut *all.lock().await).await.unwrap();
        preflight::last(&desk.context, Some(session.id)).unwrap().is_some()
    })
    .await;
    let first = preflight::last(&desk.context, Some(session.id)).unwrap().unwrap();
    let mut others = first.checks.iter().filter(|check| !OF_THIS_MACHINE.contains(&check.subject));
    assert!(others.all(|check| check.state == State::Ok), "{first:?}");
    desk.pass_without_tick(&cloud, 120).await;
    jobs::tick(&desk.context, &mut *all.lock().await).await.unwrap();
    assert_eq!(preflight::last(&desk.context, Some(session.id)).unwrap(), Some(first), "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_prints_the_checks_and_fails_where_one_keeps_a_class_from_starting() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    {
        let desk = TestDesk::open(&cloud, folder.path());
        desk.schedule("Karate");
    }
    let told = printed(&run(&cloud, folder.path(), &["preflight"]));
    assert!(told["session_id"].is_string(), "the next class is checked: {told}");
    let mut blocking = told["checks"].as_array().unwrap().iter().filter(|check| check["state"] == "blocking");
    assert!(blocking.all(|check| check["name"] == "disk"), "{told}");
    let checks = told["checks"].as_array().unwrap();
    assert_eq!(checks.len(), Subject::ALL.len());
    for check in checks {
        let state = check["state"].as_str().unwrap_or_else(|| panic!("a check without a state: {check}"));
        assert!(["ok", "unknown", "attention", "blocking"].contains(&state), "{check}");
    }
    assert_eq!(told["state"], checks.last().unwrap()["state"], "the gravest check comes last: {told}");
    let missing = refused(&run(&cloud, folder.path(), &["preflight", "00000000-0000-7000-8000-000000000000"]));
    assert_eq!(missing["code"], "not_found");
    // The token is taken back.
    let minted = cloud.control("tokens", json!({ "permissions": ["stream_write"], "owner": "account" })).await;
    let mut command = crate::command_line::program(folder.path());
    command.envs(cloud.variables()).env("CLOUDFLARE_API_TOKEN", minted["api_token"].as_str().unwrap());
    let failure = refused(&command.arg("preflight").output().unwrap());
    assert_eq!(failure["code"], "conflict");
    assert!(failure["message"].as_str().unwrap().contains("Realtime"), "{failure}");
}
