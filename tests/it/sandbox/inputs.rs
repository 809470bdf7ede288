//! Live inputs, and the legacy Calls apps and TURN keys.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, reply_to};

#[tokio::test]
async fn live_inputs_are_created_read_changed_listed_and_deleted() {
    let sandbox = TestSandbox::start().await;
    let path = "/live_inputs";
    assert_eq!(sandbox.stream(Method::GET, path, None).await.result(), &json!({ "liveInputs": [] }));
    let body = json!({
        "meta": { "name": "Dojo" }, "defaultCreator": "instr-17", "deleteRecordingAfterDays": 45,
        "recording": { "mode": "automatic", "requireSignedURLs": true, "timeoutSeconds": 10 },
    });
    let made = sandbox.stream(Method::POST, path, Some(body)).await;
    let input = made.result();
    assert_eq!((&input["meta"], &input["deleteRecordingAfterDays"]), (&json!({ "name": "Dojo" }), &json!(45.0)));
    let recording = json!({
        "mode": "automatic", "requireSignedURLs": true, "allowedOrigins": [], "timeoutSeconds": 10,
        "hideLiveViewerCount": false,
    });
    assert_eq!((&input["recording"], &input["enabled"], &input["status"]), (&recording, &json!(true), &Value::Null));
    for (way, member) in
        [("rtmps", "streamKey"), ("rtmpsPlayback", "streamKey"), ("srt", "passphrase"), ("srtPlayback", "streamId")]
    {
        assert!(!input[way]["url"].as_str().unwrap().is_empty() && input[way][member].is_string(), "{input}");
    }
    assert!(input["webRTC"]["url"].is_string() && input["webRTCPlayback"]["url"].is_string());
    let one = format!("{path}/{}", input["uid"].as_str().unwrap());
    assert_eq!(sandbox.stream(Method::GET, &one, None).await.result(), input);
    sandbox.advance(5).await;
    let change = json!({ "enabled": false, "deleteRecordingAfterDays": null, "recording": { "mode": "off" } });
    let changed = sandbox.stream(Method::PUT, &one, Some(change)).await;
    let changed = changed.result();
    assert_eq!((&changed["enabled"], &changed["deleteRecordingAfterDays"]), (&json!(false), &Value::Null));
    assert_eq!((&changed["recording"]["mode"], &changed["recording"]["timeoutSeconds"]), (&json!("off"), &json!(10)));
    assert_eq!((&changed["meta"], &changed["rtmps"]), (&input["meta"], &input["rtmps"]));
    assert_ne!(changed["modified"], input["modified"]);
    let second = sandbox.stream(Method::POST, path, None).await.result()["uid"].clone();
    let listed = sandbox.stream(Method::GET, &format!("{path}?include_counts=true"), None).await;
    assert_eq!((&listed.result()["total"], &listed.result()["range"]), (&json!(2), &json!(2)));
    assert_eq!(listed.result()["liveInputs"][0]["uid"], second);
    assert!(listed.result()["liveInputs"][1].get("rtmps").is_none());
    assert_eq!(sandbox.stream(Method::GET, &format!("{one}/videos"), None).await.result(), &json!([]));
    let deleted = sandbox.stream(Method::DELETE, &one, None).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (200, 0));
    for gone in ["", "/videos", "/outputs"] {
        sandbox.stream(Method::GET, &format!("{one}{gone}"), None).await.assert_refused(404, 10_003);
    }
    for bad in [
        json!({ "deleteRecordingAfterDays": 29 }),
        json!({ "deleteRecordingAfterDays": 1_097 }),
        json!({ "recording": { "mode": "on" } }),
        json!({ "recording": { "allowedOrigins": ["https://example.org"] } }),
        json!({ "meta": [] }),
        json!([]),
    ] {
        sandbox.stream(Method::POST, path, Some(bad)).await.assert_refused(400, 10_005);
    }
}

#[tokio::test]
async fn two_requests_with_one_idempotency_key_create_one_live_input() {
    let sandbox = TestSandbox::start().await;
    let make = async |key: &str| {
        let request = sandbox.http.post(sandbox.account("/stream/live_inputs")).bearer_auth(&sandbox.info.api_token);
        reply_to(request.header("idempotency-key", key)).await.result()["uid"].clone()
    };
    let first = make("one").await;
    assert_eq!(make("one").await, first);
    assert_ne!(make("two").await, first);
}

#[tokio::test]
async fn outputs_of_a_live_input_are_added_enabled_and_removed() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.stream(Method::POST, "/live_inputs", None).await.result()["uid"].as_str().unwrap().to_owned();
    let path = format!("/live_inputs/{uid}/outputs");
    let body = json!({ "url": "rtmps://a.example.org/live", "streamKey": "key" });
    let added = sandbox.stream(Method::POST, &path, Some(body)).await;
    let output = added.result();
    assert_eq!((&output["url"], &output["streamKey"]), (&json!("rtmps://a.example.org/live"), &json!("key")));
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result(), &json!([output]));
    let one = format!("{path}/{}", output["uid"].as_str().unwrap());
    assert_eq!(sandbox.stream(Method::PUT, &one, Some(json!({ "enabled": false }))).await.result()["enabled"], false);
    sandbox.stream(Method::PUT, &one, Some(json!({}))).await.assert_refused(400, 10_005);
    sandbox
        .stream(Method::PUT, &format!("{path}/nothing"), Some(json!({ "enabled": true })))
        .await
        .assert_refused(404, 10_003);
    for bad in [json!({ "url": "rtmps://a.example.org" }), json!({ "url": "http://a.example.org", "streamKey": "key" })]
    {
        sandbox.stream(Method::POST, &path, Some(bad)).await.assert_refused(400, 10_005);
    }
    assert_eq!(sandbox.stream(Method::DELETE, &one, None).await.status, 200);
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result(), &json!([]));
}

#[tokio::test]
async fn calls_apps_and_turn_keys_are_two_lists_with_the_same_shape() {
    let sandbox = TestSandbox::start().await;
    let token = Some(sandbox.info.api_token.as_str());
    for (kind, other, secret) in [("apps", "turn_keys", "secret"), ("turn_keys", "apps", "key")] {
        let all = sandbox.account(&format!("/calls/{kind}"));
        let made = sandbox.send(Method::POST, &all, token, Some(&json!({ "name": kind }))).await;
        assert_eq!(made.status, 201);
        let shown = made.result();
        assert!(shown[secret].as_str().unwrap().len() >= 32, "{shown}");
        let uid = shown["uid"].as_str().unwrap();
        assert!(uid.len() == 32 && shown["created"].is_string() && shown["modified"].is_string());
        let (one, elsewhere) = (format!("{all}/{uid}"), sandbox.account(&format!("/calls/{other}/{uid}")));
        let known = sandbox.send(Method::GET, &one, token, None).await.result().clone();
        assert_eq!((known.get(secret), &known["name"]), (None, &json!(kind)));
        assert_eq!(sandbox.send(Method::GET, &all, token, None).await.result(), &json!([known]));
        sandbox.advance(5).await;
        let renamed = sandbox.send(Method::PUT, &one, token, Some(&json!({ "name": "renamed" }))).await;
        assert_eq!((&renamed.result()["name"], &renamed.result()["created"]), (&json!("renamed"), &known["created"]));
        assert_ne!(renamed.result()["modified"], known["modified"]);
        sandbox.send(Method::PUT, &one, token, Some(&json!({ "name": 7 }))).await.assert_refused(400, 10_005);
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            sandbox.send(method, &elsewhere, token, None).await.assert_refused(404, 10_003);
        }
        assert_eq!(sandbox.send(Method::DELETE, &one, token, None).await.result(), renamed.result());
        sandbox.send(Method::DELETE, &one, token, None).await.assert_refused(404, 10_003);
    }
    sandbox.send(Method::GET, &sandbox.account("/calls/other"), token, None).await.assert_refused(404, 7_003);
}
