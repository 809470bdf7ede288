//! What is given up too early is found again: one “not found” is no loss, and trying again always comes to an end.

use hajime_core::actions::attaching::attach;
use hajime_core::actions::{recordings, sessions};
use hajime_core::domain::attaching::AttachTo;
use hajime_core::domain::cause::Cause;
use hajime_core::domain::proof::Proof;
use hajime_core::domain::recording::Recording;
use hajime_core::domain::session::Session;
use hajime_core::domain::stage::{Seen, Stage};
use hajime_core::jobs::sync;
use reqwest::Method;
use serde_json::json;

use crate::support::{Cloud, Office, cause};

/// A class with somebody in it that Hajime itself asks to be recorded.
async fn class(cloud: &Cloud, office: &mut Office) -> Session {
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    let session = office.schedule("Karate");
    let started = sessions::start(&office.desk, session.id).await.unwrap().session;
    cloud.join(&started, "Ada").await;
    started
}

fn all(office: &Office, session: &Session) -> Vec<Recording> {
    office.desk.store().recordings_of(session.id).unwrap()
}

fn give_up(office: &Office, recording: &Recording, seen: Seen) {
    let given_up = office.desk.store().observe(recording.id, seen, office.desk.now(), "", |_| {}).unwrap().unwrap();
    assert!(cause(&given_up.recording).is_some(), "{:?}", given_up.recording.stage);
}

async fn ends_with_one_video(cloud: &Cloud, office: &mut Office, session: &Session) {
    sessions::end(&office.desk, session.id).await.unwrap();
    office.until_idle(cloud).await;
    sync::sync(&office.desk).await.unwrap();
    office.until_idle(cloud).await;
    let stages: Vec<Stage> = all(office, session).iter().map(|recording| recording.stage).collect();
    assert_eq!(stages.iter().filter(|stage| **stage == Stage::Ready).count(), 1, "{stages:?}");
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn what_realtimekit_does_not_tell_of_yet_is_waited_for() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = class(&cloud, &mut office).await;
    // Neither by its id nor by its room nor in a list.
    cloud.fault("GET", "*/recordings*", 16, json!({ "kind": "not_found" })).await;
    office.tick().await;
    for _ in 0..10 {
        office.pass(&cloud, 5).await;
    }
    let stages: Vec<Stage> = all(&office, &session).iter().map(|recording| recording.stage).collect();
    assert_eq!(stages, [Stage::Recording]);
    ends_with_one_video(&cloud, &mut office, &session).await;
}

#[tokio::test]
async fn a_running_recording_of_which_one_answer_is_not_found_goes_on() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 10).await;
    let running = all(&office, &session).remove(0);
    assert_eq!(running.stage, Stage::Recording);
    let path = format!("*/recordings/{}", running.facts.cloud.unwrap());
    cloud.fault("GET", &path, 1_000, json!({ "kind": "not_found" })).await;
    for _ in 0..10 {
        office.pass(&cloud, 10).await;
    }
    assert_eq!(all(&office, &session).len(), 1);
    assert_eq!(recordings::get(&office.desk, running.id).unwrap().stage, Stage::Recording);
    // Until it is to be fetched, the list may do.
    sessions::end(&office.desk, session.id).await.unwrap();
    office.pass(&cloud, 60).await;
    cloud.clear_faults().await;
    office.until_idle(&cloud).await;
    assert_eq!(recordings::get(&office.desk, running.id).unwrap().stage, Stage::Ready);
}

#[tokio::test]
async fn one_that_was_given_up_while_it_runs_is_gone_on_with() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 60).await;
    give_up(&office, &all(&office, &session)[0], Seen::CloudMissing);
    for _ in 0..8 {
        office.pass(&cloud, 5).await;
    }
    let live = sessions::live(&office.desk).unwrap().remove(0);
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    ends_with_one_video(&cloud, &mut office, &session).await;
}

#[tokio::test]
async fn one_that_was_given_up_and_is_saved_is_found_by_the_next_comparison() {
    for seen in [Seen::CloudMissing, Seen::Refused(Cause::NeverStarted)] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut office = Office::open(&cloud, folder.path());
        let session = class(&cloud, &mut office).await;
        office.tick().await;
        office.pass(&cloud, 60).await;
        sessions::end(&office.desk, session.id).await.unwrap();
        give_up(&office, &all(&office, &session)[0], seen);
        cloud.control("advance", json!({ "seconds": 600 })).await;
        ends_with_one_video(&cloud, &mut office, &session).await;
    }
}

#[tokio::test]
async fn trying_again_where_nothing_was_ever_recorded_comes_to_an_end() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let out_of_order = json!({ "kind": "status", "status": 400 });
    cloud.fault("*", "*/recordings*", 1_000_000, out_of_order).await;
    let session = class(&cloud, &mut office).await;
    office.tick().await;
    sessions::end(&office.desk, session.id).await.unwrap();
    for _ in 0..20 {
        office.pass(&cloud, 90).await;
    }
    let stuck = all(&office, &session).remove(0);
    assert_eq!((cause(&stuck), stuck.facts.cloud.as_ref()), (Some(Cause::TookTooLong), None));
    cloud.clear_faults().await;
    recordings::retry(&office.desk, stuck.id).unwrap();
    office.until_idle(&cloud).await;
    assert_eq!(cause(&recordings::get(&office.desk, stuck.id).unwrap()), Some(Cause::NeverStarted));
}

#[tokio::test]
async fn trying_again_what_was_attached_and_then_deleted_comes_to_an_end() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let first = class(&cloud, &mut office).await;
    office.tick().await;
    office.pass(&cloud, 60).await;
    ends_with_one_video(&cloud, &mut office, &first).await;
    let source = cloud.videos().await[0]["uid"].as_str().unwrap().to_owned();
    let file = cloud.api(Method::GET, &format!("/realtime/kit/{}/recordings", cloud.sandbox.info().app_id)).await;
    let body = json!({ "url": file["data"][0]["download_url"], "meta": { "name": "By phone" } });
    let brought = cloud.send(Method::POST, "/stream/copy", body).await["result"]["uid"].as_str().unwrap().to_owned();
    assert_ne!(brought, source);
    office.pass(&cloud, 300).await;
    let second = office.schedule("Judo");
    let what = AttachTo::Video(brought.parse().unwrap());
    let attached = attach(&office.desk, second.id, &what, None).await.unwrap().recording;
    cloud.api(Method::DELETE, &format!("/stream/{brought}")).await;
    sync::sync(&office.desk).await.unwrap();
    assert_eq!(cause(&recordings::get(&office.desk, attached.id).unwrap()), Some(Cause::VideoMissing));
    recordings::retry(&office.desk, attached.id).unwrap();
    office.until_idle(&cloud).await;
    assert_eq!(cause(&recordings::get(&office.desk, attached.id).unwrap()), Some(Cause::CloudMissing));
    let gone = office.desk.store().gone_recordings(office.desk.now()).unwrap();
    assert_eq!(gone.len(), 1, "it can be taken off the list");
}
