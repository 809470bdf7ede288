//! Processes are killed and replies are lost: there is one recording and one video, and nothing is lost.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::sync::Arc;

use hajime_core::domain::recorder::recording::Status;
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::domain::schedule::session::SessionState;
use serde_json::json;

use crate::support::{Cloud, TestDesk, wait_out_rate_limit};

#[tokio::test]
async fn reopening_after_end_reaches_ready_once_with_one_video() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let clock = Arc::clone(&desk.clock);
    let session = desk.hold(&cloud).await;
    // Every tick runs in a new process, so that nothing can depend on the memory of a process.
    let mut titles = Vec::new();
    for _ in 0..120 {
        let report = desk.pass(&cloud, 10).await;
        titles.extend(desk.notices.titles());
        if report.idle() {
            break;
        }
        desk = TestDesk::with(&cloud, folder.path(), Arc::clone(&clock), None);
    }
    let all = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(
        all.iter().map(hajime_core::domain::recorder::recording::Recording::status).collect::<Vec<_>>(),
        [Status::Ready]
    );
    assert_eq!(titles, ["Ready to watch: Karate"]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn lost_replies_make_no_second_room_recording_or_video() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    for path in ["*/meetings", "*/participants", "*/recordings", "*/stream/copy"] {
        cloud.fault("POST", path, 1, json!({ "kind": "drop_reply" })).await;
    }
    let session = desk.schedule("Karate");
    let mut attempts = 0;
    let started = loop {
        match start::start(&desk.context, session.id).await {
            Ok(started) => break started,
            Err(error) => assert!(attempts < 4, "{error}"),
        }
        attempts += 1;
    };
    cloud.join(&started.session, "Ada").await;
    for _ in 0..6 {
        desk.pass(&cloud, 15).await;
    }
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let app = cloud.sandbox.info().app_id.clone();
    let meetings =
        cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/meetings?page_no=1&per_page=50")).await;
    let recordings =
        cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    assert_eq!(meetings["data"].as_array().unwrap().len(), 1);
    assert_eq!(recordings["data"].as_array().unwrap().len(), 1);
    assert_eq!(cloud.videos().await.len(), 1);
    let all = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(
        all.iter().map(hajime_core::domain::recorder::recording::Recording::status).collect::<Vec<_>>(),
        [Status::Ready]
    );
}

#[tokio::test]
async fn keeps_an_unseen_recording_when_the_reply_to_its_stop_is_lost() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    // The room records on start. The desk can neither read the active recording nor start a recording.
    for (method, path) in [("GET", "*/active-recording/*"), ("POST", "*/recordings")] {
        cloud.fault(method, path, 1_000, json!({ "kind": "reset" })).await;
    }
    desk.pass(&cloud, 20).await;
    assert_eq!(desk.context.store().recordings_of(session.id).unwrap()[0].stage, Stage::Requested);
    cloud.clear_faults().await;
    cloud.fault("PUT", "*/recordings/*", 10, json!({ "kind": "drop_reply" })).await;
    end::end(&desk.context, session.id).await.unwrap();
    cloud.clear_faults().await;
    desk.until_idle(&cloud).await;
    let all = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(all.iter().map(|recording| recording.stage).collect::<Vec<_>>(), [Stage::Ready]);
}

#[tokio::test]
async fn repeats_requests_that_never_arrived_with_a_new_process_every_two_seconds() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let clock = Arc::clone(&desk.clock);
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    // Neither of the two calls arrives, nor do the repetitions that the client makes by itself.
    for path in ["*/recordings", "*/stream/copy"] {
        cloud.fault("POST", path, 6, json!({ "kind": "reset" })).await;
    }
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    let stage = |desk: &TestDesk| desk.context.store().recordings_of(session.id).unwrap().first().map(|row| row.stage);
    for _ in 0..60 {
        // A new process runs one tick every two seconds.
        desk = TestDesk::with(&cloud, folder.path(), Arc::clone(&clock), None);
        desk.pass(&cloud, 2).await;
    }
    assert_eq!(stage(&desk), Some(Stage::Recording));
    end::end(&desk.context, session.id).await.unwrap();
    for _ in 0..400 {
        desk = TestDesk::with(&cloud, folder.path(), Arc::clone(&clock), None);
        if desk.pass(&cloud, 2).await.idle() {
            break;
        }
    }
    assert_eq!(stage(&desk), Some(Stage::Ready));
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn asks_cloudflare_before_failing_a_recording_after_three_days_of_sleep() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.hold(&cloud).await;
    let stage = |desk: &TestDesk| desk.context.store().recordings_of(session.id).unwrap()[0].stage;
    while !matches!(stage(&desk), Stage::Importing(Import::Downloading)) {
        desk.pass(&cloud, 5).await;
    }
    // The computer sleeps much longer than an import takes. The first ticks after the sleep have no network.
    cloud.fault("GET", "*", 6, json!({ "kind": "reset" })).await;
    desk.pass(&cloud, 3 * 86_400).await;
    desk.until_idle(&cloud).await;
    assert_eq!(stage(&desk), Stage::Ready);
}

#[tokio::test]
async fn completes_an_end_that_cloudflare_did_not_answer() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 60).await;
    cloud.fault("PUT", "*/recordings/*", 20, json!({ "kind": "html", "status": 502 })).await;
    let ended = end::end(&desk.context, session.id).await.unwrap();
    let trouble = ended.trouble.expect("Cloudflare answered 502");
    assert!(!trouble.next.is_empty() && !trouble.message.contains('<'), "{trouble:?}");
    assert!(matches!(desk.session(&session).state, SessionState::Ending(..)));
    cloud.clear_faults().await;
    desk.until_idle(&cloud).await;
    assert!(matches!(desk.session(&session).state, SessionState::Ended(..)));
    assert_eq!(desk.context.store().recordings_of(session.id).unwrap()[0].status(), Status::Ready);
}

#[tokio::test]
async fn reports_every_kind_of_fault_and_recovers_from_it() {
    for (fault, code) in [
        (json!({ "kind": "html", "status": 502 }), "cloud_unreadable|offline|cloud_refused"),
        (json!({ "kind": "empty", "status": 500 }), "cloud_unreadable|offline|cloud_refused"),
        (json!({ "kind": "truncated" }), "cloud_unreadable|offline"),
        (json!({ "kind": "reset" }), "offline"),
        (json!({ "kind": "rate_limited", "retry_after": 2 }), "rate_limited"),
    ] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let session = desk.hold(&cloud).await;
        // The fault affects thirty replies: more than one tick requests, alternatives included.
        cloud.fault("*", "*", 30, fault.clone()).await;
        desk.pass(&cloud, 30).await;
        let trouble = desk.context.health().trouble.expect("the fault was reported");
        assert!(code.split('|').any(|code| code == trouble.code.word()), "{fault}: {trouble:?}");
        cloud.clear_faults().await;
        wait_out_rate_limit(&desk.context).await;
        desk.until_idle(&cloud).await;
        assert_eq!(desk.context.store().recordings_of(session.id).unwrap()[0].status(), Status::Ready, "{fault}");
        assert!(desk.context.health().trouble.is_none());
        assert_eq!(cloud.videos().await.len(), 1, "{fault}");
    }
}
