//! What failed is tried again by itself: by cause, with pauses, and only as long as there is something to begin with.

use std::sync::Arc;

use chrono::TimeDelta;
use hajime_core::actions::recordings;
use hajime_core::domain::cause::Cause;
use hajime_core::domain::recording::{Recording, Status};
use hajime_core::domain::session::Session;
use hajime_core::jobs;
use serde_json::json;

use crate::support::{Cloud, Office, cause};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const FAILED: &str = "Recording failed: Karate";
const READY: &str = "Ready to watch: Karate";

async fn storage_of(cloud: &Cloud, minutes: i64) {
    cloud.control("switches", json!({ "storage_limit_minutes": minutes })).await;
}

async fn class_that_failed(cloud: &Cloud, office: &mut Office) -> Session {
    let session = office.hold(cloud).await;
    office.until_idle(cloud).await;
    assert_eq!(office.notices.titles(), [FAILED]);
    session
}

fn recording(office: &Office, session: &Session) -> Recording {
    office.desk.store().recordings_of(session.id).unwrap().remove(0)
}

fn tries(office: &Office, recording: &Recording) -> usize {
    let events = recordings::detail(&office.desk, recording.id).unwrap().events;
    events.iter().filter(|event| event.note == "Tried again by itself.").count()
}

#[tokio::test]
async fn storage_that_is_freed_lets_a_recording_through_by_itself() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    storage_of(&cloud, 0).await;
    let session = class_that_failed(&cloud, &mut office).await;
    let failed = recording(&office, &session);
    assert_eq!(cause(&failed), Some(Cause::StorageFull));
    let next = failed.next_check.unwrap();
    assert_eq!(next - failed.stage_since, TimeDelta::minutes(15));

    // It rests until then, also when somebody has everything looked at, and the jobs know when to wake.
    let sent = office.desk.cloud().sent();
    jobs::check_now(&office.desk).unwrap();
    let look = office.pass(&cloud, 10 * MINUTE).await;
    assert!(look.idle() && look.next == Some(next), "{look:?}");
    assert_eq!(office.desk.cloud().sent(), sent);
    assert_eq!(jobs::survey(&office.desk).unwrap().next, Some(next));
    assert_eq!(recording(&office, &session), failed);

    // Still full: it fails once more, and nobody is told twice.
    office.pass(&cloud, 5 * MINUTE).await;
    office.until_idle(&cloud).await;
    let failed = recording(&office, &session);
    assert_eq!((cause(&failed), failed.retries.made), (Some(Cause::StorageFull), 1));
    assert_eq!(office.notices.titles(), [FAILED]);

    storage_of(&cloud, 1_000).await;
    assert!(!office.pass(&cloud, 15 * MINUTE).await.idle());
    office.until_idle(&cloud).await;
    let ready = recording(&office, &session);
    assert_eq!((ready.status(), ready.retries.made, ready.next_check), (Status::Ready, 0, None));
    assert_eq!(office.notices.titles(), [FAILED, READY]);
    assert_eq!(cloud.videos().await.len(), 1);
    assert_eq!(tries(&office, &ready), 2);
}

#[tokio::test]
async fn what_fails_again_and_again_is_given_up_and_told_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let broken = json!({ "count": 4, "mishap": { "kind": "import_fails", "code": "ERR_UNKNOWN" } });
    cloud.control("mishaps", broken).await;
    let session = class_that_failed(&cloud, &mut office).await;
    let mut waits = Vec::new();
    while let Some(next) = recording(&office, &session).next_check {
        let wait = next - recording(&office, &session).stage_since;
        waits.push(wait.num_minutes());
        office.pass(&cloud, wait.num_seconds()).await;
        office.until_idle(&cloud).await;
        assert_eq!(cause(&recording(&office, &session)), Some(Cause::EncodingFailed));
    }
    assert_eq!(waits, [5, 30, 180]);
    assert_eq!(tries(&office, &recording(&office, &session)), 3);
    let sent = office.desk.cloud().sent();
    let look = office.pass(&cloud, DAY).await;
    assert!(look.idle() && look.next.is_none(), "{look:?}");
    assert_eq!(office.desk.cloud().sent(), sent);
    assert_eq!(office.notices.titles(), [FAILED]);

    // By hand it goes on all the same.
    recordings::retry(&office.desk, recording(&office, &session).id).unwrap();
    office.until_idle(&cloud).await;
    assert_eq!(office.notices.titles(), [FAILED, READY]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn what_became_due_while_the_app_was_closed_is_tried_when_it_opens() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let clock = Arc::clone(&office.clock);
    storage_of(&cloud, 0).await;
    let session = class_that_failed(&cloud, &mut office).await;
    storage_of(&cloud, 1_000).await;
    office.pass_unseen(&cloud, 2 * HOUR).await;
    drop(office);

    let mut office = Office::with(&cloud, folder.path(), clock, None);
    assert!(!office.tick().await.idle());
    office.until_idle(&cloud).await;
    assert_eq!(recording(&office, &session).status(), Status::Ready);
    assert_eq!(office.notices.titles(), [READY]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn two_desks_on_the_same_data_make_one_try_of_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    storage_of(&cloud, 0).await;
    let session = class_that_failed(&cloud, &mut office).await;
    let mut other = Office::with(&cloud, folder.path(), Arc::clone(&office.clock), None);
    office.pass_unseen(&cloud, 15 * MINUTE).await;
    tokio::join!(office.tick(), other.tick());
    let tried = recording(&office, &session);
    assert_eq!((tried.retries.made, tries(&office, &tried)), (1, 1));
}

#[tokio::test]
async fn nothing_is_tried_once_the_week_of_the_file_is_over() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    storage_of(&cloud, 0).await;
    let session = class_that_failed(&cloud, &mut office).await;
    let until = recording(&office, &session).file_kept_until().unwrap();
    office.pass_unseen(&cloud, 7 * DAY - HOUR).await;
    for _ in 0..12 {
        office.pass(&cloud, 10 * MINUTE).await;
    }
    office.until_idle(&cloud).await;
    let failed = recording(&office, &session);
    assert_eq!((cause(&failed), failed.next_check), (Some(Cause::StorageFull), None));
    assert!(failed.retries.made >= 3 && failed.stage_since < until, "{failed:?}");
    assert_eq!(office.pass(&cloud, HOUR).await.next, None);

    // Nor where it was due before and nobody looked.
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::with(&cloud, folder.path(), Arc::clone(&office.clock), None);
    let session = class_that_failed(&cloud, &mut office).await;
    let sent = office.desk.cloud().sent();
    assert_eq!(office.pass(&cloud, 8 * DAY).await.next, None);
    assert_eq!(office.desk.cloud().sent(), sent);
    let failed = recording(&office, &session);
    assert_eq!((cause(&failed), failed.retries.made), (Some(Cause::StorageFull), 0));
}
