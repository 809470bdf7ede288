//! Bad days, switched on.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::support::Desk;

#[tokio::test]
async fn s09_faults_are_what_a_client_meets_on_a_bad_day() {
    let desk = Desk::open().await;
    let trap = |fault: serde_json::Value| json!({ "method": "GET", "path": "*/stream", "count": 1, "fault": fault });

    desk.control("faults", trap(json!({ "kind": "html" }))).await;
    let html = desk.stream(Method::GET, "", None).await;
    assert_eq!((html.status, html.header("content-type")), (502, "text/html; charset=UTF-8"));
    assert!(html.text().contains("<html>"));

    desk.control("faults", trap(json!({ "kind": "empty" }))).await;
    let empty = desk.stream(Method::GET, "", None).await;
    assert_eq!((empty.status, empty.bytes.len()), (500, 0));

    desk.control("faults", trap(json!({ "kind": "status", "status": 520 }))).await;
    assert_eq!(desk.stream(Method::GET, "", None).await.status, 520);

    desk.control("faults", trap(json!({ "kind": "truncated" }))).await;
    let truncated = desk.stream(Method::GET, "", None).await;
    assert_eq!(truncated.status, 200);
    assert!(!truncated.bytes.is_empty() && serde_json::from_slice::<serde_json::Value>(&truncated.bytes).is_err());

    desk.control("faults", trap(json!({ "kind": "cut_body" }))).await;
    let request = desk.http.get(desk.account("/stream")).bearer_auth(&desk.info.api_token);
    let cut = request.send().await.unwrap();
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());

    desk.control("faults", trap(json!({ "kind": "stall", "seconds": 0.3 }))).await;
    let begun = Instant::now();
    assert_eq!(desk.stream(Method::GET, "", None).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));

    desk.control("faults", trap(json!({ "kind": "reset" }))).await;
    let request = desk.http.get(desk.account("/stream")).bearer_auth(&desk.info.api_token);
    assert!(request.send().await.is_err());

    // Every trap was for one request, so the next one is answered.
    assert_eq!(desk.stream(Method::GET, "", None).await.status, 200);
}

#[tokio::test]
async fn s09_a_dropped_reply_leaves_what_was_done() {
    let desk = Desk::open().await;
    let trap = json!({ "method": "POST", "path": "*/meetings", "count": 1, "fault": { "kind": "drop_reply" } });
    desk.control("faults", trap).await;
    let url = desk.account(&format!("/realtime/kit/{}/meetings", desk.info.app_id));
    let request = desk.http.post(&url).bearer_auth(&desk.info.api_token).json(&json!({ "title": "Lost" }));
    assert!(request.send().await.is_err());
    let found = desk.kit(Method::GET, "/meetings?search=Lost", None).await;
    assert_eq!(found.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rate_limit_fault_comes_with_and_without_retry_after() {
    let desk = Desk::open().await;
    desk.control("faults", json!({ "count": 1, "fault": { "kind": "rate_limited", "retry_after": 7 } })).await;
    desk.control("faults", json!({ "count": 1, "fault": { "kind": "rate_limited" } })).await;
    let with = desk.stream(Method::GET, "", None).await;
    with.refused(429, 971);
    assert_eq!(with.header("retry-after"), "7");
    let without = desk.stream(Method::GET, "", None).await;
    without.refused(429, 971);
    assert!(!without.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn traps_are_listed_and_taken_away() {
    let desk = Desk::open().await;
    desk.control("faults", json!({ "path": "*/keys", "fault": { "kind": "empty", "status": 503 } })).await;
    assert_eq!(desk.stream(Method::GET, "/keys", None).await.status, 503);
    assert_eq!(desk.stream(Method::GET, "", None).await.status, 200);
    let cleared = desk.send(Method::DELETE, &format!("{}/faults", desk.info.control_url), None, None).await;
    assert_eq!(cleared.body["faults"], json!([]));
    assert_eq!(desk.stream(Method::GET, "/keys", None).await.status, 200);
}

#[tokio::test]
async fn the_control_api_is_closed_to_those_who_do_not_know_its_path() {
    let desk = Desk::open().await;
    for path in ["/control/state", "/control//state", "/control/guess/state", "/control"] {
        assert_eq!(desk.view(path).await.status, 404, "{path}");
    }
    let url = format!("{}/advance", desk.info.control_url);
    for body in [json!({ "seconds": -1 }), json!({ "seconds": "soon" }), json!([]), json!({ "seconds": 1e300 })] {
        let refused = desk.send(Method::POST, &url, None, Some(&body)).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.body["error"].is_string());
    }
}
