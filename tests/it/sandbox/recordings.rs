//! Recordings, from their start to their file.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, id, is_uuid, moment, reply_to};

#[tokio::test]
async fn a_recording_starts_invoked_and_is_recording_seconds_later() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.join(&meeting, "Ada").await;
    let body = json!({ "meeting_id": meeting, "file_name_prefix": "week9" });
    let started = sandbox.kit(Method::POST, "/recordings", Some(body)).await;
    assert_eq!(started.status, 200);
    let recording = started.data();
    assert_eq!((&recording["status"], &recording["started_time"]), (&json!("INVOKED"), &Value::Null));
    let name = recording["output_file_name"].as_str().unwrap();
    assert!(name.starts_with(&format!("week9_{meeting}_")) && name.split('.').next_back() == Some("mp4"), "{name}");
    assert_eq!(recording["start_reason"]["reason"], "API_CALL");
    sandbox.advance(10).await;
    let later = sandbox.recording(&id(recording)).await;
    assert_eq!(later["status"], "RECORDING");
    assert!(moment(&later["started_time"]) > moment(&later["invoked_time"]));
}

#[tokio::test]
async fn a_recording_without_a_session_waits_for_a_peer_and_then_fails() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    let lonely = sandbox.record(&meeting).await;
    assert_eq!(sandbox.recording(&lonely).await["session_id"], Value::Null);
    sandbox.advance(61).await;
    assert_eq!(sandbox.recording(&lonely).await["status"], "ERRORED");

    let patient = sandbox.record(&meeting).await;
    sandbox.advance(30).await;
    sandbox.join(&meeting, "Ada").await;
    sandbox.advance(40).await;
    let recording = sandbox.recording(&patient).await;
    assert_eq!(recording["status"], "RECORDING");
    assert!(is_uuid(&recording["session_id"]));

    sandbox.set_switches(json!({ "start_without_session": "refuse" })).await;
    let other = sandbox.meeting(json!({})).await;
    sandbox.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": other }))).await.assert_kit_refused(404);
}

#[tokio::test]
async fn a_second_start_is_a_conflict_unless_several_recordings_are_allowed() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.join(&meeting, "Ada").await;
    let first = sandbox.record(&meeting).await;
    sandbox.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await.assert_kit_refused(409);
    let several = json!({ "meeting_id": meeting, "allow_multiple_recordings": true });
    let second = sandbox.kit(Method::POST, "/recordings", Some(several)).await;
    assert_ne!(id(second.data()), first);
    sandbox.set_switches(json!({ "duplicate_start_status": 400 })).await;
    sandbox.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await.assert_kit_refused(400);
}

#[tokio::test]
async fn a_paused_resumed_and_stopped_recording_has_a_file_without_the_pause() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.join(&meeting, "Ada").await;
    let recording = sandbox.record(&meeting).await;
    sandbox.advance(63).await;
    assert_eq!(sandbox.act(&recording, "pause").await.data()["status"], "PAUSED");
    assert_eq!(sandbox.act(&recording, "pause").await.data()["status"], "PAUSED");
    sandbox.advance(100).await;
    assert_eq!(sandbox.act(&recording, "resume").await.data()["status"], "RECORDING");
    assert_eq!(sandbox.act(&recording, "resume").await.data()["status"], "RECORDING");
    sandbox.advance(60).await;
    let stopped = sandbox.act(&recording, "stop").await;
    assert_eq!(stopped.data()["status"], "UPLOADING");
    assert_eq!(stopped.data()["stop_reason"]["reason"], "API_CALL");
    assert!(stopped.data()["stopped_time"].is_string() && stopped.data()["download_url"].is_null());
    sandbox.advance(60).await;
    let done = sandbox.recording(&recording).await;
    assert_eq!(done["status"], "UPLOADED");
    // The file has two parts of a minute each. The pause between them is not in the file.
    assert!((119..=122).contains(&done["recording_duration"].as_i64().unwrap()), "{done}");
    assert!(done["file_size"].as_u64().unwrap() > 0);
    let lifetime = moment(&done["download_url_expiry"]) - moment(&done["stopped_time"]);
    assert!((lifetime - TimeDelta::days(7)).abs() < TimeDelta::minutes(2), "{done}");
    assert!(done["download_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn a_recording_has_every_member_in_every_status() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "title": "Tue" })).await;
    sandbox.join(&meeting, "Ada").await;
    let recording = sandbox.record(&meeting).await;
    let members = [
        "id",
        "session_id",
        "status",
        "invoked_time",
        "started_time",
        "stopped_time",
        "recording_duration",
        "output_file_name",
        "file_size",
        "download_url",
        "download_url_expiry",
        "audio_download_url",
        "storage_config",
    ];
    let mut seen = Vec::new();
    for step in 0..5 {
        match step {
            1 => sandbox.advance(10).await,
            2 => drop(sandbox.act(&recording, "pause").await),
            3 => drop(sandbox.act(&recording, "stop").await),
            4 => sandbox.advance(100).await,
            _ => {}
        }
        let one = sandbox.recording(&recording).await;
        let listed =
            sandbox.kit(Method::GET, &format!("/recordings?meeting_id={meeting}"), None).await.data()[0].clone();
        for member in members {
            assert!(one.get(member).is_some() && listed.get(member).is_some(), "{member} in {one} and {listed}");
        }
        for absent in ["meeting_id", "err_message"] {
            assert!(one.get(absent).is_none() && listed.get(absent).is_none(), "{absent} in {one}");
        }
        assert!(one.get("start_reason").is_some() && one.get("stop_reason").is_some() && one.get("meeting").is_none());
        assert_eq!((&listed["meeting"]["id"], &listed["meeting"]["title"]), (&json!(meeting), &json!("Tue")));
        assert!(listed.get("start_reason").is_none());
        seen.push(one["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["INVOKED", "RECORDING", "PAUSED", "UPLOADING", "UPLOADED"]);
}

#[tokio::test]
async fn an_empty_room_or_max_seconds_stops_a_recording() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "session_keep_alive_time_in_secs": 600 })).await;
    let ada = sandbox.join(&meeting, "Ada").await;
    let recording = sandbox.record(&meeting).await;
    sandbox.advance(30).await;
    sandbox.leave(&ada).await;
    sandbox.advance(50).await;
    assert_eq!(sandbox.recording(&recording).await["status"], "RECORDING");
    // A peer comes back in time, so the time until the recorder leaves starts again.
    let ada = sandbox.join(&meeting, "Ada").await;
    sandbox.advance(50).await;
    sandbox.leave(&ada).await;
    sandbox.advance(59).await;
    assert_eq!(sandbox.recording(&recording).await["status"], "RECORDING");
    sandbox.advance(2).await;
    let left = sandbox.recording(&recording).await;
    assert_eq!((&left["status"], &left["stop_reason"]["reason"]), (&json!("UPLOADING"), &json!("ALL_PEERS_LEFT")));

    let limited = sandbox.meeting(json!({ "recording_config": { "max_seconds": 60 } })).await;
    sandbox.join(&limited, "Bo").await;
    let recording = sandbox.record(&limited).await;
    sandbox.advance(64).await;
    let full = sandbox.recording(&recording).await;
    assert_eq!(full["status"], "UPLOADING");
    assert_eq!(moment(&full["stopped_time"]) - moment(&full["started_time"]), TimeDelta::seconds(60));
}

#[tokio::test]
async fn a_recording_of_a_few_seconds_ends_errored() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.join(&meeting, "Ada").await;
    let recording = sandbox.record(&meeting).await;
    sandbox.advance(5).await;
    sandbox.act(&recording, "stop").await;
    sandbox.advance(60).await;
    let errored = sandbox.recording(&recording).await;
    assert_eq!((&errored["status"], &errored["download_url"]), (&json!("ERRORED"), &Value::Null));
    assert_eq!(errored["stop_reason"]["reason"], "INTERNAL_ERROR");

    sandbox.set_switches(json!({ "shortest_recording_seconds": 0 })).await;
    let kept = sandbox.record(&meeting).await;
    sandbox.advance(5).await;
    sandbox.act(&kept, "stop").await;
    sandbox.advance(60).await;
    assert_eq!(sandbox.recording(&kept).await["status"], "UPLOADED");
}

#[tokio::test]
async fn an_action_on_a_finished_recording_is_refused() {
    let sandbox = TestSandbox::start().await;
    let (recording, _) = sandbox.uploaded_recording().await;
    for action in ["stop", "pause", "resume"] {
        sandbox.act(&recording, action).await.assert_kit_refused(404);
        assert_eq!(sandbox.recording(&recording).await["status"], "UPLOADED");
    }
    sandbox.act("00000000-0000-4000-8000-000000000000", "stop").await.assert_kit_refused(404);
    sandbox.act(&recording, "rewind").await.assert_kit_refused(422);
}

#[tokio::test]
async fn active_recording_answers_404_without_an_active_recording() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    sandbox.join(&meeting, "Ada").await;
    let path = format!("/recordings/active-recording/{meeting}");
    sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);
    let recording = sandbox.record(&meeting).await;
    for step in 0..3 {
        match step {
            1 => sandbox.advance(10).await,
            2 => drop(sandbox.act(&recording, "pause").await),
            _ => {}
        }
        let active = sandbox.kit(Method::GET, &path, None).await;
        assert_eq!(active.data()["id"], recording);
        assert!(active.data().get("start_reason").is_none() && active.data().get("meeting").is_none());
    }
    sandbox.act(&recording, "stop").await;
    sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);
}

#[tokio::test]
async fn record_on_start_starts_a_recording_with_the_first_peer() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "record_on_start": true })).await;
    let list = format!("/recordings?meeting_id={meeting}");
    assert_eq!(sandbox.kit(Method::GET, &list, None).await.data(), &json!([]));
    sandbox.join(&meeting, "Ada").await;
    sandbox.join(&meeting, "Bo").await;
    let found = sandbox.kit(Method::GET, &list, None).await;
    assert_eq!(found.data().as_array().unwrap().len(), 1);
    let recording = sandbox.recording(&id(&found.data()[0])).await;
    assert_eq!(recording["start_reason"]["reason"], "RECORD_ON_START");
    sandbox.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await.assert_kit_refused(409);
}

#[tokio::test]
async fn the_file_is_an_mp4_and_only_its_presigned_url_opens_it() {
    let sandbox = TestSandbox::start().await;
    let (recording, url) = sandbox.uploaded_recording().await;
    let size = sandbox.recording(&recording).await["file_size"].as_u64().unwrap();
    let whole = sandbox.send(Method::GET, &url, None, None).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, "video/mp4"));
    assert_eq!(u64::try_from(whole.bytes.len()).unwrap(), size);
    assert_eq!(&whole.bytes[4..8], b"ftyp");

    let part = reply_to(sandbox.http.get(&url).header("range", "bytes=100-199")).await;
    assert_eq!((part.status, part.header("content-range")), (206, format!("bytes 100-199/{size}").as_str()));
    assert_eq!(part.bytes, whole.bytes[100..200]);
    let beyond = reply_to(sandbox.http.get(&url).header("range", format!("bytes={size}-"))).await;
    assert_eq!(beyond.status, 416);

    let head = sandbox.send(Method::HEAD, &url, None, None).await;
    assert_eq!((head.status, head.header("content-length")), (200, size.to_string().as_str()));
    sandbox.set_switches(json!({ "head_refused": true })).await;
    assert_eq!(sandbox.send(Method::HEAD, &url, None, None).await.status, 403);
    assert_eq!(sandbox.send(Method::GET, &url, None, None).await.status, 200);

    let (bare, _) = url.split_once('?').unwrap();
    let forged = url.replace("X-Expires=", "X-Expires=9");
    for wrong in [bare.to_owned(), forged, format!("{url}0")] {
        assert_eq!(sandbox.send(Method::GET, &wrong, None, None).await.status, 403, "{wrong}");
    }
    sandbox.advance(7 * 86_400).await;
    assert_eq!(sandbox.send(Method::GET, &url, None, None).await.status, 403);
    let lapsed = sandbox.recording(&recording).await;
    assert_eq!((&lapsed["status"], &lapsed["download_url"]), (&json!("UPLOADED"), &Value::Null));
    let expired = sandbox.kit(Method::GET, "/recordings?expired=true", None).await;
    assert_eq!(expired.data()[0]["id"], recording);
    assert_eq!(sandbox.kit(Method::GET, "/recordings?expired=false", None).await.data(), &json!([]));
}

#[tokio::test]
async fn the_file_has_the_requested_dimensions() {
    let sandbox = TestSandbox::start().await;
    for (width, height) in [(1_920_u32, 1_080_u32), (1_280, 720), (854, 480)] {
        let meeting = sandbox.meeting(json!({})).await;
        sandbox.join(&meeting, "Ada").await;
        let video = json!({ "width": width, "height": height, "codec": "H264" });
        let body = json!({ "meeting_id": meeting, "video_config": video });
        let recording = id(sandbox.kit(Method::POST, "/recordings", Some(body)).await.data());
        sandbox.advance(30).await;
        sandbox.act(&recording, "stop").await;
        sandbox.advance(60).await;
        let url = sandbox.recording(&recording).await["download_url"].as_str().unwrap().to_owned();
        let file = sandbox.send(Method::GET, &url, None, None).await.bytes;
        assert_eq!(dimensions(&file), (width, height));
    }
    let meeting = sandbox.meeting(json!({})).await;
    for video in [json!({ "width": 1_921 }), json!({ "height": 0 }), json!({ "codec": "MPEG2" })] {
        let body = json!({ "meeting_id": meeting, "video_config": video });
        sandbox.kit(Method::POST, "/recordings", Some(body)).await.assert_kit_refused(422);
    }
    let body = json!({ "meeting_id": meeting, "max_seconds": 5 });
    assert!(sandbox.kit(Method::POST, "/recordings", Some(body)).await.assert_kit_refused(422).contains("max_seconds"));
}

#[tokio::test]
async fn a_recording_without_realtimekits_bucket_has_no_download_url() {
    let sandbox = TestSandbox::start().await;
    let record = async |more: Value| {
        let meeting = sandbox.meeting(json!({})).await;
        sandbox.join(&meeting, "Ada").await;
        let mut body = json!({ "meeting_id": meeting, "realtimekit_bucket_config": { "enabled": false } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let recording = id(sandbox.kit(Method::POST, "/recordings", Some(body)).await.data());
        sandbox.advance(60).await;
        sandbox.act(&recording, "stop").await;
        sandbox.advance(60).await;
        sandbox.recording(&recording).await
    };
    let nowhere = record(json!({})).await;
    assert_eq!((&nowhere["status"], &nowhere["download_url"]), (&json!("ERRORED"), &Value::Null));
    let storage = json!({ "type": "aws", "bucket": "b", "region": "eu", "access_key": "AKIA", "secret": "hush" });
    let elsewhere = record(json!({ "storage_config": storage })).await;
    assert_eq!((&elsewhere["status"], &elsewhere["download_url"]), (&json!("UPLOADED"), &Value::Null));
    assert_eq!(elsewhere["storage_config"]["bucket"], "b");
    assert!(!elsewhere.to_string().contains("hush") && !elsewhere.to_string().contains("AKIA"), "{elsewhere}");
}

#[tokio::test]
async fn recordings_are_filtered_by_status_and_searched() {
    let sandbox = TestSandbox::start().await;
    let (uploaded, _) = sandbox.uploaded_recording().await;
    let meeting = sandbox.meeting(json!({ "title": "Other" })).await;
    sandbox.join(&meeting, "Ada").await;
    let running = sandbox.record(&meeting).await;
    let ids = async |query: &str| -> Vec<String> {
        let list = sandbox.kit(Method::GET, &format!("/recordings?{query}"), None).await;
        list.data().as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(ids("").await, [running.clone(), uploaded.clone()]);
    assert_eq!(ids("sort_by=invokedTime&sort_order=ASC").await, [uploaded.clone(), running.clone()]);
    assert_eq!(ids("status=UPLOADED").await, std::slice::from_ref(&uploaded));
    assert_eq!(ids("status=INVOKED&status=UPLOADED").await.len(), 2);
    assert_eq!(ids("search=other").await, [running]);
    sandbox.kit(Method::GET, "/recordings?status=DONE", None).await.assert_kit_refused(422);
}

/// Returns the first width and height above zero in the track headers of an MP4 file.
fn dimensions(file: &[u8]) -> (u32, u32) {
    let headers = file.windows(4).enumerate().filter(|(_, kind)| kind == b"tkhd");
    let pixels = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) >> 16;
    let sizes = headers.map(|(at, _)| {
        let sides = at + 4 + if file[at + 4] == 1 { 88 } else { 76 };
        (pixels(sides), pixels(sides + 4))
    });
    sizes.into_iter().find(|size| *size != (0, 0)).unwrap()
}
