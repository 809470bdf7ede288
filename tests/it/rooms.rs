//! Rooms that record on start: the recorder starts with the first participant, whatever this computer does then.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::sync::Arc;

use hajime_core::actions::schedule::sessions;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::schedule::session::Session;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk};

async fn realtimekit(cloud: &Cloud, path: &str) -> Value {
    let app = cloud.sandbox.info().app_id.clone();
    cloud.api(Method::GET, &format!("/realtime/kit/{app}{path}")).await["data"].clone()
}

/// Returns RealtimeKit's recordings, each read by its id.
async fn realtimekit_recordings(cloud: &Cloud) -> Vec<Value> {
    let mut all = Vec::new();
    for listed in realtimekit(cloud, "/recordings?page_no=1&per_page=50").await.as_array().unwrap() {
        all.push(realtimekit(cloud, &format!("/recordings/{}", listed["id"].as_str().unwrap())).await);
    }
    all
}

fn recordings_of(desk: &TestDesk, session: &Session) -> Vec<Recording> {
    desk.context.store().recordings_of(session.id).unwrap()
}

#[tokio::test]
async fn creates_the_room_with_record_on_start() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    let room = realtimekit(&cloud, &format!("/meetings/{}", started.session.state.room().unwrap().id)).await;
    assert_eq!(room["record_on_start"], json!(true));
    assert_eq!(room["persist_chat"], json!(false), "Cloudflare deletes the chat after seven days");
    assert_eq!(room["recording_config"]["video_config"], json!({ "codec": "H264", "width": 854, "height": 480 }));
    cloud.join(&started.session, "Ada").await;
    // Every POST fails, so the recorder must start without a request of Hajime's.
    cloud.control("faults", json!({ "method": "POST", "fault": { "kind": "status", "status": 500 } })).await;
    desk.pass(&cloud, 10).await;
    desk.pass(&cloud, 60).await;
    cloud.clear_faults().await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let made = realtimekit_recordings(&cloud).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["start_reason"]["reason"], json!("RECORD_ON_START"));
    let own = recordings_of(&desk, &session);
    assert_eq!(own.iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
}

#[tokio::test]
async fn records_a_session_while_hajime_is_closed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    let clock = Arc::clone(&desk.clock);
    drop(desk);
    let peer = cloud.join(&started.session, "Ada").await;
    cloud.control("advance", json!({ "seconds": 1_800 })).await;
    // The participant leaves before Hajime is opened again.
    cloud.control("leave", json!({ "peer_id": peer })).await;
    cloud.control("advance", json!({ "seconds": 300 })).await;
    clock.0.fetch_add(2_100_000, std::sync::atomic::Ordering::SeqCst);

    let mut desk = TestDesk::with(&cloud, folder.path(), clock, None);
    desk.pass(&cloud, 5).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let own = recordings_of(&desk, &session);
    assert_eq!(own.iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    assert!(own[0].facts.length.unwrap().num_seconds() > 1_700, "{:?}", own[0].facts.length);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn keeps_the_recording_of_a_session_that_ended_before_the_first_tick() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    cloud.control("advance", json!({ "seconds": 20 })).await;
    desk.clock.0.fetch_add(20_000, std::sync::atomic::Ordering::SeqCst);
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(recordings_of(&desk, &session).iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    let stopped = realtimekit_recordings(&cloud).await;
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0]["stop_reason"]["reason"], json!("API_CALL"));
}

#[tokio::test]
async fn does_not_record_a_session_whose_plan_says_so() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    // The room is created but the reply is lost. The plan changes before the second start.
    cloud.fault("POST", "*/meetings", 1, json!({ "kind": "drop_reply" })).await;
    let session = desk.schedule("Karate");
    start::start(&desk.context, session.id).await.unwrap_err();
    let mut input = desk.input("Karate");
    input.record = false;
    sessions::edit(&desk.context, session.id, &input).unwrap();
    let started = start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(realtimekit(&cloud, "/meetings?page_no=1&per_page=50").await.as_array().unwrap().len(), 1);
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 60).await;
    assert_eq!(realtimekit_recordings(&cloud).await, Vec::<Value>::new());
    assert_eq!(recordings_of(&desk, &session), []);
}

#[tokio::test]
async fn a_refused_transcript_leaves_the_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let refuse = json!({ "kind": "status", "status": 422 });
    let does = async |started: &Session| {
        let room = realtimekit(&cloud, &format!("/meetings/{}", started.state.room().unwrap().id)).await;
        [&room["record_on_start"], &room["transcribe_on_end"], &room["status"]].map(Value::clone)
    };
    cloud.fault("POST", "*/meetings", 1, refuse.clone()).await;
    let started = start::start(&desk.context, session.id).await.unwrap().session;
    assert_eq!(does(&started).await, [json!(true), json!(false), json!("ACTIVE")]);
    end::end(&desk.context, session.id).await.unwrap();
    // A room that is opened again is asked for in the same steps.
    cloud.fault("PATCH", "*/meetings/*", 1, refuse).await;
    let again = start::start_again(&desk.context, session.id).await.unwrap().session;
    assert_eq!(does(&again).await, [json!(true), json!(false), json!("ACTIVE")]);
}

#[tokio::test]
async fn starts_the_recorder_where_rooms_do_not_record_on_start() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    // RealtimeKit refuses a room that makes a transcript, and one that only records by itself.
    cloud.fault("POST", "*/meetings", 2, json!({ "kind": "status", "status": 422 })).await;
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 10).await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let made = realtimekit_recordings(&cloud).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["start_reason"]["reason"], json!("API_CALL"));
    assert_eq!(recordings_of(&desk, &session).iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
}
