//! Auto-retry: Hajime repeats a failed recording by the rule for its cause, with pauses, as long as there is a file to
//! import.

use hajime_core::actions::recorder::sync;
use std::sync::Arc;

use chrono::TimeDelta;
use hajime_core::actions::library::recordings;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::event::EventKind;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::schedule::session::Session;
use hajime_core::jobs;
use serde_json::json;

use crate::support::{Cloud, TestDesk, cause};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The most requests that a rule counts.
const COUNTED: u64 = 1_000;

const FAILED_TITLE: &str = "Recording failed: Karate";
const READY_TITLE: &str = "Ready to watch: Karate";

async fn limit_storage(cloud: &Cloud, minutes: i64) {
    cloud.control("switches", json!({ "storage_limit_minutes": minutes })).await;
}

async fn failed_session(cloud: &Cloud, desk: &mut TestDesk) -> Session {
    let session = desk.hold(cloud).await;
    desk.until_idle(cloud).await;
    assert_eq!(desk.notices.titles(), [FAILED_TITLE]);
    session
}

/// Begins to count the requests to Stream: a rule of the sandbox counts the requests that it applies to. RealtimeKit is asked
/// for the chat of the class meanwhile, which is no part of it.
async fn count_requests_to_stream(cloud: &Cloud) {
    cloud.fault("*", "*/stream/*", COUNTED, json!({ "kind": "stall", "seconds": 0.0 })).await;
}

async fn requests_to_stream(cloud: &Cloud) -> u64 {
    COUNTED - cloud.state().await["faults"][0]["count"].as_u64().unwrap()
}

fn recording(desk: &TestDesk, session: &Session) -> Recording {
    desk.context.store().recordings_of(session.id).unwrap().remove(0)
}

fn auto_retries(desk: &TestDesk, recording: &Recording) -> usize {
    let events = recordings::detail(&desk.context, recording.id).unwrap().events;
    events.iter().filter(|event| event.kind == EventKind::RetriedAutomatically).count()
}

#[tokio::test]
async fn imports_by_auto_retry_once_storage_is_freed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    limit_storage(&cloud, 0).await;
    let session = failed_session(&cloud, &mut desk).await;
    let failed = recording(&desk, &session);
    assert_eq!(cause(&failed), Some(Cause::StorageFull));
    let next = failed.work.next_auto_retry.unwrap();
    assert_eq!(next - failed.stage_since, TimeDelta::minutes(15));

    // Hajime waits until the auto-retry is due, even when a person makes everything due. The tick report has
    // that time.
    count_requests_to_stream(&cloud).await;
    sync::make_due(&desk.context).unwrap();
    let report = desk.pass(&cloud, 10 * MINUTE).await;
    assert!(report.idle() && report.next == Some(next), "{report:?}");
    assert_eq!(requests_to_stream(&cloud).await, 0);
    cloud.clear_faults().await;
    assert_eq!(jobs::survey(&desk.context).unwrap().next, Some(next));
    assert_eq!(recording(&desk, &session), failed);

    // The storage is still full, so the auto-retry fails. No second notification is shown.
    desk.pass(&cloud, 5 * MINUTE).await;
    desk.until_idle(&cloud).await;
    let failed = recording(&desk, &session);
    assert_eq!((cause(&failed), failed.work.auto_retries.made), (Some(Cause::StorageFull), 1));
    assert_eq!(desk.notices.titles(), [FAILED_TITLE]);

    limit_storage(&cloud, 1_000).await;
    assert!(!desk.pass(&cloud, 15 * MINUTE).await.idle());
    desk.until_idle(&cloud).await;
    let ready = recording(&desk, &session);
    assert_eq!((ready.status(), ready.work.auto_retries.made, ready.work.next_check()), (Status::Ready, 0, None));
    assert_eq!(desk.notices.titles(), [FAILED_TITLE, READY_TITLE]);
    assert_eq!(cloud.videos().await.len(), 1);
    assert_eq!(auto_retries(&desk, &ready), 2);
}

#[tokio::test]
async fn stops_after_three_auto_retries_and_notifies_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let broken = json!({ "count": 4, "mishap": { "kind": "import_fails", "code": "ERR_UNKNOWN" } });
    cloud.control("mishaps", broken).await;
    let session = failed_session(&cloud, &mut desk).await;
    let mut pauses = Vec::new();
    while let Some(next) = recording(&desk, &session).work.next_auto_retry {
        let pause = next - recording(&desk, &session).stage_since;
        pauses.push(pause.num_minutes());
        desk.pass(&cloud, pause.num_seconds()).await;
        desk.until_idle(&cloud).await;
        assert_eq!(cause(&recording(&desk, &session)), Some(Cause::EncodingFailed));
    }
    assert_eq!(pauses, [5, 30, 180]);
    assert_eq!(auto_retries(&desk, &recording(&desk, &session)), 3);
    count_requests_to_stream(&cloud).await;
    let report = desk.pass(&cloud, DAY).await;
    assert!(report.idle() && report.next.is_none(), "{report:?}");
    assert_eq!(requests_to_stream(&cloud).await, 0);
    cloud.clear_faults().await;
    assert_eq!(desk.notices.titles(), [FAILED_TITLE]);

    // A manual retry is still possible.
    recordings::retry(&desk.context, recording(&desk, &session).id).unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(desk.notices.titles(), [FAILED_TITLE, READY_TITLE]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn makes_an_auto_retry_that_fell_due_while_the_app_was_closed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let clock = Arc::clone(&desk.clock);
    limit_storage(&cloud, 0).await;
    let session = failed_session(&cloud, &mut desk).await;
    limit_storage(&cloud, 1_000).await;
    desk.pass_without_tick(&cloud, 2 * HOUR).await;
    drop(desk);

    let mut desk = TestDesk::with(&cloud, folder.path(), clock, None);
    assert!(!desk.tick().await.idle());
    desk.until_idle(&cloud).await;
    assert_eq!(recording(&desk, &session).status(), Status::Ready);
    assert_eq!(desk.notices.titles(), [READY_TITLE]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn two_processes_on_one_database_make_one_auto_retry() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    limit_storage(&cloud, 0).await;
    let session = failed_session(&cloud, &mut desk).await;
    let mut other = TestDesk::with(&cloud, folder.path(), Arc::clone(&desk.clock), None);
    desk.pass_without_tick(&cloud, 15 * MINUTE).await;
    tokio::join!(desk.tick(), other.tick());
    let tried = recording(&desk, &session);
    assert_eq!((tried.work.auto_retries.made, auto_retries(&desk, &tried)), (1, 1));
}

#[tokio::test]
async fn makes_no_auto_retry_after_the_file_expired() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    limit_storage(&cloud, 0).await;
    let session = failed_session(&cloud, &mut desk).await;
    let until = recording(&desk, &session).file_kept_until().unwrap();
    desk.pass_without_tick(&cloud, 7 * DAY - HOUR).await;
    for _ in 0..12 {
        desk.pass(&cloud, 10 * MINUTE).await;
    }
    desk.until_idle(&cloud).await;
    let failed = recording(&desk, &session);
    assert_eq!((cause(&failed), failed.work.next_check()), (Some(Cause::StorageFull), None));
    assert!(failed.work.auto_retries.made >= 3 && failed.stage_since < until, "{failed:?}");
    assert_eq!(desk.pass(&cloud, HOUR).await.next, None);

    // An auto-retry that fell due while the app was closed is not made once the file has expired.
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::with(&cloud, folder.path(), Arc::clone(&desk.clock), None);
    let session = failed_session(&cloud, &mut desk).await;
    let sent = desk.context.cloudflare().sent();
    assert_eq!(desk.pass(&cloud, 8 * DAY).await.next, None);
    assert_eq!(desk.context.cloudflare().sent(), sent);
    let failed = recording(&desk, &session);
    assert_eq!((cause(&failed), failed.work.auto_retries.made), (Some(Cause::StorageFull), 0));
}
