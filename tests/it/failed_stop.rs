//! A session ends while RealtimeKit refuses to stop its recording: the room is emptied and closed, and the recording is
//! kept.

use hajime_core::actions::recorder::end;
use std::sync::Arc;

use hajime_core::actions::recorder::sync;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Observation, Stage};
use hajime_core::domain::schedule::session::{Session, SessionState};
use reqwest::Method;
use serde_json::{Value, json};

use crate::odd_replies::editing_proxy::Proxy;
use crate::support::{Cloud, TestDesk, cause};

/// Starts a session and records it for a minute. Returns the live session and the id of its only participant.
async fn recorded(cloud: &Cloud, desk: &mut TestDesk) -> (Session, String) {
    let (session, peer) = desk.start_with_ada(cloud, "Karate").await;
    desk.pass(cloud, 5).await;
    desk.pass(cloud, 60).await;
    assert_eq!(only_recording(desk, &session).stage, Stage::Recording);
    (session, peer)
}

fn only_recording(desk: &TestDesk, session: &Session) -> Recording {
    let mut all = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Makes RealtimeKit answer every request to stop a recording with this fault.
async fn fail_stops(cloud: &Cloud, answer: Value) {
    cloud.control("faults", json!({ "method": "PUT", "path": "*/recordings/*", "fault": answer })).await;
}

async fn is_closed_and_empty(cloud: &Cloud, session: &Session) -> bool {
    let app = &cloud.sandbox.info().app_id;
    let room = &session.state.room().unwrap().id;
    let meeting = cloud.api(Method::GET, &format!("/realtime/kit/{app}/meetings/{room}")).await;
    let live = cloud.api(Method::GET, &format!("/realtime/kit/{app}/meetings/{room}/active-session")).await;
    meeting["data"]["status"] == "INACTIVE" && live["success"] == false
}

#[tokio::test]
async fn ends_the_session_when_stop_fails_because_the_recorder_has_stopped() {
    for answer in [
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "html", "status": 502 }),
        json!({ "kind": "reset" }),
        json!({ "kind": "not_found" }),
    ] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let (session, peer) = recorded(&cloud, &mut desk).await;
        cloud.control("leave", json!({ "peer_id": peer })).await;
        desk.pass_without_tick(&cloud, 90).await;
        fail_stops(&cloud, answer.clone()).await;
        let ended = end::end(&desk.context, session.id).await.unwrap();
        assert!(matches!(ended.session.state, SessionState::Ended(..)), "{answer}: {:?}", ended.trouble);
        assert!(is_closed_and_empty(&cloud, &session).await, "{answer}");
        desk.until_idle(&cloud).await;
        assert_eq!(only_recording(&desk, &session).stage, Stage::Ready, "{answer}");
    }
}

#[tokio::test]
async fn closes_the_room_although_the_recording_cannot_be_stopped() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = recorded(&cloud, &mut desk).await;
    fail_stops(&cloud, json!({ "kind": "status", "status": 500 })).await;
    let ended = end::end(&desk.context, session.id).await.unwrap();
    assert!(is_closed_and_empty(&cloud, &session).await);
    assert_eq!(ended.trouble.expect("the failed stop is reported").code, "cloud_unreadable");
    assert!(matches!(ended.session.state, SessionState::Ending(..)));
    // The recorder stops in the empty room; then the session ends.
    desk.pass(&cloud, 15).await;
    assert!(matches!(desk.session(&session).state, SessionState::Ended(..)));
    desk.until_idle(&cloud).await;
    assert_eq!(only_recording(&desk, &session).stage, Stage::Ready);
}

#[tokio::test]
async fn keeps_a_recording_that_is_not_found_after_a_failed_stop() {
    let cloud = Cloud::start().await;
    let proxy = Proxy::before(&cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::connected(proxy.connection(), folder.path(), Arc::default(), None);
    let (session, _) = recorded(&cloud, &mut desk).await;
    fail_stops(&cloud, json!({ "kind": "status", "status": 500 })).await;
    // RealtimeKit does not find the recording by its id or by its room, and no list holds it.
    let missing = json!({ "method": "GET", "path": "*/recordings/*", "fault": { "kind": "not_found" } });
    cloud.control("faults", missing).await;
    proxy.edit(Method::GET, "/realtime/kit/*/recordings", |reply, _| reply["data"] = json!([]));
    end::end(&desk.context, session.id).await.unwrap();
    assert_eq!(only_recording(&desk, &session).stage, Stage::Stopping);
    cloud.clear_faults().await;
    proxy.leave_alone();
    desk.until_idle(&cloud).await;
    assert_eq!(only_recording(&desk, &session).stage, Stage::Ready);
}

#[tokio::test]
async fn closes_the_room_although_a_failed_recording_cannot_be_stopped() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = recorded(&cloud, &mut desk).await;
    let running = only_recording(&desk, &session);
    desk.context.store().observe(running.id, Observation::RecorderMissing, desk.context.now(), "", |_| {}).unwrap();
    assert!(cause(&only_recording(&desk, &session)).is_some());
    fail_stops(&cloud, json!({ "kind": "status", "status": 500 })).await;
    end::end(&desk.context, session.id).await.unwrap();
    assert!(is_closed_and_empty(&cloud, &session).await);
    for _ in 0..4 {
        desk.pass(&cloud, 15).await;
    }
    assert!(matches!(desk.session(&session).state, SessionState::Ended(..)));
    sync::sync(&desk.context).await.unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(only_recording(&desk, &session).stage, Stage::Ready);
}

#[tokio::test]
async fn closes_a_room_that_cannot_be_emptied() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = recorded(&cloud, &mut desk).await;
    cloud.control("faults", json!({ "path": "*/kick-all", "fault": { "kind": "status", "status": 500 } })).await;
    let ended = end::end(&desk.context, session.id).await.unwrap();
    assert!(ended.trouble.is_some());
    let app = &cloud.sandbox.info().app_id;
    let room = &session.state.room().unwrap().id;
    let meeting = cloud.api(Method::GET, &format!("/realtime/kit/{app}/meetings/{room}")).await;
    assert_eq!(meeting["data"]["status"], "INACTIVE", "the room admits nobody");
    cloud.clear_faults().await;
    desk.pass(&cloud, 15).await;
    assert!(is_closed_and_empty(&cloud, &session).await);
    assert!(matches!(desk.session(&session).state, SessionState::Ended(..)));
}
