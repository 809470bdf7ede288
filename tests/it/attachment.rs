//! Attachment: a person makes a video or a RealtimeKit recording the recording of a session, and nothing else changes.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use hajime_core::actions::library::attachment::{attach, candidates};
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::sync;
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::links;
use hajime_core::domain::ids::{SessionId, VideoId};
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::{Import, Observation, Stage};
use hajime_core::domain::schedule::session::Session;
use hajime_core::domain::sharing::link::Validity;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk};

const HOSTILE_NAME: &str = "<img src=x onerror=alert(1)> Karate\u{1b}[31m\u{202e}gpj\nnext line";

/// Opens another desk of the same account, with the clock of `desk` and a data folder of its own.
fn another_desk(cloud: &Cloud, folder: &Path, desk: &TestDesk) -> TestDesk {
    TestDesk::with(cloud, folder, Arc::clone(&desk.clock), None)
}

async fn newest_file(cloud: &Cloud) -> String {
    let app = cloud.sandbox.info().app_id.clone();
    let list =
        cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings?sort_by=invokedTime&sort_order=DESC")).await;
    list["data"][0]["download_url"].as_str().unwrap().to_owned()
}

/// Uploads a video to Stream as a person does without Hajime.
async fn upload_without_hajime(cloud: &Cloud, desk: &mut TestDesk, source: &str, name: &str) -> VideoId {
    let body = json!({ "url": source, "meta": { "name": name, "camera": "phone" }, "creator": "front desk" });
    let video = cloud.send(Method::POST, "/stream/copy", body).await;
    desk.pass(cloud, 300).await;
    video["result"]["uid"].as_str().unwrap().parse().unwrap()
}

async fn video(cloud: &Cloud, id: &VideoId) -> Value {
    cloud.api(Method::GET, &format!("/stream/{id}")).await["result"].clone()
}

fn recordings_of(desk: &TestDesk, session: SessionId) -> Vec<Recording> {
    desk.context.store().recordings_of(session).unwrap()
}

fn notes(desk: &TestDesk, recording: &Recording) -> Vec<String> {
    let events = recordings::detail(&desk.context, recording.id).unwrap().events;
    events.into_iter().map(|event| event.note).collect()
}

/// Holds a session whose recording exists at RealtimeKit but fails here, because one request was answered with “not
/// found”.
async fn failed_session(cloud: &Cloud, desk: &mut TestDesk, title: &str) -> (Session, Recording) {
    let session = desk.hold_for(cloud, title, 60).await;
    let id = recordings_of(desk, session.id)[0].id;
    desk.context.store().observe(id, Observation::RecorderMissing, desk.context.now(), "Not found.", |_| {}).unwrap();
    let failed = recordings::get(&desk.context, id).unwrap();
    assert!(matches!(failed.stage, Stage::Failed { cause: Cause::RecorderMissing, .. }), "{:?}", failed.stage);
    desk.pass(cloud, 300).await;
    (session, failed)
}

#[tokio::test]
async fn suggests_and_attaches_a_foreign_video_to_a_session_without_a_room() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut desk = TestDesk::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &desk);
    other.hold_for(&cloud, "Aikido", 60).await;
    other.until_idle(&cloud).await;
    let source = newest_file(&cloud).await;
    let long_ago = upload_without_hajime(&cloud, &mut other, &source, "Karate").await;
    other.pass(&cloud, 2 * 86_400).await;
    let session = desk.schedule("Karate");
    assert_eq!(
        candidates(&desk.context, session.id).await.unwrap(),
        [],
        "a session that has just begun gets no suggestions"
    );
    desk.pass(&cloud, 2 * 3_600).await;
    let id = upload_without_hajime(&cloud, &mut desk, &source, "karate (phone).mp4").await;

    let suggested = candidates(&desk.context, session.id).await.unwrap();
    assert_eq!(suggested.len(), 1, "{suggested:?}");
    let (first, what) = (&suggested[0], AttachTo::Video(id.clone()));
    assert_eq!(first.candidate.what, what);
    assert_ne!(first.candidate.what, AttachTo::Video(long_ago.clone()));
    assert_eq!(first.candidate.name.as_deref(), Some("karate (phone).mp4"));
    assert!(first.candidate.length.is_some() && first.candidate.size.is_some());
    assert!(first.reason.starts_with("Came to Stream 1 hour after the class"), "{}", first.reason);

    let attached = attach(&desk.context, session.id, &what, None).await.unwrap();
    assert!(!attached.already);
    let recording = attached.recording;
    assert_eq!((recording.status(), recording.room.clone()), (Status::Ready, None));
    assert_eq!((recording.title.as_str(), recording.created_at), ("Karate", session.plan.start.instant()));
    assert_eq!(notes(&desk, &recording)[0], format!("Attached by hand: the Stream video {id}."));
    assert!(links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap().verified());
    desk.tick().await;
    assert_eq!(desk.notices.titles(), ["Ready to watch: Karate"]);

    let marked = video(&cloud, &id).await;
    assert_eq!(marked["requireSignedURLs"], true);
    assert_eq!(marked["creator"], recording.creator_mark());
    let meta = json!({
        "name": "Karate", "camera": "phone", "instructor": "R. Alves",
        "recording_id": recording.id.to_string(), "session_id": session.id.to_string(), "timezone": "UTC",
        "recorded_at": session.plan.start.instant().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    });
    assert_eq!(marked["meta"], meta, "the metadata stays, the address of the source is removed");
    assert_eq!(cloud.videos().await.len(), 3, "no video was removed");

    // The same attachment once more changes nothing, and the video is suggested for no other session.
    assert!(attach(&desk.context, session.id, &what, None).await.unwrap().already);
    assert_eq!(recordings_of(&desk, session.id).len(), 1);
    assert_eq!(candidates(&desk.context, session.id).await.unwrap(), []);
    let second = desk.schedule("Judo");
    desk.pass(&cloud, 3_600).await;
    let refused = attach(&desk.context, second.id, &what, None).await.unwrap_err();
    assert!(refused.code() == "conflict" && refused.message().contains("already attached to “Karate” of"), "{refused}");
    assert!(recordings_of(&desk, second.id).is_empty());
}

#[tokio::test]
async fn attaching_its_realtimekit_recording_imports_a_failed_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, failed) = failed_session(&cloud, &mut desk, "Karate").await;
    assert!(recordings::retry(&desk.context, failed.id).is_err(), "a retry is refused");

    let what = AttachTo::RealtimeKitRecording(failed.facts.realtimekit_recording.clone().unwrap());
    let suggested = candidates(&desk.context, session.id).await.unwrap();
    assert_eq!(suggested.iter().map(|found| &found.candidate.what).collect::<Vec<_>>(), [&what]);
    assert!(suggested[0].reason.starts_with("Made in this session’s room; starts "), "{}", suggested[0].reason);

    let attached = attach(&desk.context, session.id, &what, Some(failed.id)).await.unwrap();
    assert_eq!((attached.recording.id, attached.recording.stage), (failed.id, Stage::Uploaded));
    assert!(attach(&desk.context, session.id, &what, None).await.unwrap().already);
    desk.until_idle(&cloud).await;
    let ready = recordings::get(&desk.context, failed.id).unwrap();
    assert_eq!(ready.status(), Status::Ready);
    assert!(ready.facts.length.unwrap() > TimeDelta::seconds(40));
    assert!(notes(&desk, &ready).iter().any(|note| note.starts_with("Attached by hand: RealtimeKit’s recording")));
    assert_eq!((recordings_of(&desk, session.id).len(), cloud.videos().await.len()), (1, 1));

    // Another session can take neither the RealtimeKit recording nor the video.
    let second = desk.schedule("Judo");
    desk.pass(&cloud, 60).await;
    for what in [what, AttachTo::Video(ready.facts.video.unwrap())] {
        let refused = attach(&desk.context, second.id, &what, None).await.unwrap_err();
        assert!(refused.message().contains("“Karate”"), "{refused}");
    }
    assert_eq!(candidates(&desk.context, second.id).await.unwrap(), []);
}

#[tokio::test]
async fn attaching_the_recording_of_another_desk_adds_a_recording_with_the_same_video() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut desk = TestDesk::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &desk);
    let session = desk.schedule("Karate");
    let elsewhere = other.hold_for(&cloud, "Karate", 60).await;
    desk.pass(&cloud, 300).await;

    let suggested = candidates(&desk.context, session.id).await.unwrap();
    assert_eq!(suggested.len(), 1);
    assert!(!suggested[0].candidate.same_room);
    assert!(suggested[0].candidate.name.as_deref().unwrap().starts_with("Karate"), "{suggested:?}");
    assert!(suggested[0].reason.contains("its name is like the title"), "{suggested:?}");
    let attached = attach(&desk.context, session.id, &suggested[0].candidate.what, None).await.unwrap();
    desk.until_idle(&cloud).await;
    other.until_idle(&cloud).await;
    let [ours, theirs] =
        [recordings::get(&desk.context, attached.recording.id).unwrap(), recordings_of(&other, elsewhere.id).remove(0)];
    assert_eq!((ours.status(), theirs.status()), (Status::Ready, Status::Ready));
    assert_eq!(ours.facts.video, theirs.facts.video, "both desks know the mark of that recording");
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn sync_keeps_an_attached_video_although_another_one_carries_the_mark() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, failed) = failed_session(&cloud, &mut desk, "Karate").await;
    let source = newest_file(&cloud).await;
    // Another desk imports the file under the mark of the recording. Here, a person attaches a better video.
    let mark = failed.creator_mark();
    cloud.send(Method::POST, "/stream/copy", json!({ "url": source, "creator": mark })).await;
    let better = upload_without_hajime(&cloud, &mut desk, &source, "camera").await;
    let attached = attach(&desk.context, session.id, &AttachTo::Video(better.clone()), None).await.unwrap();
    assert_eq!((attached.recording.id, attached.recording.status()), (failed.id, Status::Ready));
    desk.pass(&cloud, 300).await;
    sync::sync(&desk.context).await.unwrap();
    let after = recordings::get(&desk.context, failed.id).unwrap();
    assert_eq!((after.status(), after.facts.video.clone()), (Status::Ready, Some(better.clone())));
    assert_eq!(
        after.facts.realtimekit_recording, failed.facts.realtimekit_recording,
        "the recording keeps its RealtimeKit recording"
    );
    assert_eq!(cloud.videos().await.len(), 2);

    // The attached video is deleted, and a person attaches another video.
    cloud.api(Method::DELETE, &format!("/stream/{better}")).await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(recordings::get(&desk.context, failed.id).unwrap().status(), Status::Failed);
    let third = upload_without_hajime(&cloud, &mut desk, &source, "camera 2").await;
    let attached = attach(&desk.context, session.id, &AttachTo::Video(third.clone()), None).await.unwrap();
    assert_eq!((attached.recording.id, attached.recording.facts.video.clone()), (failed.id, Some(third)));
    let last = notes(&desk, &attached.recording);
    assert!(last.iter().any(|note| note.ends_with(&format!("The video before it was {better}."))), "{last:?}");
    assert_eq!(cloud.videos().await.len(), 2);
}

#[tokio::test]
async fn attaching_the_video_of_another_desk_keeps_its_mark_and_claims_its_recording() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let desk = TestDesk::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &desk);
    let (session, second) = (desk.schedule("Karate"), desk.schedule("Judo"));
    let elsewhere = other.hold_for(&cloud, "Karate", 60).await;
    other.until_idle(&cloud).await;
    let made = recordings_of(&other, elsewhere.id).remove(0);
    let what = AttachTo::Video(made.facts.video.clone().unwrap());
    let source = AttachTo::RealtimeKitRecording(made.facts.realtimekit_recording.clone().unwrap());
    let suggested = candidates(&desk.context, session.id).await.unwrap();
    assert_eq!(suggested.len(), 2, "{suggested:?}");

    attach(&desk.context, session.id, &what, None).await.unwrap();
    assert_eq!(video(&cloud, made.facts.video.as_ref().unwrap()).await["creator"], made.creator_mark());
    assert_eq!(candidates(&desk.context, second.id).await.unwrap(), []);
    assert!(attach(&desk.context, session.id, &source, None).await.unwrap().already);
    for what in [&what, &source] {
        let refused = attach(&desk.context, second.id, what, None).await.unwrap_err();
        assert!(refused.message().contains("“Karate”"), "{refused}");
    }
    for context in [&desk.context, &other.context] {
        sync::sync(context).await.unwrap();
    }
    assert_eq!(recordings_of(&other, elsewhere.id).remove(0).status(), Status::Ready);
    assert_eq!(recordings_of(&desk, session.id).remove(0).status(), Status::Ready);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn attaching_an_abandoned_video_marks_it_for_its_new_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, failed) = failed_session(&cloud, &mut desk, "Karate").await;
    let second = desk.schedule("Judo");
    let source = newest_file(&cloud).await;
    let first = upload_without_hajime(&cloud, &mut desk, &source, "first").await;
    attach(&desk.context, session.id, &AttachTo::Video(first.clone()), None).await.unwrap();
    // Stream does not find the video for a moment. Meanwhile, a person attaches another video.
    let missing = |desk: &TestDesk| {
        desk.context
            .store()
            .observe(failed.id, Observation::VideoMissing, desk.context.now(), "Gone.", |_| {})
            .unwrap();
    };
    missing(&desk);
    let other = upload_without_hajime(&cloud, &mut desk, &source, "other").await;
    attach(&desk.context, session.id, &AttachTo::Video(other), None).await.unwrap();
    let taken = attach(&desk.context, second.id, &AttachTo::Video(first.clone()), None).await.unwrap().recording;
    assert_eq!(video(&cloud, &first).await["creator"], taken.creator_mark());

    // A retry imports RealtimeKit’s file again and changes neither of the two videos.
    missing(&desk);
    recordings::retry(&desk.context, failed.id).unwrap();
    desk.until_idle(&cloud).await;
    let after = recordings::get(&desk.context, failed.id).unwrap();
    assert_eq!((after.status(), after.facts.attached), (Status::Ready, false), "{:?}", notes(&desk, &after));
    assert_eq!(recordings::get(&desk.context, taken.id).unwrap().facts.video, Some(first));
    assert_eq!(cloud.videos().await.len(), 3);
}

#[tokio::test]
async fn attaching_replaces_no_failed_recording_whose_only_file_is_on_this_computer() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "head_refused": true })).await;
    cloud.fault("PATCH", "/upload/tus/*", 1_000_000, json!({ "kind": "reset" })).await;
    let session = desk.hold_for(&cloud, "Karate", 60).await;
    let id = recordings_of(&desk, session.id)[0].id;
    let stage = |desk: &TestDesk| recordings::get(&desk.context, id).unwrap().stage;
    desk.pass_until(&cloud, 3, |desk| stage(desk) == Stage::Importing(Import::Sending)).await;
    let full = Observation::Refused(Cause::StorageFull);
    desk.context.store().observe(id, full, desk.context.now(), "Full.", |_| {}).unwrap();
    assert!(matches!(stage(&desk), Stage::Failed { cause: Cause::StorageFull, .. }), "{:?}", stage(&desk));
    cloud.clear_faults().await;
    cloud.control("switches", json!({ "head_refused": false })).await;
    let mut other = another_desk(&cloud, folder.path().join("other").as_path(), &desk);
    other.hold_for(&cloud, "Judo", 60).await;
    other.pass(&cloud, 300).await;
    let source = newest_file(&cloud).await;
    let phone = upload_without_hajime(&cloud, &mut other, &source, "phone").await;
    // RealtimeKit has deleted the file. The only copy is on this computer, where it waits for a retry.
    other.pass(&cloud, 8 * 86_400).await;
    let attached = attach(&desk.context, session.id, &AttachTo::Video(phone), Some(id)).await.unwrap().recording;
    assert_ne!(attached.id, id);
    assert_eq!(attached.status(), Status::Ready);
    recordings::retry(&desk.context, id).unwrap();
    desk.pass_until(&cloud, 3, |desk| stage(desk) == Stage::Ready).await;
}

#[tokio::test]
async fn refuses_an_impossible_attachment_with_a_next_step_and_changes_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.hold_for(&cloud, "Judo", 60).await;
    desk.until_idle(&cloud).await;
    let source = newest_file(&cloud).await;
    let broken: VideoId = {
        let body = json!({ "url": format!("{}/nothing.mp4", cloud.sandbox.info().base_url) });
        let video = cloud.send(Method::POST, "/stream/copy", body).await;
        video["result"]["uid"].as_str().unwrap().parse().unwrap()
    };
    desk.pass(&cloud, 120).await;
    let good = upload_without_hajime(&cloud, &mut desk, &source, "good").await;
    let before = cloud.videos().await;

    let unknown = "ea95132c15732412d22c1476fa83f27a".parse().unwrap();
    let nowhere = "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c".parse().unwrap();
    let cases = [
        (AttachTo::Video(unknown), "not_found", "no Stream video ea95132c"),
        (AttachTo::RealtimeKitRecording(nowhere), "not_found", "no RealtimeKit recording 97cb0c4e"),
        (AttachTo::Video(broken), "conflict", "cannot be played"),
    ];
    for (what, code, words) in cases {
        let refused = attach(&desk.context, session.id, &what, None).await.unwrap_err();
        assert!(refused.code() == code && refused.message().contains(words), "{refused:?}");
        assert!(!refused.next().is_empty());
    }
    let mut later = desk.input("Later");
    later.start_local = (desk.context.now() + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M").to_string();
    let later = sessions::schedule(&desk.context, &later).unwrap();
    let live = desk.schedule("Live");
    start::start(&desk.context, live.id).await.unwrap();
    for (session, words) in [(later.id, "has not begun"), (live.id, "still going on")] {
        let refused = attach(&desk.context, session, &AttachTo::Video(good.clone()), None).await.unwrap_err();
        assert!(refused.code() == "conflict" && refused.message().contains(words), "{refused}");
        assert_eq!(candidates(&desk.context, session).await.unwrap_err().code(), "conflict");
    }
    cloud.fault("POST", "*/stream/*", 6, json!({ "kind": "status", "status": 503 })).await;
    let refused = attach(&desk.context, session.id, &AttachTo::Video(good), None).await.unwrap_err();
    assert_eq!(refused.code(), "cloud_unreadable");
    assert_eq!(recordings_of(&desk, session.id).len(), 1);
    assert_eq!(cloud.videos().await, before);
}

#[tokio::test]
async fn refuses_to_attach_a_running_or_expired_recording() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut desk = TestDesk::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &desk);
    let session = desk.schedule("Karate");
    let (running, _) = other.start_with_ada(&cloud, "Karate").await;
    other.pass(&cloud, 5).await;
    other.pass(&cloud, 30).await;
    let what = AttachTo::RealtimeKitRecording(
        recordings_of(&other, running.id)[0].facts.realtimekit_recording.clone().unwrap(),
    );
    let refused = attach(&desk.context, session.id, &what, None).await.unwrap_err();
    assert!(refused.message().contains("still going on"), "{refused}");
    assert_eq!(candidates(&desk.context, session.id).await.unwrap(), []);
    end::end(&other.context, running.id).await.unwrap();
    desk.pass(&cloud, 8 * 86_400).await;
    let refused = attach(&desk.context, session.id, &what, None).await.unwrap_err();
    assert!(refused.message().contains("no file"), "{refused}");
    assert_eq!(candidates(&desk.context, session.id).await.unwrap(), []);
}

#[tokio::test]
async fn shows_a_hostile_video_name_as_one_line_and_replaces_it_at_stream() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = failed_session(&cloud, &mut desk, "Karate").await;
    let source = newest_file(&cloud).await;
    let id = upload_without_hajime(&cloud, &mut desk, &source, &format!("{HOSTILE_NAME}{}", "x".repeat(900))).await;
    let suggested = candidates(&desk.context, session.id).await.unwrap();
    let found = suggested.iter().find(|found| found.candidate.what == AttachTo::Video(id.clone())).unwrap();
    let name = found.candidate.name.clone().unwrap();
    assert!(name.starts_with("<img src=x onerror=alert(1)> Karate [31mgpj next line"), "{name}");
    assert!(name.chars().count() <= 120 && !name.chars().any(char::is_control));
    let attached = attach(&desk.context, session.id, &found.candidate.what, None).await.unwrap();
    assert_eq!(attached.recording.title, "Karate");
    assert!(notes(&desk, &attached.recording).iter().all(|note| !note.contains("img")));
    assert_eq!(video(&cloud, &id).await["meta"]["name"], "Karate");
}

#[tokio::test]
async fn suggests_attachments_among_70_videos_with_three_requests() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = failed_session(&cloud, &mut desk, "Karate").await;
    let source = newest_file(&cloud).await;
    for n in 0..70 {
        let body = json!({ "url": source, "meta": { "name": format!("Clip {n}") } });
        cloud.send(Method::POST, "/stream/copy", body).await;
    }
    desk.pass(&cloud, 1_200).await;
    cloud
        .control(
            "faults",
            json!({ "method": "GET", "path": "*/accounts/*", "skip": 1_000, "fault": { "kind": "reset" } }),
        )
        .await;
    let suggested = candidates(&desk.context, session.id).await.unwrap();
    assert_eq!(suggested.len(), 50);
    assert!(suggested[0].candidate.same_room);
    let state = cloud.state().await;
    assert_eq!(state["faults"][0]["skip"], 997);
}
