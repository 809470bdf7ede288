//! The polling plan: few requests at the right times, however many recordings are in flight.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::start;
use std::time::Duration;

use chrono::TimeDelta;
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::recorder::forecast::ProcessingPhase;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::domain::schedule::session::Session;
use hajime_core::recorder::forecast;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

async fn start_session(cloud: &Cloud, desk: &mut TestDesk, title: &str) -> Session {
    let (session, _) = desk.start_with_ada(cloud, title).await;
    desk.tick().await;
    session
}

async fn ended_sessions(cloud: &Cloud, desk: &mut TestDesk, count: usize) -> Vec<Session> {
    let mut sessions = Vec::new();
    for number in 0..count {
        sessions.push(start_session(cloud, desk, &format!("Session {number}")).await);
    }
    desk.pass(cloud, 60).await;
    for session in &sessions {
        end::end(&desk.context, session.id).await.unwrap();
    }
    sessions
}

#[tokio::test]
async fn twelve_recordings_in_flight_take_no_more_requests_a_tick_than_one() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "concurrent_encodes": 1_000 })).await;
    let mut most = Vec::new();
    for count in [1, 12] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let sessions = ended_sessions(&cloud, &mut desk, count).await;
        let mut highest = (0, 0);
        for _ in 0..200 {
            desk.pass_without_tick(&cloud, 5).await;
            let stages = |desk: &TestDesk| -> Vec<Stage> {
                let of = |session: &Session| desk.context.store().recordings_of(session.id).unwrap()[0].stage;
                sessions.iter().map(of).collect()
            };
            let (before, sent) = (stages(&desk), desk.context.cloudflare().sent());
            let report = desk.tick().await;
            let sent = desk.context.cloudflare().sent() - sent;
            let waiting = before.iter().all(|stage| ProcessingPhase::of(*stage).is_some());
            // Only ticks count in which no stage changes: most ticks are of this kind.
            if waiting && before == stages(&desk) && !before.contains(&Stage::Importing(Import::Asked)) {
                highest = (highest.0.max(sent), highest.1 + 1);
            }
            if report.idle() {
                break;
            }
        }
        assert!(highest.1 >= 3, "too few ticks: {highest:?}");
        most.push(highest.0);
    }
    assert!(most.iter().all(|sent| *sent <= 2), "{most:?}");
}

#[tokio::test]
async fn learns_processing_times_and_forecasts_readiness() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    assert!(forecast::history(&desk.context).unwrap().waits(ProcessingPhase::Importing).is_empty());
    for round in 1..=3 {
        ended_sessions(&cloud, &mut desk, 1).await;
        for _ in 0..400 {
            if desk.pass(&cloud, 5).await.idle() {
                break;
            }
        }
        let history = forecast::history(&desk.context).unwrap();
        assert_eq!(history.waits(ProcessingPhase::Saving).len(), round);
        assert_eq!(history.waits(ProcessingPhase::Importing).len(), round);
    }
    let history = forecast::history(&desk.context).unwrap();
    let took = |wait: ProcessingPhase| history.waits(wait)[0].took;
    assert!(
        took(ProcessingPhase::Saving) > TimeDelta::zero() && took(ProcessingPhase::Importing) > TimeDelta::zero(),
        "{history:?}"
    );

    // Another process on the same database makes the same forecast.
    let session = ended_sessions(&cloud, &mut desk, 1).await.remove(0);
    desk.pass(&cloud, 1).await;
    let desk = TestDesk::with(&cloud, folder.path(), desk.clock.clone(), None);
    let recording = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(recording.stage, Stage::Uploading);
    let expected = forecast::expected(&desk.context, &recording).unwrap().unwrap();
    let likely = expected.likely - desk.context.now();
    let typical = took(ProcessingPhase::Saving) + took(ProcessingPhase::Importing);
    assert!(likely > TimeDelta::zero() && likely < typical * 2, "{likely} beside {typical}");
    assert!(expected.latest >= expected.likely);

    // A ready recording has no forecast.
    let ready = forecast::expected(&desk.context, &ready_recording(&desk)).unwrap();
    assert_eq!(ready, None);
}

fn ready_recording(desk: &TestDesk) -> Recording {
    let query = Query { search: String::new(), filter: Filter::Ready, limit: 1, offset: 0, ..Query::default() };
    desk.context.store().find_recordings(&query).unwrap().remove(0)
}

#[tokio::test]
async fn make_due_checks_a_recording_that_was_put_off_while_unattended() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    desk.context.set_unattended(true);
    let session = ended_sessions(&cloud, &mut desk, 1).await.remove(0);
    desk.pass(&cloud, 2).await;
    let recording = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(recording.stage, Stage::Uploading);
    assert!(recording.work.next_poll.unwrap() - desk.context.now() >= TimeDelta::seconds(15), "{recording:?}");
    hajime_core::actions::recorder::sync::make_due(&desk.context).unwrap();
    let sent = desk.context.cloudflare().sent();
    desk.tick().await;
    assert_eq!(desk.context.cloudflare().sent() - sent, 1);
}

#[tokio::test]
async fn checks_every_recording_at_once_when_the_network_is_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let sessions = ended_sessions(&cloud, &mut desk, 3).await;
    cloud.fault("GET", "*", 40, json!({ "kind": "reset" })).await;
    for _ in 0..6 {
        desk.pass(&cloud, 70).await;
    }
    let stages = |desk: &TestDesk| -> Vec<Stage> {
        sessions.iter().map(|session| desk.context.store().recordings_of(session.id).unwrap()[0].stage).collect()
    };
    assert!(stages(&desk).contains(&Stage::Uploading), "{:?}", stages(&desk));
    cloud.clear_faults().await;
    desk.pass(&cloud, 70).await;
    desk.tick().await;
    assert!(stages(&desk).iter().all(|stage| *stage != Stage::Uploading), "{:?}", stages(&desk));
}

/// Requests that Hajime may send in five minutes: a fifth of the 1,200 that Cloudflare allows a user.
const MAX_REQUESTS_IN_FIVE_MINUTES: u64 = 240;

/// Returns the number of participants in all live sessions together, as last counted.
fn participants(desk: &TestDesk) -> u32 {
    live::live(&desk.context).unwrap().iter().map(|live| live.people.as_ref().unwrap().people).sum()
}

/// Starts `many` sessions with one participant each, and one session with an empty room. Returns the latter.
async fn start_sessions(cloud: &Cloud, desk: &mut TestDesk, many: u32) -> Session {
    for number in 0..many {
        start_session(cloud, desk, &format!("Session {number}")).await;
    }
    let waiting = desk.schedule("Waiting");
    let waiting = start::start(&desk.context, waiting.id).await.unwrap().session;
    desk.pass(cloud, 60).await;
    waiting
}

#[tokio::test]
async fn eighteen_live_sessions_stay_within_240_requests_and_are_all_counted() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let waiting = start_sessions(&cloud, &mut desk, 18).await;

    let sent = desk.context.cloudflare().sent();
    for _ in 0..60 {
        desk.pass(&cloud, 5).await;
    }
    let sent = desk.context.cloudflare().sent() - sent;
    assert!(sent <= MAX_REQUESTS_IN_FIVE_MINUTES, "{sent} requests in five minutes");
    assert_eq!(participants(&desk), 18);
    let seen = |live: &live::Live| desk.context.now() - live.people.as_ref().unwrap().at;
    let oldest = live::live(&desk.context).unwrap().iter().map(seen).max().unwrap();
    assert!(oldest < TimeDelta::seconds(5), "{oldest}");

    // Joining and leaving are counted as soon as in a single session, even while the list of sessions fails or hangs.
    let peer = cloud.join(&waiting, "Ben").await;
    desk.pass(&cloud, 5).await;
    assert_eq!(participants(&desk), 19);
    cloud.control("leave", json!({ "peer_id": peer })).await;
    cloud.fault("GET", "*/sessions", 1, json!({ "kind": "stall", "seconds": 60 })).await;
    cloud.fault("GET", "*/sessions", 1_000, json!({ "kind": "status", "status": 500 })).await;
    let ticks = async {
        desk.pass(&cloud, 20).await;
        desk.pass(&cloud, 20).await;
    };
    tokio::time::timeout(Duration::from_secs(30), ticks).await.unwrap();
    assert_eq!(participants(&desk), 18);
}

#[tokio::test]
async fn asks_about_each_recording_when_the_list_fails() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let mut on = Vec::new();
    for number in 0..10 {
        on.push(start_session(&cloud, &mut desk, &format!("Session {number}")).await);
    }
    desk.pass(&cloud, 10).await;
    cloud.fault("GET", "*/recordings", 8, json!({ "kind": "truncated" })).await;
    cloud.fault("GET", "*/recordings", 1_000_000, json!({ "kind": "html", "status": 502 })).await;
    let sent = desk.context.cloudflare().sent();
    for _ in 0..60 {
        desk.pass(&cloud, 5).await;
    }
    let sent = desk.context.cloudflare().sent() - sent;
    assert!(sent <= MAX_REQUESTS_IN_FIVE_MINUTES, "{sent} requests in five minutes");
    let latest = |desk: &TestDesk, session: &Session| desk.context.store().recordings_of(session.id).unwrap().remove(0);
    for session in &on {
        let unseen = desk.context.now() - latest(&desk, session).work.last_check.unwrap();
        assert!(unseen <= TimeDelta::seconds(60), "{unseen}");
    }
    for session in &on {
        end::end(&desk.context, session.id).await.unwrap();
    }
    desk.until_idle(&cloud).await;
    assert!(on.iter().all(|session| latest(&desk, session).stage == Stage::Ready));
}

#[tokio::test]
async fn counts_participants_room_by_room_when_the_list_has_no_counts() {
    for list in ["uncounted", "ended"] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        cloud.control("switches", json!({ "session_list": list, "record_on_start_heeded": false })).await;
        let waiting = start_sessions(&cloud, &mut desk, 6).await;
        assert_eq!(participants(&desk), 6, "{list}");
        cloud.join(&waiting, "Ben").await;
        desk.pass(&cloud, 5).await;
        assert_eq!(participants(&desk), 7, "{list}");

        // An earlier list had counts. The desk still notices that the present list has none.
        cloud.control("switches", json!({ "session_list": "counted" })).await;
        desk.pass(&cloud, 20).await;
        cloud.control("switches", json!({ "session_list": list })).await;
        let late = desk.schedule("Late");
        let late = start::start(&desk.context, late.id).await.unwrap().session;
        desk.pass(&cloud, 5).await;
        cloud.join(&late, "Cem").await;
        for _ in 0..13 {
            desk.pass(&cloud, 5).await;
        }
        assert_eq!(participants(&desk), 8, "{list}");
        let recorded = |live: &live::Live| live.recording.as_ref().is_some_and(|one| one.stage == Stage::Recording);
        assert!(live::live(&desk.context).unwrap().iter().all(recorded), "{list}");
    }
}
