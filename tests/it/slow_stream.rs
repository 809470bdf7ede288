//! A Stream that does not answer: classes that are on are looked after all the same, and the alarm comes in time.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::{Session, SessionState};
use serde_json::json;

use crate::support::{Cloud, TestDesk};

/// Looks may take so long in real time, whatever Stream does.
const ONE_LOOK: Duration = Duration::from_secs(12);

async fn look(cloud: &Cloud, desk: &mut TestDesk, seconds: i64) {
    let began = Instant::now();
    desk.pass(cloud, seconds).await;
    assert!(began.elapsed() < ONE_LOOK, "a look took {:?}", began.elapsed());
}

#[tokio::test]
async fn a_hanging_stream_delays_no_alarm_and_loses_no_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "upload_seconds": 600.0 })).await;
    let before = [desk.hold(&cloud).await, desk.hold(&cloud).await];
    let stage = |desk: &TestDesk, number: usize| {
        let session: &Session = &before[number];
        desk.context.store().recordings_of(session.id).unwrap()[0].stage
    };
    desk.pass(&cloud, 900).await;
    assert_eq!([0, 1].map(|number| stage(&desk, number)), [Stage::Uploaded; 2]);
    let hangs = json!({ "kind": "slow_headers", "seconds": 300.0 });
    cloud.control("faults", json!({ "path": "*/stream*", "fault": hangs })).await;
    // And now a class begins whose recorder never comes.
    cloud.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    let session = desk.schedule("Judo");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    look(&cloud, &mut desk, 5).await;
    look(&cloud, &mut desk, 35).await;
    look(&cloud, &mut desk, 35).await;
    assert_eq!(desk.notices.titles(), ["Not being recorded: Judo"]);
    assert!(stage(&desk, 0) == Stage::Uploaded || stage(&desk, 1) == Stage::Uploaded, "one after the other");

    end::end(&desk.context, session.id).await.unwrap();
    assert!(matches!(desk.session(&session).state, SessionState::Ended(..)));

    // Another process takes up what this one waits for, once Stream answers.
    cloud.clear_faults().await;
    let clock = Arc::clone(&desk.clock);
    drop(desk);
    let mut desk = TestDesk::with(&cloud, folder.path(), clock, None);
    let mut rounds = 0;
    while stage(&desk, 0) != Stage::Ready || stage(&desk, 1) != Stage::Ready {
        desk.pass(&cloud, 30).await;
        rounds += 1;
        assert!(rounds < 60, "{:?} and {:?}", stage(&desk, 0), stage(&desk, 1));
    }
    assert_eq!(cloud.videos().await.len(), 2);
}
