//! The background jobs: the success of one job does not hide the error of another, and every process can read how the
//! jobs last ran.

use std::path::Path;

use hajime_core::actions::recorder::{start, sync};
use hajime_core::jobs::status;
use serde_json::{Value, json};

use crate::command_line::{printed, run};
use crate::support::{Cloud, TestDesk};

#[tokio::test]
async fn the_error_of_a_failed_sync_stays_while_live_rooms_are_counted() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    cloud.fault("GET", "*/stream", 100, json!({ "kind": "status", "status": 403 })).await;
    let error = sync::sync(&desk.context).await.unwrap_err();
    for _ in 0..5 {
        desk.pass(&cloud, 15).await;
        assert_eq!(desk.context.health().trouble.expect("it stays").message, error.message());
    }
    let failed: Vec<_> =
        status::list(&desk.context).unwrap().into_iter().filter(|job| job.last_error.is_some()).collect();
    assert_eq!(failed.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["sync"]);
    cloud.clear_faults().await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(desk.context.health().trouble, None);
}

fn cli(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Value {
    printed(&run(cloud, folder, arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_command_prints_how_the_jobs_of_another_process_ran() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(cli(&cloud, folder.path(), &["jobs"]), json!([]));
    cli(&cloud, folder.path(), &["watch", "--until-idle", "--timeout", "60"]);
    let jobs = cli(&cloud, folder.path(), &["jobs"]);
    let named = |name: &str| jobs.as_array().unwrap().iter().find(|job| job["name"] == name).unwrap().clone();
    assert_eq!(jobs[0]["name"], "rooms", "{jobs}");
    for name in ["rooms", "recordings", "stream", "notifications", "backup"] {
        let job = named(name);
        assert!(job["last_run"].is_string() && job["took_ms"].is_u64() && job["runs"].as_u64() >= Some(1), "{job}");
        assert_eq!((&job["failures_in_a_row"], &job["last_error"]), (&json!(0), &Value::Null), "{job}");
    }
    assert!(!jobs.as_array().unwrap().iter().any(|job| job["name"] == "sync"), "`watch` does not sync the account");
}
