//! Every call of a publication: its answer may be lost, refused or tampered with, and the desk may be killed after it.

use futures_util::{StreamExt as _, stream};
use hajime_core::actions::profile::join_page::PageState;
use hajime_core::domain::profile::join_page::JoinPage;
use hajime_tamper::{Body, Edit, Proxy, Rule, Tamper};
use serde_json::{Value, json};

use super::{opened, page, publish, status};
use crate::support::{Cloud, TestDesk};

/// Cells that run at the same time. A cell mostly waits.
const PARALLEL_CELLS: usize = 16;

/// The calls of a first publication, by method and path.
const CALLS: [(&str, &str); 9] = [
    ("GET", "*/workers/scripts/*/subdomain"),
    ("GET", "*/workers/subdomain"),
    ("PUT", "*/workers/subdomain"),
    ("POST", "*/assets-upload-session"),
    ("POST", "*/workers/assets/upload"),
    ("PUT", "*/workers/scripts/*"),
    ("POST", "*/workers/scripts/*/subdomain"),
    ("GET", "/version.json"),
    ("GET", "/"),
];

fn faults() -> [Value; 9] {
    [
        json!({ "kind": "drop_reply" }),
        json!({ "kind": "reset" }),
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "status", "status": 403 }),
        json!({ "kind": "not_found" }),
        json!({ "kind": "html", "status": 502 }),
        json!({ "kind": "cut_body" }),
        json!({ "kind": "truncated" }),
        json!({ "kind": "empty", "status": 500 }),
    ]
}

/// Whether the page is published and invitations open it.
async fn is_published(desk: &TestDesk, page: &JoinPage) -> bool {
    let seen = status(&desk.context, page).await;
    seen.state == PageState::Current && seen.in_use
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_survives_a_fault_at_each_of_its_calls() {
    let cells = CALLS.into_iter().flat_map(|call| faults().map(|fault| (call, fault)));
    let wrong: Vec<String> = stream::iter(cells.map(|((method, path), fault)| async move {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        cloud.fault(method, path, 1, fault.clone()).await;
        let first = publish(&desk.context, &page("1")).await;
        // One fault may fail the publication, and then the next one succeeds.
        if first.is_err() {
            cloud.clear_faults().await;
            if let Err(error) = publish(&desk.context, &page("1")).await {
                return Some(format!("{method} {path} {fault}: {first:?}, then {error:?}"));
            }
        }
        (!is_published(&desk, &page("1")).await).then(|| format!("{method} {path} {fault}: not published"))
    }))
    .buffer_unordered(PARALLEL_CELLS)
    .filter_map(std::future::ready)
    .collect()
    .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_dies_after_any_call_publishes_the_next_time() {
    let cells = 0..=CALLS.len() + 2;
    let wrong: Vec<String> = stream::iter(cells.map(|calls| async move {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let trap = json!({ "path": "*", "skip": calls, "count": 1_000, "fault": { "kind": "reset" } });
        cloud.control("faults", trap).await;
        let desk = TestDesk::open(&cloud, folder.path());
        // A new address is waited for half a minute; the desk is killed meanwhile.
        let killed = std::time::Duration::from_secs(4);
        drop(tokio::time::timeout(killed, publish(&desk.context, &page("1"))).await);
        drop(desk);
        cloud.clear_faults().await;
        let desk = TestDesk::open(&cloud, folder.path());
        if let Err(error) = publish(&desk.context, &page("1")).await {
            return Some(format!("after {calls} calls: {error:?}"));
        }
        (!is_published(&desk, &page("1")).await).then(|| format!("after {calls} calls: not published"))
    }))
    .buffer_unordered(PARALLEL_CELLS)
    .filter_map(std::future::ready)
    .collect()
    .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_answer_fails_the_publication_and_changes_no_setting() {
    let session = "POST */assets-upload-session";
    let upload = "POST */workers/assets/upload";
    let cells = [
        (session, Tamper::json(Edit::Payload(Value::Null))),
        (session, Tamper::json(Edit::Payload(json!([])))),
        (session, Tamper::json(Edit::Remove("jwt"))),
        (session, Tamper::json(Edit::Set("buckets", json!([["../../../etc/passwd"]])))),
        (session, Tamper::json(Edit::Set("buckets", json!("all")))),
        (session, Tamper::Body(Body::Html)),
        (upload, Tamper::json(Edit::Remove("jwt"))),
        (upload, Tamper::status(401, r#"{"success":false,"errors":[{"code":10000,"message":"no"}]}"#)),
        ("GET */workers/subdomain", Tamper::json(Edit::Set("subdomain", json!("evil.example/x")))),
        (
            "PUT */workers/scripts/*",
            Tamper::status(400, r#"{"success":false,"errors":[{"code":10021,"message":"no"}]}"#),
        ),
    ];
    let wrong: Vec<String> = stream::iter(cells.map(|(call, tamper)| {
        Box::pin(async move {
            let cloud = Cloud::start().await;
            let folder = tempfile::tempdir().unwrap();
            TestDesk::open(&cloud, folder.path())
                .context
                .cloudflare()
                .register_site_name(&"dojo".parse().unwrap())
                .await
                .unwrap();
            let mut connection = cloud.connection();
            let upstream = format!("127.0.0.1:{}", connection.base_url.port().unwrap());
            let proxy = Proxy::start(&upstream, "127.0.0.1:9").await.unwrap();
            proxy.add(Rule::new(call, tamper.clone()));
            connection.base_url = proxy.through(connection.base_url.as_str()).parse().unwrap();
            let desk = TestDesk::connected(&connection, folder.path(), std::sync::Arc::default(), None);
            let done = publish(&desk.context, &page("1")).await;
            let used = proxy.used();
            (done.is_ok() || used == 0 || opened(&desk.context).is_some())
                .then(|| format!("{call} {tamper:?}: {done:?}, tampered {used} times"))
        })
    }))
    .buffer_unordered(PARALLEL_CELLS)
    .filter_map(std::future::ready)
    .collect()
    .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
