//! Attaching by hand: what lies at Cloudflare becomes the recording of a session, and nothing else is touched.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use hajime_core::actions::attaching::{attach, candidates};
use hajime_core::actions::{links, recordings, sessions};
use hajime_core::domain::attaching::AttachTo;
use hajime_core::domain::cause::Cause;
use hajime_core::domain::ids::{SessionId, VideoId};
use hajime_core::domain::link::Validity;
use hajime_core::domain::recording::{Recording, Status};
use hajime_core::domain::session::Session;
use hajime_core::domain::stage::{Import, Seen, Stage};
use hajime_core::jobs::sync;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Cloud, Office};

const HOSTILE: &str = "<img src=x onerror=alert(1)> Karate\u{1b}[31m\u{202e}gpj\nnext line";

/// A class that is held, recorded and ended.
async fn held(cloud: &Cloud, office: &mut Office, title: &str) -> Session {
    let session = office.schedule(title);
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.pass(cloud, 5).await;
    office.pass(cloud, 60).await;
    sessions::end(&office.desk, session.id).await.unwrap();
    session
}

/// Another desk of the same account, with data of its own and the same time.
fn another_desk(cloud: &Cloud, folder: &Path, office: &Office) -> Office {
    Office::with(cloud, folder, Arc::clone(&office.clock), None)
}

async fn newest_file(cloud: &Cloud) -> String {
    let app = cloud.sandbox.info().app_id.clone();
    let list =
        cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings?sort_by=invokedTime&sort_order=DESC")).await;
    list["data"][0]["download_url"].as_str().unwrap().to_owned()
}

/// A video that somebody brought to Stream without Hajime.
async fn brought(cloud: &Cloud, office: &mut Office, source: &str, name: &str) -> VideoId {
    let body = json!({ "url": source, "meta": { "name": name, "camera": "phone" }, "creator": "front desk" });
    let video = cloud.send(Method::POST, "/stream/copy", body).await;
    office.pass(cloud, 300).await;
    video["result"]["uid"].as_str().unwrap().parse().unwrap()
}

async fn video(cloud: &Cloud, id: &VideoId) -> Value {
    cloud.api(Method::GET, &format!("/stream/{id}")).await["result"].clone()
}

fn all_of(office: &Office, session: SessionId) -> Vec<Recording> {
    office.desk.store().recordings_of(session).unwrap()
}

fn notes(office: &Office, recording: &Recording) -> Vec<String> {
    let events = recordings::detail(&office.desk, recording.id).unwrap().events;
    events.into_iter().map(|event| event.note).collect()
}

/// A class whose recording is at RealtimeKit and failed here: one look was answered with “not found”.
async fn failed_class(cloud: &Cloud, office: &mut Office, title: &str) -> (Session, Recording) {
    let session = held(cloud, office, title).await;
    let id = all_of(office, session.id)[0].id;
    office.desk.store().observe(id, Seen::CloudMissing, office.desk.now(), "Not found.", |_| {}).unwrap();
    let failed = recordings::get(&office.desk, id).unwrap();
    assert!(matches!(failed.stage, Stage::Failed { cause: Cause::CloudMissing, .. }), "{:?}", failed.stage);
    office.pass(cloud, 300).await;
    (session, failed)
}

#[tokio::test]
async fn a_video_from_elsewhere_is_suggested_and_becomes_the_recording_of_a_class_without_a_room() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut office = Office::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &office);
    held(&cloud, &mut other, "Aikido").await;
    other.until_idle(&cloud).await;
    let source = newest_file(&cloud).await;
    let long_ago = brought(&cloud, &mut other, &source, "Karate").await;
    other.pass(&cloud, 2 * 86_400).await;
    let session = office.schedule("Karate");
    assert_eq!(candidates(&office.desk, session.id).await.unwrap(), [], "it has only just begun");
    office.pass(&cloud, 2 * 3_600).await;
    let id = brought(&cloud, &mut office, &source, "karate (phone).mp4").await;

    let suggested = candidates(&office.desk, session.id).await.unwrap();
    assert_eq!(suggested.len(), 1, "{suggested:?}");
    let (first, what) = (&suggested[0], AttachTo::Video(id.clone()));
    assert_eq!(first.candidate.what, what);
    assert_ne!(first.candidate.what, AttachTo::Video(long_ago.clone()));
    assert_eq!(first.candidate.name.as_deref(), Some("karate (phone).mp4"));
    assert!(first.candidate.length.is_some() && first.candidate.size.is_some());
    assert!(first.reason.starts_with("Came to Stream 1 hour after the class"), "{}", first.reason);

    let attached = attach(&office.desk, session.id, &what, None).await.unwrap();
    assert!(!attached.already);
    let recording = attached.recording;
    assert_eq!((recording.status(), recording.room.clone()), (Status::Ready, None));
    assert_eq!((recording.title.as_str(), recording.created_at), ("Karate", session.plan.start));
    assert_eq!(notes(&office, &recording)[0], format!("Attached by hand: the Stream video {id}."));
    assert!(links::make(&office.desk, recording.id, Validity::DAY, false).await.unwrap().verified());
    office.tick().await;
    assert_eq!(office.notices.titles(), ["Ready to watch: Karate"]);

    let marked = video(&cloud, &id).await;
    assert_eq!(marked["requireSignedURLs"], true);
    assert_eq!(marked["creator"], recording.creator_mark());
    let meta = json!({
        "name": "Karate", "camera": "phone", "instructor": "R. Alves",
        "recording_id": recording.id.to_string(), "session_id": session.id.to_string(), "timezone": "UTC",
        "recorded_at": session.plan.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    });
    assert_eq!(marked["meta"], meta, "what was said of it stays, the address it came from goes");
    assert_eq!(cloud.videos().await.len(), 3, "nothing was removed");

    // Once more, by id and from the list: it is there already, and nobody is offered it again.
    assert!(attach(&office.desk, session.id, &what, None).await.unwrap().already);
    assert_eq!(all_of(&office, session.id).len(), 1);
    assert_eq!(candidates(&office.desk, session.id).await.unwrap(), []);
    let second = office.schedule("Judo");
    office.pass(&cloud, 3_600).await;
    let refused = attach(&office.desk, second.id, &what, None).await.unwrap_err();
    assert!(refused.code() == "conflict" && refused.message().contains("already attached to “Karate” of"), "{refused}");
    assert!(all_of(&office, second.id).is_empty());
}

#[tokio::test]
async fn a_recording_whose_row_failed_goes_on_to_stream_like_any_other() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let (session, failed) = failed_class(&cloud, &mut office, "Karate").await;
    assert!(recordings::retry(&office.desk, failed.id).is_err(), "a retry is no way out");

    let what = AttachTo::CloudRecording(failed.facts.cloud.clone().unwrap());
    let suggested = candidates(&office.desk, session.id).await.unwrap();
    assert_eq!(suggested.iter().map(|found| &found.candidate.what).collect::<Vec<_>>(), [&what]);
    assert!(suggested[0].reason.starts_with("Made in this session’s room; starts "), "{}", suggested[0].reason);

    let attached = attach(&office.desk, session.id, &what, Some(failed.id)).await.unwrap();
    assert_eq!((attached.recording.id, attached.recording.stage), (failed.id, Stage::Uploaded));
    assert!(attach(&office.desk, session.id, &what, None).await.unwrap().already);
    office.until_idle(&cloud).await;
    let ready = recordings::get(&office.desk, failed.id).unwrap();
    assert_eq!(ready.status(), Status::Ready);
    assert!(ready.facts.length.unwrap() > TimeDelta::seconds(40));
    assert!(notes(&office, &ready).iter().any(|note| note.starts_with("Attached by hand: RealtimeKit’s recording")));
    assert_eq!((all_of(&office, session.id).len(), cloud.videos().await.len()), (1, 1));

    // Another class cannot have it, whether by its recording or by its video.
    let second = office.schedule("Judo");
    office.pass(&cloud, 60).await;
    for what in [what, AttachTo::Video(ready.facts.video.unwrap())] {
        let refused = attach(&office.desk, second.id, &what, None).await.unwrap_err();
        assert!(refused.message().contains("“Karate”"), "{refused}");
    }
    assert_eq!(candidates(&office.desk, second.id).await.unwrap(), []);
}

#[tokio::test]
async fn a_recording_made_elsewhere_gets_a_row_of_its_own() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut office = Office::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &office);
    let session = office.schedule("Karate");
    let elsewhere = held(&cloud, &mut other, "Karate").await;
    office.pass(&cloud, 300).await;

    let suggested = candidates(&office.desk, session.id).await.unwrap();
    assert_eq!(suggested.len(), 1);
    assert!(!suggested[0].candidate.same_room);
    assert!(suggested[0].candidate.name.as_deref().unwrap().starts_with("Karate"), "{suggested:?}");
    assert!(suggested[0].reason.contains("its name is like the title"), "{suggested:?}");
    let attached = attach(&office.desk, session.id, &suggested[0].candidate.what, None).await.unwrap();
    office.until_idle(&cloud).await;
    other.until_idle(&cloud).await;
    let [ours, theirs] =
        [recordings::get(&office.desk, attached.recording.id).unwrap(), all_of(&other, elsewhere.id).remove(0)];
    assert_eq!((ours.status(), theirs.status()), (Status::Ready, Status::Ready));
    assert_eq!(ours.facts.video, theirs.facts.video, "both desks know the mark of that recording");
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn what_was_attached_is_kept_whatever_else_carries_a_mark() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let (session, failed) = failed_class(&cloud, &mut office, "Karate").await;
    let source = newest_file(&cloud).await;
    // Another desk imports the class by its mark; somebody here attaches a better picture of it.
    let mark = failed.creator_mark();
    cloud.send(Method::POST, "/stream/copy", json!({ "url": source, "creator": mark })).await;
    let better = brought(&cloud, &mut office, &source, "camera").await;
    let attached = attach(&office.desk, session.id, &AttachTo::Video(better.clone()), None).await.unwrap();
    assert_eq!((attached.recording.id, attached.recording.status()), (failed.id, Status::Ready));
    office.pass(&cloud, 300).await;
    sync::sync(&office.desk).await.unwrap();
    let after = recordings::get(&office.desk, failed.id).unwrap();
    assert_eq!((after.status(), after.facts.video.clone()), (Status::Ready, Some(better.clone())));
    assert_eq!(after.facts.cloud, failed.facts.cloud, "RealtimeKit’s file is not forgotten");
    assert_eq!(cloud.videos().await.len(), 2);

    // The video is deleted, and another one takes its place.
    cloud.api(Method::DELETE, &format!("/stream/{better}")).await;
    sync::sync(&office.desk).await.unwrap();
    assert_eq!(recordings::get(&office.desk, failed.id).unwrap().status(), Status::Failed);
    let third = brought(&cloud, &mut office, &source, "camera 2").await;
    let attached = attach(&office.desk, session.id, &AttachTo::Video(third.clone()), None).await.unwrap();
    assert_eq!((attached.recording.id, attached.recording.facts.video.clone()), (failed.id, Some(third)));
    let last = notes(&office, &attached.recording);
    assert!(last.iter().any(|note| note.ends_with(&format!("The video before it was {better}."))), "{last:?}");
    assert_eq!(cloud.videos().await.len(), 2);
}

#[tokio::test]
async fn a_video_that_another_desk_made_keeps_its_mark_and_stands_for_its_recording() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let office = Office::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &office);
    let (session, second) = (office.schedule("Karate"), office.schedule("Judo"));
    let elsewhere = held(&cloud, &mut other, "Karate").await;
    other.until_idle(&cloud).await;
    let made = all_of(&other, elsewhere.id).remove(0);
    let what = AttachTo::Video(made.facts.video.clone().unwrap());
    let source = AttachTo::CloudRecording(made.facts.cloud.clone().unwrap());
    let suggested = candidates(&office.desk, session.id).await.unwrap();
    assert_eq!(suggested.len(), 2, "{suggested:?}");

    attach(&office.desk, session.id, &what, None).await.unwrap();
    assert_eq!(video(&cloud, made.facts.video.as_ref().unwrap()).await["creator"], made.creator_mark());
    assert_eq!(candidates(&office.desk, second.id).await.unwrap(), []);
    assert!(attach(&office.desk, session.id, &source, None).await.unwrap().already);
    for what in [&what, &source] {
        let refused = attach(&office.desk, second.id, what, None).await.unwrap_err();
        assert!(refused.message().contains("“Karate”"), "{refused}");
    }
    for desk in [&office.desk, &other.desk] {
        sync::sync(desk).await.unwrap();
    }
    assert_eq!(all_of(&other, elsewhere.id).remove(0).status(), Status::Ready);
    assert_eq!(all_of(&office, session.id).remove(0).status(), Status::Ready);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn a_video_that_was_given_up_gets_the_mark_of_the_recording_that_takes_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let (session, failed) = failed_class(&cloud, &mut office, "Karate").await;
    let second = office.schedule("Judo");
    let source = newest_file(&cloud).await;
    let first = brought(&cloud, &mut office, &source, "first").await;
    attach(&office.desk, session.id, &AttachTo::Video(first.clone()), None).await.unwrap();
    // For a moment Stream does not know it; meanwhile another one is attached.
    let missing = |office: &Office| {
        office.desk.store().observe(failed.id, Seen::VideoMissing, office.desk.now(), "Gone.", |_| {}).unwrap();
    };
    missing(&office);
    let other = brought(&cloud, &mut office, &source, "other").await;
    attach(&office.desk, session.id, &AttachTo::Video(other), None).await.unwrap();
    let taken = attach(&office.desk, second.id, &AttachTo::Video(first.clone()), None).await.unwrap().recording;
    assert_eq!(video(&cloud, &first).await["creator"], taken.creator_mark());

    // A retry imports RealtimeKit’s file anew and leaves the videos of both alone.
    missing(&office);
    recordings::retry(&office.desk, failed.id).unwrap();
    office.until_idle(&cloud).await;
    let after = recordings::get(&office.desk, failed.id).unwrap();
    assert_eq!((after.status(), after.facts.attached), (Status::Ready, false), "{:?}", notes(&office, &after));
    assert_eq!(recordings::get(&office.desk, taken.id).unwrap().facts.video, Some(first));
    assert_eq!(cloud.videos().await.len(), 3);
}

#[tokio::test]
async fn a_failed_recording_whose_only_file_is_on_this_computer_keeps_its_place() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    cloud.control("switches", json!({ "head_refused": true })).await;
    cloud.fault("PATCH", "/upload/tus/*", 1_000_000, json!({ "kind": "reset" })).await;
    let session = held(&cloud, &mut office, "Karate").await;
    let id = all_of(&office, session.id)[0].id;
    let stage = |office: &Office| recordings::get(&office.desk, id).unwrap().stage;
    for _ in 0..400 {
        office.pass(&cloud, 3).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        if stage(&office) == Stage::Importing(Import::Sending) {
            break;
        }
    }
    let full = Seen::Refused(Cause::StorageFull);
    office.desk.store().observe(id, full, office.desk.now(), "Full.", |_| {}).unwrap();
    assert!(matches!(stage(&office), Stage::Failed { cause: Cause::StorageFull, .. }), "{:?}", stage(&office));
    cloud.clear_faults().await;
    cloud.control("switches", json!({ "head_refused": false })).await;
    let mut other = another_desk(&cloud, folder.path().join("other").as_path(), &office);
    held(&cloud, &mut other, "Judo").await;
    other.pass(&cloud, 300).await;
    let source = newest_file(&cloud).await;
    let phone = brought(&cloud, &mut other, &source, "phone").await;
    // RealtimeKit’s file is gone; the last one lies here and waits for a retry.
    other.pass(&cloud, 8 * 86_400).await;
    let attached = attach(&office.desk, session.id, &AttachTo::Video(phone), Some(id)).await.unwrap().recording;
    assert_ne!(attached.id, id);
    assert_eq!(attached.status(), Status::Ready);
    recordings::retry(&office.desk, id).unwrap();
    for _ in 0..400 {
        office.pass(&cloud, 3).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        if stage(&office) == Stage::Ready {
            return;
        }
    }
    panic!("{:?}", notes(&office, &recordings::get(&office.desk, id).unwrap()));
}

#[tokio::test]
async fn what_cannot_be_attached_is_said_with_a_next_step_and_changes_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let session = held(&cloud, &mut office, "Judo").await;
    office.until_idle(&cloud).await;
    let source = newest_file(&cloud).await;
    let broken: VideoId = {
        let body = json!({ "url": format!("{}/nothing.mp4", cloud.sandbox.info().base_url) });
        let video = cloud.send(Method::POST, "/stream/copy", body).await;
        video["result"]["uid"].as_str().unwrap().parse().unwrap()
    };
    office.pass(&cloud, 120).await;
    let good = brought(&cloud, &mut office, &source, "good").await;
    let before = cloud.videos().await;

    let unknown = "ea95132c15732412d22c1476fa83f27a".parse().unwrap();
    let nowhere = "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c".parse().unwrap();
    let cases = [
        (AttachTo::Video(unknown), "not_found", "no Stream video ea95132c"),
        (AttachTo::CloudRecording(nowhere), "not_found", "no RealtimeKit recording 97cb0c4e"),
        (AttachTo::Video(broken), "conflict", "cannot be played"),
    ];
    for (what, code, words) in cases {
        let refused = attach(&office.desk, session.id, &what, None).await.unwrap_err();
        assert!(refused.code() == code && refused.message().contains(words), "{refused:?}");
        assert!(!refused.next().is_empty());
    }
    let mut later = office.input("Later");
    later.start_local = (office.desk.now() + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M").to_string();
    let later = sessions::schedule(&office.desk, &later).unwrap();
    let live = office.schedule("Live");
    sessions::start(&office.desk, live.id).await.unwrap();
    for (session, words) in [(later.id, "has not begun"), (live.id, "still going on")] {
        let refused = attach(&office.desk, session, &AttachTo::Video(good.clone()), None).await.unwrap_err();
        assert!(refused.code() == "conflict" && refused.message().contains(words), "{refused}");
        assert_eq!(candidates(&office.desk, session).await.unwrap_err().code(), "conflict");
    }
    cloud.fault("POST", "*/stream/*", 6, json!({ "kind": "status", "status": 503 })).await;
    let refused = attach(&office.desk, session.id, &AttachTo::Video(good), None).await.unwrap_err();
    assert_eq!(refused.code(), "cloud_unreadable");
    assert_eq!(all_of(&office, session.id).len(), 1);
    assert_eq!(cloud.videos().await, before);
}

#[tokio::test]
async fn a_recording_that_is_gone_or_going_on_is_not_taken() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut office = Office::open(&cloud, here.path());
    let mut other = another_desk(&cloud, there.path(), &office);
    let session = office.schedule("Karate");
    let running = other.schedule("Karate");
    let started = sessions::start(&other.desk, running.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    other.pass(&cloud, 5).await;
    other.pass(&cloud, 30).await;
    let what = AttachTo::CloudRecording(all_of(&other, running.id)[0].facts.cloud.clone().unwrap());
    let refused = attach(&office.desk, session.id, &what, None).await.unwrap_err();
    assert!(refused.message().contains("still going on"), "{refused}");
    assert_eq!(candidates(&office.desk, session.id).await.unwrap(), []);
    sessions::end(&other.desk, running.id).await.unwrap();
    office.pass(&cloud, 8 * 86_400).await;
    let refused = attach(&office.desk, session.id, &what, None).await.unwrap_err();
    assert!(refused.message().contains("no file"), "{refused}");
    assert_eq!(candidates(&office.desk, session.id).await.unwrap(), []);
}

#[tokio::test]
async fn a_hostile_name_is_one_line_of_text_and_gone_from_stream() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let (session, _) = failed_class(&cloud, &mut office, "Karate").await;
    let source = newest_file(&cloud).await;
    let id = brought(&cloud, &mut office, &source, &format!("{HOSTILE}{}", "x".repeat(900))).await;
    let suggested = candidates(&office.desk, session.id).await.unwrap();
    let found = suggested.iter().find(|found| found.candidate.what == AttachTo::Video(id.clone())).unwrap();
    let name = found.candidate.name.clone().unwrap();
    assert!(name.starts_with("<img src=x onerror=alert(1)> Karate [31mgpj next line"), "{name}");
    assert!(name.chars().count() <= 120 && !name.chars().any(char::is_control));
    let attached = attach(&office.desk, session.id, &found.candidate.what, None).await.unwrap();
    assert_eq!(attached.recording.title, "Karate");
    assert!(notes(&office, &attached.recording).iter().all(|note| !note.contains("img")));
    assert_eq!(video(&cloud, &id).await["meta"]["name"], "Karate");
}

#[tokio::test]
async fn suggesting_costs_three_requests_however_much_there_is() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let (session, _) = failed_class(&cloud, &mut office, "Karate").await;
    let source = newest_file(&cloud).await;
    for n in 0..70 {
        let body = json!({ "url": source, "meta": { "name": format!("Clip {n}") } });
        cloud.send(Method::POST, "/stream/copy", body).await;
    }
    office.pass(&cloud, 1_200).await;
    cloud
        .control(
            "faults",
            json!({ "method": "GET", "path": "*/accounts/*", "skip": 1_000, "fault": { "kind": "reset" } }),
        )
        .await;
    let suggested = candidates(&office.desk, session.id).await.unwrap();
    assert_eq!(suggested.len(), 50);
    assert!(suggested[0].candidate.same_room);
    let state = cloud.state().await;
    assert_eq!(state["faults"][0]["skip"], 997);
}
