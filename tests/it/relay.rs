//! Stream cannot fetch a file: it goes through this computer, each byte once as far as the network lets it.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use hajime_core::actions::library::{export, recordings};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::ports::{MemorySecrets, SecretStore};
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk};

const FILE: &str = "/recordings-storage/*";
const UPLOAD: &str = "/upload/tus/*";
const FETCHING: Stage = Stage::Importing(Import::Fetching);
const SENDING: Stage = Stage::Importing(Import::Sending);

/// A class that was recorded and ended, and whose file Stream cannot fetch.
async fn recorded(cloud: &Cloud, desk: &mut TestDesk, seconds: i64) -> Recording {
    let bytes = if seconds == LONG { 36_000 } else { 0 };
    cloud.control("switches", json!({ "head_refused": true, "recording_bytes_per_second": bytes })).await;
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(cloud, 5).await;
    desk.pass(cloud, seconds).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.context.store().recordings_of(session.id).unwrap().remove(0)
}

/// Lets time pass until something is so. What is carried is carried beside the looks, in real time.
async fn until(cloud: &Cloud, desk: &mut TestDesk, id: &Recording, so: impl Fn(&Recording) -> bool) -> Recording {
    for _ in 0..600 {
        let seen = recordings::get(&desk.context, id.id).unwrap();
        if so(&seen) {
            return seen;
        }
        desk.pass(cloud, 3).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never so: {:?}", recordings::detail(&desk.context, id.id).unwrap());
}

async fn until_ready(cloud: &Cloud, desk: &mut TestDesk, id: &Recording) -> Recording {
    until(cloud, desk, id, |seen| matches!(seen.stage, Stage::Ready | Stage::Failed { .. })).await
}

fn notes(desk: &TestDesk, recording: &Recording) -> Vec<String> {
    let events = recordings::detail(&desk.context, recording.id).unwrap().events;
    events.into_iter().map(|event| event.note).collect()
}

/// The second number of “12 bytes, of which 5 were …”.
fn resumed(desk: &TestDesk, recording: &Recording, beginning: &str) -> u64 {
    let notes = notes(desk, recording);
    let note = notes.iter().rfind(|note| note.starts_with(beginning)).unwrap_or_else(|| panic!("{notes:?}"));
    note.split("of which ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
}

fn carried_files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("relay")).map_or(0, Iterator::count)
}

async fn trap(cloud: &Cloud, method: &str, path: &str, skip: u64, count: Option<u64>, fault: Value) {
    let trap = json!({ "method": method, "path": path, "skip": skip, "count": count, "fault": fault });
    cloud.control("faults", trap).await;
}

/// A trap that never closes counts what passes it.
const MANY: u64 = 1_000_000;

async fn count(cloud: &Cloud, method: &str, path: &str) {
    trap(cloud, method, path, MANY, None, json!({ "kind": "reset" })).await;
}

async fn counted(cloud: &Cloud, method: &str, path: &str) -> u64 {
    let state = cloud.state().await;
    let traps = state["faults"].as_array().unwrap();
    let trap = traps.iter().find(|trap| trap["method"] == method && trap["path"] == path).unwrap();
    MANY - trap["skip"].as_u64().unwrap()
}

#[tokio::test]
async fn relays_a_file_that_stream_cannot_fetch() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    count(&cloud, "POST", "*/stream/copy").await;
    let recording = recorded(&cloud, &mut desk, 60).await;
    let fetching = until(&cloud, &mut desk, &recording, |seen| seen.stage == FETCHING).await;
    assert!(fetching.rescue_until().is_some());
    assert_eq!(counted(&cloud, "POST", "*/stream/copy").await, 2);
    let ready = until_ready(&cloud, &mut desk, &recording).await;
    assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
    let relay = ready.facts.relay.clone().unwrap();
    assert_eq!((relay.total, Some(relay.sent)), (Some(relay.fetched), relay.total));
    let videos = cloud.videos().await;
    assert_eq!(videos.len(), 1);
    let video = &videos[0];
    assert_eq!(video["uid"], ready.facts.video.unwrap().as_str());
    assert_eq!(video["size"], relay.fetched);
    assert_eq!(video["requireSignedURLs"], true);
    assert!(!video["scheduledDeletion"].is_null());
    let mut marks: Vec<_> = video["meta"].as_object().unwrap().keys().map(String::as_str).collect();
    marks.sort_unstable();
    assert_eq!(marks, ["instructor", "name", "recorded_at", "recording_id", "room_id", "session_id", "timezone"]);
    assert_eq!(carried_files(folder.path()), 0);
    assert_eq!(counted(&cloud, "POST", "*/stream/copy").await, 2);
    assert_eq!(desk.notices.titles(), ["Ready to watch: Karate"]);
}

#[tokio::test]
async fn resumes_a_download_after_the_process_died() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = recorded(&cloud, &mut desk, 60).await;
    trap(&cloud, "GET", FILE, 0, Some(1), json!({ "kind": "cut_body" })).await;
    trap(&cloud, "GET", FILE, 0, None, json!({ "kind": "reset" })).await;
    let has_some = |seen: &Recording| seen.facts.relay.as_ref().is_some_and(|relay| relay.fetched > 0);
    let half = until(&cloud, &mut desk, &recording, has_some).await.facts.relay.unwrap();
    assert!(half.fetched < half.total.unwrap(), "{half:?}");
    assert_eq!(carried_files(folder.path()), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join("relay").join(format!("{}.part", recording.id));
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let clock = Arc::clone(&desk.clock);
    drop(desk);
    cloud.clear_faults().await;

    let mut desk = TestDesk::with(&cloud, folder.path(), clock, None);
    let ready = until_ready(&cloud, &mut desk, &recording).await;
    assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
    assert_eq!(resumed(&desk, &recording, "The file is on this computer"), half.fetched);
    assert_eq!(cloud.videos().await.len(), 1);
    assert_eq!(cloud.videos().await[0]["size"], half.total.unwrap());
}

#[tokio::test]
async fn resumes_interrupted_downloads_until_the_length_is_right() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = recorded(&cloud, &mut desk, 60).await;
    for fault in [
        json!({ "kind": "cut_body" }),
        json!({ "kind": "status", "status": 403 }),
        json!({ "kind": "cut_body" }),
        json!({ "kind": "html", "status": 502 }),
        json!({ "kind": "drop_reply" }),
        json!({ "kind": "truncated" }),
    ] {
        trap(&cloud, "GET", FILE, 0, Some(1), fault).await;
    }
    let ready = until_ready(&cloud, &mut desk, &recording).await;
    assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
    let relay = ready.facts.relay.unwrap();
    assert_eq!(cloud.videos().await[0]["size"], relay.total.unwrap());
    assert_eq!(
        ready.facts.length.unwrap(),
        recordings::get(&desk.context, recording.id).unwrap().facts.length.unwrap()
    );
}

/// Long enough for several chunks.
const LONG: i64 = 600;

#[tokio::test]
async fn resumes_an_upload_after_the_process_died() {
    for keyring in [true, false] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let secrets: Option<Arc<dyn SecretStore>> = keyring.then(|| Arc::new(MemorySecrets::default()) as _);
        let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), secrets.clone());
        let recording = recorded(&cloud, &mut desk, LONG).await;
        trap(&cloud, "PATCH", UPLOAD, 1, None, json!({ "kind": "reset" })).await;
        let has_some = |seen: &Recording| seen.facts.relay.as_ref().is_some_and(|relay| relay.sent > 0);
        let half = until(&cloud, &mut desk, &recording, has_some).await;
        let (stage, half_video, half) = (half.stage, half.facts.video.unwrap(), half.facts.relay.unwrap());
        assert!(stage == SENDING && half.sent == 8 << 20 && half.sent < half.total.unwrap(), "{half:?}");
        let clock = Arc::clone(&desk.clock);
        drop(desk);
        let kept = everything_in(folder.path());
        for secret in ["/upload/tus/", "recordings-storage", "X-Signature"] {
            assert!(!holds(&kept, secret), "{secret}");
        }
        cloud.clear_faults().await;
        count(&cloud, "GET", FILE).await;

        let mut desk = TestDesk::with(&cloud, folder.path(), clock, secrets);
        let ready = until_ready(&cloud, &mut desk, &recording).await;
        assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
        assert_eq!(counted(&cloud, "GET", FILE).await, 0, "the file was here");
        assert!(notes(&desk, &recording).contains(&format!("Stream has the file: {} bytes.", half.total.unwrap())));
        assert_eq!(ready.facts.video.as_ref() == Some(&half_video), keyring);
        let videos = cloud.videos().await;
        assert_eq!(videos.len(), 1);
        assert_eq!(videos[0]["size"], half.total.unwrap());
        assert_eq!(carried_files(folder.path()), 0);
    }
}

#[tokio::test]
async fn resumes_an_interrupted_upload_at_its_offset() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = recorded(&cloud, &mut desk, LONG).await;
    // The first chunk arrives and its answer does not; the second does not arrive; the beginning of all is not heard of.
    trap(&cloud, "POST", "*/stream", 0, Some(1), json!({ "kind": "drop_reply" })).await;
    trap(&cloud, "PATCH", UPLOAD, 0, Some(1), json!({ "kind": "drop_reply" })).await;
    trap(&cloud, "PATCH", UPLOAD, 0, Some(1), json!({ "kind": "reset" })).await;
    count(&cloud, "PATCH", UPLOAD).await;
    let ready = until_ready(&cloud, &mut desk, &recording).await;
    assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
    let total = ready.facts.relay.unwrap().total.unwrap();
    // The counter sees what the traps before it let through: every chunk but the first, once.
    let rest = total - (8 << 20);
    assert!(counted(&cloud, "PATCH", UPLOAD).await <= rest.div_ceil(8 << 20), "{total}");
    assert_eq!(cloud.videos().await.len(), 1);
    assert_eq!(cloud.videos().await[0]["size"], total);
}

#[tokio::test]
async fn a_full_disk_fails_the_relay_and_a_retry_succeeds() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = recorded(&cloud, &mut desk, 60).await;
    let place = folder.path().join("relay").join(format!("{}.part", recording.id));
    std::fs::create_dir(place.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", &place).unwrap();
    let failed = until_ready(&cloud, &mut desk, &recording).await;
    let Stage::Failed { cause, .. } = failed.stage else { panic!("{:?}", failed.stage) };
    assert_eq!(cause, Cause::DiskFull);
    assert!(cause.retryable() && failed.rescue_until().is_some());
    desk.tick().await;
    assert_eq!(desk.notices.titles(), ["Recording failed: Karate"]);

    std::fs::remove_file(&place).unwrap();
    assert_eq!(recordings::retry(&desk.context, recording.id).unwrap().stage, FETCHING);
    assert_eq!(until_ready(&cloud, &mut desk, &recording).await.status(), Status::Ready);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn warns_72_24_and_6_hours_before_the_file_expires() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.fault("POST", "*/stream/copy", MANY, json!({ "kind": "status", "status": 503 })).await;
    let recording = recorded(&cloud, &mut desk, 60).await;
    let waiting = until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    let expires = waiting.rescue_until().unwrap();
    let mut said = Vec::new();
    let mut others = Vec::new();
    while desk.context.now() < expires {
        // A new process for every hour: what was said is not what a process remembers.
        let clock = Arc::clone(&desk.clock);
        desk = TestDesk::with(&cloud, folder.path(), clock, None);
        desk.pass(&cloud, 3_600).await;
        desk.tick().await;
        for title in desk.notices.titles() {
            if title.contains("hours left") {
                said.push((title, (expires - desk.context.now()).num_hours()));
            } else {
                others.push(title);
            }
        }
    }
    let title = |hours: i64| format!("{hours} hours left to save “Karate”");
    assert_eq!(said.len(), 3, "{said:?}");
    for ((said, left), hours) in said.iter().zip([72, 24, 6]) {
        assert_eq!(*said, title(hours));
        assert!((hours - 1..=hours).contains(left), "{left} of {hours}");
    }
    desk.pass(&cloud, 60).await;
    let failed = until_ready(&cloud, &mut desk, &recording).await;
    assert!(
        matches!(failed.stage, Stage::Failed { cause: Cause::FileExpired | Cause::NoFile, .. }),
        "{:?}",
        failed.stage
    );
    desk.tick().await;
    others.extend(desk.notices.titles());
    others.dedup();
    assert_eq!(others, ["Recording failed: Karate"]);
    let error = export::save_copy(&desk.context, recording.id, &folder.path().join("late.mp4")).await.unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert!(!folder.path().join("late.mp4").exists());
}

#[tokio::test]
async fn warns_once_after_an_absence_and_never_about_a_ready_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.fault("POST", "*/stream/copy", MANY, json!({ "kind": "status", "status": 503 })).await;
    let recording = recorded(&cloud, &mut desk, 60).await;
    let waiting = until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    let away = waiting.rescue_until().unwrap() - desk.context.now() - TimeDelta::hours(5);
    desk.pass(&cloud, away.num_seconds()).await;
    desk.pass(&cloud, 60).await;
    assert_eq!(desk.notices.titles(), ["6 hours left to save “Karate”"]);
    cloud.clear_faults().await;
    let ready = until_ready(&cloud, &mut desk, &recording).await;
    assert_eq!((ready.status(), ready.rescue_until()), (Status::Ready, None));
    desk.pass(&cloud, 18_000).await;
    assert_eq!(desk.notices.titles().len(), 2);
}

#[tokio::test]
async fn exports_a_file_before_and_after_import_and_overwrites_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let kept = tempfile::tempdir().unwrap();
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 60).await;
    let id = desk.context.store().recordings_of(session.id).unwrap()[0].id;
    let path = kept.path().join("class.mp4");
    let early = export::save_copy(&desk.context, id, &path).await.unwrap_err();
    assert_eq!(early.code(), "conflict", "{early}");
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 0);

    cloud.fault("POST", "*/stream/copy", MANY, json!({ "kind": "status", "status": 503 })).await;
    end::end(&desk.context, session.id).await.unwrap();
    let recording = recordings::get(&desk.context, id).unwrap();
    until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    // It breaks off for good, and the next attempt goes on.
    trap(&cloud, "GET", FILE, 0, Some(1), json!({ "kind": "cut_body" })).await;
    trap(&cloud, "GET", FILE, 0, None, json!({ "kind": "reset" })).await;
    assert_eq!(export::save_copy(&desk.context, id, &path).await.unwrap_err().code(), "offline");
    assert!(!path.exists());
    cloud.clear_faults().await;
    trap(&cloud, "GET", FILE, 0, None, json!({ "kind": "status", "status": 403 })).await;
    let refused = export::save_copy(&desk.context, id, &path).await.unwrap_err();
    assert!(refused.code() == "file_refused" && refused.message().contains("(403)"), "{refused}");
    cloud.clear_faults().await;
    let half = std::fs::File::open(kept.path().join(format!("{id}.part"))).unwrap();
    half.lock().unwrap();
    let error = export::save_copy(&desk.context, id, &path).await.unwrap_err();
    assert!(error.code() == "conflict" && error.message().contains("already"), "{error}");
    drop(half);
    let saved = export::save_copy(&desk.context, id, &path).await.unwrap();
    assert!(saved.resumed_from > 0 && saved.resumed_from < saved.bytes, "{saved:?}");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(u64::try_from(bytes.len()).unwrap(), saved.bytes);
    let whole = kept.path().join("again.mp4");
    assert_eq!(export::save_copy(&desk.context, id, &whole).await.unwrap().resumed_from, 0);
    assert!(std::fs::read(&whole).unwrap() == bytes, "what was patched together is what comes in one piece");
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 2, "nothing half is left");

    std::fs::write(&path, "mine").unwrap();
    let error = export::save_copy(&desk.context, id, &path).await.unwrap_err();
    assert!(error.code() == "file" && error.message().contains("exists already"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    for (place, words) in [(kept.path().to_owned(), "folder"), (kept.path().join("no/such/x.mp4"), "no such folder")] {
        let error = export::save_copy(&desk.context, id, &place).await.unwrap_err();
        assert!(error.code() == "file" && error.message().contains(words), "{error}");
    }
    let (one, two) = (
        export::save_into(&desk.context, id, kept.path()).await.unwrap(),
        export::save_into(&desk.context, id, kept.path()).await.unwrap(),
    );
    let name = |saved: &export::Saved| saved.path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name(&one).starts_with("Karate 20"), "{one:?}");
    assert_eq!(name(&two), name(&one).replace(".mp4", " (2).mp4"));
    // Once it is in Stream, RealtimeKit still has the file for the rest of the week.
    until_ready(&cloud, &mut desk, &recording).await;
    export::save_copy(&desk.context, id, &kept.path().join("late.mp4")).await.unwrap();
}

fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything_in(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}
