//! The chat and the transcript of a session.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::TestSandbox;

const HOSTILE: &str = "\"Ippon\", she said\n=1+1 🥋";

/// Holds a session in which Ada writes these messages a second apart. Returns the path of the session.
async fn held(sandbox: &TestSandbox, meeting: Value, messages: &[&str]) -> String {
    let meeting = sandbox.meeting(meeting).await;
    let ada = sandbox.join(&meeting, "Ada, 1st dan").await;
    for text in messages {
        sandbox.advance(1).await;
        sandbox.control("say", json!({ "peer_id": ada, "text": text })).await;
    }
    let live = sandbox.kit(Method::GET, &format!("/meetings/{meeting}/active-session"), None).await;
    let path = format!("/sessions/{}", live.data()["id"].as_str().unwrap());
    sandbox.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick-all"), None).await;
    path
}

/// The text of a session's file, and the address that opened it.
async fn file(sandbox: &TestSandbox, path: &str, member: &str) -> (String, String) {
    let reply = sandbox.kit(Method::GET, path, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let url = reply.data()[member].as_str().unwrap().to_owned();
    (sandbox.view(url.strip_prefix(&sandbox.host()).unwrap()).await.text(), url)
}

#[tokio::test]
async fn a_chat_is_a_csv_file_whose_address_dies() {
    let sandbox = TestSandbox::start().await;
    let path = format!("{}/chat", held(&sandbox, json!({}), &["Hajime!", HOSTILE]).await);
    let (text, url) = file(&sandbox, &path, "chat_download_url").await;
    let header = "id,participantId,sessionId,meetingId,displayName,pinned,isEdited,payloadType,payload,createdAt\r\n";
    assert!(text.starts_with(header), "{text}");
    assert!(text.contains(",\"Ada, 1st dan\",false,false,TEXT_MESSAGE,Hajime!,20"), "{text}");
    assert!(text.contains(",TEXT_MESSAGE,\"\"\"Ippon\"\", she said\n=1+1 🥋\",20"), "{text}");
    sandbox.set_switches(json!({ "chat_bom": true })).await;
    assert!(file(&sandbox, &path, "chat_download_url").await.0.starts_with("\u{feff}id,"));
    sandbox.advance(7 * 86_400).await;
    assert_eq!(sandbox.view(url.strip_prefix(&sandbox.host()).unwrap()).await.status, 403);
    sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);
}

#[tokio::test]
async fn a_chat_in_which_nobody_wrote_is_missing_or_an_empty_file() {
    let sandbox = TestSandbox::start().await;
    let path = format!("{}/chat", held(&sandbox, json!({}), &[]).await);
    sandbox.kit(Method::GET, &path, None).await.assert_kit_refused(404);
    sandbox.set_switches(json!({ "no_chat": "empty_file" })).await;
    assert_eq!(file(&sandbox, &path, "chat_download_url").await.0.lines().count(), 1);
}

#[tokio::test]
async fn a_transcript_has_four_formats_and_may_be_empty() {
    let sandbox = TestSandbox::start().await;
    let path = held(&sandbox, json!({ "transcribe_on_end": true }), &["Hajime!", "Mate --> now"]).await;
    let read = async |format: &str| {
        let path = format!("{path}/transcript?format={format}");
        file(&sandbox, &path, "transcript_download_url").await.0
    };
    let csv = read("CSV").await;
    assert!(csv.starts_with("1000,") && csv.contains(",\"Ada, 1st dan\",Hajime!\r\n2000,"), "{csv}");
    let json: Value = serde_json::from_str(&read("JSON").await).unwrap();
    let first = &json[0];
    assert_eq!((&first["startTime"], &first["endTime"]), (&json!(1_000), &json!(5_000)));
    assert_eq!((&first["sentence"], &first["peerData"]["displayName"]), (&json!("Hajime!"), &json!("Ada, 1st dan")));
    assert!(first["peerData"]["joinedAt"].is_string() && first["peerData"]["userId"].is_string(), "{first}");
    assert!(read("VTT").await.contains("00:00:02.000 --> 00:00:06.000\nAda, 1st dan: Mate -> now\n"));
    assert!(read("SRT").await.contains("00:00:02,000 --> 00:00:06,000\nAda, 1st dan: Mate -> now\n"));
    for (content, text) in [("empty_list", "[]"), ("no_bytes", "")] {
        sandbox.set_switches(json!({ "transcript_content": content })).await;
        assert_eq!(read("JSON").await, text);
    }
}

#[tokio::test]
async fn a_transcript_is_missing_where_none_was_asked_for_and_until_it_is_made() {
    let sandbox = TestSandbox::start().await;
    let none = held(&sandbox, json!({}), &["Hajime!"]).await;
    sandbox.kit(Method::GET, &format!("{none}/transcript?format=JSON"), None).await.assert_kit_refused(404);
    sandbox.set_switches(json!({ "files_after_seconds": 600 })).await;
    let late = held(&sandbox, json!({ "transcribe_on_end": true }), &["Hajime!"]).await;
    for path in ["transcript", "chat"] {
        sandbox.kit(Method::GET, &format!("{late}/{path}"), None).await.assert_kit_refused(404);
    }
    sandbox.advance(600).await;
    for path in ["transcript", "chat"] {
        assert_eq!(sandbox.kit(Method::GET, &format!("{late}/{path}"), None).await.status, 200);
    }
}
