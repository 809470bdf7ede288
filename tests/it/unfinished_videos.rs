//! An unfinished video under the mark of a recording: Hajime waits an hour for the video, and then imports or relays
//! the file itself.

use chrono::TimeDelta;
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::sync;
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk, relay_moment};
use crate::two_desks::begin_elsewhere;

fn only_recording(desk: &TestDesk) -> Recording {
    let mut all = desk.context.store().every_recording().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Holds a session and returns its recording, which is about to be imported.
async fn uploaded_recording(cloud: &Cloud, desk: &mut TestDesk) -> Recording {
    desk.hold(cloud).await;
    for _ in 0..100 {
        let recording = only_recording(desk);
        if recording.stage == Stage::Uploaded {
            return recording;
        }
        assert!(recording.stage == Stage::Stopping || recording.stage == Stage::Uploading, "{:?}", recording.stage);
        desk.pass(cloud, 3).await;
    }
    panic!("the recording never became uploaded");
}

/// Returns the time until the recording is ready. The recording must not fail meanwhile.
async fn time_until_ready(cloud: &Cloud, desk: &mut TestDesk) -> TimeDelta {
    let begun = desk.context.now();
    desk.pass_until(cloud, 60, |desk| {
        let (seen, took) = (only_recording(desk), desk.context.now() - begun);
        let events = recordings::detail(&desk.context, seen.id).unwrap().events;
        let notes: Vec<String> = events.into_iter().map(|event| event.note).collect();
        assert!(!matches!(seen.stage, Stage::Failed { .. }), "{:?} after {took}: {notes:?}", seen.stage);
        assert!(took < TimeDelta::hours(4), "{:?}: {notes:?}", seen.stage);
        seen.stage == Stage::Ready
    })
    .await;
    desk.context.now() - begun
}

async fn has_one_video(cloud: &Cloud, desk: &TestDesk) {
    let videos = cloud.videos().await;
    assert_eq!(videos.len(), 1, "{videos:?}");
    assert_eq!(videos[0]["uid"], only_recording(desk).facts.video.unwrap().as_str());
    assert_eq!(videos[0]["status"]["state"], "ready");
}

#[tokio::test]
async fn waits_an_hour_for_the_upload_of_another_desk_before_it_imports() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = uploaded_recording(&cloud, &mut desk).await;
    begin_elsewhere(&cloud, &recording, "another desk").await;
    let took = time_until_ready(&cloud, &mut desk).await;
    assert!(took >= TimeDelta::minutes(55) && took < TimeDelta::minutes(90), "{took}");
    has_one_video(&cloud, &desk).await;
}

#[tokio::test]
async fn waits_an_hour_for_an_upload_of_another_desk_that_sync_found() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut desk = TestDesk::open(&cloud, one.path());
    let recording = uploaded_recording(&cloud, &mut desk).await;
    let clock = std::sync::Arc::clone(&desk.clock);
    drop(desk);
    begin_elsewhere(&cloud, &recording, "another desk").await;
    let mut desk = TestDesk::with(&cloud, two.path(), clock, None);
    sync::sync(&desk.context).await.unwrap();
    let took = time_until_ready(&cloud, &mut desk).await;
    assert!(took >= TimeDelta::minutes(55) && took < TimeDelta::minutes(90), "{took}");
    has_one_video(&cloud, &desk).await;
}

/// One desk uploads too slowly to finish. The other desk waits an hour and then imports the file.
#[tokio::test]
async fn a_slow_relay_and_an_import_by_another_desk_leave_one_video() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut slow = TestDesk::open(&cloud, one.path());
    // The file has twenty megabytes. Of its several chunks only the first arrives.
    cloud.control("switches", json!({ "head_refused": true, "recording_bytes_per_second": 36_000 })).await;
    let trap = json!({ "method": "PATCH", "path": "/upload/tus/*", "skip": 1, "fault": { "kind": "reset" } });
    cloud.control("faults", trap).await;
    slow.hold_for(&cloud, "Karate", 600).await;
    slow.pass_until(&cloud, 3, |desk| only_recording(desk).facts.relay.is_some_and(|relay| relay.sent > 0)).await;
    cloud.control("switches", json!({ "head_refused": false })).await;
    let mut other = TestDesk::with(&cloud, two.path(), std::sync::Arc::clone(&slow.clock), None);
    sync::sync(&other.context).await.unwrap();
    let begun = slow.context.now();
    while only_recording(&other).stage != Stage::Ready || only_recording(&slow).stage != Stage::Ready {
        if only_recording(&other).stage == Stage::Ready {
            cloud.clear_faults().await;
        }
        other.pass(&cloud, 60).await;
        slow.tick().await;
        relay_moment().await;
        assert!(
            slow.context.now() - begun < TimeDelta::hours(3),
            "{:?}, {:?}",
            only_recording(&other).stage,
            only_recording(&slow).stage
        );
    }
    assert!(slow.context.now() - begun >= TimeDelta::minutes(55));
    has_one_video(&cloud, &other).await;
    has_one_video(&cloud, &slow).await;
}

#[tokio::test]
async fn does_not_wait_for_an_unfinished_upload_of_its_own() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = uploaded_recording(&cloud, &mut desk).await;
    begin_elsewhere(&cloud, &recording, &desk.context.store().desk_id().unwrap()).await;
    let took = time_until_ready(&cloud, &mut desk).await;
    assert!(took < TimeDelta::minutes(30), "{took}");
    has_one_video(&cloud, &desk).await;
}

#[tokio::test]
async fn imports_again_when_stream_fetches_nothing_for_an_hour() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    uploaded_recording(&cloud, &mut desk).await;
    cloud.control("switches", json!({ "download_seconds": 10_000_000.0 })).await;
    desk.pass(&cloud, 5).await;
    assert_eq!(cloud.videos().await[0]["status"]["state"], "downloading");
    cloud.control("switches", json!({ "download_seconds": 5.0 })).await;
    let took = time_until_ready(&cloud, &mut desk).await;
    assert!(took >= TimeDelta::minutes(55) && took < TimeDelta::minutes(90), "{took}");
    has_one_video(&cloud, &desk).await;
}

#[tokio::test]
async fn relays_the_file_after_two_imports_that_stream_never_fetches() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    uploaded_recording(&cloud, &mut desk).await;
    cloud.control("switches", json!({ "download_seconds": 10_000_000.0 })).await;
    let mut left = 2;
    let begun = desk.context.now();
    while !only_recording(&desk).stage.relaying() {
        desk.pass(&cloud, 60).await;
        assert!(desk.context.now() - begun < TimeDelta::hours(3), "{:?}", only_recording(&desk).stage);
        left = cloud.videos().await.len();
    }
    assert_eq!(left, 2, "the desk imported twice");
    cloud.control("switches", json!({ "download_seconds": 5.0 })).await;
    let took = time_until_ready(&cloud, &mut desk).await;
    assert!(took < TimeDelta::minutes(30), "{took}");
    has_one_video(&cloud, &desk).await;
}

#[tokio::test]
async fn an_unfinished_upload_does_not_revive_a_recording_whose_video_was_deleted() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.hold(&cloud).await;
    desk.until_idle(&cloud).await;
    let ready = only_recording(&desk);
    let path = format!("/stream/{}", ready.facts.video.as_ref().unwrap());
    cloud.api(Method::DELETE, &path).await;
    begin_elsewhere(&cloud, &ready, "another desk").await;
    for _ in 0..3 {
        sync::sync(&desk.context).await.unwrap();
        desk.pass(&cloud, 60).await;
        let seen = only_recording(&desk);
        assert!(seen.deleted_at().is_some(), "{:?}", seen.stage);
    }
    assert_eq!(sessions::get(&desk.context, session.id).unwrap().id, session.id);
    let videos: Vec<Value> = cloud.videos().await;
    assert_eq!(videos.len(), 1, "the unfinished video of another desk is not deleted");
}
