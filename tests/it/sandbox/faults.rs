//! Faults that rules switch on.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::support::TestSandbox;

#[tokio::test]
async fn each_kind_of_fault_changes_one_reply() {
    let sandbox = TestSandbox::start().await;
    let trap = |fault: serde_json::Value| json!({ "method": "GET", "path": "*/stream", "count": 1, "fault": fault });

    sandbox.control("faults", trap(json!({ "kind": "html" }))).await;
    let html = sandbox.stream(Method::GET, "", None).await;
    assert_eq!((html.status, html.header("content-type")), (502, "text/html; charset=UTF-8"));
    assert!(html.text().contains("<html>"));

    sandbox.control("faults", trap(json!({ "kind": "empty" }))).await;
    let empty = sandbox.stream(Method::GET, "", None).await;
    assert_eq!((empty.status, empty.bytes.len()), (500, 0));

    sandbox.control("faults", trap(json!({ "kind": "status", "status": 520 }))).await;
    assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 520);

    sandbox.control("faults", trap(json!({ "kind": "truncated" }))).await;
    let truncated = sandbox.stream(Method::GET, "", None).await;
    assert_eq!(truncated.status, 200);
    assert!(!truncated.bytes.is_empty() && serde_json::from_slice::<serde_json::Value>(&truncated.bytes).is_err());

    sandbox.control("faults", trap(json!({ "kind": "cut_body" }))).await;
    let request = sandbox.http.get(sandbox.account("/stream")).bearer_auth(&sandbox.info.api_token);
    let cut = request.send().await.unwrap();
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());

    sandbox.control("faults", trap(json!({ "kind": "stall", "seconds": 0.3 }))).await;
    let begun = Instant::now();
    assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));

    sandbox.control("faults", trap(json!({ "kind": "reset" }))).await;
    let request = sandbox.http.get(sandbox.account("/stream")).bearer_auth(&sandbox.info.api_token);
    assert!(request.send().await.is_err());

    // Every rule applied to one request, so the next request is answered as usual.
    assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 200);
}

#[tokio::test]
async fn a_request_whose_reply_is_dropped_was_carried_out() {
    let sandbox = TestSandbox::start().await;
    let trap = json!({ "method": "POST", "path": "*/meetings", "count": 1, "fault": { "kind": "drop_reply" } });
    sandbox.control("faults", trap).await;
    let url = sandbox.account(&format!("/realtime/kit/{}/meetings", sandbox.info.app_id));
    let request = sandbox.http.post(&url).bearer_auth(&sandbox.info.api_token).json(&json!({ "title": "Lost" }));
    assert!(request.send().await.is_err());
    let found = sandbox.kit(Method::GET, "/meetings?search=Lost", None).await;
    assert_eq!(found.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rate_limit_fault_sends_retry_after_only_when_given() {
    let sandbox = TestSandbox::start().await;
    sandbox.control("faults", json!({ "count": 1, "fault": { "kind": "rate_limited", "retry_after": 7 } })).await;
    sandbox.control("faults", json!({ "count": 1, "fault": { "kind": "rate_limited" } })).await;
    let with = sandbox.stream(Method::GET, "", None).await;
    with.assert_refused(429, 971);
    assert_eq!(with.header("retry-after"), "7");
    let without = sandbox.stream(Method::GET, "", None).await;
    without.assert_refused(429, 971);
    assert!(!without.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn fault_rules_are_listed_and_removed() {
    let sandbox = TestSandbox::start().await;
    sandbox.control("faults", json!({ "path": "*/keys", "fault": { "kind": "empty", "status": 503 } })).await;
    assert_eq!(sandbox.stream(Method::GET, "/keys", None).await.status, 503);
    assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 200);
    let cleared = sandbox.send(Method::DELETE, &format!("{}/faults", sandbox.info.control_url), None, None).await;
    assert_eq!(cleared.body["faults"], json!([]));
    assert_eq!(sandbox.stream(Method::GET, "/keys", None).await.status, 200);
}

#[tokio::test]
async fn the_control_api_answers_only_below_its_secret_path() {
    let sandbox = TestSandbox::start().await;
    for path in ["/control/state", "/control//state", "/control/guess/state", "/control"] {
        assert_eq!(sandbox.view(path).await.status, 404, "{path}");
    }
    let url = format!("{}/advance", sandbox.info.control_url);
    for body in [json!({ "seconds": -1 }), json!({ "seconds": "soon" }), json!([]), json!({ "seconds": 1e300 })] {
        let refused = sandbox.send(Method::POST, &url, None, Some(&body)).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.body["error"].is_string());
    }
}
