//! GraphQL analytics: the minutes for which videos were watched.

use chrono::{DateTime, Days, NaiveDate};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Reply, TestSandbox};

/// A query as Cloudflare's documentation shows it.
fn query(fields: &str, limit: u32) -> String {
    format!(
        "query {{ viewer {{ accounts(filter: {{accountTag: $accountTag}}) {{
         streamMinutesViewedAdaptiveGroups(filter: {{date_geq: $start, date_lt: $end}}, orderBy: [uid_ASC], limit: {limit}) {{
         sum {{ minutesViewed }} dimensions {{ {fields} }} }} }} }} }}"
    )
}

async fn ask(sandbox: &TestSandbox, token: Option<&str>, query: &str, start: NaiveDate, end: NaiveDate) -> Reply {
    let url = format!("{}/graphql", sandbox.info.base_url);
    let variables = json!({ "accountTag": sandbox.info.account_id, "start": start, "end": end });
    let body = json!({ "query": query, "variables": variables });
    let token = token.unwrap_or(&sandbox.info.api_token);
    sandbox.send(Method::POST, &url, Some(token), Some(&body)).await
}

async fn today(sandbox: &TestSandbox) -> NaiveDate {
    DateTime::from_timestamp(sandbox.now().await, 0).unwrap().date_naive()
}

fn rows(reply: &Reply) -> &Vec<Value> {
    assert!(reply.status == 200 && reply.body["errors"].is_null(), "{reply:?}");
    reply.body.pointer("/data/viewer/accounts/0/streamMinutesViewedAdaptiveGroups").unwrap().as_array().unwrap()
}

fn message(reply: &Reply) -> &str {
    assert!(reply.body["data"].is_null(), "{reply:?}");
    reply.body["errors"][0]["message"].as_str().unwrap()
}

#[tokio::test]
async fn delivered_segments_are_watched_minutes_of_the_day() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    let today = today(&sandbox).await;
    let tomorrow = today + Days::new(1);
    let all = query("uid date", 100);
    assert!(rows(&ask(&sandbox, None, &all, today, tomorrow).await).is_empty());
    for part in ["video/seg-0.m4s", "video/seg-1.m4s", "audio/seg-0.m4s"] {
        assert_eq!(sandbox.view(&format!("/{uid}/manifest/{part}")).await.status, 200, "{part}");
    }
    let reply = ask(&sandbox, None, &all, today, tomorrow).await;
    let minutes = rows(&reply)[0]["sum"]["minutesViewed"].as_f64().unwrap();
    assert!((minutes - 4.0 / 60.0).abs() < 1e-9, "{reply:?}");
    assert_eq!(rows(&reply)[0]["dimensions"], json!({ "uid": uid, "date": today }));
    sandbox.set_switches(json!({ "graphql_lag_seconds": 3600.0 })).await;
    assert!(rows(&ask(&sandbox, None, &all, today, tomorrow).await).is_empty());
}

#[tokio::test]
async fn a_query_that_cloudflare_refuses_is_refused_with_its_words() {
    let sandbox = TestSandbox::start().await;
    let (today, fine) = (today(&sandbox).await, query("uid date", 100));
    let before = |days| today - Days::new(days);
    for (asked, start, end, words) in [
        (fine.clone(), before(40), before(8), "query time range is too large"),
        (fine.clone(), before(91), before(80), "cannot request data older than"),
        (query("uid date", 10_001), before(2), today, "limit must be positive number"),
        (query("uid colour", 10), before(2), today, "unknown field"),
        (fine.replace("streamMinutesViewed", "streamSmellsViewed"), before(2), today, "unknown field"),
    ] {
        let reply = ask(&sandbox, None, &asked, start, end).await;
        assert!(reply.status == 400 && message(&reply).contains(words), "{reply:?}");
    }
    assert_eq!(ask(&sandbox, None, &fine, before(31), today).await.status, 200);
    let without = sandbox.token(&["stream_write", "realtime"], "user", &sandbox.info.account_id).await;
    let reply = ask(&sandbox, Some(&without), &fine, before(2), today).await;
    assert_eq!((reply.status, message(&reply)), (403, "not authorized for that account"));
    sandbox.set_switches(json!({ "graphql_error": "unable to execute query, please try again later" })).await;
    let reply = ask(&sandbox, None, &fine, before(2), today).await;
    assert_eq!((reply.status, message(&reply)), (200, "unable to execute query, please try again later"));
    sandbox.set_switches(json!({ "graphql_error": null, "graphql_requests": 1 })).await;
    let reply = ask(&sandbox, None, &fine, before(2), today).await;
    assert!(reply.status == 429 && message(&reply).contains("budget depleted"), "{reply:?}");
}
