//! The relay: when Stream cannot fetch a file, this computer downloads and uploads it. Each byte is transferred once
//! where the network allows it.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use hajime_core::actions::library::{export, recordings};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::ports::{MemorySecrets, SecretStore};
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk};

const FILE_PATH: &str = "/recordings-storage/*.mp4";
const UPLOAD_PATH: &str = "/upload/tus/*";
const DOWNLOADING: Stage = Stage::Importing(Import::Fetching);
const UPLOADING: Stage = Stage::Importing(Import::Sending);

/// Holds a session whose file Stream cannot fetch, and returns its recording.
async fn recorded(cloud: &Cloud, desk: &mut TestDesk, seconds: i64) -> Recording {
    let bytes = if seconds == LONG_SESSION_SECONDS { 36_000 } else { 0 };
    cloud.control("switches", json!({ "head_refused": true, "recording_bytes_per_second": bytes })).await;
    let session = desk.hold_for(cloud, "Karate", seconds).await;
    desk.context.store().recordings_of(session.id).unwrap().remove(0)
}

/// Lets time pass until the condition holds for the recording. Returns the recording as it then is.
async fn until(
    cloud: &Cloud,
    desk: &mut TestDesk,
    recording: &Recording,
    condition: impl Fn(&Recording) -> bool,
) -> Recording {
    let latest = |desk: &TestDesk| recordings::get(&desk.context, recording.id).unwrap();
    desk.pass_until(cloud, 3, |desk| condition(&latest(desk))).await;
    latest(desk)
}

async fn until_ready(cloud: &Cloud, desk: &mut TestDesk, id: &Recording) -> Recording {
    until(cloud, desk, id, |seen| matches!(seen.stage, Stage::Ready | Stage::Failed { .. })).await
}

fn notes(desk: &TestDesk, recording: &Recording) -> Vec<String> {
    let events = recordings::detail(&desk.context, recording.id).unwrap().events;
    events.into_iter().map(|event| event.note).collect()
}

/// Returns the number after “of which” in a note such as “12 bytes, of which 5 were …”.
fn resumed(desk: &TestDesk, recording: &Recording, beginning: &str) -> u64 {
    let notes = notes(desk, recording);
    let note = notes.iter().rfind(|note| note.starts_with(beginning)).unwrap_or_else(|| panic!("{notes:?}"));
    note.split("of which ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
}

fn relay_files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("relay")).map_or(0, Iterator::count)
}

async fn set_fault(cloud: &Cloud, method: &str, path: &str, skip: u64, count: Option<u64>, fault: Value) {
    let trap = json!({ "method": method, "path": path, "skip": skip, "count": count, "fault": fault });
    cloud.control("faults", trap).await;
}

/// Requests that a fault skips so that it only counts them: more than any test sends.
const SKIPPED_REQUESTS: u64 = 1_000_000;

async fn count_requests(cloud: &Cloud, method: &str, path: &str) {
    set_fault(cloud, method, path, SKIPPED_REQUESTS, None, json!({ "kind": "reset" })).await;
}

async fn counted_requests(cloud: &Cloud, method: &str, path: &str) -> u64 {
    let state = cloud.state().await;
    let traps = state["faults"].as_array().unwrap();
    let trap = traps.iter().find(|trap| trap["method"] == method && trap["path"] == path).unwrap();
    SKIPPED_REQUESTS - trap["skip"].as_u64().unwrap()
}

#[tokio::test]
async fn relays_a_file_that_stream_cannot_fetch() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    count_requests(&cloud, "POST", "*/stream/copy").await;
    let recording = recorded(&cloud, &mut desk, 60).await;
    let fetching = until(&cloud, &mut desk, &recording, |seen| seen.stage == DOWNLOADING).await;
    assert!(fetching.rescue_until().is_some());
    assert_eq!(counted_requests(&cloud, "POST", "*/stream/copy").await, 2);
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
    assert_eq!(relay_files(folder.path()), 0);
    assert_eq!(counted_requests(&cloud, "POST", "*/stream/copy").await, 2);
    assert_eq!(desk.notices.titles(), ["Ready to watch: Karate"]);
}

#[tokio::test]
async fn resumes_a_download_after_the_process_died() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = recorded(&cloud, &mut desk, 60).await;
    set_fault(&cloud, "GET", FILE_PATH, 0, Some(1), json!({ "kind": "cut_body" })).await;
    set_fault(&cloud, "GET", FILE_PATH, 0, None, json!({ "kind": "reset" })).await;
    let has_some = |seen: &Recording| seen.facts.relay.as_ref().is_some_and(|relay| relay.fetched > 0);
    let half = until(&cloud, &mut desk, &recording, has_some).await.facts.relay.unwrap();
    assert!(half.fetched < half.total.unwrap(), "{half:?}");
    assert_eq!(relay_files(folder.path()), 1);
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
        set_fault(&cloud, "GET", FILE_PATH, 0, Some(1), fault).await;
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

/// Seconds of a session whose file is uploaded in several chunks.
const LONG_SESSION_SECONDS: i64 = 600;

#[tokio::test]
async fn resumes_an_upload_after_the_process_died() {
    for keyring in [true, false] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let secrets: Option<Arc<dyn SecretStore>> = keyring.then(|| Arc::new(MemorySecrets::default()) as _);
        let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), secrets.clone());
        let recording = recorded(&cloud, &mut desk, LONG_SESSION_SECONDS).await;
        set_fault(&cloud, "PATCH", UPLOAD_PATH, 1, None, json!({ "kind": "reset" })).await;
        let has_some = |seen: &Recording| seen.facts.relay.as_ref().is_some_and(|relay| relay.sent > 0);
        let half = until(&cloud, &mut desk, &recording, has_some).await;
        let (stage, half_video, half) = (half.stage, half.facts.video.unwrap(), half.facts.relay.unwrap());
        assert!(stage == UPLOADING && half.sent == 8 << 20 && half.sent < half.total.unwrap(), "{half:?}");
        let clock = Arc::clone(&desk.clock);
        drop(desk);
        let kept = everything_in(folder.path());
        for secret in ["/upload/tus/", "recordings-storage", "X-Signature"] {
            assert!(!holds(&kept, secret), "{secret}");
        }
        cloud.clear_faults().await;
        count_requests(&cloud, "GET", FILE_PATH).await;

        let mut desk = TestDesk::with(&cloud, folder.path(), clock, secrets);
        let ready = until_ready(&cloud, &mut desk, &recording).await;
        assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
        assert_eq!(counted_requests(&cloud, "GET", FILE_PATH).await, 0, "the file is not downloaded again");
        assert!(notes(&desk, &recording).contains(&format!("Stream has the file: {} bytes.", half.total.unwrap())));
        assert_eq!(ready.facts.video.as_ref() == Some(&half_video), keyring);
        let videos = cloud.videos().await;
        assert_eq!(videos.len(), 1);
        assert_eq!(videos[0]["size"], half.total.unwrap());
        assert_eq!(relay_files(folder.path()), 0);
    }
}

#[tokio::test]
async fn resumes_an_interrupted_upload_at_its_offset() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = recorded(&cloud, &mut desk, LONG_SESSION_SECONDS).await;
    // The replies to the creation of the upload and to its first chunk are lost. The second chunk does not arrive at
    // first.
    set_fault(&cloud, "POST", "*/stream", 0, Some(1), json!({ "kind": "drop_reply" })).await;
    set_fault(&cloud, "PATCH", UPLOAD_PATH, 0, Some(1), json!({ "kind": "drop_reply" })).await;
    set_fault(&cloud, "PATCH", UPLOAD_PATH, 0, Some(1), json!({ "kind": "reset" })).await;
    count_requests(&cloud, "PATCH", UPLOAD_PATH).await;
    let ready = until_ready(&cloud, &mut desk, &recording).await;
    assert_eq!(ready.status(), Status::Ready, "{:?}", notes(&desk, &recording));
    let total = ready.facts.relay.unwrap().total.unwrap();
    // The counter sees only requests that the faults before it let pass: each chunk except the first, once.
    let rest = total - (8 << 20);
    assert!(counted_requests(&cloud, "PATCH", UPLOAD_PATH).await <= rest.div_ceil(8 << 20), "{total}");
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
    assert_eq!(recordings::retry(&desk.context, recording.id).unwrap().stage, DOWNLOADING);
    assert_eq!(until_ready(&cloud, &mut desk, &recording).await.status(), Status::Ready);
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn warns_72_24_and_6_hours_before_the_file_expires() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.fault("POST", "*/stream/copy", SKIPPED_REQUESTS, json!({ "kind": "status", "status": 503 })).await;
    let recording = recorded(&cloud, &mut desk, 60).await;
    let waiting = until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    let expires = waiting.rescue_until().unwrap();
    let mut warnings = Vec::new();
    let mut others = Vec::new();
    while desk.context.now() < expires {
        // Every hour runs in a new process, so that the database must remember which warnings were given.
        let clock = Arc::clone(&desk.clock);
        desk = TestDesk::with(&cloud, folder.path(), clock, None);
        desk.pass(&cloud, 3_600).await;
        desk.tick().await;
        for title in desk.notices.titles() {
            if title.contains("hours left") {
                warnings.push((title, (expires - desk.context.now()).num_hours()));
            } else {
                others.push(title);
            }
        }
    }
    let title = |hours: i64| format!("{hours} hours left to save “Karate”");
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    for ((warning, left), hours) in warnings.iter().zip([72, 24, 6]) {
        assert_eq!(*warning, title(hours));
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
    cloud.fault("POST", "*/stream/copy", SKIPPED_REQUESTS, json!({ "kind": "status", "status": 503 })).await;
    let recording = recorded(&cloud, &mut desk, 60).await;
    let waiting = until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    let absence = waiting.rescue_until().unwrap() - desk.context.now() - TimeDelta::hours(5);
    desk.pass(&cloud, absence.num_seconds()).await;
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
    let path = kept.path().join("session.mp4");
    let early = export::save_copy(&desk.context, id, &path).await.unwrap_err();
    assert_eq!(early.code(), "conflict", "{early}");
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 0);

    cloud.fault("POST", "*/stream/copy", SKIPPED_REQUESTS, json!({ "kind": "status", "status": 503 })).await;
    end::end(&desk.context, session.id).await.unwrap();
    let recording = recordings::get(&desk.context, id).unwrap();
    until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    // The download breaks off; the next export resumes it.
    set_fault(&cloud, "GET", FILE_PATH, 0, Some(1), json!({ "kind": "cut_body" })).await;
    set_fault(&cloud, "GET", FILE_PATH, 0, None, json!({ "kind": "reset" })).await;
    assert_eq!(export::save_copy(&desk.context, id, &path).await.unwrap_err().code(), "offline");
    assert!(!path.exists());
    cloud.clear_faults().await;
    set_fault(&cloud, "GET", FILE_PATH, 0, None, json!({ "kind": "status", "status": 403 })).await;
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
    assert!(std::fs::read(&whole).unwrap() == bytes, "a resumed download equals a whole one");
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 2, "no partial file is left");

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
    // RealtimeKit keeps the file for seven days, even after the import.
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
