//! Mishaps inside Cloudflare's services, and scenarios that combine faults and mishaps.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, moment};

async fn live(sandbox: &TestSandbox) -> String {
    let small = json!({ "width": 320, "height": 180 });
    let meeting = sandbox.meeting(json!({ "title": "Class", "recording_config": { "video_config": small } })).await;
    sandbox.join(&meeting, "Ada").await;
    meeting
}

async fn scenario(sandbox: &TestSandbox, name: &str) -> Value {
    sandbox.control("scenarios", json!({ "name": name })).await
}

#[tokio::test]
async fn each_recording_mishap_affects_one_recording() {
    let sandbox = TestSandbox::start().await;
    for mishap in [
        json!({ "kind": "recording_fails", "after_seconds": 30 }),
        json!({ "kind": "recorder_never_comes" }),
        json!({ "kind": "upload_fails" }),
    ] {
        sandbox.control("mishaps", json!({ "mishap": mishap })).await;
    }
    let meeting = live(&sandbox).await;

    let failing = sandbox.record(&meeting).await;
    sandbox.advance(20).await;
    assert_eq!(sandbox.recording(&failing).await["status"], "RECORDING");
    sandbox.advance(20).await;
    let failed = sandbox.recording(&failing).await;
    assert_eq!((&failed["status"], &failed["download_url"]), (&json!("ERRORED"), &Value::Null));
    assert_eq!(moment(&failed["stopped_time"]) - moment(&failed["started_time"]), chrono::TimeDelta::seconds(30));

    let stuck = sandbox.record(&meeting).await;
    sandbox.advance(3_600).await;
    assert_eq!(sandbox.recording(&stuck).await["status"], "INVOKED");
    assert_eq!(sandbox.act(&stuck, "stop").await.status, 200);

    let lost = sandbox.record(&meeting).await;
    sandbox.advance(60).await;
    assert_eq!(sandbox.act(&lost, "stop").await.data()["status"], "UPLOADING");
    sandbox.advance(60).await;
    assert_eq!(sandbox.recording(&lost).await["status"], "ERRORED");

    let well = sandbox.record(&meeting).await;
    sandbox.advance(60).await;
    sandbox.act(&well, "stop").await;
    sandbox.advance(60).await;
    assert_eq!(sandbox.recording(&well).await["status"], "UPLOADED");
}

#[tokio::test]
async fn each_import_mishap_affects_one_video() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    sandbox.control("mishaps", json!({ "mishap": { "kind": "import_fails", "code": "ERR_MALFORMED_VIDEO" } })).await;
    let failed = sandbox.copy(&url, json!({})).await;
    sandbox.advance(60).await;
    let failed = sandbox.video(&failed).await;
    assert_eq!((&failed["status"]["state"], &failed["readyToStream"]), (&json!("error"), &json!(false)));
    assert_eq!(failed["status"]["errorReasonCode"], "ERR_MALFORMED_VIDEO");
    assert_ne!(failed["status"]["errorReasonText"], "");

    sandbox.control("mishaps", json!({ "mishap": { "kind": "encode_stuck", "percent": 30 } })).await;
    let stuck = sandbox.copy(&url, json!({})).await;
    sandbox.advance(86_400).await;
    let stuck = sandbox.video(&stuck).await;
    assert_eq!((&stuck["status"]["state"], &stuck["readyToStream"]), (&json!("inprogress"), &json!(false)));
    assert_eq!(stuck["status"]["pctComplete"], "30.000000");

    let well = sandbox.copy(&url, json!({})).await;
    sandbox.advance(300).await;
    assert_eq!(sandbox.video(&well).await["status"]["state"], "ready");
}

#[tokio::test]
async fn every_scenario_becomes_active_and_calm_ends_it() {
    let sandbox = TestSandbox::start().await;
    let url = format!("{}/scenarios", sandbox.info.control_url);
    let listed = sandbox.send(Method::GET, &url, None, None).await.body["scenarios"].clone();
    let listed = listed.as_array().unwrap();
    assert!(listed.len() >= 15);
    let before = sandbox.send(Method::GET, &format!("{}/switches", sandbox.info.control_url), None, None).await.body;
    for known in listed {
        assert_eq!(known["active"], false);
        let name = known["name"].as_str().unwrap();
        let begun = scenario(&sandbox, name).await;
        let active: Vec<_> =
            begun["scenarios"].as_array().unwrap().iter().filter(|other| other["active"] == true).collect();
        assert_eq!(active.len(), 1);
        assert_eq!(active[0]["name"], name);
        let calm = sandbox.control("calm", json!({})).await;
        assert_eq!((&calm["faults"], &calm["mishaps"], &calm["switches"]), (&json!([]), &json!([]), &before));
        assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 200, "after {name}");
    }
    let unknown = sandbox.send(Method::POST, &url, None, Some(&json!({ "name": "nonsense" }))).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body["error"].as_str().unwrap().contains("network-drops"), "the refusal lists the scenarios");
}

#[tokio::test]
async fn the_scenario_network_drops_ends_after_two_minutes() {
    let sandbox = TestSandbox::start().await;
    let call = || sandbox.http.get(sandbox.account("/stream")).bearer_auth(&sandbox.info.api_token).send();
    scenario(&sandbox, "network-drops").await;
    assert!(call().await.is_err());
    sandbox.advance(100).await;
    assert!(call().await.is_err());
    sandbox.advance(21).await;
    assert_eq!(call().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_scenario_rate_limited_refuses_calls_for_five_minutes() {
    let sandbox = TestSandbox::start().await;
    scenario(&sandbox, "rate-limited").await;
    let refused = sandbox.stream(Method::GET, "", None).await;
    refused.assert_refused(429, 971);
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((290..=300).contains(&wait), "{wait}");
    assert_eq!(sandbox.kit(Method::GET, "/meetings", None).await.status, 429);
    sandbox.advance(wait + 1).await;
    assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 200);
}

#[tokio::test]
async fn scenarios_that_change_objects_change_them_at_once() {
    let sandbox = TestSandbox::start().await;
    let meeting = live(&sandbox).await;
    let recording = sandbox.record(&meeting).await;
    sandbox.advance(30).await;
    scenario(&sandbox, "everyone-leaves").await;
    sandbox.advance(90).await;
    assert_eq!(sandbox.recording(&recording).await["stop_reason"]["reason"], "ALL_PEERS_LEFT");

    let (expiring, url) = sandbox.uploaded_recording().await;
    scenario(&sandbox, "file-expired").await;
    assert_eq!(sandbox.recording(&expiring).await["download_url"], Value::Null);
    assert_eq!(sandbox.http.get(&url).send().await.unwrap().status(), 403);

    sandbox.key().await;
    scenario(&sandbox, "keys-deleted").await;
    assert_eq!(sandbox.stream(Method::GET, "/keys", None).await.result(), &json!([]));

    scenario(&sandbox, "clock-wrong").await;
    let reply = sandbox.stream(Method::GET, "", None).await;
    let date = chrono::DateTime::parse_from_rfc2822(reply.header("date")).unwrap().timestamp();
    assert!((date - sandbox.now().await - 900).abs() <= 2, "{date}");

    scenario(&sandbox, "storage-full").await;
    sandbox.stream(Method::POST, "/copy", Some(json!({ "url": url }))).await.assert_refused(403, 10_011);
}

#[tokio::test]
async fn slow_headers_and_slow_body_delay_a_reply() {
    let sandbox = TestSandbox::start().await;
    let slow = |kind: &str| json!({ "count": 1, "fault": { "kind": kind, "seconds": 0.4 } });
    let call = || sandbox.http.get(sandbox.account("/stream/keys")).bearer_auth(&sandbox.info.api_token).send();

    sandbox.control("faults", slow("slow_headers")).await;
    let begun = Instant::now();
    assert_eq!(call().await.unwrap().status(), 200);
    assert!(begun.elapsed() >= Duration::from_millis(400));

    sandbox.control("faults", slow("slow_body")).await;
    let response = call().await.unwrap();
    let begun = Instant::now();
    assert_eq!(response.json::<Value>().await.unwrap()["success"], true);
    assert!(begun.elapsed() >= Duration::from_millis(200), "the body arrived at once");
}

#[tokio::test]
async fn the_scenario_odd_replies_sends_null_lists_numbers_as_text_and_empty_entries() {
    let sandbox = TestSandbox::start().await;
    sandbox.set_switches(json!({ "null_lists": true })).await;
    assert_eq!(sandbox.stream(Method::GET, "?creator=nobody", None).await.body["result"], Value::Null);
    assert_eq!(sandbox.kit(Method::GET, "/recordings", None).await.body["data"], Value::Null);
    assert_eq!(sandbox.kit(Method::GET, "/sessions", None).await.body["data"]["sessions"], Value::Null);
    sandbox.set_switches(json!({ "null_lists": false, "odd_entries": true, "numbers_as_text": true })).await;
    let uid = sandbox.ready_video(json!({})).await;
    let listed = sandbox.stream(Method::GET, "", None).await.body["result"].clone();
    let listed = listed.as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["uid"], &listed[2]), (3, &Value::Null, &Value::Null));
    assert_eq!(listed[1]["uid"], uid.as_str());
    assert!(listed[1]["duration"].is_string(), "{}", listed[1]);
    sandbox.set_switches(json!({ "odd_entries": false, "numbers_as_text": false })).await;
    let listed = sandbox.stream(Method::GET, "", None).await.body["result"].clone();
    assert!(listed[0]["duration"].is_number());
}

#[tokio::test]
async fn a_recording_in_the_accounts_own_bucket_is_uploaded_without_a_download_url() {
    let sandbox = TestSandbox::start().await;
    scenario(&sandbox, "own-bucket").await;
    let meeting = live(&sandbox).await;
    let recording = sandbox.record(&meeting).await;
    sandbox.advance(30).await;
    sandbox.act(&recording, "stop").await;
    sandbox.advance(60).await;
    let uploaded = sandbox.recording(&recording).await;
    assert_eq!((&uploaded["status"], &uploaded["download_url"]), (&json!("UPLOADED"), &Value::Null));
    assert_eq!(
        (&uploaded["storage_config"]["type"], &uploaded["storage_config"]["bucket"]),
        (&json!("aws"), &json!("dojo-recordings"))
    );
    assert!(uploaded["output_file_name"].is_string());
}

#[tokio::test]
async fn a_participant_without_a_name_cannot_join_when_names_are_required() {
    let sandbox = TestSandbox::start().await;
    scenario(&sandbox, "nameless-kept-out").await;
    let meeting = sandbox.meeting(json!({ "title": "Class" })).await;
    let path = format!("/meetings/{meeting}/participants");
    for (number, (name, status)) in [(Value::Null, 409), (json!(""), 200), (json!("Ada"), 200)].into_iter().enumerate()
    {
        let custom = format!("person-{number}");
        let mut body = json!({ "custom_participant_id": custom, "preset_name": "group_call_participant" });
        if !name.is_null() {
            body["name"] = name;
        }
        assert_eq!(sandbox.kit(Method::POST, &path, Some(body)).await.status, 201);
        let url = format!("{}/join", sandbox.info.control_url);
        let joining = json!({ "meeting_id": meeting, "custom_participant_id": custom });
        assert_eq!(sandbox.send(Method::POST, &url, None, Some(&joining)).await.status, status, "{custom}");
    }
}

#[tokio::test]
async fn a_download_can_be_late_or_missing_although_it_is_reported_ready() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    let path = format!("/{uid}/downloads");
    scenario(&sandbox, "download-late").await;
    sandbox.stream(Method::POST, &path, None).await;
    sandbox.advance(60).await;
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result()["default"]["status"], "inprogress");
    assert_eq!(sandbox.view(&format!("/{uid}/downloads/default.mp4")).await.status, 404);
    sandbox.advance(600).await;
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result()["default"]["status"], "ready");
    assert_eq!(sandbox.view(&format!("/{uid}/downloads/default.mp4")).await.status, 200);
    scenario(&sandbox, "download-missing").await;
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result()["default"]["status"], "ready");
    assert_eq!(sandbox.view(&format!("/{uid}/downloads/default.mp4")).await.status, 404);
}

#[tokio::test]
async fn a_video_for_certain_sites_is_refused_to_requests_without_an_origin() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    let manifest = format!("/{uid}/manifest/video.m3u8");
    assert_eq!(sandbox.view(&manifest).await.status, 200);
    scenario(&sandbox, "certain-sites-only").await;
    assert_eq!(sandbox.view(&manifest).await.status, 403);
    let allowed =
        sandbox.http.get(format!("{}{manifest}", sandbox.host())).header("origin", "https://dojo.example.org");
    assert_eq!(allowed.send().await.unwrap().status(), 200);
    sandbox.control("switches", json!({ "origin_required": false })).await;
    assert_eq!(sandbox.view(&manifest).await.status, 200);
}
