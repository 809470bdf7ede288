//! What the live panel may say: when the recording was seen, an empty room, the next class, and what people answered.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::recorder::live::{self, Live};
use hajime_core::actions::recorder::{closing, end, people, sync};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::profile::desktop::WayBack;
use hajime_core::domain::recorder::consent::Consent;
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::schedule::session::SessionPhase;
use reqwest::Method;
use serde_json::json;

use super::{come_in, live_with_two};
use crate::support::{Cloud, TestDesk, input_at};

fn panel(desk: &TestDesk) -> Live {
    live::live(&desk.context).unwrap().remove(0)
}

#[tokio::test]
async fn the_recording_is_dated_by_the_last_time_that_cloudflare_confirmed_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    desk.start_with_ada(&cloud, "Karate").await;
    assert_eq!(panel(&desk).confirmed_at, None);
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 10).await;
    let seen = panel(&desk);
    assert!(matches!(seen.proof, Proof::Recording(_)), "{:?}", seen.proof);
    let first = seen.confirmed_at.unwrap();
    assert_eq!(first, desk.context.now());
    // Without an answer the date stays, however long that lasts.
    cloud.fault("GET", "*/recordings*", 100, json!({ "kind": "status", "status": 403 })).await;
    desk.pass(&cloud, 40).await;
    desk.pass(&cloud, 40).await;
    assert_eq!(panel(&desk).confirmed_at, Some(first));
    cloud.clear_faults().await;
    desk.pass(&cloud, 70).await;
    desk.pass(&cloud, 10).await;
    assert_eq!(panel(&desk).confirmed_at, Some(desk.context.now()));
}

#[tokio::test]
async fn a_clock_that_goes_back_an_hour_dates_the_proof_anew_and_ends_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 10).await;
    assert!(panel(&desk).confirmed_at.is_some());
    desk.clock.0.fetch_sub(3_600_000, Ordering::SeqCst);
    desk.tick().await;
    desk.pass(&cloud, 10).await;
    let seen = panel(&desk);
    assert_eq!(seen.session.id, session.id);
    assert!(seen.confirmed_at.unwrap() <= desk.context.now(), "the date lies ahead of the clock");
    assert!(desk.notices.titles().iter().all(|title| !title.contains("Not being recorded")));
}

#[tokio::test]
async fn an_empty_room_says_since_when_and_somebody_who_comes_back_ends_that() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    let (session, ada) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 10).await;
    assert_eq!(panel(&desk).people.unwrap().empty_since, None);
    cloud.control("leave", json!({ "peer_id": ada })).await;
    desk.pass(&cloud, 10).await;
    let since = panel(&desk).people.unwrap().empty_since.unwrap();
    desk.pass(&cloud, 30).await;
    assert_eq!(panel(&desk).people.unwrap().empty_since, Some(since));
    // After a minute RealtimeKit stops, and nobody is alarmed: everybody has left.
    desk.pass(&cloud, 60).await;
    desk.pass(&cloud, 10).await;
    assert!(matches!(panel(&desk).proof, Proof::Stopped(_)), "{:?}", panel(&desk).proof);
    assert_eq!(desk.notices.titles(), Vec::<String>::new());
    cloud.join(&session, "Ada").await;
    desk.pass(&cloud, 10).await;
    assert_eq!(panel(&desk).people.unwrap().empty_since, None);
}

#[tokio::test]
async fn the_next_class_of_the_instructor_is_named_before_it_is_in_the_way() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::stopped(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    assert!(panel(&desk).next_class.is_none());
    sessions::schedule(&desk.context, &input_at("Late", session.plan.end() + TimeDelta::hours(7))).unwrap();
    assert!(panel(&desk).next_class.is_none());
    let next =
        sessions::schedule(&desk.context, &input_at("Judo", session.plan.end() + TimeDelta::minutes(15))).unwrap();
    let seen = panel(&desk);
    assert_eq!((seen.next_class.map(|next| next.id), seen.overlapped), (Some(next.id), None));
}

#[tokio::test]
async fn what_people_answered_about_being_recorded_is_read_from_behind_their_names() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::stopped(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    come_in(&cloud, &desk, &session, 0, "Anna · not to be recorded").await;
    come_in(&cloud, &desk, &session, 1, "Ben\u{2063}").await;
    let told = people::people(&desk.context, session.id).await.unwrap().people;
    let told: Vec<_> = told.iter().map(|one| (one.seen.name.as_str(), one.seen.consent)).collect();
    assert_eq!(told, [("Anna", Consent::Declined), ("Ben", Consent::Agreed)]);
}

#[tokio::test]
async fn a_second_end_is_harmless_and_a_room_closed_elsewhere_ends_the_class_here() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    let (first, _) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass(&cloud, 5).await;
    let (one, other) = tokio::join!(end::end(&desk.context, first.id), end::end(&desk.context, first.id));
    assert!(one.unwrap().already_ended != other.unwrap().already_ended);
    desk.until_idle(&cloud).await;

    let (second, ada) = desk.start_with_ada(&cloud, "Judo").await;
    desk.pass(&cloud, 5).await;
    let app = cloud.sandbox.info().app_id.clone();
    let room = second.state.room().unwrap().id.clone();
    let path = format!("/realtime/kit/{app}/meetings/{room}");
    cloud.send(Method::PATCH, &path, json!({ "status": "INACTIVE" })).await;
    cloud.control("leave", json!({ "peer_id": ada })).await;
    desk.pass(&cloud, 120).await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(desk.session(&second).state.phase(), SessionPhase::Ended);
    assert_eq!(live::count(&desk.context).unwrap(), 0);
    let again = end::end(&desk.context, second.id).await.unwrap();
    assert!(again.already_ended);
}

#[tokio::test]
async fn the_question_before_closing_says_what_each_answer_does() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    assert_eq!(closing::question(&desk.context, WayBack::StartAgain).unwrap(), None);
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass(&cloud, 5).await;
    let question = closing::question(&desk.context, WayBack::StartAgain).unwrap().unwrap();
    assert_eq!(question.title, "“Karate” is live with 1 person");
    assert_eq!(question.end.unwrap(), "Stops the recording, removes 1 person from the room and closes it.");
    assert_eq!(question.close, "Recording stops 60 s after the last person has left, and the room stays open.");

    // Without a network the class cannot be ended, so the window stays.
    cloud.fault("PATCH", "*/meetings/*", 100, json!({ "kind": "status", "status": 500 })).await;
    let waits = closing::end_all(&desk.context).await.unwrap_err();
    assert!(waits.message.starts_with("The class has not ended yet."), "{}", waits.message);
    let question = closing::question(&desk.context, WayBack::StartAgain)
        .unwrap()
        .expect("only a running Hajime goes on to end it");
    assert_eq!((question.title.as_str(), question.end), ("“Karate” is still ending", None));
    cloud.clear_faults().await;
    desk.pass(&cloud, 60).await;
    assert_eq!(desk.session(&session).state.phase(), SessionPhase::Ended);
    desk.until_idle(&cloud).await;
    assert!(closing::under_way(&desk.context).unwrap().is_nothing());
}
