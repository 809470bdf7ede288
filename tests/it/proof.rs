//! Proof of recording: seen within a minute, or an alarm with one thing to press.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::{forecasts, recordings, sessions};
use hajime_core::domain::forecast::{Past, Wait};
use hajime_core::domain::proof::{Proof, Why};
use hajime_core::domain::session::Session;
use hajime_core::domain::stage::Stage;
use serde_json::json;

use crate::support::{Cloud, Office};

async fn class(cloud: &Cloud, office: &mut Office) -> Session {
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    session
}

fn proof(office: &Office) -> Proof {
    sessions::live(&office.desk).unwrap().remove(0).proof
}

fn alarms(office: &Office) -> usize {
    office.notices.titles().iter().filter(|title| *title == "Not being recorded: Karate").count()
}

#[tokio::test]
async fn a_request_that_is_never_granted_raises_the_alarm_within_a_minute_and_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    let body = json!({ "kind": "status", "status": 500 });
    cloud.control("faults", json!({ "method": "POST", "path": "*/recordings", "fault": body })).await;
    let session = class(&cloud, &mut office).await;
    office.tick().await;
    assert!(matches!(proof(&office), Proof::Starting(_)), "{:?}", proof(&office));
    for _ in 0..14 {
        office.pass(&cloud, 5).await;
    }
    assert!(matches!(proof(&office), Proof::Alarm(_, Why::NotSeen)), "{:?}", proof(&office));
    assert_eq!(alarms(&office), 1);
    for _ in 0..20 {
        office.pass(&cloud, 10).await;
    }
    assert_eq!(alarms(&office), 1, "nobody is told twice");
    // One key: it is asked for again, now, and seen.
    cloud.clear_faults().await;
    recordings::resume(&office.desk, session.id).await.unwrap();
    office.pass(&cloud, 10).await;
    assert!(matches!(proof(&office), Proof::Recording(_)), "{:?}", proof(&office));
}

#[tokio::test]
async fn a_recorder_that_never_comes_is_given_up_by_hand_and_another_begins() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    cloud.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    let session = class(&cloud, &mut office).await;
    for _ in 0..14 {
        office.pass(&cloud, 5).await;
    }
    assert!(matches!(proof(&office), Proof::Alarm(_, Why::NotSeen)), "{:?}", proof(&office));
    assert_eq!(alarms(&office), 1);
    recordings::resume(&office.desk, session.id).await.unwrap();
    office.pass(&cloud, 10).await;
    assert!(matches!(proof(&office), Proof::Recording(_)), "{:?}", proof(&office));
    let stages: Vec<Stage> =
        office.desk.store().recordings_of(session.id).unwrap().iter().map(|recording| recording.stage).collect();
    assert!(matches!(stages[..], [Stage::Recording, Stage::Failed { .. }]), "{stages:?}");
}

/// Also on a computer whose clock is behind or ahead of Cloudflare's.
#[tokio::test]
async fn a_recording_that_stops_mid_class_is_begun_again_by_itself() {
    for skew in [0, -15, 15] {
        stops_and_is_begun_again(TimeDelta::minutes(skew)).await;
    }
}

async fn stops_and_is_begun_again(skew: TimeDelta) {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    office.clock.0.fetch_add(skew.num_milliseconds(), Ordering::SeqCst);
    cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 60 } })).await;
    let session = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 10).await;
    assert!(matches!(proof(&office), Proof::Recording(_)), "{skew}: {:?}", proof(&office));
    let mut seen_alarm = false;
    for _ in 0..30 {
        office.pass(&cloud, 3).await;
        seen_alarm |= matches!(proof(&office), Proof::Alarm(_, Why::Errored));
    }
    assert!(seen_alarm, "the window says so while it lasts");
    assert!(matches!(proof(&office), Proof::Recording(_)), "{skew}: {:?}", proof(&office));
    assert_eq!(office.desk.store().recordings_of(session.id).unwrap().len(), 2);
    assert_eq!(alarms(&office), 0, "it was mended within the minute");
}

/// A computer may start with a wrong time and be set right while a class is on.
#[tokio::test]
async fn a_clock_that_is_set_back_holds_nothing_up() {
    for back in [TimeDelta::minutes(10), TimeDelta::hours(3)] {
        goes_on_after_it_is_set_back(back).await;
    }
}

#[tokio::test]
async fn no_file_is_over_by_a_clock_that_is_days_ahead() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    office.clock.0.fetch_add(TimeDelta::days(9).num_milliseconds(), Ordering::SeqCst);
    let session = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 60).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    office.until_idle(&cloud).await;
    assert_eq!(office.desk.store().recordings_of(session.id).unwrap()[0].stage, Stage::Ready);
}

async fn goes_on_after_it_is_set_back(back: TimeDelta) {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    office.clock.0.fetch_add(back.num_milliseconds(), Ordering::SeqCst);
    let over = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 60).await;
    sessions::end(&office.desk, over.id).await.unwrap();
    cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 30 } })).await;
    let on = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 10).await;
    assert!(matches!(proof(&office), Proof::Recording(_)), "{:?}", proof(&office));

    office.clock.0.fetch_sub(back.num_milliseconds(), Ordering::SeqCst);
    for _ in 0..20 {
        office.pass(&cloud, 5).await;
    }
    assert!(matches!(proof(&office), Proof::Recording(_)), "{:?}", proof(&office));
    let recordings = |office: &Office, session: &Session| office.desk.store().recordings_of(session.id).unwrap();
    assert_eq!(recordings(&office, &on).len(), 2);
    sessions::end(&office.desk, on.id).await.unwrap();
    office.until_idle(&cloud).await;
    assert_eq!(recordings(&office, &over)[0].stage, Stage::Ready);
    let mut stages: Vec<bool> = recordings(&office, &on).iter().map(|one| one.stage == Stage::Ready).collect();
    stages.sort_unstable();
    assert_eq!(stages, [false, true], "the one that failed and the one that took its place");
    let history = forecasts::history(&office.desk).unwrap();
    let learnt = [Wait::Saving, Wait::Importing].map(|wait| history.waits(wait));
    let sensible = |past: &Past| past.took >= TimeDelta::zero();
    assert!(learnt.iter().all(|waits| !waits.is_empty() && waits.iter().all(sensible)), "{learnt:?}");
}

#[tokio::test]
async fn a_recorder_that_fails_again_and_again_raises_the_alarm() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    for _ in 0..12 {
        cloud.control("mishaps", json!({ "mishap": { "kind": "recording_fails", "after_seconds": 0 } })).await;
    }
    class(&cloud, &mut office).await;
    for _ in 0..30 {
        office.pass(&cloud, 5).await;
    }
    assert_eq!(alarms(&office), 1);
}
