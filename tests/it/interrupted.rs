//! The app dies, the network lies: one recording, one video, nothing lost.

use std::sync::Arc;

use hajime_core::actions::sessions;
use hajime_core::domain::recording::Status;
use hajime_core::domain::session::SessionState;
use hajime_core::domain::stage::{Import, Stage};
use serde_json::json;

use crate::support::{Cloud, Office};

#[tokio::test]
async fn reopening_after_end_reaches_ready_once_with_one_video() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let clock = Arc::clone(&office.clock);
    let session = office.hold(&cloud).await;
    // A new process for every look: nothing may depend on what a process remembers.
    let mut titles = Vec::new();
    for _ in 0..120 {
        let look = office.pass(&cloud, 10).await;
        titles.extend(office.notices.titles());
        if look.idle() {
            break;
        }
        office = Office::with(&cloud, folder.path(), Arc::clone(&clock), None);
    }
    let all = office.desk.store().recordings_of(session.id).unwrap();
    assert_eq!(all.iter().map(hajime_core::domain::recording::Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    assert_eq!(titles, ["Ready to watch: Karate"]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn a_lost_reply_never_makes_a_second_of_anything() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    for path in ["*/meetings", "*/participants", "*/recordings", "*/stream/copy"] {
        cloud.fault("POST", path, 1, json!({ "kind": "drop_reply" })).await;
    }
    let session = office.schedule("Karate");
    let mut attempts = 0;
    let started = loop {
        match sessions::start(&office.desk, session.id).await {
            Ok(started) => break started,
            Err(error) => assert!(attempts < 4, "{error}"),
        }
        attempts += 1;
    };
    cloud.join(&started.session, "Ada").await;
    for _ in 0..6 {
        office.pass(&cloud, 15).await;
    }
    sessions::end(&office.desk, session.id).await.unwrap();
    office.until_idle(&cloud).await;
    let app = cloud.sandbox.info().app_id.clone();
    let meetings =
        cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/meetings?page_no=1&per_page=50")).await;
    let recordings =
        cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    assert_eq!(meetings["data"].as_array().unwrap().len(), 1);
    assert_eq!(recordings["data"].as_array().unwrap().len(), 1);
    assert_eq!(cloud.videos().await.len(), 1);
    let all = office.desk.store().recordings_of(session.id).unwrap();
    assert_eq!(all.iter().map(hajime_core::domain::recording::Recording::status).collect::<Vec<_>>(), [Status::Ready]);
}

#[tokio::test]
async fn a_recording_nobody_has_seen_yet_is_stopped_once_and_kept_when_the_reply_is_lost() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    // The room records; what runs in it cannot be asked for, and nothing can be begun.
    for (method, path) in [("GET", "*/active-recording/*"), ("POST", "*/recordings")] {
        cloud.fault(method, path, 1_000, json!({ "kind": "reset" })).await;
    }
    office.pass(&cloud, 20).await;
    assert_eq!(office.desk.store().recordings_of(session.id).unwrap()[0].stage, Stage::Requested);
    cloud.clear_faults().await;
    cloud.fault("PUT", "*/recordings/*", 10, json!({ "kind": "drop_reply" })).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    cloud.clear_faults().await;
    office.until_idle(&cloud).await;
    let all = office.desk.store().recordings_of(session.id).unwrap();
    assert_eq!(all.iter().map(|recording| recording.stage).collect::<Vec<_>>(), [Stage::Ready]);
}

#[tokio::test]
async fn what_never_arrived_is_asked_for_again_however_often_one_looks() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let clock = Arc::clone(&office.clock);
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    // Nothing of either call arrives, nor of what the client tries again by itself.
    for path in ["*/recordings", "*/stream/copy"] {
        cloud.fault("POST", path, 6, json!({ "kind": "reset" })).await;
    }
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    let stage = |office: &Office| office.desk.store().recordings_of(session.id).unwrap().first().map(|row| row.stage);
    for _ in 0..60 {
        // A process that lives for one look, every two seconds.
        office = Office::with(&cloud, folder.path(), Arc::clone(&clock), None);
        office.pass(&cloud, 2).await;
    }
    assert_eq!(stage(&office), Some(Stage::Recording));
    sessions::end(&office.desk, session.id).await.unwrap();
    for _ in 0..400 {
        office = Office::with(&cloud, folder.path(), Arc::clone(&clock), None);
        if office.pass(&cloud, 2).await.idle() {
            break;
        }
    }
    assert_eq!(stage(&office), Some(Stage::Ready));
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn a_computer_that_slept_looks_before_it_judges() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.hold(&cloud).await;
    let stage = |office: &Office| office.desk.store().recordings_of(session.id).unwrap()[0].stage;
    while !matches!(stage(&office), Stage::Importing(Import::Downloading)) {
        office.pass(&cloud, 5).await;
    }
    // Asleep for far longer than Stream ever takes, and the first looks after that find no network.
    cloud.fault("GET", "*", 6, json!({ "kind": "reset" })).await;
    office.pass(&cloud, 3 * 86_400).await;
    office.until_idle(&cloud).await;
    assert_eq!(stage(&office), Stage::Ready);
}

#[tokio::test]
async fn ending_without_a_network_goes_on_by_itself() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(&cloud, 5).await;
    office.pass(&cloud, 60).await;
    cloud.fault("PUT", "*/recordings/*", 20, json!({ "kind": "html", "status": 502 })).await;
    let ended = sessions::end(&office.desk, session.id).await.unwrap();
    let trouble = ended.trouble.expect("Cloudflare answered 502");
    assert!(!trouble.next.is_empty() && !trouble.message.contains('<'), "{trouble:?}");
    assert!(matches!(office.session(&session).state, SessionState::Ending(..)));
    cloud.clear_faults().await;
    office.until_idle(&cloud).await;
    assert!(matches!(office.session(&session).state, SessionState::Ended(..)));
    assert_eq!(office.desk.store().recordings_of(session.id).unwrap()[0].status(), Status::Ready);
}

#[tokio::test]
async fn every_kind_of_trouble_passes_and_is_told() {
    for (fault, code) in [
        (json!({ "kind": "html", "status": 502 }), "cloud_unreadable|offline|cloud_refused"),
        (json!({ "kind": "empty", "status": 500 }), "cloud_unreadable|offline|cloud_refused"),
        (json!({ "kind": "truncated" }), "cloud_unreadable|offline"),
        (json!({ "kind": "reset" }), "offline"),
        (json!({ "kind": "rate_limited", "retry_after": 2 }), "rate_limited"),
    ] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut office = Office::open(&cloud, folder.path());
        let session = office.hold(&cloud).await;
        // More often than replies that make up for each other are asked for.
        cloud.fault("*", "*", 30, fault.clone()).await;
        office.pass(&cloud, 30).await;
        let trouble = office.desk.health().trouble.expect("the fault was met");
        assert!(code.split('|').any(|code| code == trouble.code), "{fault}: {trouble:?}");
        cloud.clear_faults().await;
        tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
        office.until_idle(&cloud).await;
        assert_eq!(office.desk.store().recordings_of(session.id).unwrap()[0].status(), Status::Ready, "{fault}");
        assert!(office.desk.health().trouble.is_none());
        assert_eq!(cloud.videos().await.len(), 1, "{fault}");
    }
}
