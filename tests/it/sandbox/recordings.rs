//! Recordings, from the call that starts one to the file.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Desk, id, is_uuid, moment, said};

#[tokio::test]
async fn s21_recording_starts_invoked_and_records_a_little_later() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    desk.join(&meeting, "Ada").await;
    let body = json!({ "meeting_id": meeting, "file_name_prefix": "week9" });
    let started = desk.kit(Method::POST, "/recordings", Some(body)).await;
    assert_eq!(started.status, 200);
    let recording = started.data();
    assert_eq!((&recording["status"], &recording["started_time"]), (&json!("INVOKED"), &Value::Null));
    let name = recording["output_file_name"].as_str().unwrap();
    assert!(name.starts_with(&format!("week9_{meeting}_")) && name.split('.').next_back() == Some("mp4"), "{name}");
    assert_eq!(recording["start_reason"]["reason"], "API_CALL");
    desk.advance(10).await;
    let later = desk.recording(&id(recording)).await;
    assert_eq!(later["status"], "RECORDING");
    assert!(moment(&later["started_time"]) > moment(&later["invoked_time"]));
}

#[tokio::test]
async fn a_recording_without_anybody_waits_and_then_gives_up() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    let lonely = desk.record(&meeting).await;
    assert_eq!(desk.recording(&lonely).await["session_id"], Value::Null);
    desk.advance(61).await;
    assert_eq!(desk.recording(&lonely).await["status"], "ERRORED");

    let patient = desk.record(&meeting).await;
    desk.advance(30).await;
    desk.join(&meeting, "Ada").await;
    desk.advance(40).await;
    let recording = desk.recording(&patient).await;
    assert_eq!(recording["status"], "RECORDING");
    assert!(is_uuid(&recording["session_id"]));

    desk.switch(json!({ "start_without_session": "refuse" })).await;
    let other = desk.meeting(json!({})).await;
    desk.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": other }))).await.kit_refused(404);
}

#[tokio::test]
async fn s22_a_second_start_is_a_conflict_unless_several_are_wanted() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    desk.join(&meeting, "Ada").await;
    let first = desk.record(&meeting).await;
    desk.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await.kit_refused(409);
    let several = json!({ "meeting_id": meeting, "allow_multiple_recordings": true });
    let second = desk.kit(Method::POST, "/recordings", Some(several)).await;
    assert_ne!(id(second.data()), first);
    desk.switch(json!({ "duplicate_start_status": 400 })).await;
    desk.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await.kit_refused(400);
}

#[tokio::test]
async fn s23_pause_resume_and_stop_lead_to_a_file() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    desk.join(&meeting, "Ada").await;
    let recording = desk.record(&meeting).await;
    desk.advance(63).await;
    assert_eq!(desk.act(&recording, "pause").await.data()["status"], "PAUSED");
    assert_eq!(desk.act(&recording, "pause").await.data()["status"], "PAUSED");
    desk.advance(100).await;
    assert_eq!(desk.act(&recording, "resume").await.data()["status"], "RECORDING");
    assert_eq!(desk.act(&recording, "resume").await.data()["status"], "RECORDING");
    desk.advance(60).await;
    let stopped = desk.act(&recording, "stop").await;
    assert_eq!(stopped.data()["status"], "UPLOADING");
    assert_eq!(stopped.data()["stop_reason"]["reason"], "API_CALL");
    assert!(stopped.data()["stopped_time"].is_string() && stopped.data()["download_url"].is_null());
    desk.advance(60).await;
    let done = desk.recording(&recording).await;
    assert_eq!(done["status"], "UPLOADED");
    // Two stretches of a minute each; the pause between them is not in the file.
    assert!((119..=122).contains(&done["recording_duration"].as_i64().unwrap()), "{done}");
    assert!(done["file_size"].as_u64().unwrap() > 0);
    let lifetime = moment(&done["download_url_expiry"]) - moment(&done["stopped_time"]);
    assert!((lifetime - TimeDelta::days(7)).abs() < TimeDelta::minutes(2), "{done}");
    assert!(done["download_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn s24_every_member_is_there_in_every_state() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({ "title": "Tue" })).await;
    desk.join(&meeting, "Ada").await;
    let recording = desk.record(&meeting).await;
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
            1 => desk.advance(10).await,
            2 => drop(desk.act(&recording, "pause").await),
            3 => drop(desk.act(&recording, "stop").await),
            4 => desk.advance(100).await,
            _ => {}
        }
        let one = desk.recording(&recording).await;
        let listed = desk.kit(Method::GET, &format!("/recordings?meeting_id={meeting}"), None).await.data()[0].clone();
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
async fn s25_an_empty_room_or_the_longest_length_ends_a_recording() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({ "session_keep_alive_time_in_secs": 600 })).await;
    let ada = desk.join(&meeting, "Ada").await;
    let recording = desk.record(&meeting).await;
    desk.advance(30).await;
    desk.leave(&ada).await;
    desk.advance(50).await;
    assert_eq!(desk.recording(&recording).await["status"], "RECORDING");
    // Somebody comes back in time, and the clock of the empty room starts over.
    let ada = desk.join(&meeting, "Ada").await;
    desk.advance(50).await;
    desk.leave(&ada).await;
    desk.advance(59).await;
    assert_eq!(desk.recording(&recording).await["status"], "RECORDING");
    desk.advance(2).await;
    let left = desk.recording(&recording).await;
    assert_eq!((&left["status"], &left["stop_reason"]["reason"]), (&json!("UPLOADING"), &json!("ALL_PEERS_LEFT")));

    let limited = desk.meeting(json!({ "recording_config": { "max_seconds": 60 } })).await;
    desk.join(&limited, "Bo").await;
    let recording = desk.record(&limited).await;
    desk.advance(64).await;
    let full = desk.recording(&recording).await;
    assert_eq!(full["status"], "UPLOADING");
    assert_eq!(moment(&full["stopped_time"]) - moment(&full["started_time"]), TimeDelta::seconds(60));
}

#[tokio::test]
async fn s26_a_recording_of_a_few_seconds_comes_to_nothing() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    desk.join(&meeting, "Ada").await;
    let recording = desk.record(&meeting).await;
    desk.advance(5).await;
    desk.act(&recording, "stop").await;
    desk.advance(60).await;
    let errored = desk.recording(&recording).await;
    assert_eq!((&errored["status"], &errored["download_url"]), (&json!("ERRORED"), &Value::Null));
    assert_eq!(errored["stop_reason"]["reason"], "INTERNAL_ERROR");

    desk.switch(json!({ "shortest_recording_seconds": 0 })).await;
    let kept = desk.record(&meeting).await;
    desk.advance(5).await;
    desk.act(&kept, "stop").await;
    desk.advance(60).await;
    assert_eq!(desk.recording(&kept).await["status"], "UPLOADED");
}

#[tokio::test]
async fn s27_a_finished_recording_cannot_be_acted_on() {
    let desk = Desk::open().await;
    let (recording, _) = desk.uploaded().await;
    for action in ["stop", "pause", "resume"] {
        desk.act(&recording, action).await.kit_refused(404);
        assert_eq!(desk.recording(&recording).await["status"], "UPLOADED");
    }
    desk.act("00000000-0000-4000-8000-000000000000", "stop").await.kit_refused(404);
    desk.act(&recording, "rewind").await.kit_refused(422);
}

#[tokio::test]
async fn s28_the_active_recording_is_found_only_while_there_is_one() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    desk.join(&meeting, "Ada").await;
    let path = format!("/recordings/active-recording/{meeting}");
    desk.kit(Method::GET, &path, None).await.kit_refused(404);
    let recording = desk.record(&meeting).await;
    for step in 0..3 {
        match step {
            1 => desk.advance(10).await,
            2 => drop(desk.act(&recording, "pause").await),
            _ => {}
        }
        let active = desk.kit(Method::GET, &path, None).await;
        assert_eq!(active.data()["id"], recording);
        assert!(active.data().get("start_reason").is_none() && active.data().get("meeting").is_none());
    }
    desk.act(&recording, "stop").await;
    desk.kit(Method::GET, &path, None).await.kit_refused(404);
}

#[tokio::test]
async fn s29_record_on_start_begins_with_the_first_person() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({ "record_on_start": true })).await;
    let list = format!("/recordings?meeting_id={meeting}");
    assert_eq!(desk.kit(Method::GET, &list, None).await.data(), &json!([]));
    desk.join(&meeting, "Ada").await;
    desk.join(&meeting, "Bo").await;
    let found = desk.kit(Method::GET, &list, None).await;
    assert_eq!(found.data().as_array().unwrap().len(), 1);
    let recording = desk.recording(&id(&found.data()[0])).await;
    assert_eq!(recording["start_reason"]["reason"], "RECORD_ON_START");
    desk.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await.kit_refused(409);
}

#[tokio::test]
async fn s30_the_file_is_a_real_mp4_and_the_url_is_its_only_key() {
    let desk = Desk::open().await;
    let (recording, url) = desk.uploaded().await;
    let size = desk.recording(&recording).await["file_size"].as_u64().unwrap();
    let whole = desk.send(Method::GET, &url, None, None).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, "video/mp4"));
    assert_eq!(u64::try_from(whole.bytes.len()).unwrap(), size);
    assert_eq!(&whole.bytes[4..8], b"ftyp");

    let part = said(desk.http.get(&url).header("range", "bytes=100-199")).await;
    assert_eq!((part.status, part.header("content-range")), (206, format!("bytes 100-199/{size}").as_str()));
    assert_eq!(part.bytes, whole.bytes[100..200]);
    let beyond = said(desk.http.get(&url).header("range", format!("bytes={size}-"))).await;
    assert_eq!(beyond.status, 416);

    let head = desk.send(Method::HEAD, &url, None, None).await;
    assert_eq!((head.status, head.header("content-length")), (200, size.to_string().as_str()));
    desk.switch(json!({ "head_refused": true })).await;
    assert_eq!(desk.send(Method::HEAD, &url, None, None).await.status, 403);
    assert_eq!(desk.send(Method::GET, &url, None, None).await.status, 200);

    let (bare, _) = url.split_once('?').unwrap();
    let forged = url.replace("X-Expires=", "X-Expires=9");
    for wrong in [bare.to_owned(), forged, format!("{url}0")] {
        assert_eq!(desk.send(Method::GET, &wrong, None, None).await.status, 403, "{wrong}");
    }
    desk.advance(7 * 86_400).await;
    assert_eq!(desk.send(Method::GET, &url, None, None).await.status, 403);
    let lapsed = desk.recording(&recording).await;
    assert_eq!((&lapsed["status"], &lapsed["download_url"]), (&json!("UPLOADED"), &Value::Null));
    let expired = desk.kit(Method::GET, "/recordings?expired=true", None).await;
    assert_eq!(expired.data()[0]["id"], recording);
    assert_eq!(desk.kit(Method::GET, "/recordings?expired=false", None).await.data(), &json!([]));
}

#[tokio::test]
async fn s31_the_dimensions_asked_for_are_those_of_the_file() {
    let desk = Desk::open().await;
    for (width, height) in [(1_920_u32, 1_080_u32), (1_280, 720), (854, 480)] {
        let meeting = desk.meeting(json!({})).await;
        desk.join(&meeting, "Ada").await;
        let video = json!({ "width": width, "height": height, "codec": "H264" });
        let body = json!({ "meeting_id": meeting, "video_config": video });
        let recording = id(desk.kit(Method::POST, "/recordings", Some(body)).await.data());
        desk.advance(30).await;
        desk.act(&recording, "stop").await;
        desk.advance(60).await;
        let url = desk.recording(&recording).await["download_url"].as_str().unwrap().to_owned();
        let file = desk.send(Method::GET, &url, None, None).await.bytes;
        assert_eq!(dimensions(&file), (width, height));
    }
    let meeting = desk.meeting(json!({})).await;
    for video in [json!({ "width": 1_921 }), json!({ "height": 0 }), json!({ "codec": "MPEG2" })] {
        let body = json!({ "meeting_id": meeting, "video_config": video });
        desk.kit(Method::POST, "/recordings", Some(body)).await.kit_refused(422);
    }
    let body = json!({ "meeting_id": meeting, "max_seconds": 5 });
    assert!(desk.kit(Method::POST, "/recordings", Some(body)).await.kit_refused(422).contains("max_seconds"));
}

#[tokio::test]
async fn s32_without_a_bucket_there_is_never_a_url() {
    let desk = Desk::open().await;
    let record = async |more: Value| {
        let meeting = desk.meeting(json!({})).await;
        desk.join(&meeting, "Ada").await;
        let mut body = json!({ "meeting_id": meeting, "realtimekit_bucket_config": { "enabled": false } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let recording = id(desk.kit(Method::POST, "/recordings", Some(body)).await.data());
        desk.advance(60).await;
        desk.act(&recording, "stop").await;
        desk.advance(60).await;
        desk.recording(&recording).await
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
async fn recordings_are_filtered_by_state_and_searched() {
    let desk = Desk::open().await;
    let (uploaded, _) = desk.uploaded().await;
    let meeting = desk.meeting(json!({ "title": "Other" })).await;
    desk.join(&meeting, "Ada").await;
    let running = desk.record(&meeting).await;
    let ids = async |query: &str| -> Vec<String> {
        let list = desk.kit(Method::GET, &format!("/recordings?{query}"), None).await;
        list.data().as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(ids("").await, [running.clone(), uploaded.clone()]);
    assert_eq!(ids("sort_by=invokedTime&sort_order=ASC").await, [uploaded.clone(), running.clone()]);
    assert_eq!(ids("status=UPLOADED").await, std::slice::from_ref(&uploaded));
    assert_eq!(ids("status=INVOKED&status=UPLOADED").await.len(), 2);
    assert_eq!(ids("search=other").await, [running]);
    desk.kit(Method::GET, "/recordings?status=DONE", None).await.kit_refused(422);
}

/// The dimensions in the first track header of an MP4 file that are not zero.
fn dimensions(file: &[u8]) -> (u32, u32) {
    let headers = file.windows(4).enumerate().filter(|(_, kind)| kind == b"tkhd");
    let pixels = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) >> 16;
    let sizes = headers.map(|(at, _)| {
        let sides = at + 4 + if file[at + 4] == 1 { 88 } else { 76 };
        (pixels(sides), pixels(sides + 4))
    });
    sizes.into_iter().find(|size| *size != (0, 0)).unwrap()
}
