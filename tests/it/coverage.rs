//! Coverage: the recorded time of a session compared with the length of its video.

use chrono::TimeDelta;
use hajime_core::actions::library::{evidence, recordings};
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::pause;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::coverage::Coverage;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::Session;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

async fn start_session(cloud: &Cloud, desk: &mut TestDesk) -> Session {
    let (session, _) = desk.start_with_ada(cloud, "Karate").await;
    desk.tick().await;
    session
}

/// Lets `seconds` pass, with a tick every five seconds.
async fn pass_in_steps(cloud: &Cloud, desk: &mut TestDesk, seconds: i64) {
    for _ in 0..seconds / 5 {
        desk.pass(cloud, 5).await;
    }
}

fn only_recording(desk: &TestDesk, session: &Session) -> RecordingId {
    let all = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].id
}

async fn end(cloud: &Cloud, desk: &mut TestDesk, session: &Session) -> (RecordingId, Coverage) {
    let id = only_recording(desk, session);
    assert_eq!(
        recordings::detail(&desk.context, id).unwrap().coverage,
        None,
        "no coverage before the recording can be watched"
    );
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(cloud).await;
    let detail = recordings::detail(&desk.context, id).unwrap();
    assert_eq!(detail.recording.stage, Stage::Ready);
    (id, detail.coverage.unwrap_or_else(|| panic!("{:?} {:?}", detail.recording, detail.events)))
}

fn near(span: TimeDelta, seconds: i64) -> bool {
    (span - TimeDelta::seconds(seconds)).abs() <= TimeDelta::seconds(8)
}

#[tokio::test]
async fn a_paused_and_resumed_recording_is_complete() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start_session(&cloud, &mut desk).await;
    pass_in_steps(&cloud, &mut desk, 120).await;
    pause::pause(&desk.context, session.id).await.unwrap();
    pass_in_steps(&cloud, &mut desk, 60).await;
    pause::resume(&desk.context, session.id).await.unwrap();
    pass_in_steps(&cloud, &mut desk, 90).await;
    let (id, whole) = end(&cloud, &mut desk, &session).await;
    assert!(whole.is_complete(), "{whole:?}");
    assert!(near(whole.paused, 60) && near(whole.length, 210) && near(whole.expected(), 210), "{whole:?}");
    let found = evidence::evidence(&desk.context, id).unwrap();
    assert!(found.text().contains("coverage: Complete: "), "{}", found.text());
}

#[tokio::test]
async fn a_recorder_that_joins_late_leaves_a_gap() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "recorder_joins_seconds": 150 })).await;
    let session = start_session(&cloud, &mut desk).await;
    pass_in_steps(&cloud, &mut desk, 300).await;
    let (_, late) = end(&cloud, &mut desk, &session).await;
    assert!(late.is_late() && !late.is_short(), "{late:?}");
    assert!(near(late.begun_late, 150), "{late:?}");
    assert!(late.sentence().starts_with("Recording began 2 min "), "{}", late.sentence());
}

#[tokio::test]
async fn a_pause_until_the_end_of_the_session_is_no_gap() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start_session(&cloud, &mut desk).await;
    pass_in_steps(&cloud, &mut desk, 90).await;
    pause::pause(&desk.context, session.id).await.unwrap();
    pass_in_steps(&cloud, &mut desk, 45).await;
    let (_, whole) = end(&cloud, &mut desk, &session).await;
    assert!(whole.is_complete() && near(whole.paused, 45), "{whole:?}");
}

#[tokio::test]
async fn an_interruption_is_a_gap_of_the_recording_before_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start_session(&cloud, &mut desk).await;
    pass_in_steps(&cloud, &mut desk, 120).await;
    // A person stops the recorder in Cloudflare's dashboard. RealtimeKit refuses to start another recorder for three
    // minutes.
    cloud.fault("POST", "*/recordings", 1_000, json!({ "kind": "empty", "status": 503 })).await;
    let app = cloud.sandbox.info().app_id.clone();
    let first = desk.context.store().recording(only_recording(&desk, &session)).unwrap().unwrap();
    let path = format!("/realtime/kit/{app}/recordings/{}", first.facts.realtimekit_recording.unwrap());
    cloud.send(reqwest::Method::PUT, &path, json!({ "action": "stop" })).await;
    pass_in_steps(&cloud, &mut desk, 180).await;
    cloud.clear_faults().await;
    pass_in_steps(&cloud, &mut desk, 120).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let both = desk.context.store().recordings_of(session.id).unwrap();
    let found: Vec<Coverage> =
        both.iter().map(|one| recordings::detail(&desk.context, one.id).unwrap().coverage.unwrap()).collect();
    assert_eq!(found.len(), 2);
    assert!(found[0].is_interrupted() && (170..240).contains(&found[0].hole.num_seconds()), "{:?}", found[0]);
    assert!(found[1].is_complete(), "{:?}", found[1]);
}

#[tokio::test]
async fn an_interruption_while_the_room_is_empty_is_no_gap() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, ada) = desk.start_with_ada(&cloud, "Karate").await;
    pass_in_steps(&cloud, &mut desk, 120).await;
    cloud.control("leave", json!({ "peer_id": ada })).await;
    pass_in_steps(&cloud, &mut desk, 300).await;
    cloud.join(&session, "Ada").await;
    pass_in_steps(&cloud, &mut desk, 120).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let both = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(both.len(), 2);
    for recording in both {
        let found = recordings::detail(&desk.context, recording.id).unwrap().coverage.unwrap();
        assert!(found.is_complete(), "{found:?}");
    }
}
