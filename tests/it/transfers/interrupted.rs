//! Downloads and archivings on a disk that is full, and in processes that are killed.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use hajime_core::actions::library::transfers::Wanted;
use hajime_core::domain::library::transfer::TransferState;
use serde_json::{Value, json};

use super::{MP4, again, carried, files, recorded, sha256};
use crate::command_line::{printed, program, run};
use crate::local_data::Disk;
use crate::support::{Cloud, relay_moment};

/// How often a process is looked at until it has written something.
const LOOKS_MAX: usize = 1_000;

fn begin(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Child {
    let mut command = program(folder);
    command.envs(cloud.variables()).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn the_transfer(cloud: &Cloud, folder: &Path) -> Value {
    let listed = printed(&run(cloud, folder, &["transfer", "list"]));
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    listed[0].clone()
}

#[tokio::test]
async fn a_disk_that_is_full_in_the_middle_of_a_download_loses_nothing_and_it_goes_on_when_there_is_room() {
    let Some(small) = Disk::mount("200m") else { return };
    let data = tempfile::tempdir().unwrap();
    let (cloud, desk, recording) = recorded(data.path()).await;
    cloud.fault("GET", MP4, 100, json!({ "kind": "cut_body" })).await;
    let waits = carried(&desk, recording.id, &Wanted::Video(small.0.clone())).await;
    let part = small.0.join(format!("{}.part", waits.transfer.id));
    let came = std::fs::read(&part).unwrap();
    assert!(!came.is_empty());
    small.fill();
    cloud.clear_faults().await;

    let full = again(&desk, &waits).await;
    assert_eq!(full.transfer.state, TransferState::Active, "{full:?}");
    assert!(full.transfer.said.contains("is full") && full.transfer.next_try.is_some(), "{full:?}");
    assert_eq!(std::fs::read(&part).unwrap(), came, "what came is kept");
    std::fs::remove_file(small.0.join("filler")).unwrap();
    let done = again(&desk, &full).await;
    assert_eq!(done.transfer.state, TransferState::Done, "{done:?}");
    let bytes = std::fs::read(done.path.unwrap()).unwrap();
    assert!(bytes.starts_with(&came) && bytes.len() > came.len());
    assert_eq!(files(&small.0).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_whose_process_is_killed_goes_on_with_what_came() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    drop(desk);
    cloud.fault("GET", MP4, 1, json!({ "kind": "cut_body" })).await;
    cloud.fault("GET", MP4, 100, json!({ "kind": "slow_body", "seconds": 60.0 })).await;
    let id = recording.id.to_string();
    let mut child = begin(&cloud, data.path(), &["recording", "download", &id, "--to", to.path().to_str().unwrap()]);
    let came = || {
        let parts = std::fs::read_dir(to.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
        parts.sum::<u64>()
    };
    for _ in 0..LOOKS_MAX {
        if came() > 0 {
            break;
        }
        relay_moment().await;
    }
    assert!(came() > 0 && child.try_wait().unwrap().is_none(), "it is in the middle");
    kill(child);
    cloud.clear_faults().await;
    let left = the_transfer(&cloud, data.path());
    assert_eq!(left["state"], "active", "{left}");
    let done = printed(&run(&cloud, data.path(), &["transfer", "resume", left["id"].as_str().unwrap()]));
    assert_eq!(done["state"], "done", "{done}");
    let bytes = std::fs::read(done["path"].as_str().unwrap()).unwrap();
    assert_eq!((&done["sha256"], files(to.path()).len()), (&json!(sha256(&bytes)), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archiving_whose_processes_are_killed_leaves_one_video_and_what_is_known_of_it() {
    let (data, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (cloud, desk, recording) = recorded(data.path()).await;
    drop(desk);
    let cli = |arguments: &[&str]| printed(&run(&cloud, data.path(), arguments));
    let place = cli(&["archive", "add-folder", to.path().to_str().unwrap(), "--name", "Office NAS"]);
    let id = recording.id.to_string();
    cli(&["recording", "archive", &id, "--place", place["id"].as_str().unwrap(), "--no-wait"]);
    let transfer = the_transfer(&cloud, data.path())["id"].as_str().unwrap().to_owned();
    for number in 1..=12 {
        if the_transfer(&cloud, data.path())["state"] == "done" {
            break;
        }
        let child = begin(&cloud, data.path(), &["transfer", "resume", &transfer]);
        tokio::time::sleep(Duration::from_millis(20 * number)).await;
        kill(child);
    }
    if the_transfer(&cloud, data.path())["state"] != "done" {
        cli(&["transfer", "resume", &transfer]);
    }
    let done = the_transfer(&cloud, data.path());
    assert_eq!(done["state"], "done", "{done}");
    let [beside, video] = files(to.path()).try_into().unwrap();
    let known: Value = serde_json::from_slice(&std::fs::read(to.path().join(beside)).unwrap()).unwrap();
    let bytes = std::fs::read(to.path().join(&video)).unwrap();
    assert_eq!((&known["file"]["name"], &known["file"]["sha256"]), (&json!(video), &json!(sha256(&bytes))));
    assert!(!transfers_left(data.path()), "nothing of it stays on this computer");
    let shown = cli(&["ledger", "list"]).to_string();
    assert_eq!(shown.matches("recording_archived").count(), 1, "{shown}");
}

fn transfers_left(data: &Path) -> bool {
    files(&data.join("transfers")).iter().any(|name| Path::new(name).extension().is_some_and(|ending| ending == "part"))
}
