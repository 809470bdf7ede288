//! Stopping and starting again with the same state file.

use std::path::Path;

use reqwest::Method;
use serde_json::json;

use super::support::{Desk, claims, id, signed};

#[tokio::test]
async fn s47_everything_is_still_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let desk = Desk::kept_in(&state).await;
    let meeting = desk.meeting(json!({ "title": "Tue" })).await;
    let add = json!({ "preset_name": "group_call_host", "custom_participant_id": "i-17" });
    let participant = desk.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(add)).await;
    desk.join(&meeting, "Ada").await;
    let running = desk.record(&meeting).await;
    let (recording, url) = desk.uploaded().await;
    let video = desk.ready(json!({ "requireSignedURLs": true, "meta": { "name": "Tue" } })).await;
    let (kid, pem) = desk.key().await;
    let token = signed(
        &claims(&video, &kid, hajime_core::ports::Clock::now(&hajime_core::ports::SystemClock).timestamp()),
        Some(&kid),
        &pem,
    );
    let before = desk.video(&video).await;
    let uploading = desk.meeting(json!({})).await;
    desk.join(&uploading, "Bo").await;
    let stopping = desk.record(&uploading).await;
    desk.advance(30).await;
    desk.act(&stopping, "stop").await;
    desk.switch(json!({ "head_refused": true })).await;
    let (old, port) = (desk.info.clone(), desk.host());
    desk.sandbox.stop().await;

    let desk = Desk::kept_in(&state).await;
    assert_eq!(desk.host(), port, "the same port, when it is free");
    assert_ne!(desk.info.api_token, old.api_token);
    assert_ne!(desk.info.control_url, old.control_url);
    desk.send(Method::GET, &desk.account("/stream"), Some(&old.api_token), None).await.refused(403, 9_109);

    assert_eq!(desk.kit(Method::GET, &format!("/meetings/{meeting}"), None).await.data()["title"], "Tue");
    let people = desk.kit(Method::GET, &format!("/meetings/{meeting}/participants"), None).await;
    assert_eq!(id(&people.data()[0]), id(participant.data()));
    assert_eq!(desk.recording(&running).await["status"], "RECORDING");
    assert_eq!(desk.recording(&recording).await["download_url"], url, "the same URL for the same file");
    assert_eq!(desk.send(Method::GET, &url, None, None).await.status, 200);
    assert_eq!(desk.send(Method::HEAD, &url, None, None).await.status, 403, "the switches are kept");
    assert_eq!(desk.video(&video).await, before);
    assert_eq!(desk.stream(Method::GET, "/keys", None).await.result()[0]["id"], kid);
    // The verification clock is real again, so a token of an hour is good whatever was advanced before.
    assert_eq!(desk.view(&format!("/{token}/manifest/video.m3u8")).await.status, 200);
    desk.advance(60).await;
    assert_eq!(desk.recording(&stopping).await["status"], "UPLOADED", "what was interrupted goes on");
    assert_eq!(desk.kit(Method::GET, "/presets", None).await.body["paging"]["total_count"], 2);
}

#[tokio::test]
async fn s47_an_import_that_was_interrupted_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let desk = Desk::kept_in(&state).await;
    let (_, url) = desk.uploaded().await;
    let uid = desk.copy(&url, json!({})).await;
    desk.sandbox.stop().await;
    let desk = Desk::kept_in(&state).await;
    desk.advance(300).await;
    let video = desk.video(&uid).await;
    assert_eq!(video["status"]["state"], "ready");
    assert_eq!(video["meta"]["downloaded-from"], url);
}

#[tokio::test]
async fn the_state_file_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::kept_in(&folder.path().join("sandbox.db")).await;
    let token = desk.token(&["realtime"], "user", &desk.info.account_id).await;
    let meeting = desk.meeting(json!({})).await;
    let add = json!({ "preset_name": "group_call_host", "custom_participant_id": "i-17" });
    let participant = desk.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(add)).await;
    let (_, url) = desk.uploaded().await;
    let uid = desk.copy(&url, json!({})).await;
    desk.stream(Method::POST, &format!("/{uid}"), Some(json!({ "meta": { "from": url } }))).await;
    let (_, pem) = desk.key().await;
    desk.stream(Method::POST, &format!("/{uid}/token"), None).await;
    let signature = url.split("X-Signature=").nth(1).unwrap();
    let secrets = [
        desk.info.api_token.clone(),
        token,
        participant.data()["token"].as_str().unwrap().to_owned(),
        signature.to_owned(),
        pem.lines().nth(1).unwrap().to_owned(),
        desk.info.control_url.rsplit('/').next().unwrap().to_owned(),
    ];
    let hunt = |when: &str| {
        for secret in &secrets {
            assert!(!holds(folder.path(), secret), "{secret} is on disk {when}");
        }
        assert!(holds(folder.path(), &meeting), "what is not secret is there {when}");
    };
    hunt("while it runs");
    desk.sandbox.stop().await;
    hunt("after it stopped");
}

#[tokio::test]
async fn a_damaged_state_file_is_refused_by_name() {
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
