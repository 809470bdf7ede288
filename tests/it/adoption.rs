//! Adoption: one sync gives a desk that is new, or was closed for long, the sessions and recordings of other desks, and
//! keeps its own data.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::start;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::sync;
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::links;
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::recorder::sync_report::SyncReport;
use hajime_core::domain::schedule::session::{Session, SessionState};
use hajime_core::domain::sharing::link::Validity;
use hajime_core::jobs::Driver;
use hajime_core::ports::MemorySecrets;
use serde_json::json;

use crate::support::{Cloud, TestDesk, eventually};

/// Requests that a fault stalls: more than the desk sends during the test.
const STALLED_REQUESTS: u64 = 1_000;

async fn start(cloud: &Cloud, desk: &mut TestDesk, title: &str) -> Session {
    let (session, _) = desk.start_with_ada(cloud, title).await;
    desk.tick().await;
    desk.pass(cloud, 30).await;
    session
}

pub async fn recorded(cloud: &Cloud, desk: &mut TestDesk, title: &str) -> Recording {
    let session = start(cloud, desk, title).await;
    desk.pass(cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(cloud).await;
    desk.context.store().recordings_of(session.id).unwrap().remove(0)
}

pub fn all(desk: &TestDesk) -> Vec<Recording> {
    let query = Query { search: String::new(), filter: Filter::All, limit: 100, offset: 0, ..Query::default() };
    desk.context.store().find_recordings(&query).unwrap()
}

/// Opens a second desk with the clock of `desk`, a keyring and a data folder of its own.
pub fn another_desk(cloud: &Cloud, desk: &TestDesk, folder: &std::path::Path) -> TestDesk {
    TestDesk::with(cloud, folder, Arc::clone(&desk.clock), Some(Arc::new(MemorySecrets::default())))
}

#[tokio::test]
async fn a_new_desk_adopts_the_recordings_of_other_desks_and_plays_them() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let karate = recorded(&cloud, &mut first, "Karate · Grundlagen").await;
    let judo = recorded(&cloud, &mut first, "<img src=x onerror=alert(1)>").await;

    let fresh = another_desk(&cloud, &first, two.path());
    let synced = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((synced.videos, synced.found, synced.missing), (2, 2, 0));
    for known in [&karate, &judo] {
        let here = recordings::get(&fresh.context, known.id).unwrap();
        assert_eq!(here.status(), Status::Ready);
        assert_eq!((&here.title, &here.instructor), (&known.title, &known.instructor));
        assert_eq!(
            (here.facts.video, here.facts.realtimekit_recording),
            (known.facts.video.clone(), known.facts.realtimekit_recording.clone())
        );
        let session = sessions::get(&fresh.context, known.session).unwrap();
        assert_eq!(session.state.room().map(|room| &room.id), known.room.as_ref());
        assert!(matches!(session.state, SessionState::Ended(..)));
        let made = links::make(&fresh.context, known.id, Validity::DAY, false).await.unwrap();
        assert_eq!(cloud.status_of(made.hls_url.expose()).await, 200);
    }
    assert!(fresh.notices.titles().is_empty(), "adoption shows no notifications");
    // A second sync changes nothing on either desk.
    for desk in [&fresh, &first] {
        let again = sync::sync(&desk.context).await.unwrap();
        assert_eq!(again, SyncReport { videos: 2, ..SyncReport::default() });
        assert_eq!(all(desk).len(), 2);
    }
}

#[tokio::test]
async fn adopts_several_recordings_of_one_session_as_one_session() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 60 } })).await;
    let session = start(&cloud, &mut first, "Karate").await;
    for _ in 0..30 {
        first.pass(&cloud, 3).await;
    }
    end::end(&first.context, session.id).await.unwrap();
    first.until_idle(&cloud).await;
    let own = first.context.store().recordings_of(session.id).unwrap();
    let began = own.iter().filter_map(|recording| recording.facts.started_at).min().unwrap();
    let ended = own.iter().filter_map(|recording| recording.facts.stopped_at).max().unwrap();

    let fresh = another_desk(&cloud, &first, two.path());
    assert_eq!(sync::sync(&fresh.context).await.unwrap().found, 2);
    let here = sessions::get(&fresh.context, session.id).unwrap();
    assert_eq!(fresh.context.store().recordings_of(session.id).unwrap().len(), 2);
    assert_eq!((here.plan.start.instant(), here.state.ended_at()), (began, Some(ended)));
}

#[tokio::test]
async fn rescues_a_file_that_another_desk_never_imported() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let session = start(&cloud, &mut first, "Karate").await;
    end::end(&first.context, session.id).await.unwrap();
    // The first desk gets no further tick, so only the second desk can import the file.
    cloud.control("advance", json!({ "seconds": 600 })).await;
    first.clock.0.fetch_add(600_000, std::sync::atomic::Ordering::SeqCst);
    let mut second = another_desk(&cloud, &first, two.path());
    assert_eq!(sync::sync(&second.context).await.unwrap().found, 1);
    second.until_idle(&cloud).await;
    assert_eq!(all(&second).iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn sync_marks_a_deleted_video_missing_and_keeps_local_data() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let deleted = recorded(&cloud, &mut desk, "Karate").await;
    let kept = recorded(&cloud, &mut desk, "Judo").await;
    links::make(&desk.context, deleted.id, Validity::DAY, false).await.unwrap();
    let planned = desk.schedule("Next week");
    let video = deleted.facts.video.as_ref().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{video}")).await;
    let synced = sync::sync(&desk.context).await.unwrap();
    assert_eq!((synced.missing, synced.updated, synced.found), (1, 0, 0));
    let after = recordings::detail(&desk.context, deleted.id).unwrap();
    assert_eq!(after.recording.status(), Status::Failed);
    assert!(after.recording.sentence().contains("deleted from Stream"), "{}", after.recording.sentence());
    assert_eq!(after.links.len(), 1);
    assert!(after.events.len() > 5);
    assert_eq!(recordings::get(&desk.context, kept.id).unwrap().status(), Status::Ready);
    assert_eq!(desk.session(&planned).plan, planned.plan);
}

#[tokio::test]
async fn a_retry_on_one_desk_restores_the_recording_on_every_desk() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let karate = recorded(&cloud, &mut first, "Karate").await;
    let mut second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    let deleted_video = karate.facts.video.clone().unwrap();
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{deleted_video}")).await;
    for desk in [&first, &second] {
        assert_eq!(sync::sync(&desk.context).await.unwrap().missing, 1);
    }
    recordings::retry(&second.context, karate.id).unwrap();
    second.until_idle(&cloud).await;
    assert_eq!(sync::sync(&first.context).await.unwrap().updated, 1);
    first.until_idle(&cloud).await;
    let shown = |desk: &TestDesk| {
        let here = recordings::get(&desk.context, karate.id).unwrap();
        (here.status(), here.facts.video)
    };
    assert_eq!(shown(&first).0, Status::Ready);
    assert_eq!(shown(&first), shown(&second));
}

#[tokio::test]
async fn imports_again_when_a_video_is_deleted_before_it_is_ready() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = start(&cloud, &mut desk, "Karate").await;
    end::end(&desk.context, session.id).await.unwrap();
    while cloud.videos().await.is_empty() {
        desk.pass(&cloud, 5).await;
    }
    let broken = cloud.videos().await[0]["uid"].as_str().unwrap().to_owned();
    // Another desk deletes the unfinished video, as a desk does with a broken one.
    cloud.api(reqwest::Method::DELETE, &format!("/stream/{broken}")).await;
    desk.until_idle(&cloud).await;
    let here = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(here.status(), Status::Ready, "{:?}", here.stage);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn a_second_video_with_a_known_mark_makes_no_second_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let known = recorded(&cloud, &mut desk, "Karate").await;
    let app = cloud.sandbox.info().app_id.clone();
    let listed =
        cloud.api(reqwest::Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let body = json!({
        "url": listed["data"][0]["download_url"],
        "creator": format!("hajime-{}", known.id),
        "meta": { "recording_id": known.id.to_string(), "name": "Again" },
    });
    cloud.send(reqwest::Method::POST, "/stream/copy", body).await;
    cloud.control("advance", json!({ "seconds": 600 })).await;
    assert_eq!(sync::sync(&desk.context).await.unwrap().found, 0);
    assert_eq!(all(&desk).len(), 1);
}

#[tokio::test]
async fn adopts_a_live_session_of_another_desk_and_notices_its_end() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let session = start(&cloud, &mut first, "Karate").await;
    let mut second = another_desk(&cloud, &first, two.path());
    let synced = sync::sync(&second.context).await.unwrap();
    assert_eq!((synced.rooms, synced.found), (1, 1));
    let live = live::live(&second.context).unwrap().remove(0);
    assert_eq!(live.session.plan.title, "Karate");
    assert_eq!(
        live.session.state.room().map(|room| &room.id),
        first.session(&session).state.room().map(|room| &room.id)
    );
    second.pass(&cloud, 20).await;
    let running = cloud.state().await;
    assert_eq!(all(&second).len(), 1, "the second desk starts no second recording: {running}");

    // Ending the session on the second desk ends it on the first desk too. A second end has no effect.
    end::end(&second.context, live.session.id).await.unwrap();
    let synced = sync::sync(&first.context).await.unwrap();
    assert_eq!(synced.closed, 1);
    assert!(matches!(first.session(&session).state, SessionState::Ended(..)));
    let again = end::end(&first.context, session.id).await.unwrap();
    assert!(again.already_ended);
    first.until_idle(&cloud).await;
    second.until_idle(&cloud).await;
    for desk in [&first, &second] {
        assert_eq!(all(desk).iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    }
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn does_not_record_an_adopted_session_that_is_not_to_be_recorded() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = TestDesk::open(&cloud, one.path());
    let input = hajime_core::domain::schedule::session::SessionInput { record: false, ..first.input("Private lesson") };
    let session = sessions::schedule(&first.context, &input).unwrap();
    let started = start::start(&first.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    let mut second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    for _ in 0..5 {
        second.pass(&cloud, 20).await;
    }
    assert!(all(&second).is_empty());
}

#[tokio::test]
async fn ignores_rooms_open_for_a_day_and_foreign_marks() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let app = cloud.sandbox.info().app_id.clone();
    let meetings = format!("/realtime/kit/{app}/meetings");
    cloud.send(reqwest::Method::POST, &meetings, json!({ "title": "Old · HJ-0123ABCD" })).await;
    cloud.control("advance", json!({ "seconds": 100_000 })).await;
    cloud.send(reqwest::Method::POST, &meetings, json!({ "title": "Somebody else's HJ-meeting" })).await;
    let desk = TestDesk::open(&cloud, folder.path());
    desk.clock.0.fetch_add(TimeDelta::seconds(100_000).num_milliseconds(), std::sync::atomic::Ordering::SeqCst);
    assert_eq!(sync::sync(&desk.context).await.unwrap(), SyncReport::default());
    assert!(live::live(&desk.context).unwrap().is_empty());
}

#[tokio::test]
async fn adopts_a_recording_made_while_closed_with_the_plan_of_its_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap().session;
    drop(desk);
    let ada = cloud.join(&started, "Ada").await;
    cloud.control("advance", json!({ "seconds": 300 })).await;
    cloud.control("leave", json!({ "peer_id": ada })).await;
    cloud.control("advance", json!({ "seconds": 300 })).await;

    let desk = TestDesk::open(&cloud, folder.path());
    desk.clock.0.fetch_add(600_000, Ordering::SeqCst);
    sync::sync(&desk.context).await.unwrap();
    let found = all(&desk).remove(0);
    assert_eq!((found.session, found.instructor.as_str()), (session.id, "R. Alves"));
    assert_eq!((found.timezone, found.quality), (session.plan.start.zone(), session.plan.quality));
}

#[tokio::test]
async fn a_session_that_ends_during_a_sync_has_one_recording() {
    for path in ["*/stream", "*/recordings", "*/meetings"] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let session = desk.schedule("Karate");
        let started = start::start(&desk.context, session.id).await.unwrap().session;
        cloud.join(&started, "Ada").await;
        cloud.control("advance", json!({ "seconds": 60 })).await;
        desk.clock.0.fetch_add(60_000, Ordering::SeqCst);
        cloud.fault("GET", path, 1, json!({ "kind": "slow_headers", "seconds": 1 })).await;
        let context = desk.context.clone();
        let (synced, ended) = tokio::join!(sync::sync(&context), async {
            eventually("the sync has sent the delayed request", async || no_fault_left(&cloud).await).await;
            end::end(&context, session.id).await
        });
        synced.unwrap();
        assert_eq!(ended.unwrap().trouble.map(|trouble| trouble.code), None);
        desk.until_idle(&cloud).await;
        let stages: Vec<Stage> = all(&desk).iter().map(|recording| recording.stage).collect();
        assert_eq!(stages, [Stage::Ready], "{path}");
        assert_eq!(desk.notices.titles(), ["Ready to watch: Karate"], "{path}");
    }
}

#[tokio::test]
async fn records_a_live_session_while_a_sync_hangs() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap().session;
    for path in ["*/stream", "*/recordings"] {
        cloud.fault("GET", path, STALLED_REQUESTS, json!({ "kind": "stall", "seconds": 600 })).await;
    }
    let _driver = Driver::start(desk.context.clone());
    let sync_hangs = async || {
        let state = cloud.state().await;
        state["faults"].as_array().unwrap().iter().any(|fault| fault["count"] != STALLED_REQUESTS)
    };
    eventually("the sync has sent its first request", sync_hangs).await;
    cloud.join(&started, "Ada").await;
    eventually("the session is recorded", async || !all(&desk).is_empty()).await;
}

/// Returns whether every fault was applied as often as its rule says.
async fn no_fault_left(cloud: &Cloud) -> bool {
    cloud.state().await["faults"].as_array().is_some_and(Vec::is_empty)
}
