//! What goes wrong inside the provider, and bad days with a name.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Desk, moment};

async fn live(desk: &Desk) -> String {
    let small = json!({ "width": 320, "height": 180 });
    let meeting = desk.meeting(json!({ "title": "Class", "recording_config": { "video_config": small } })).await;
    desk.join(&meeting, "Ada").await;
    meeting
}

async fn scenario(desk: &Desk, name: &str) -> Value {
    desk.control("scenarios", json!({ "name": name })).await
}

#[tokio::test]
async fn a_recording_can_fail_stay_invoked_or_leave_no_file_and_the_next_is_well() {
    let desk = Desk::open().await;
    for mishap in [
        json!({ "kind": "recording_fails", "after_seconds": 30 }),
        json!({ "kind": "recorder_never_comes" }),
        json!({ "kind": "upload_fails" }),
    ] {
        desk.control("mishaps", json!({ "mishap": mishap })).await;
    }
    let meeting = live(&desk).await;

    let failing = desk.record(&meeting).await;
    desk.advance(20).await;
    assert_eq!(desk.recording(&failing).await["status"], "RECORDING");
    desk.advance(20).await;
    let failed = desk.recording(&failing).await;
    assert_eq!((&failed["status"], &failed["download_url"]), (&json!("ERRORED"), &Value::Null));
    assert_eq!(moment(&failed["stopped_time"]) - moment(&failed["started_time"]), chrono::TimeDelta::seconds(30));

    let stuck = desk.record(&meeting).await;
    desk.advance(3_600).await;
    assert_eq!(desk.recording(&stuck).await["status"], "INVOKED");
    assert_eq!(desk.act(&stuck, "stop").await.status, 200);

    let lost = desk.record(&meeting).await;
    desk.advance(60).await;
    assert_eq!(desk.act(&lost, "stop").await.data()["status"], "UPLOADING");
    desk.advance(60).await;
    assert_eq!(desk.recording(&lost).await["status"], "ERRORED");

    let well = desk.record(&meeting).await;
    desk.advance(60).await;
    desk.act(&well, "stop").await;
    desk.advance(60).await;
    assert_eq!(desk.recording(&well).await["status"], "UPLOADED");
}

#[tokio::test]
async fn an_import_can_fail_or_stand_still_and_the_next_is_well() {
    let desk = Desk::open().await;
    let (_, url) = desk.uploaded().await;
    desk.control("mishaps", json!({ "mishap": { "kind": "import_fails", "code": "ERR_MALFORMED_VIDEO" } })).await;
    let failed = desk.copy(&url, json!({})).await;
    desk.advance(60).await;
    let failed = desk.video(&failed).await;
    assert_eq!((&failed["status"]["state"], &failed["readyToStream"]), (&json!("error"), &json!(false)));
    assert_eq!(failed["status"]["errorReasonCode"], "ERR_MALFORMED_VIDEO");
    assert_ne!(failed["status"]["errorReasonText"], "");

    desk.control("mishaps", json!({ "mishap": { "kind": "encode_stuck", "percent": 30 } })).await;
    let stuck = desk.copy(&url, json!({})).await;
    desk.advance(86_400).await;
    let stuck = desk.video(&stuck).await;
    assert_eq!((&stuck["status"]["state"], &stuck["readyToStream"]), (&json!("inprogress"), &json!(false)));
    assert_eq!(stuck["status"]["pctComplete"], "30.000000");

    let well = desk.copy(&url, json!({})).await;
    desk.advance(300).await;
    assert_eq!(desk.video(&well).await["status"]["state"], "ready");
}

#[tokio::test]
async fn every_scenario_begins_and_calm_ends_it() {
    let desk = Desk::open().await;
    let url = format!("{}/scenarios", desk.info.control_url);
    let listed = desk.send(Method::GET, &url, None, None).await.body["scenarios"].clone();
    let listed = listed.as_array().unwrap();
    assert!(listed.len() >= 15);
    let before = desk.send(Method::GET, &format!("{}/switches", desk.info.control_url), None, None).await.body;
    for known in listed {
        assert_eq!(known["active"], false);
        let name = known["name"].as_str().unwrap();
        let begun = scenario(&desk, name).await;
        let active: Vec<_> =
            begun["scenarios"].as_array().unwrap().iter().filter(|other| other["active"] == true).collect();
        assert_eq!(active.len(), 1);
        assert_eq!(active[0]["name"], name);
        let calm = desk.control("calm", json!({})).await;
        assert_eq!((&calm["faults"], &calm["mishaps"], &calm["switches"]), (&json!([]), &json!([]), &before));
        assert_eq!(desk.stream(Method::GET, "", None).await.status, 200, "after {name}");
    }
    let unknown = desk.send(Method::POST, &url, None, Some(&json!({ "name": "nonsense" }))).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body["error"].as_str().unwrap().contains("network-drops"), "names what there is");
}

#[tokio::test]
async fn a_network_that_drops_comes_back_by_itself() {
    let desk = Desk::open().await;
    let call = || desk.http.get(desk.account("/stream")).bearer_auth(&desk.info.api_token).send();
    scenario(&desk, "network-drops").await;
    assert!(call().await.is_err());
    desk.advance(100).await;
    assert!(call().await.is_err());
    desk.advance(21).await;
    assert_eq!(call().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_block_of_five_minutes_is_five_minutes_long() {
    let desk = Desk::open().await;
    scenario(&desk, "rate-limited").await;
    let refused = desk.stream(Method::GET, "", None).await;
    refused.refused(429, 971);
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((290..=300).contains(&wait), "{wait}");
    assert_eq!(desk.kit(Method::GET, "/meetings", None).await.status, 429);
    desk.advance(wait + 1).await;
    assert_eq!(desk.stream(Method::GET, "", None).await.status, 200);
}

#[tokio::test]
async fn what_happens_elsewhere_happens() {
    let desk = Desk::open().await;
    let meeting = live(&desk).await;
    let recording = desk.record(&meeting).await;
    desk.advance(30).await;
    scenario(&desk, "everyone-leaves").await;
    desk.advance(90).await;
    assert_eq!(desk.recording(&recording).await["stop_reason"]["reason"], "ALL_PEERS_LEFT");

    let (expiring, url) = desk.uploaded().await;
    scenario(&desk, "file-expired").await;
    assert_eq!(desk.recording(&expiring).await["download_url"], Value::Null);
    assert_eq!(desk.http.get(&url).send().await.unwrap().status(), 403);

    desk.key().await;
    scenario(&desk, "keys-deleted").await;
    assert_eq!(desk.stream(Method::GET, "/keys", None).await.result(), &json!([]));

    scenario(&desk, "clock-wrong").await;
    let said = desk.stream(Method::GET, "", None).await;
    let date = chrono::DateTime::parse_from_rfc2822(said.header("date")).unwrap().timestamp();
    assert!((date - desk.now().await - 900).abs() <= 2, "{date}");

    scenario(&desk, "storage-full").await;
    desk.stream(Method::POST, "/copy", Some(json!({ "url": url }))).await.refused(403, 10_011);
}

#[tokio::test]
async fn replies_can_be_slow_to_begin_and_slow_to_end() {
    let desk = Desk::open().await;
    let slow = |kind: &str| json!({ "count": 1, "fault": { "kind": kind, "seconds": 0.4 } });
    let call = || desk.http.get(desk.account("/stream/keys")).bearer_auth(&desk.info.api_token).send();

    desk.control("faults", slow("slow_headers")).await;
    let begun = Instant::now();
    assert_eq!(call().await.unwrap().status(), 200);
    assert!(begun.elapsed() >= Duration::from_millis(400));

    desk.control("faults", slow("slow_body")).await;
    let response = call().await.unwrap();
    let begun = Instant::now();
    assert_eq!(response.json::<Value>().await.unwrap()["success"], true);
    assert!(begun.elapsed() >= Duration::from_millis(200), "the body came all at once");
}

#[tokio::test]
async fn odd_replies_have_null_lists_numbers_as_text_and_entries_that_are_none() {
    let desk = Desk::open().await;
    desk.switch(json!({ "null_lists": true })).await;
    assert_eq!(desk.stream(Method::GET, "?creator=nobody", None).await.body["result"], Value::Null);
    assert_eq!(desk.kit(Method::GET, "/recordings", None).await.body["data"], Value::Null);
    assert_eq!(desk.kit(Method::GET, "/sessions", None).await.body["data"]["sessions"], Value::Null);
    desk.switch(json!({ "null_lists": false, "odd_entries": true, "numbers_as_text": true })).await;
    let uid = desk.ready(json!({})).await;
    let listed = desk.stream(Method::GET, "", None).await.body["result"].clone();
    let listed = listed.as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["uid"], &listed[2]), (3, &Value::Null, &Value::Null));
    assert_eq!(listed[1]["uid"], uid.as_str());
    assert!(listed[1]["duration"].is_string(), "{}", listed[1]);
    desk.switch(json!({ "odd_entries": false, "numbers_as_text": false })).await;
    let listed = desk.stream(Method::GET, "", None).await.body["result"].clone();
    assert!(listed[0]["duration"].is_number());
}

#[tokio::test]
async fn a_recording_in_an_own_bucket_is_uploaded_without_an_address() {
    let desk = Desk::open().await;
    scenario(&desk, "own-bucket").await;
    let meeting = live(&desk).await;
    let recording = desk.record(&meeting).await;
    desk.advance(30).await;
    desk.act(&recording, "stop").await;
    desk.advance(60).await;
    let uploaded = desk.recording(&recording).await;
    assert_eq!((&uploaded["status"], &uploaded["download_url"]), (&json!("UPLOADED"), &Value::Null));
    assert_eq!(
        (&uploaded["storage_config"]["type"], &uploaded["storage_config"]["bucket"]),
        (&json!("aws"), &json!("dojo-recordings"))
    );
    assert!(uploaded["output_file_name"].is_string());
}

#[tokio::test]
async fn whoever_was_made_without_a_name_reaches_no_room_that_requires_one() {
    let desk = Desk::open().await;
    scenario(&desk, "nameless-kept-out").await;
    let meeting = desk.meeting(json!({ "title": "Class" })).await;
    let path = format!("/meetings/{meeting}/participants");
    for (number, (name, status)) in [(Value::Null, 409), (json!(""), 200), (json!("Ada"), 200)].into_iter().enumerate()
    {
        let custom = format!("person-{number}");
        let mut body = json!({ "custom_participant_id": custom, "preset_name": "group_call_participant" });
        if !name.is_null() {
            body["name"] = name;
        }
        assert_eq!(desk.kit(Method::POST, &path, Some(body)).await.status, 201);
        let url = format!("{}/join", desk.info.control_url);
        let joining = json!({ "meeting_id": meeting, "custom_participant_id": custom });
        assert_eq!(desk.send(Method::POST, &url, None, Some(&joining)).await.status, status, "{custom}");
    }
}

#[tokio::test]
async fn a_download_can_come_late_or_not_at_all_although_it_is_called_ready() {
    let desk = Desk::open().await;
    let uid = desk.ready(json!({})).await;
    let path = format!("/{uid}/downloads");
    scenario(&desk, "download-late").await;
    desk.stream(Method::POST, &path, None).await;
    desk.advance(60).await;
    assert_eq!(desk.stream(Method::GET, &path, None).await.result()["default"]["status"], "inprogress");
    assert_eq!(desk.view(&format!("/{uid}/downloads/default.mp4")).await.status, 404);
    desk.advance(600).await;
    assert_eq!(desk.stream(Method::GET, &path, None).await.result()["default"]["status"], "ready");
    assert_eq!(desk.view(&format!("/{uid}/downloads/default.mp4")).await.status, 200);
    scenario(&desk, "download-missing").await;
    assert_eq!(desk.stream(Method::GET, &path, None).await.result()["default"]["status"], "ready");
    assert_eq!(desk.view(&format!("/{uid}/downloads/default.mp4")).await.status, 404);
}

#[tokio::test]
async fn a_video_for_certain_sites_is_kept_from_whoever_names_no_site() {
    let desk = Desk::open().await;
    let uid = desk.ready(json!({})).await;
    let manifest = format!("/{uid}/manifest/video.m3u8");
    assert_eq!(desk.view(&manifest).await.status, 200);
    scenario(&desk, "certain-sites-only").await;
    assert_eq!(desk.view(&manifest).await.status, 403);
    let allowed = desk.http.get(format!("{}{manifest}", desk.host())).header("origin", "https://dojo.example.org");
    assert_eq!(allowed.send().await.unwrap().status(), 200);
    desk.control("switches", json!({ "origin_required": false })).await;
    assert_eq!(desk.view(&manifest).await.status, 200);
}
