//! Two desks with the same recording make only one video of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::sync;
use hajime_core::domain::recorder::event::EventKind;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::{Import, Stage};
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk, relay_moment};

/// Opens two desks with the same recording, as after a backup was restored on a second computer. Returns the desks and
/// the clock that both share.
async fn two_desks(
    cloud: &Cloud,
    folders: [&Path; 2],
    seconds: i64,
) -> ([TestDesk; 2], Arc<crate::support::ShiftedClock>) {
    let mut desk = TestDesk::open(cloud, folders[0]);
    desk.hold_for(cloud, "Karate", seconds).await;
    let clock = Arc::clone(&desk.clock);
    drop(desk);
    copy(folders[0], folders[1]);
    give_own_desk_id(folders[1]);
    (folders.map(|folder| TestDesk::with(cloud, folder, Arc::clone(&clock), None)), clock)
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Removes the desk id from a copied data folder, so that the folder becomes another desk when it is opened.
fn give_own_desk_id(folder: &Path) {
    std::fs::remove_file(folder.join(hajime_core::store::installation::FILE_NAME)).unwrap();
    let database = rusqlite::Connection::open(folder.join(hajime_core::store::FILE_NAME)).unwrap();
    assert_eq!(database.execute("DELETE FROM settings WHERE key = 'desk_id'", []).unwrap(), 1);
}

fn uid(video: &Value) -> &str {
    video["uid"].as_str().unwrap()
}

#[tokio::test]
async fn two_desks_that_import_at_the_same_moment_keep_the_older_video() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut desks, clock) = two_desks(&cloud, [one.path(), two.path()], 60).await;
    // Every list of videos arrives late, so that both desks see an empty list before either imports.
    let late = json!({ "kind": "slow_headers", "seconds": 0.6 });
    cloud.control("faults", json!({ "method": "GET", "path": "*/stream", "fault": late })).await;
    let mut most = 0;
    for round in 0..80 {
        cloud.control("advance", json!({ "seconds": 12 })).await;
        clock.0.fetch_add(12_000, Ordering::SeqCst);
        let [first, second] = &mut desks;
        let (one, two) = tokio::join!(first.tick(), second.tick());
        most = most.max(cloud.videos().await.len());
        if most == 2 {
            cloud.clear_faults().await;
        }
        if one.idle() && two.idle() {
            break;
        }
        assert!(round < 79, "still busy");
    }
    assert_eq!(most, 2, "both desks imported");
    let videos = cloud.videos().await;
    assert_eq!(videos.len(), 1);
    let mut removed = 0;
    for desk in &desks {
        let recording = desk.context.store().find_recordings(&all()).unwrap().remove(0);
        assert_eq!(recording.status(), Status::Ready);
        assert_eq!(recording.facts.video.as_ref().unwrap().as_str(), uid(&videos[0]));
        let events = recordings::detail(&desk.context, recording.id).unwrap().events;
        removed += events.iter().filter(|event| event.note.contains("was removed from Stream")).count();
    }
    assert!(removed >= 1, "the removal is in the history");
}

#[tokio::test]
async fn two_desks_that_relay_one_file_make_one_upload() {
    let cloud = Cloud::start().await;
    // The file has twenty megabytes, so that an upload takes several chunks and both desks upload at the same time.
    cloud.control("switches", json!({ "head_refused": true, "recording_bytes_per_second": 36_000 })).await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut desks, clock) = two_desks(&cloud, [one.path(), two.path()], 600).await;
    let slow = json!({ "kind": "slow_headers", "seconds": 0.6 });
    cloud.control("faults", json!({ "method": "PATCH", "path": "/upload/tus/*", "fault": slow })).await;
    // The second desk completes its download while the first desk uploads.
    let late = json!({ "method": "GET", "path": "/recordings-storage/*.mp4", "skip": 1, "count": 1, "fault": slow });
    cloud.control("faults", late).await;
    // This fault skips every request and so only counts the requests that reach it.
    let begun = json!({ "method": "POST", "path": "*/stream", "skip": 1_000, "fault": { "kind": "reset" } });
    cloud.control("faults", begun).await;
    for round in 0..600 {
        cloud.control("advance", json!({ "seconds": 3 })).await;
        clock.0.fetch_add(3_000, Ordering::SeqCst);
        let [first, second] = &mut desks;
        let (one, two) = tokio::join!(first.tick(), second.tick());
        if one.idle() && two.idle() {
            break;
        }
        assert!(round < 599, "still busy");
        relay_moment().await;
    }
    let state = cloud.state().await;
    let traps = state["faults"].as_array().unwrap();
    let left = traps.iter().find(|trap| trap["method"] == "POST").unwrap()["skip"].as_u64().unwrap();
    assert_eq!(1_000 - left, 1, "one upload was created");
    let videos = cloud.videos().await;
    assert_eq!(videos.len(), 1);
    for desk in &mut desks {
        let recording = desk.context.store().find_recordings(&all()).unwrap().remove(0);
        assert_eq!(recording.status(), Status::Ready);
        assert_eq!(recording.facts.video.as_ref().unwrap().as_str(), uid(&videos[0]));
        // The desk that uploaded deletes its file at once; the other desk deletes it within the hour.
        desk.pass(&cloud, 3_600).await;
        assert!(!desk.context.store().folder().unwrap().join("relay").join(format!("{}.part", recording.id)).exists());
    }
}

/// Creates an upload under the mark of a recording, as the desk `sender` would that is killed right afterwards.
pub async fn begin_elsewhere(cloud: &Cloud, recording: &Recording, sender: &str) {
    let sender = base64::engine::general_purpose::STANDARD.encode(sender);
    let info = cloud.sandbox.info();
    let reply = hajime_core::http_client::builder()
        .build()
        .unwrap()
        .post(format!("{}/accounts/{}/stream", info.base_url, info.account_id))
        .bearer_auth(&info.api_token)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", 9_000_000)
        .header("upload-creator", recording.creator_mark())
        .header("upload-metadata", format!("requiresignedurls,sender {sender}"))
        .send();
    assert_eq!(reply.await.unwrap().status(), 201);
}

#[tokio::test]
async fn takes_over_an_unfinished_upload_of_another_desk_after_an_hour() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "head_refused": true })).await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ([mut desk, _], _) = two_desks(&cloud, [one.path(), two.path()], 60).await;
    let id = desk.context.store().find_recordings(&all()).unwrap().remove(0).id;
    let stage = |desk: &TestDesk| recordings::get(&desk.context, id).unwrap().stage;
    // Every download fails until the other desk has created its upload.
    let reset = json!({ "kind": "reset" });
    cloud.control("faults", json!({ "method": "GET", "path": "/recordings-storage/*.mp4", "fault": reset })).await;
    let mut rounds = 0;
    while stage(&desk) != Stage::Importing(Import::Fetching) {
        desk.pass(&cloud, 3).await;
        rounds += 1;
        assert!(rounds < 200, "{:?}", stage(&desk));
    }
    begin_elsewhere(&cloud, &recordings::get(&desk.context, id).unwrap(), "another desk").await;
    cloud.clear_faults().await;
    let begun = desk.context.now();
    desk.pass_until(&cloud, 60, |desk| stage(desk) == Stage::Ready).await;
    let took = desk.context.now() - begun;
    assert!(took >= chrono::TimeDelta::minutes(55) && took < chrono::TimeDelta::hours(3), "{took}");
    assert_eq!(cloud.videos().await.len(), 1, "the unfinished video was deleted");
    let events = recordings::detail(&desk.context, id).unwrap().events;
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::RelayByOtherDesk).count(), 1);
}

#[tokio::test]
async fn sync_removes_a_second_video_and_keeps_the_first() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.hold(&cloud).await;
    desk.until_idle(&cloud).await;
    let ready = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    let first = ready.facts.video.clone().unwrap();

    // Another desk imports the same recording again, under the same mark.
    let app = cloud.sandbox.info().app_id.clone();
    let seen = cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let source = seen["data"][0]["download_url"].as_str().unwrap();
    cloud.send(reqwest::Method::POST, "/stream/copy", json!({ "url": source, "creator": ready.creator_mark() })).await;
    cloud.control("advance", json!({ "seconds": 300 })).await;
    assert_eq!(cloud.videos().await.len(), 2);

    sync::sync(&desk.context).await.unwrap();
    let videos = cloud.videos().await;
    assert_eq!(videos.iter().map(uid).collect::<Vec<_>>(), [first.as_str()]);
    let after = recordings::get(&desk.context, ready.id).unwrap();
    assert_eq!((after.status(), after.facts.video), (Status::Ready, Some(first)));
}

fn all() -> hajime_core::domain::library::query::Query {
    hajime_core::domain::library::query::Query {
        search: String::new(),
        filter: hajime_core::domain::library::query::Filter::All,
        limit: 10,
        ..hajime_core::domain::library::query::Query::default()
    }
}
