//! Proof of recording: Hajime observed the recording within the last minute, or raises an alarm with one button.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::pause;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::domain::recorder::forecast::{FinishedProcessing, ProcessingPhase};
use hajime_core::domain::recorder::proof::{Proof, Why};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::Session;
use hajime_core::recorder::forecast;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

async fn start_session(cloud: &Cloud, desk: &TestDesk) -> Session {
    desk.start_with_ada(cloud, "Karate").await.0
}

fn proof(desk: &TestDesk) -> Proof {
    live::live(&desk.context).unwrap().remove(0).proof
}

fn alarms(desk: &TestDesk) -> usize {
    desk.notices.titles().iter().filter(|title| *title == "Not being recorded: Karate").count()
}

#[tokio::test]
async fn raises_one_alarm_within_a_minute_when_recording_is_refused() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    let body = json!({ "kind": "status", "status": 500 });
    cloud.control("faults", json!({ "method": "POST", "path": "*/recordings", "fault": body })).await;
    let session = start_session(&cloud, &desk).await;
    desk.tick().await;
    assert!(matches!(proof(&desk), Proof::Starting(_)), "{:?}", proof(&desk));
    for _ in 0..14 {
        desk.pass(&cloud, 5).await;
    }
    assert!(matches!(proof(&desk), Proof::Alarm(_, Why::NotSeen)), "{:?}", proof(&desk));
    assert_eq!(alarms(&desk), 1);
    for _ in 0..20 {
        desk.pass(&cloud, 10).await;
    }
    assert_eq!(alarms(&desk), 1, "the alarm is raised once");
    // The button of the alarm starts the recorder again, and the next tick observes the recording.
    cloud.clear_faults().await;
    pause::resume(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 10).await;
    assert!(matches!(proof(&desk), Proof::Recording(_)), "{:?}", proof(&desk));
}

#[tokio::test]
async fn record_again_replaces_a_recorder_that_never_comes() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    let session = start_session(&cloud, &desk).await;
    for _ in 0..14 {
        desk.pass(&cloud, 5).await;
    }
    assert!(matches!(proof(&desk), Proof::Alarm(_, Why::NotSeen)), "{:?}", proof(&desk));
    assert_eq!(alarms(&desk), 1);
    pause::resume(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 10).await;
    assert!(matches!(proof(&desk), Proof::Recording(_)), "{:?}", proof(&desk));
    let stages: Vec<Stage> =
        desk.context.store().recordings_of(session.id).unwrap().iter().map(|recording| recording.stage).collect();
    assert!(matches!(stages[..], [Stage::Recording, Stage::Failed { .. }]), "{stages:?}");
}

/// Runs with clocks of the computer that are equal to Cloudflare's, behind it and ahead of it.
#[tokio::test]
async fn records_again_by_itself_when_a_recording_fails_during_the_session() {
    for skew in [0, -15, 15] {
        fails_and_is_recorded_again(TimeDelta::minutes(skew)).await;
    }
}

async fn fails_and_is_recorded_again(skew: TimeDelta) {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    desk.clock.0.fetch_add(skew.num_milliseconds(), Ordering::SeqCst);
    cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 60 } })).await;
    let session = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 10).await;
    assert!(matches!(proof(&desk), Proof::Recording(_)), "{skew}: {:?}", proof(&desk));
    let mut seen_alarm = false;
    for _ in 0..30 {
        desk.pass(&cloud, 3).await;
        seen_alarm |= matches!(proof(&desk), Proof::Alarm(_, Why::Errored));
    }
    assert!(seen_alarm, "the alarm is shown until the next recording runs");
    assert!(matches!(proof(&desk), Proof::Recording(_)), "{skew}: {:?}", proof(&desk));
    assert_eq!(desk.context.store().recordings_of(session.id).unwrap().len(), 2);
    assert_eq!(alarms(&desk), 0, "the next recording ran within the minute");
}

/// Runs with computers that start with a wrong time and correct it during a session.
#[tokio::test]
async fn goes_on_without_delay_when_the_clock_is_set_back() {
    for back in [TimeDelta::minutes(10), TimeDelta::hours(3)] {
        set_clock_back(back).await;
    }
}

#[tokio::test]
async fn a_clock_nine_days_ahead_expires_no_file() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    desk.clock.0.fetch_add(TimeDelta::days(9).num_milliseconds(), Ordering::SeqCst);
    let session = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(desk.context.store().recordings_of(session.id).unwrap()[0].stage, Stage::Ready);
}

async fn set_clock_back(back: TimeDelta) {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    desk.clock.0.fetch_add(back.num_milliseconds(), Ordering::SeqCst);
    let ended = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, ended.id).await.unwrap();
    cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 30 } })).await;
    let live_session = start_session(&cloud, &desk).await;
    desk.tick().await;
    desk.pass(&cloud, 10).await;
    assert!(matches!(proof(&desk), Proof::Recording(_)), "{:?}", proof(&desk));

    desk.clock.0.fetch_sub(back.num_milliseconds(), Ordering::SeqCst);
    for _ in 0..20 {
        desk.pass(&cloud, 5).await;
    }
    assert!(matches!(proof(&desk), Proof::Recording(_)), "{:?}", proof(&desk));
    let recordings = |desk: &TestDesk, session: &Session| desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(recordings(&desk, &live_session).len(), 2);
    end::end(&desk.context, live_session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(recordings(&desk, &ended)[0].stage, Stage::Ready);
    let mut stages: Vec<bool> = recordings(&desk, &live_session).iter().map(|one| one.stage == Stage::Ready).collect();
    stages.sort_unstable();
    assert_eq!(stages, [false, true], "the failed recording and the one after it");
    let history = forecast::history(&desk.context).unwrap();
    let learnt = [ProcessingPhase::Saving, ProcessingPhase::Importing].map(|wait| history.waits(wait));
    let sensible = |past: &FinishedProcessing| past.took >= TimeDelta::zero();
    assert!(learnt.iter().all(|waits| !waits.is_empty() && waits.iter().all(sensible)), "{learnt:?}");
}

#[tokio::test]
async fn raises_one_alarm_for_a_recorder_that_fails_repeatedly() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    for _ in 0..12 {
        cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 0 } })).await;
    }
    start_session(&cloud, &desk).await;
    for _ in 0..30 {
        desk.pass(&cloud, 5).await;
    }
    assert_eq!(alarms(&desk), 1);
}
