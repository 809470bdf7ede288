//! What is given up too early is found again: one “not found” is no loss, and trying again always comes to an end.

use hajime_core::actions::library::attachment::attach;
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::start;
use hajime_core::actions::recorder::sync;
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::recorder::recording::{Facts, Recording};
use hajime_core::domain::recorder::stage::{Observation, Stage};
use hajime_core::domain::schedule::session::Session;
use reqwest::Method;
use serde_json::json;

use crate::support::{Cloud, TestDesk, cause};

/// A class with somebody in it that Hajime itself asks to be recorded.
async fn class(cloud: &Cloud, desk: &mut TestDesk) -> Session {
    cloud.control("switches", json!({ "record_on_start_heeded": false })).await;
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap().session;
    cloud.join(&started, "Ada").await;
    started
}

fn all(desk: &TestDesk, session: &Session) -> Vec<Recording> {
    desk.context.store().recordings_of(session.id).unwrap()
}

fn give_up(desk: &TestDesk, recording: &Recording, seen: Observation) {
    let given_up = desk.context.store().observe(recording.id, seen, desk.context.now(), "", |_| {}).unwrap().unwrap();
    assert!(cause(&given_up.recording).is_some(), "{:?}", given_up.recording.stage);
}

async fn ends_with_one_video(cloud: &Cloud, desk: &mut TestDesk, session: &Session) {
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(cloud).await;
    sync::sync(&desk.context).await.unwrap();
    desk.until_idle(cloud).await;
    let stages: Vec<Stage> = all(desk, session).iter().map(|recording| recording.stage).collect();
    assert_eq!(stages.iter().filter(|stage| **stage == Stage::Ready).count(), 1, "{stages:?}");
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn what_realtimekit_does_not_tell_of_yet_is_waited_for() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = class(&cloud, &mut desk).await;
    // Neither by its id nor by its room nor in a list.
    cloud.fault("GET", "*/recordings*", 16, json!({ "kind": "not_found" })).await;
    desk.tick().await;
    for _ in 0..10 {
        desk.pass(&cloud, 5).await;
    }
    let stages: Vec<Stage> = all(&desk, &session).iter().map(|recording| recording.stage).collect();
    assert_eq!(stages, [Stage::Recording]);
    ends_with_one_video(&cloud, &mut desk, &session).await;
}

#[tokio::test]
async fn a_running_recording_of_which_one_answer_is_not_found_goes_on() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = class(&cloud, &mut desk).await;
    desk.tick().await;
    desk.pass(&cloud, 10).await;
    let running = all(&desk, &session).remove(0);
    assert_eq!(running.stage, Stage::Recording);
    let path = format!("*/recordings/{}", running.facts.realtimekit_recording.unwrap());
    cloud.fault("GET", &path, 1_000, json!({ "kind": "not_found" })).await;
    for _ in 0..10 {
        desk.pass(&cloud, 10).await;
    }
    assert_eq!(all(&desk, &session).len(), 1);
    assert_eq!(recordings::get(&desk.context, running.id).unwrap().stage, Stage::Recording);
    // Until it is to be fetched, the list may do.
    end::end(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 60).await;
    cloud.clear_faults().await;
    desk.until_idle(&cloud).await;
    assert_eq!(recordings::get(&desk.context, running.id).unwrap().stage, Stage::Ready);
}

#[tokio::test]
async fn one_that_was_given_up_while_it_runs_is_gone_on_with() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = class(&cloud, &mut desk).await;
    desk.tick().await;
    desk.pass(&cloud, 60).await;
    give_up(&desk, &all(&desk, &session)[0], Observation::RecorderMissing);
    for _ in 0..8 {
        desk.pass(&cloud, 5).await;
    }
    let live = live::live(&desk.context).unwrap().remove(0);
    assert!(matches!(live.proof, Proof::Recording(_)), "{:?}", live.proof);
    ends_with_one_video(&cloud, &mut desk, &session).await;
}

#[tokio::test]
async fn one_that_was_given_up_and_is_saved_is_found_by_the_next_comparison() {
    for seen in [Observation::RecorderMissing, Observation::Refused(Cause::NeverStarted)] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let session = class(&cloud, &mut desk).await;
        desk.tick().await;
        desk.pass(&cloud, 60).await;
        end::end(&desk.context, session.id).await.unwrap();
        give_up(&desk, &all(&desk, &session)[0], seen);
        cloud.control("advance", json!({ "seconds": 600 })).await;
        ends_with_one_video(&cloud, &mut desk, &session).await;
    }
}

#[tokio::test]
async fn trying_again_where_nothing_was_ever_recorded_comes_to_an_end() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let out_of_order = json!({ "kind": "status", "status": 400 });
    cloud.fault("*", "*/recordings*", 1_000_000, out_of_order).await;
    let session = class(&cloud, &mut desk).await;
    desk.tick().await;
    end::end(&desk.context, session.id).await.unwrap();
    for _ in 0..20 {
        desk.pass(&cloud, 90).await;
    }
    let stuck = all(&desk, &session).remove(0);
    assert_eq!((cause(&stuck), stuck.facts.realtimekit_recording.as_ref()), (Some(Cause::TookTooLong), None));
    cloud.clear_faults().await;
    recordings::retry(&desk.context, stuck.id).unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(cause(&recordings::get(&desk.context, stuck.id).unwrap()), Some(Cause::NeverStarted));
}

#[tokio::test]
async fn trying_again_what_was_attached_and_then_deleted_comes_to_an_end() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let first = class(&cloud, &mut desk).await;
    desk.tick().await;
    desk.pass(&cloud, 60).await;
    ends_with_one_video(&cloud, &mut desk, &first).await;
    let source = cloud.videos().await[0]["uid"].as_str().unwrap().to_owned();
    let file = cloud.api(Method::GET, &format!("/realtime/kit/{}/recordings", cloud.sandbox.info().app_id)).await;
    let body = json!({ "url": file["data"][0]["download_url"], "meta": { "name": "By phone" } });
    let brought = cloud.send(Method::POST, "/stream/copy", body).await["result"]["uid"].as_str().unwrap().to_owned();
    assert_ne!(brought, source);
    desk.pass(&cloud, 300).await;
    let second = desk.schedule("Judo");
    let what = AttachTo::Video(brought.parse().unwrap());
    let attached = attach(&desk.context, second.id, &what, None).await.unwrap().recording;
    cloud.api(Method::DELETE, &format!("/stream/{brought}")).await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(cause(&recordings::get(&desk.context, attached.id).unwrap()), Some(Cause::VideoMissing));
    assert_eq!(recordings::retry(&desk.context, attached.id).unwrap_err().code(), "conflict", "nothing is left of it");
    // The job gives up by itself where a retry was noted all the same.
    let (store, now) = (desk.context.store(), desk.context.now());
    store.observe(attached.id, Observation::RetryAsked, now, "Tried again by hand.", Facts::begin_anew).unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(cause(&recordings::get(&desk.context, attached.id).unwrap()), Some(Cause::RecorderMissing));
    let gone = desk.context.store().missing_recordings(desk.context.now()).unwrap();
    assert_eq!(gone.len(), 1, "it can be taken off the list");
}
