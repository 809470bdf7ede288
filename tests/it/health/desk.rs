//! Connections, the database, and who works.

use hajime_core::actions::health::desk::{self, DeskStatus};
use hajime_core::domain::health::desk::{ConnectionState, Worker, WorkerKind, Working};
use hajime_core::jobs::{self, Group, Jobs, Lease, status};
use serde_json::json;

use crate::support::{Cloud, TestDesk};

fn state_of(status: &DeskStatus, name: &str) -> ConnectionState {
    status.connections.iter().find(|one| one.name == name).unwrap().state
}

#[tokio::test]
async fn the_last_answer_of_each_product_is_told_also_to_another_process() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let before = desk::status(&desk.context).unwrap();
    assert_eq!(state_of(&before, "realtimekit"), ConnectionState::Unknown);
    assert_eq!(state_of(&before, "slack"), ConnectionState::Off);
    desk.hold(&cloud).await;
    let now = desk::status(&desk.context).unwrap();
    assert_eq!(state_of(&now, "realtimekit"), ConnectionState::Works);
    assert!(now.connections[0].milliseconds.is_some() && now.clock_off.is_some());
    assert!(now.database_bytes > 0);
    status::save_if_due(&desk.context);
    let other = TestDesk::open(&cloud, folder.path());
    assert_eq!(state_of(&desk::status(&other.context).unwrap(), "realtimekit"), ConnectionState::Works);
}

#[tokio::test]
async fn a_product_that_fails_says_why_until_it_answers() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.fault("GET", "*/stream*", 100, json!({ "kind": "status", "status": 403 })).await;
    desk.context.cloudflare().storage_usage().await.unwrap_err();
    let failing = desk::status(&desk.context).unwrap();
    assert_eq!(state_of(&failing, "stream"), ConnectionState::Fails);
    let stream = failing.connections.iter().find(|one| one.name == "stream").unwrap();
    assert!(!stream.detail.is_empty());
    cloud.clear_faults().await;
    desk.context.cloudflare().storage_usage().await.unwrap();
    assert_eq!(state_of(&desk::status(&desk.context).unwrap(), "stream"), ConnectionState::Works);
}

#[tokio::test]
async fn the_service_works_and_the_window_says_so_and_takes_over_when_it_ends() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (service, window) = (TestDesk::open(&cloud, folder.path()), TestDesk::open(&cloud, folder.path()));
    assert_eq!(desk::working(&window.context).unwrap(), Working::Nobody);
    let mut of_service = Lease::of(WorkerKind::Service);
    assert!(of_service.hold(&service.context).unwrap());
    let mut of_window = Lease::of(WorkerKind::Window);
    assert!(!of_window.hold(&window.context).unwrap());
    let seen = desk::working(&window.context).unwrap();
    assert!(matches!(seen, Working::Other(Some(Worker { kind: WorkerKind::Service, .. }))), "{seen:?}");
    assert!(matches!(desk::working(&service.context).unwrap(), Working::This(_)));
    drop(of_service);
    assert!(of_window.hold(&window.context).unwrap());
    let seen = desk::working(&service.context).unwrap();
    assert!(matches!(seen, Working::Other(Some(Worker { kind: WorkerKind::Window, .. }))), "{seen:?}");
}

#[tokio::test]
async fn a_job_that_the_window_asks_for_runs_in_the_process_that_works() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (service, window) = (TestDesk::open(&cloud, folder.path()), TestDesk::open(&cloud, folder.path()));
    let mut jobs = Jobs::of(&[Group::Data]);
    jobs::tick(&service.context, &mut jobs).await.unwrap();
    status::save_if_due(&service.context);
    let runs = |desk: &TestDesk| {
        let all = status::list(&desk.context).unwrap();
        all.into_iter().find(|job| job.name == "database_check").unwrap().runs
    };
    assert_eq!(runs(&service), 1);
    jobs::tick(&service.context, &mut jobs).await.unwrap();
    assert_eq!(runs(&service), 1, "it runs once a day");
    desk::run_job(&window.context, "database_check").unwrap();
    jobs::tick(&service.context, &mut jobs).await.unwrap();
    assert_eq!(runs(&service), 2);
    jobs::tick(&service.context, &mut jobs).await.unwrap();
    assert_eq!(runs(&service), 2, "it was asked for once");
    let checked = desk::status(&window.context).unwrap().database_check.unwrap();
    assert!(checked.is_whole);
    assert!(desk::run_job(&window.context, "no such job").is_err());
}
