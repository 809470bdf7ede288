//! Stream does not answer: live sessions are still watched, and the alarm is raised in time.

use hajime_core::actions::recorder::end;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::{Session, SessionState};
use serde_json::json;

use crate::support::{Cloud, TestDesk};

/// Longest real time that a tick may take, whatever Stream does.
const TICK_TIME_LIMIT: Duration = Duration::from_secs(12);

async fn pass_quickly(cloud: &Cloud, desk: &mut TestDesk, seconds: i64) {
    let began = Instant::now();
    desk.pass(cloud, seconds).await;
    assert!(began.elapsed() < TICK_TIME_LIMIT, "a tick took {:?}", began.elapsed());
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
    // The recorder of this session never joins.
    cloud.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    let (session, _) = desk.start_with_ada(&cloud, "Judo").await;
    pass_quickly(&cloud, &mut desk, 5).await;
    pass_quickly(&cloud, &mut desk, 35).await;
    pass_quickly(&cloud, &mut desk, 35).await;
    assert_eq!(desk.notices.titles(), ["Not being recorded: Judo"]);
    assert!(
        stage(&desk, 0) == Stage::Uploaded || stage(&desk, 1) == Stage::Uploaded,
        "the tick imports one recording after the other"
    );

    end::end(&desk.context, session.id).await.unwrap();
    assert!(matches!(desk.session(&session).state, SessionState::Ended(..)));

    // Stream answers again, and another process completes both imports.
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
