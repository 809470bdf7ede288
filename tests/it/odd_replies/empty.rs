//! Empty replies: because of them, no recording counts as deleted and no app is created twice.

use axum::http::Method;
use hajime_core::actions::recorder::sync;
use hajime_core::actions::sharing::links;
use hajime_core::cloudflare::{Error, VideosQuery};
use hajime_core::domain::ids::{RecordingId, VideoId};
use hajime_core::domain::recorder::recording::{Facts, Recording};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::opening;
use serde_json::{Value, json};

use super::{ProxiedDesk, RECORDINGS_PATH};
use crate::support::Cloud;

/// Recordings whose videos are deleted: more than the number of videos that one sync requests one by one.
const DELETED_VIDEOS: usize = 25;
/// Videos that one sync requests one by one at most.
const SINGLE_REQUESTS_PER_SYNC: usize = 20;

/// Adds ready recordings whose videos exist at Stream. Returns the ids of the videos.
async fn ready(proxied: &mut ProxiedDesk) -> Vec<VideoId> {
    let recording = proxied.recorded("Karate").await;
    let app = proxied.proxy.connection().app.clone().unwrap();
    let listed = proxied.cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let source = listed["data"][0]["download_url"].clone();
    let mut videos = vec![recording.facts.video.clone().unwrap()];
    while videos.len() < DELETED_VIDEOS {
        let id = RecordingId::new();
        let body = json!({ "url": source, "creator": format!("hajime-{id}"), "meta": { "name": "Karate" } });
        let copied = proxied.cloud.send(Method::POST, "/stream/copy", body).await;
        let video: VideoId = copied["result"]["uid"].as_str().unwrap().parse().unwrap();
        let facts = Facts { realtimekit_recording: None, video: Some(video.clone()), ..recording.facts.clone() };
        proxied.desk.context.store().add_recording(&Recording { id, facts, ..recording.clone() }, "").unwrap();
        videos.push(video);
    }
    proxied.desk.pass_without_tick(&proxied.cloud, 600).await;
    videos
}

fn count_ready(proxied: &ProxiedDesk) -> usize {
    super::all(&proxied.desk).iter().filter(|recording| recording.stage == Stage::Ready).count()
}

async fn set(cloud: &Cloud, method: &str, path: &str, status: u16) {
    cloud.fault(method, path, 1_000, json!({ "kind": "empty", "status": status })).await;
}

#[tokio::test]
async fn empty_lists_of_videos_declare_no_recording_deleted() {
    let mut proxied = ProxiedDesk::new().await;
    ready(&mut proxied).await;
    for status in [200, 204] {
        set(&proxied.cloud, "GET", "*/stream", status).await;
        let error = sync::sync(&proxied.desk.context).await.unwrap_err();
        assert!(error.message().contains("not one that Cloudflare gives"), "{error}");
        assert_eq!(count_ready(&proxied), DELETED_VIDEOS, "{status}");
        proxied.cloud.clear_faults().await;
    }
    // Only the list of videos by their ids comes without a body.
    proxied.proxy.edit(Method::GET, "/stream", |reply, query| {
        reply["result"] = if query.contains("id=") { json!("") } else { json!([]) };
    });
    let synced = sync::sync(&proxied.desk.context).await.unwrap();
    assert_eq!((synced.missing, count_ready(&proxied)), (0, DELETED_VIDEOS));
    // `null` and an empty list both count as empty lists.
    for nothing in [Value::Null, json!([])] {
        proxied.proxy.leave_alone();
        proxied.proxy.edit(Method::GET, "/stream", move |reply, _| reply["result"] = nothing.clone());
        let asked = proxied.proxy.asked(&Method::GET, "/stream/*").len();
        let synced = sync::sync(&proxied.desk.context).await.unwrap();
        assert_eq!((synced.missing, synced.updated, count_ready(&proxied)), (0, 0, DELETED_VIDEOS));
        assert_eq!(proxied.proxy.asked(&Method::GET, "/stream/*").len() - asked, SINGLE_REQUESTS_PER_SYNC);
    }
}

#[tokio::test]
async fn each_sync_notices_at_most_twenty_deleted_videos() {
    let mut proxied = ProxiedDesk::new().await;
    for video in ready(&mut proxied).await {
        proxied.cloud.api(Method::DELETE, &format!("/stream/{video}")).await;
    }
    let mut missing = Vec::new();
    for _ in 0..3 {
        missing.push(sync::sync(&proxied.desk.context).await.unwrap().missing);
    }
    assert_eq!(
        (missing, count_ready(&proxied)),
        (vec![SINGLE_REQUESTS_PER_SYNC, DELETED_VIDEOS - SINGLE_REQUESTS_PER_SYNC, 0], 0)
    );
}

#[tokio::test]
async fn an_empty_reply_to_a_list_call_is_unreadable_and_to_a_call_that_changes_something_succeeds() {
    let mut proxied = ProxiedDesk::new().await;
    let video = proxied.recorded("Karate").await.facts.video.unwrap();
    let connection = proxied.proxy.connection();
    let client = opening::client(connection, proxied.desk.clock.clone()).unwrap();
    let app = connection.app.clone().unwrap();
    for status in [200, 204] {
        set(&proxied.cloud, "*", "*", status).await;
        let unreadable = |error: Error| assert!(matches!(&error, Error::Unreadable { .. }), "{status}: {error:?}");
        unreadable(client.apps().await.unwrap_err());
        unreadable(client.presets(&app).await.unwrap_err());
        unreadable(client.videos(&VideosQuery::default()).await.unwrap_err());
        unreadable(client.recording_pages(&app).next().await.unwrap_err());
        unreadable(client.find_meetings(&app, "HJ-").await.unwrap_err());
        unreadable(client.video(&video).await.unwrap_err());
        client.delete_video(&video).await.unwrap();
        proxied.cloud.clear_faults().await;
    }
}

#[tokio::test]
async fn an_apps_list_without_a_body_makes_no_second_app() {
    let proxied = ProxiedDesk::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut connection = proxied.proxy.connection().clone();
    connection.app = None;
    let desk = super::TestDesk::connected(&connection, folder.path(), proxied.desk.clock.clone(), None);
    set(&proxied.cloud, "GET", "*/realtime/kit/apps", 204).await;
    let session = desk.schedule("Karate");
    let error = hajime_core::actions::recorder::start::start(&desk.context, session.id).await.unwrap_err();
    assert!(error.message().contains("not one that Cloudflare gives"), "{error}");
    assert_eq!(proxied.proxy.asked(&Method::POST, "/realtime/kit/apps").len(), 0);
    assert_eq!(proxied.proxy.asked(&Method::GET, RECORDINGS_PATH).len(), 0);
}

#[tokio::test]
async fn an_apps_list_that_is_null_once_makes_no_second_app() {
    let proxied = ProxiedDesk::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut connection = proxied.proxy.connection().clone();
    let app = connection.app.take();
    let desk = super::TestDesk::connected(&connection, folder.path(), proxied.desk.clock.clone(), None);
    let first = std::sync::atomic::AtomicBool::new(true);
    proxied.proxy.edit(Method::GET, "/realtime/kit/apps", move |reply, _| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            reply["data"] = Value::Null;
        }
    });
    let session = desk.schedule("Karate");
    hajime_core::actions::recorder::start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(proxied.proxy.asked(&Method::POST, "/realtime/kit/apps").len(), 0);
    assert_eq!(desk.context.store().app().unwrap(), app);
}

#[tokio::test]
async fn keeps_the_signing_key_although_the_list_of_keys_is_null() {
    let mut proxied = ProxiedDesk::new().await;
    let recording = proxied.recorded("Karate").await;
    let made = links::make(&proxied.desk.context, recording.id, Validity::DAY, false).await.unwrap();
    let key = made.link.kid.unwrap();
    // The player refuses every link for a while, as it does until it knows a new signing key.
    proxied.cloud.fault("GET", "*/manifest/*", 1_000, json!({ "kind": "status", "status": 401 })).await;
    proxied.proxy.edit(Method::GET, "/stream/keys", |reply, _| reply["result"] = Value::Null);
    let refused = links::make(&proxied.desk.context, recording.id, Validity::DAY, false).await.unwrap_err();
    assert!(refused.message().contains("does not play: Cloudflare answered 401"), "{refused}");
    assert_eq!(proxied.desk.context.store().signing_key().unwrap(), Some(key));
    assert_eq!(proxied.proxy.asked(&Method::POST, "/stream/keys").len(), 1);
}
