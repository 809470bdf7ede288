//! Who may call what, and how refusals look.

use reqwest::Method;
use serde_json::json;

use super::support::{Desk, said};

const OTHER_ACCOUNT: &str = "00000000000000000000000000000001";

#[tokio::test]
async fn s01_a_users_token_is_verified() {
    let desk = Desk::open().await;
    let url = format!("{}/user/tokens/verify", desk.info.base_url);
    let verified = desk.send(Method::GET, &url, Some(&desk.info.api_token), None).await;
    assert_eq!(verified.status, 200);
    assert_eq!(verified.result()["status"], "active");
    assert_eq!(verified.body["messages"][0]["code"], 10_000);
    assert_eq!(verified.result()["id"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn s02_an_accounts_token_is_unknown_to_the_users_endpoint() {
    let desk = Desk::open().await;
    let token = desk.token(&["realtime"], "account", &desk.info.account_id).await;
    let user = format!("{}/user/tokens/verify", desk.info.base_url);
    desk.send(Method::GET, &user, Some(&token), None).await.refused(401, 1_000);
    let verified = desk.send(Method::GET, &desk.account("/tokens/verify"), Some(&token), None).await;
    assert_eq!(verified.result()["status"], "active");
    desk.send(Method::GET, &user, Some("nobody-ever-issued-this"), None).await.refused(401, 1_000);
}

#[tokio::test]
async fn s03_no_authorization_and_a_garbled_one_are_told_apart() {
    let desk = Desk::open().await;
    let url = desk.account("/stream");
    desk.send(Method::GET, &url, None, None).await.refused(400, 9_106);
    for garbled in ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer sp ace", "Bearer \"quoted-token\""] {
        let reply = said(desk.http.get(&url).header("authorization", garbled)).await;
        reply.refused(400, 6_003);
        assert_eq!(reply.body["errors"][0]["error_chain"][0]["code"], 6_111, "{garbled}");
    }
}

#[tokio::test]
async fn s04_an_unknown_token_is_refused_in_the_v4_envelope_everywhere() {
    let desk = Desk::open().await;
    for path in ["/stream", "/realtime/kit/apps", "/calls/apps"] {
        desk.send(Method::GET, &desk.account(path), Some("unknown-token"), None).await.refused(403, 9_109);
    }
    desk.switch(json!({ "unknown_token_status": 401 })).await;
    desk.send(Method::GET, &desk.account("/stream"), Some("unknown-token"), None).await.refused(401, 9_109);
}

#[tokio::test]
async fn s05_permissions_are_by_product_and_by_verb() {
    let desk = Desk::open().await;
    let account = desk.info.account_id.clone();
    let realtime = desk.token(&["realtime"], "user", &account).await;
    let reader = desk.token(&["stream_read"], "user", &account).await;
    let writer = desk.token(&["stream_write"], "user", &account).await;
    let (copy, list, apps) =
        (desk.account("/stream/copy"), desk.account("/stream"), desk.account("/realtime/kit/apps"));
    let body = json!({ "url": "http://127.0.0.1:1/a.mp4" });
    desk.send(Method::POST, &copy, Some(&realtime), Some(&body)).await.refused(403, 10_000);
    desk.send(Method::GET, &list, Some(&realtime), None).await.refused(403, 10_000);
    assert_eq!(desk.send(Method::GET, &apps, Some(&realtime), None).await.status, 200);
    assert_eq!(desk.send(Method::GET, &list, Some(&reader), None).await.status, 200);
    desk.send(Method::POST, &copy, Some(&reader), Some(&body)).await.refused(403, 10_000);
    desk.send(Method::GET, &apps, Some(&reader), None).await.refused(403, 10_000);
    assert_eq!(desk.send(Method::GET, &list, Some(&writer), None).await.status, 200);
    assert_eq!(desk.send(Method::POST, &copy, Some(&writer), Some(&body)).await.status, 200);
}

#[tokio::test]
async fn s06_a_token_of_another_account_is_refused() {
    let desk = Desk::open().await;
    let token = desk.token(&["realtime", "stream_write"], "user", OTHER_ACCOUNT).await;
    for path in ["/stream", "/realtime/kit/apps"] {
        desk.send(Method::GET, &desk.account(path), Some(&token), None).await.refused(403, 9_109);
    }
    let theirs = format!("{}/accounts/{OTHER_ACCOUNT}/stream", desk.info.base_url);
    assert_eq!(desk.send(Method::GET, &theirs, Some(&token), None).await.status, 200);
    desk.send(Method::GET, &theirs, Some(&desk.info.api_token), None).await.refused(403, 9_109);
}

#[tokio::test]
async fn s07_a_path_that_leads_nowhere_says_so() {
    let desk = Desk::open().await;
    let token = Some(desk.info.api_token.as_str());
    let nowhere = desk.send(Method::GET, &desk.account("/no/such/thing"), token, None).await;
    nowhere.refused(404, 7_003);
    assert_eq!(nowhere.body["errors"][0]["error_chain"][0]["code"], 7_000);
    desk.send(Method::GET, &format!("{}/nothing", desk.info.base_url), token, None).await.refused(404, 7_000);
    desk.kit(Method::GET, "/no-such-thing", None).await.refused(404, 7_003);
    desk.stream(Method::PUT, "/keys", None).await.refused(404, 7_003);
    desk.send(Method::GET, &desk.account("/stream/%ff%fe"), token, None).await.refused(404, 10_003);
    desk.switch(json!({ "no_route_status": 400 })).await;
    desk.kit(Method::GET, "/no-such-thing", None).await.refused(400, 7_003);
}

#[tokio::test]
async fn s08_one_request_too_many_blocks_until_the_window_ends() {
    let desk = Desk::open().await;
    let first = desk.stream(Method::GET, "?limit=1", None).await;
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=1200;w=300");
    assert!(first.header("ratelimit").starts_with("\"default\";r=1199;t="), "{first:?}");
    for _ in 1..1_200 {
        assert_eq!(desk.stream(Method::GET, "/storage-usage", None).await.status, 200);
    }
    let refused = desk.stream(Method::GET, "?limit=1", None).await;
    refused.refused(429, 971);
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((290..=300).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;t="), "{refused:?}");
    // Another token of the same user draws on the same budget; RealtimeKit has one of its own.
    let second = desk.token(&["stream_read"], "user", &desk.info.account_id).await;
    desk.send(Method::GET, &desk.account("/stream"), Some(&second), None).await.refused(429, 971);
    let kit = desk.kit(Method::GET, "/meetings", None).await;
    assert_eq!((kit.status, kit.header("ratelimit-policy")), (200, "\"realtimekit\";q=3500;w=300"));
    desk.advance(wait - 30).await;
    desk.stream(Method::GET, "?limit=1", None).await.refused(429, 971);
    desk.advance(31).await;
    assert_eq!(desk.stream(Method::GET, "?limit=1", None).await.status, 200);
}

#[tokio::test]
async fn s10_each_product_refuses_in_its_own_envelope() {
    let desk = Desk::open().await;
    let missing = "00000000-0000-4000-8000-000000000000";
    let message = desk.kit(Method::GET, &format!("/meetings/{missing}"), None).await.kit_refused(404);
    assert!(message.contains(missing), "{message}");
    desk.stream(Method::GET, "/00000000000000000000000000000000", None).await.refused(404, 10_003);
    let url = desk.account(&format!("/realtime/kit/{}/meetings", desk.info.app_id));
    let broken = said(desk.http.post(&url).bearer_auth(&desk.info.api_token).body("{\"title\":")).await;
    broken.kit_refused(400);
    let broken = said(desk.http.post(desk.account("/stream/copy")).bearer_auth(&desk.info.api_token).body("[]")).await;
    broken.refused(400, 10_005);
    let huge = "x".repeat(2 << 20);
    said(desk.http.post(&url).bearer_auth(&desk.info.api_token).body(huge.clone())).await.kit_refused(413);
    let url = desk.account("/stream/copy");
    said(desk.http.post(&url).bearer_auth(&desk.info.api_token).body(huge)).await.refused(413, 10_006);
    let unknown_app = desk.account(&format!("/realtime/kit/{missing}/meetings"));
    desk.send(Method::GET, &unknown_app, Some(&desk.info.api_token), None).await.kit_refused(404);
}

#[tokio::test]
async fn an_expired_token_is_known_but_opens_nothing() {
    let desk = Desk::open().await;
    let wanted = json!({ "permissions": ["stream_read"], "expires_in_seconds": 60 });
    let token = desk.control("tokens", wanted).await["api_token"].as_str().unwrap().to_owned();
    let url = format!("{}/user/tokens/verify", desk.info.base_url);
    assert_eq!(desk.send(Method::GET, &url, Some(&token), None).await.result()["status"], "active");
    desk.advance(61).await;
    let verified = desk.send(Method::GET, &url, Some(&token), None).await;
    assert_eq!(verified.result()["status"], "expired");
    assert_eq!(verified.body["messages"][0]["code"], 10_001);
    assert_eq!(desk.send(Method::GET, &desk.account("/stream"), Some(&token), None).await.status, 403);
}

#[tokio::test]
async fn legacy_calls_apps_can_be_made_listed_renamed_and_deleted() {
    let desk = Desk::open().await;
    let token = Some(desk.info.api_token.as_str());
    let apps = desk.account("/calls/apps");
    let made = desk.send(Method::POST, &apps, token, Some(&json!({ "name": "sfu" }))).await;
    assert_eq!(made.status, 201);
    assert!(made.result()["secret"].is_string());
    let one = format!("{apps}/{}", made.result()["uid"].as_str().unwrap());
    let listed = desk.send(Method::GET, &apps, token, None).await;
    assert_eq!(listed.result()[0]["name"], "sfu");
    assert_eq!(listed.result()[0].get("secret"), None);
    desk.send(Method::PUT, &one, token, Some(&json!({ "name": "renamed" }))).await;
    assert_eq!(desk.send(Method::GET, &one, token, None).await.result()["name"], "renamed");
    assert_eq!(desk.send(Method::DELETE, &one, token, None).await.result()["name"], "renamed");
    desk.send(Method::GET, &one, token, None).await.refused(404, 10_003);
}
