//! Stopping the sandbox and starting it again with the same state file.

use std::path::Path;

use reqwest::Method;
use serde_json::json;

use super::support::{TestSandbox, claims, id, signed};

#[tokio::test]
async fn a_restart_keeps_all_objects_and_continues_interrupted_work() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    let meeting = sandbox.meeting(json!({ "title": "Tue" })).await;
    let add = json!({ "preset_name": "group_call_host", "custom_participant_id": "i-17" });
    let participant = sandbox.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(add)).await;
    sandbox.join(&meeting, "Ada").await;
    let running = sandbox.record(&meeting).await;
    let (recording, url) = sandbox.uploaded_recording().await;
    let video = sandbox.ready_video(json!({ "requireSignedURLs": true, "meta": { "name": "Tue" } })).await;
    let (kid, pem) = sandbox.key().await;
    let token = signed(
        &claims(&video, &kid, hajime_core::ports::Clock::now(&hajime_core::ports::SystemClock).timestamp()),
        Some(&kid),
        &pem,
    );
    let before = sandbox.video(&video).await;
    let uploading = sandbox.meeting(json!({})).await;
    sandbox.join(&uploading, "Bo").await;
    let stopping = sandbox.record(&uploading).await;
    sandbox.advance(30).await;
    sandbox.act(&stopping, "stop").await;
    sandbox.set_switches(json!({ "head_refused": true })).await;
    let (old, port) = (sandbox.info.clone(), sandbox.host());
    sandbox.server.stop().await;

    let sandbox = TestSandbox::with_state_file(&state).await;
    assert_eq!(sandbox.host(), port, "the port of the last run is used again");
    assert_ne!(sandbox.info.api_token, old.api_token);
    assert_ne!(sandbox.info.control_url, old.control_url);
    sandbox.send(Method::GET, &sandbox.account("/stream"), Some(&old.api_token), None).await.assert_refused(403, 9_109);

    assert_eq!(sandbox.kit(Method::GET, &format!("/meetings/{meeting}"), None).await.data()["title"], "Tue");
    let people = sandbox.kit(Method::GET, &format!("/meetings/{meeting}/participants"), None).await;
    assert_eq!(id(&people.data()[0]), id(participant.data()));
    assert_eq!(sandbox.recording(&running).await["status"], "RECORDING");
    assert_eq!(sandbox.recording(&recording).await["download_url"], url, "the presigned URL is the same");
    assert_eq!(sandbox.send(Method::GET, &url, None, None).await.status, 200);
    assert_eq!(sandbox.send(Method::HEAD, &url, None, None).await.status, 403, "the switches are saved");
    assert_eq!(sandbox.video(&video).await, before);
    assert_eq!(sandbox.stream(Method::GET, "/keys", None).await.result()[0]["id"], kid);
    // The verification clock shows real time again, so a token of an hour is valid whatever was advanced before the
    // restart.
    assert_eq!(sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.status, 200);
    sandbox.advance(60).await;
    assert_eq!(sandbox.recording(&stopping).await["status"], "UPLOADED", "the interrupted upload continues");
    assert_eq!(sandbox.kit(Method::GET, "/presets", None).await.body["paging"]["total_count"], 2);
}

#[tokio::test]
async fn an_import_interrupted_by_a_restart_continues() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({})).await;
    sandbox.server.stop().await;
    let sandbox = TestSandbox::with_state_file(&state).await;
    sandbox.advance(300).await;
    let video = sandbox.video(&uid).await;
    assert_eq!(video["status"]["state"], "ready");
    assert_eq!(video["meta"]["downloaded-from"], url);
}

#[tokio::test]
async fn the_state_file_holds_no_token_key_or_signature() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = TestSandbox::with_state_file(&folder.path().join("sandbox.db")).await;
    let token = sandbox.token(&["realtime"], "user", &sandbox.info.account_id).await;
    let meeting = sandbox.meeting(json!({})).await;
    let add = json!({ "preset_name": "group_call_host", "custom_participant_id": "i-17" });
    let participant = sandbox.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(add)).await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({})).await;
    sandbox.stream(Method::POST, &format!("/{uid}"), Some(json!({ "meta": { "from": url } }))).await;
    let (_, pem) = sandbox.key().await;
    sandbox.stream(Method::POST, &format!("/{uid}/token"), None).await;
    let signature = url.split("X-Signature=").nth(1).unwrap();
    let secrets = [
        sandbox.info.api_token.clone(),
        token,
        participant.data()["token"].as_str().unwrap().to_owned(),
        signature.to_owned(),
        pem.lines().nth(1).unwrap().to_owned(),
        sandbox.info.control_url.rsplit('/').next().unwrap().to_owned(),
    ];
    let hunt = |when: &str| {
        for secret in &secrets {
            assert!(!holds(folder.path(), secret), "{secret} is on disk {when}");
        }
        assert!(holds(folder.path(), &meeting), "the file holds the meeting {when}");
    };
    hunt("while it runs");
    sandbox.server.stop().await;
    hunt("after it stopped");
}

#[tokio::test]
async fn a_damaged_state_file_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    std::fs::write(&state, b"this is not a database, but it is long enough to be looked at").unwrap();
    let options = cloudflare_sandbox::Options { state: Some(state), ..cloudflare_sandbox::Options::default() };
    let refused = cloudflare_sandbox::Sandbox::start(options).await.unwrap_err();
    assert!(refused.to_string().contains("sandbox.db"), "{refused}");
}

fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
