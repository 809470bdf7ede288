//! Many clients that use the sandbox at the same time.

use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::support::TestSandbox;

const CLIENTS: usize = 200;

async fn call(http: &Client, method: Method, url: String, token: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = http.request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

/// Plays one client, which creates a meeting, joins, records and stops. It shares nothing but the sandbox with other
/// clients.
async fn use_one_room(kit: &str, control: &str, token: &str, number: usize) -> (String, String) {
    let http = hajime_core::http_client::builder().build().unwrap();
    let title = format!("Class {number}");
    let (status, made) =
        call(&http, Method::POST, format!("{kit}/meetings"), token, Some(json!({ "title": title }))).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["data"]["title"], title.as_str());
    let meeting = made["data"]["id"].as_str().unwrap().to_owned();
    let joining = http.post(format!("{control}/join")).json(&json!({ "meeting_id": meeting, "name": "Ada" }));
    assert_eq!(joining.send().await.unwrap().status(), 200);
    let start = json!({ "meeting_id": meeting });
    // Two starts come at once, as from two desks: exactly one of them is refused.
    let (first, second) = tokio::join!(
        call(&http, Method::POST, format!("{kit}/recordings"), token, Some(start.clone())),
        call(&http, Method::POST, format!("{kit}/recordings"), token, Some(start)),
    );
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{first:?} {second:?}");
    let started = if first.0 == 200 { first.1 } else { second.1 };
    let recording = started["data"]["id"].as_str().unwrap().to_owned();
    let (status, found) =
        call(&http, Method::GET, format!("{kit}/recordings/active-recording/{meeting}"), token, None).await;
    assert_eq!((status, &found["data"]["id"]), (200, &json!(recording)));
    let stop = json!({ "action": "stop" });
    let (status, stopped) = call(&http, Method::PUT, format!("{kit}/recordings/{recording}"), token, Some(stop)).await;
    assert_eq!(status, 200, "{stopped}");
    (meeting, recording)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_concurrent_clients_get_one_recording_each_and_it_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    sandbox.set_switches(json!({ "kit_requests": 1_000_000, "v4_requests": 1_000_000 })).await;
    let kit = Arc::new(sandbox.account(&format!("/realtime/kit/{}", sandbox.info.app_id)));
    let (control, token) = (Arc::new(sandbox.info.control_url.clone()), Arc::new(sandbox.info.api_token.clone()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (kit, control, token) = (Arc::clone(&kit), Arc::clone(&control), Arc::clone(&token));
            tokio::spawn(async move { use_one_room(&kit, &control, &token, number).await })
        })
        .collect();
    let mut rooms = Vec::new();
    for client in clients {
        rooms.push(client.await.unwrap());
    }
    let count = sandbox.kit(Method::GET, "/meetings?per_page=1000", None).await;
    assert_eq!(count.data().as_array().unwrap().len(), CLIENTS);
    assert_eq!(count.body["paging"]["total_count"], CLIENTS);

    // The state file holds everything that was answered.
    drop(sandbox);
    let sandbox = TestSandbox::with_state_file(&state).await;
    for (meeting, recording) in &rooms {
        let listed = sandbox.kit(Method::GET, &format!("/recordings?meeting_id={meeting}&per_page=10"), None).await;
        let listed = listed.data().as_array().unwrap().clone();
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(&listed[0]["id"], recording);
    }
}
