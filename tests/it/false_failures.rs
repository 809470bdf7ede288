//! Recordings that are marked as failed here although they exist: Hajime finds them again, and every retry comes to an
//! end.

use hajime_core::actions::library::attachment::attach;
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::sync;
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::recorder::recording::{Facts, Recording};
use hajime_core::domain::recorder::stage::{Observation, Stage};
use hajime_core::domain::schedule::session::Session;
use reqwest::Method;
use serde_json::json;

use crate::support::{Cloud, TestDesk, cause};

/// Starts a session with one participant in a room that does not record on start, so that Hajime starts the recorder
/// itself.
async fn start_session(cloud: &Cloud, desk: &TestDesk) -> Session {
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    desk.start_with_ada(cloud, "Karate").await.0
}

fn all(desk: &TestDesk, session: &Session) -> Vec<Recording> {
    desk.context.store().recordings_of(session.id).unwrap()
}

fn fail(desk: &TestDesk, recording: &Recording, seen: Observation) {
    let failed = desk.context.store().observe(recording.id, seen, desk.context.now(), "", |_| {}).unwrap().unwrap();
    assert!(cause(&failed.recording).is_some(), "{:?}", failed.recording.stage);
}

async fn ends_with_one_video(cloud: &Cloud, desk: &mut TestDesk, session: &Session) {
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(cloud).await;
    sync::sync(&desk.context).await.unwrap();
    desk.until_idle(cloud).await;
    let stages: Vec<Stage> = all(desk, session).iter().map(|recording| recording.stage).collect();
    assert_eq!(stages.iter().filter(|stage| **stage == Stage::Ready).count(), 1, "{stages:?}");
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn waits_for_a_recording_that_realtimekit_does_not_list_yet() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start_session(&cloud, &desk).await;
    // RealtimeKit does not find the recording by its id or by its room, and no list holds it.
    cloud.fault("GET", "*/recordings*", 16, json!({ "kind": "not_found" })).await;
    desk.tick().await;
    for _ in 0..10 {
        desk.pass(&cloud, 5).await;
    }
    let stages: Vec<Stage> = all(&desk, &session).iter().map(|recording| recording.stage).collect();
    assert_eq!(stages, [Stage::Recording]);
    ends_with_one_video(&cloud, &mut desk, &session).await;
}

#[tokio::test]
async fn a_running_recording_survives_not_found_answers() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 10).await;
    let running = all(&desk, &session).remove(0);
    assert_eq!(running.stage, Stage::Recording);
    let path = format!("*/recordings/{}", running.facts.realtimekit_recording.unwrap());
    cloud.fault("GET", &path, 1_000, json!({ "kind": "not_found" })).await;
    for _ in 0..10 {
        desk.pass(&cloud, 10).await;
    }
    assert_eq!(all(&desk, &session).len(), 1);
    assert_eq!(recordings::get(&desk.context, running.id).unwrap().stage, Stage::Recording);
    // The recording is followed by the list alone until it is imported.
    end::end(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 60).await;
    cloud.clear_faults().await;
    desk.until_idle(&cloud).await;
    assert_eq!(recordings::get(&desk.context, running.id).unwrap().stage, Stage::Ready);
}

#[tokio::test]
async fn follows_a_running_recording_again_after_it_was_marked_failed_by_mistake() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 60).await;
    fail(&desk, &all(&desk, &session)[0], Observation::RecorderMissing);
    for _ in 0..8 {
        desk.pass(&cloud, 5).await;
    }
    let live = live::live(&desk.context).unwrap().remove(0);
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    ends_with_one_video(&cloud, &mut desk, &session).await;
}

#[tokio::test]
async fn sync_finds_a_saved_recording_that_was_marked_failed_by_mistake() {
    for seen in [Observation::RecorderMissing, Observation::Refused(Cause::NeverStarted)] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let session = start_session(&cloud, &desk).await;
        desk.tick().await;
        desk.pass(&cloud, 60).await;
        end::end(&desk.context, session.id).await.unwrap();
        fail(&desk, &all(&desk, &session)[0], seen);
        cloud.control("advance", json!({ "seconds": 600 })).await;
        ends_with_one_video(&cloud, &mut desk, &session).await;
    }
}

#[tokio::test]
async fn a_retry_without_any_recording_fails_as_never_started() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let refused = json!({ "kind": "status", "status": 400 });
    cloud.fault("*", "*/recordings*", 1_000_000, refused).await;
    let session = start_session(&cloud, &desk).await;
    desk.tick().await;
    end::end(&desk.context, session.id).await.unwrap();
    for _ in 0..20 {
        desk.pass(&cloud, 90).await;
    }
    let stuck = all(&desk, &session).remove(0);
    assert_eq!((cause(&stuck), stuck.facts.realtimekit_recording.as_ref()), (Some(Cause::TookTooLong), None));
    cloud.clear_faults().await;
    recordings::retry(&desk.context, stuck.id).unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(cause(&recordings::get(&desk.context, stuck.id).unwrap()), Some(Cause::NeverStarted));
}

#[tokio::test]
async fn a_deleted_attachment_cannot_be_retried_and_can_be_removed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let first = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 60).await;
    ends_with_one_video(&cloud, &mut desk, &first).await;
    let source = cloud.videos().await[0]["uid"].as_str().unwrap().to_owned();
    let file = cloud.api(Method::GET, &format!("/realtime/kit/{}/recordings", cloud.sandbox.info().app_id)).await;
    let body = json!({ "url": file["data"][0]["download_url"], "meta": { "name": "By phone" } });
    let uploaded = cloud.send(Method::POST, "/stream/copy", body).await["result"]["uid"].as_str().unwrap().to_owned();
    assert_ne!(uploaded, source);
    desk.pass(&cloud, 300).await;
    let second = desk.schedule("Judo");
    let what = AttachTo::Video(uploaded.parse().unwrap());
    let attached = attach(&desk.context, second.id, &what, None).await.unwrap().recording;
    cloud.api(Method::DELETE, &format!("/stream/{uploaded}")).await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(cause(&recordings::get(&desk.context, attached.id).unwrap()), Some(Cause::VideoMissing));
    assert_eq!(recordings::retry(&desk.context, attached.id).unwrap_err().code(), "conflict", "nothing is left of it");
    // When a retry is in the database all the same, the job gives it up by itself.
    let (store, now) = (desk.context.store(), desk.context.now());
    store.observe(attached.id, Observation::RetryAsked, now, "Tried again by hand.", Facts::begin_anew).unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(cause(&recordings::get(&desk.context, attached.id).unwrap()), Some(Cause::RecorderMissing));
    let missing = desk.context.store().missing_recordings(desk.context.now()).unwrap();
    assert_eq!(missing.len(), 1, "the recording can be removed");
}
