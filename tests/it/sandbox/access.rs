//! Authentication, permissions, rate limits and the envelopes of refusals.

use reqwest::Method;
use serde_json::json;

use super::support::{TestSandbox, reply_to};

const OTHER_ACCOUNT: &str = "00000000000000000000000000000001";

#[tokio::test]
async fn a_users_token_is_verified_as_active() {
    let sandbox = TestSandbox::start().await;
    let url = format!("{}/user/tokens/verify", sandbox.info.base_url);
    let verified = sandbox.send(Method::GET, &url, Some(&sandbox.info.api_token), None).await;
    assert_eq!(verified.status, 200);
    assert_eq!(verified.result()["status"], "active");
    assert_eq!(verified.body["messages"][0]["code"], 10_000);
    assert_eq!(verified.result()["id"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn the_users_verify_endpoint_does_not_know_an_accounts_token() {
    let sandbox = TestSandbox::start().await;
    let token = sandbox.token(&["realtime"], "account", &sandbox.info.account_id).await;
    let user = format!("{}/user/tokens/verify", sandbox.info.base_url);
    sandbox.send(Method::GET, &user, Some(&token), None).await.assert_refused(401, 1_000);
    let verified = sandbox.send(Method::GET, &sandbox.account("/tokens/verify"), Some(&token), None).await;
    assert_eq!(verified.result()["status"], "active");
    sandbox.send(Method::GET, &user, Some("nobody-ever-issued-this"), None).await.assert_refused(401, 1_000);
}

#[tokio::test]
async fn a_missing_and_a_malformed_authorization_header_are_refused_differently() {
    let sandbox = TestSandbox::start().await;
    let url = sandbox.account("/stream");
    sandbox.send(Method::GET, &url, None, None).await.assert_refused(400, 9_106);
    for garbled in ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer sp ace", "Bearer \"quoted-token\""] {
        let reply = reply_to(sandbox.http.get(&url).header("authorization", garbled)).await;
        reply.assert_refused(400, 6_003);
        assert_eq!(reply.body["errors"][0]["error_chain"][0]["code"], 6_111, "{garbled}");
    }
}

#[tokio::test]
async fn every_product_refuses_an_unknown_token_in_the_v4_envelope() {
    let sandbox = TestSandbox::start().await;
    for path in ["/stream", "/realtime/kit/apps", "/calls/apps"] {
        sandbox.send(Method::GET, &sandbox.account(path), Some("unknown-token"), None).await.assert_refused(403, 9_109);
    }
    sandbox.set_switches(json!({ "unknown_token_status": 401 })).await;
    sandbox
        .send(Method::GET, &sandbox.account("/stream"), Some("unknown-token"), None)
        .await
        .assert_refused(401, 9_109);
}

#[tokio::test]
async fn a_permission_covers_one_product_and_reading_or_writing() {
    let sandbox = TestSandbox::start().await;
    let account = sandbox.info.account_id.clone();
    let realtime = sandbox.token(&["realtime"], "user", &account).await;
    let reader = sandbox.token(&["stream_read"], "user", &account).await;
    let writer = sandbox.token(&["stream_write"], "user", &account).await;
    let (copy, list, apps) =
        (sandbox.account("/stream/copy"), sandbox.account("/stream"), sandbox.account("/realtime/kit/apps"));
    let body = json!({ "url": "http://127.0.0.1:1/a.mp4" });
    sandbox.send(Method::POST, &copy, Some(&realtime), Some(&body)).await.assert_refused(403, 10_000);
    sandbox.send(Method::GET, &list, Some(&realtime), None).await.assert_refused(403, 10_000);
    assert_eq!(sandbox.send(Method::GET, &apps, Some(&realtime), None).await.status, 200);
    assert_eq!(sandbox.send(Method::GET, &list, Some(&reader), None).await.status, 200);
    sandbox.send(Method::POST, &copy, Some(&reader), Some(&body)).await.assert_refused(403, 10_000);
    sandbox.send(Method::GET, &apps, Some(&reader), None).await.assert_refused(403, 10_000);
    assert_eq!(sandbox.send(Method::GET, &list, Some(&writer), None).await.status, 200);
    assert_eq!(sandbox.send(Method::POST, &copy, Some(&writer), Some(&body)).await.status, 200);
}

#[tokio::test]
async fn a_token_of_another_account_is_refused() {
    let sandbox = TestSandbox::start().await;
    let token = sandbox.token(&["realtime", "stream_write"], "user", OTHER_ACCOUNT).await;
    for path in ["/stream", "/realtime/kit/apps"] {
        sandbox.send(Method::GET, &sandbox.account(path), Some(&token), None).await.assert_refused(403, 9_109);
    }
    let theirs = format!("{}/accounts/{OTHER_ACCOUNT}/stream", sandbox.info.base_url);
    assert_eq!(sandbox.send(Method::GET, &theirs, Some(&token), None).await.status, 200);
    sandbox.send(Method::GET, &theirs, Some(&sandbox.info.api_token), None).await.assert_refused(403, 9_109);
}

#[tokio::test]
async fn an_unknown_path_is_refused_with_no_route() {
    let sandbox = TestSandbox::start().await;
    let token = Some(sandbox.info.api_token.as_str());
    let nowhere = sandbox.send(Method::GET, &sandbox.account("/no/such/thing"), token, None).await;
    nowhere.assert_refused(404, 7_003);
    assert_eq!(nowhere.body["errors"][0]["error_chain"][0]["code"], 7_000);
    sandbox
        .send(Method::GET, &format!("{}/nothing", sandbox.info.base_url), token, None)
        .await
        .assert_refused(404, 7_000);
    sandbox.kit(Method::GET, "/no-such-thing", None).await.assert_refused(404, 7_003);
    sandbox.stream(Method::PUT, "/keys", None).await.assert_refused(404, 7_003);
    sandbox.send(Method::GET, &sandbox.account("/stream/%ff%fe"), token, None).await.assert_refused(404, 10_003);
    sandbox.set_switches(json!({ "no_route_status": 400 })).await;
    sandbox.kit(Method::GET, "/no-such-thing", None).await.assert_refused(400, 7_003);
}

#[tokio::test]
async fn the_first_request_over_a_rate_limit_blocks_until_the_window_ends() {
    let sandbox = TestSandbox::start().await;
    let first = sandbox.stream(Method::GET, "?limit=1", None).await;
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=1200;w=300");
    assert!(first.header("ratelimit").starts_with("\"default\";r=1199;t="), "{first:?}");
    for _ in 1..1_200 {
        assert_eq!(sandbox.stream(Method::GET, "/storage-usage", None).await.status, 200);
    }
    let refused = sandbox.stream(Method::GET, "?limit=1", None).await;
    refused.assert_refused(429, 971);
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((290..=300).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;t="), "{refused:?}");
    // Another token of the same user shares the rate limit. RealtimeKit has a separate limit.
    let second = sandbox.token(&["stream_read"], "user", &sandbox.info.account_id).await;
    sandbox.send(Method::GET, &sandbox.account("/stream"), Some(&second), None).await.assert_refused(429, 971);
    let kit = sandbox.kit(Method::GET, "/meetings", None).await;
    assert_eq!((kit.status, kit.header("ratelimit-policy")), (200, "\"realtimekit\";q=3500;w=300"));
    sandbox.advance(wait - 30).await;
    sandbox.stream(Method::GET, "?limit=1", None).await.assert_refused(429, 971);
    sandbox.advance(31).await;
    assert_eq!(sandbox.stream(Method::GET, "?limit=1", None).await.status, 200);
}

#[tokio::test]
async fn each_product_refuses_in_its_own_envelope() {
    let sandbox = TestSandbox::start().await;
    let missing = "00000000-0000-4000-8000-000000000000";
    let message = sandbox.kit(Method::GET, &format!("/meetings/{missing}"), None).await.assert_kit_refused(404);
    assert!(message.contains(missing), "{message}");
    sandbox.stream(Method::GET, "/00000000000000000000000000000000", None).await.assert_refused(404, 10_003);
    let url = sandbox.account(&format!("/realtime/kit/{}/meetings", sandbox.info.app_id));
    let broken = reply_to(sandbox.http.post(&url).bearer_auth(&sandbox.info.api_token).body("{\"title\":")).await;
    broken.assert_kit_refused(400);
    let broken =
        reply_to(sandbox.http.post(sandbox.account("/stream/copy")).bearer_auth(&sandbox.info.api_token).body("[]"))
            .await;
    broken.assert_refused(400, 10_005);
    let huge = "x".repeat(2 << 20);
    reply_to(sandbox.http.post(&url).bearer_auth(&sandbox.info.api_token).body(huge.clone()))
        .await
        .assert_kit_refused(413);
    let url = sandbox.account("/stream/copy");
    reply_to(sandbox.http.post(&url).bearer_auth(&sandbox.info.api_token).body(huge)).await.assert_refused(413, 10_006);
    let unknown_app = sandbox.account(&format!("/realtime/kit/{missing}/meetings"));
    sandbox.send(Method::GET, &unknown_app, Some(&sandbox.info.api_token), None).await.assert_kit_refused(404);
}

#[tokio::test]
async fn an_expired_token_verifies_as_expired_and_is_refused_elsewhere() {
    let sandbox = TestSandbox::start().await;
    let wanted = json!({ "permissions": ["stream_read"], "expires_in_seconds": 60 });
    let token = sandbox.control("tokens", wanted).await["api_token"].as_str().unwrap().to_owned();
    let url = format!("{}/user/tokens/verify", sandbox.info.base_url);
    assert_eq!(sandbox.send(Method::GET, &url, Some(&token), None).await.result()["status"], "active");
    sandbox.advance(61).await;
    let verified = sandbox.send(Method::GET, &url, Some(&token), None).await;
    assert_eq!(verified.result()["status"], "expired");
    assert_eq!(verified.body["messages"][0]["code"], 10_001);
    assert_eq!(sandbox.send(Method::GET, &sandbox.account("/stream"), Some(&token), None).await.status, 403);
}

#[tokio::test]
async fn legacy_calls_apps_are_created_listed_renamed_and_deleted() {
    let sandbox = TestSandbox::start().await;
    let token = Some(sandbox.info.api_token.as_str());
    let apps = sandbox.account("/calls/apps");
    let made = sandbox.send(Method::POST, &apps, token, Some(&json!({ "name": "sfu" }))).await;
    assert_eq!(made.status, 201);
    assert!(made.result()["secret"].is_string());
    let one = format!("{apps}/{}", made.result()["uid"].as_str().unwrap());
    let listed = sandbox.send(Method::GET, &apps, token, None).await;
    assert_eq!(listed.result()[0]["name"], "sfu");
    assert_eq!(listed.result()[0].get("secret"), None);
    sandbox.send(Method::PUT, &one, token, Some(&json!({ "name": "renamed" }))).await;
    assert_eq!(sandbox.send(Method::GET, &one, token, None).await.result()["name"], "renamed");
    assert_eq!(sandbox.send(Method::DELETE, &one, token, None).await.result()["name"], "renamed");
    sandbox.send(Method::GET, &one, token, None).await.assert_refused(404, 10_003);
}
