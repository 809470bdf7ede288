//! A Stream that does not answer: classes that are on are looked after all the same, and the alarm comes in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hajime_core::actions::sessions;
use hajime_core::domain::session::{Session, SessionState};
use hajime_core::domain::stage::Stage;
use serde_json::json;

use crate::support::{Cloud, Office};

/// Looks may take so long in real time, whatever Stream does.
const ONE_LOOK: Duration = Duration::from_secs(12);

async fn look(cloud: &Cloud, office: &mut Office, seconds: i64) {
    let began = Instant::now();
    office.pass(cloud, seconds).await;
    assert!(began.elapsed() < ONE_LOOK, "a look took {:?}", began.elapsed());
}

#[tokio::test]
async fn a_stream_that_hangs_delays_no_alarm_and_loses_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    cloud.control("switches", json!({ "upload_seconds": 600.0 })).await;
    let before = [office.hold(&cloud).await, office.hold(&cloud).await];
    let stage = |office: &Office, number: usize| {
        let session: &Session = &before[number];
        office.desk.store().recordings_of(session.id).unwrap()[0].stage
    };
    office.pass(&cloud, 900).await;
    assert_eq!([0, 1].map(|number| stage(&office, number)), [Stage::Uploaded; 2]);
    let hangs = json!({ "kind": "slow_headers", "seconds": 300.0 });
    cloud.control("faults", json!({ "path": "*/stream*", "fault": hangs })).await;
    // And now a class begins whose recorder never comes.
    cloud.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    let session = office.schedule("Judo");
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    look(&cloud, &mut office, 5).await;
    look(&cloud, &mut office, 35).await;
    look(&cloud, &mut office, 35).await;
    assert_eq!(office.notices.titles(), ["Not being recorded: Judo"]);
    assert!(stage(&office, 0) == Stage::Uploaded || stage(&office, 1) == Stage::Uploaded, "one after the other");

    sessions::end(&office.desk, session.id).await.unwrap();
    assert!(matches!(office.session(&session).state, SessionState::Ended(..)));

    // Another process takes up what this one waits for, once Stream answers.
    cloud.clear_faults().await;
    let clock = Arc::clone(&office.clock);
    drop(office);
    let mut office = Office::with(&cloud, folder.path(), clock, None);
    let mut rounds = 0;
    while stage(&office, 0) != Stage::Ready || stage(&office, 1) != Stage::Ready {
        office.pass(&cloud, 30).await;
        rounds += 1;
        assert!(rounds < 60, "{:?} and {:?}", stage(&office, 0), stage(&office, 1));
    }
    assert_eq!(cloud.videos().await.len(), 2);
}
