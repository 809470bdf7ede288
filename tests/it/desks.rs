//! Two desks that know the same recording: one video, whoever asked for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hajime_core::actions::{recordings, sessions};
use hajime_core::domain::recording::Status;
use hajime_core::jobs::sync;
use serde_json::{Value, json};

use crate::support::{Cloud, Office};

/// Two desks with the same data, as after a backup was restored on a second computer, and the recording they both have.
async fn two_desks(cloud: &Cloud, folders: [&Path; 2]) -> ([Office; 2], Arc<crate::support::ShiftedClock>) {
    let mut office = Office::open(cloud, folders[0]);
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(cloud, 5).await;
    office.pass(cloud, 60).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    let clock = Arc::clone(&office.clock);
    drop(office);
    copy(folders[0], folders[1]);
    (folders.map(|folder| Office::with(cloud, folder, Arc::clone(&clock), None)), clock)
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

fn uid(video: &Value) -> &str {
    video["uid"].as_str().unwrap()
}

#[tokio::test]
async fn two_desks_that_ask_in_the_same_moment_keep_the_older_video() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut offices, clock) = two_desks(&cloud, [one.path(), two.path()]).await;
    // Each list of videos arrives late, so both desks have seen none before either asks for one.
    let late = json!({ "kind": "slow_headers", "seconds": 0.6 });
    cloud.control("faults", json!({ "method": "GET", "path": "*/stream", "fault": late })).await;
    let mut most = 0;
    for round in 0..80 {
        cloud.control("advance", json!({ "seconds": 12 })).await;
        clock.0.fetch_add(12_000, Ordering::SeqCst);
        let [first, second] = &mut offices;
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
    assert_eq!(most, 2, "both asked");
    let videos = cloud.videos().await;
    assert_eq!(videos.len(), 1);
    let mut removed = 0;
    for office in &offices {
        let recording = office.desk.store().find_recordings(&all()).unwrap().remove(0);
        assert_eq!(recording.status(), Status::Ready);
        assert_eq!(recording.facts.video.as_ref().unwrap().as_str(), uid(&videos[0]));
        let events = recordings::detail(&office.desk, recording.id).unwrap().events;
        removed += events.iter().filter(|event| event.note.contains("was removed from Stream")).count();
    }
    assert!(removed >= 1, "the removal is in the history");
}

#[tokio::test]
async fn a_second_video_found_later_is_removed_and_the_first_stays() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 5).await;
    office.pass(&cloud, 60).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    office.until_idle(&cloud).await;
    let ready = office.desk.store().recordings_of(session.id).unwrap().remove(0);
    let first = ready.facts.video.clone().unwrap();

    // Somebody elsewhere imports the same recording once more, under the same mark.
    let app = cloud.sandbox.info().app_id.clone();
    let seen = cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let source = seen["data"][0]["download_url"].as_str().unwrap();
    cloud.send(reqwest::Method::POST, "/stream/copy", json!({ "url": source, "creator": ready.creator_mark() })).await;
    cloud.control("advance", json!({ "seconds": 300 })).await;
    assert_eq!(cloud.videos().await.len(), 2);

    sync::sync(&office.desk).await.unwrap();
    let videos = cloud.videos().await;
    assert_eq!(videos.iter().map(uid).collect::<Vec<_>>(), [first.as_str()]);
    let after = recordings::get(&office.desk, ready.id).unwrap();
    assert_eq!((after.status(), after.facts.video), (Status::Ready, Some(first)));
}

fn all() -> hajime_core::store::Query {
    hajime_core::store::Query { search: String::new(), filter: hajime_core::store::Filter::All, limit: 10, offset: 0 }
}
