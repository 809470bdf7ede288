//! Answers that hold nothing: they declare nothing deleted, and nothing is made a second time because of them.

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

use super::{Field, RECORDINGS};
use crate::support::Cloud;

/// More than are asked about one by one in one comparison.
const MANY: usize = 25;
const ONE_BY_ONE: usize = 20;

/// Recordings that are ready and whose videos Stream holds.
async fn ready(field: &mut Field) -> Vec<VideoId> {
    let class = field.recorded("Karate").await;
    let app = field.proxy.connection().app.clone().unwrap();
    let listed = field.cloud.api(Method::GET, &format!("/realtime/kit/{app}/recordings?page_no=1&per_page=50")).await;
    let source = listed["data"][0]["download_url"].clone();
    let mut videos = vec![class.facts.video.clone().unwrap()];
    while videos.len() < MANY {
        let id = RecordingId::new();
        let body = json!({ "url": source, "creator": format!("hajime-{id}"), "meta": { "name": "Karate" } });
        let copied = field.cloud.send(Method::POST, "/stream/copy", body).await;
        let video: VideoId = copied["result"]["uid"].as_str().unwrap().parse().unwrap();
        let facts = Facts { realtimekit_recording: None, video: Some(video.clone()), ..class.facts.clone() };
        field.desk.context.store().add_recording(&Recording { id, facts, ..class.clone() }, "").unwrap();
        videos.push(video);
    }
    field.desk.pass_unseen(&field.cloud, 600).await;
    videos
}

fn count_ready(field: &Field) -> usize {
    super::all(&field.desk).iter().filter(|recording| recording.stage == Stage::Ready).count()
}

async fn set(cloud: &Cloud, method: &str, path: &str, status: u16) {
    cloud.fault(method, path, 1_000, json!({ "kind": "empty", "status": status })).await;
}

#[tokio::test]
async fn empty_lists_of_videos_declare_no_recording_deleted() {
    let mut field = Field::new().await;
    ready(&mut field).await;
    for status in [200, 204] {
        set(&field.cloud, "GET", "*/stream", status).await;
        let error = sync::sync(&field.desk.context).await.unwrap_err();
        assert!(error.message().contains("not one that Cloudflare gives"), "{error}");
        assert_eq!(count_ready(&field), MANY, "{status}");
        field.cloud.clear_faults().await;
    }
    // Only the list by ids comes without a body.
    field.proxy.edit(Method::GET, "/stream", |reply, query| {
        reply["result"] = if query.contains("id=") { json!("") } else { json!([]) };
    });
    let synced = sync::sync(&field.desk.context).await.unwrap();
    assert_eq!((synced.missing, count_ready(&field)), (0, MANY));
    // `null` and an empty list are lists that name nothing.
    for nothing in [Value::Null, json!([])] {
        field.proxy.leave_alone();
        field.proxy.edit(Method::GET, "/stream", move |reply, _| reply["result"] = nothing.clone());
        let asked = field.proxy.asked(&Method::GET, "/stream/*").len();
        let synced = sync::sync(&field.desk.context).await.unwrap();
        assert_eq!((synced.missing, synced.updated, count_ready(&field)), (0, 0, MANY));
        assert_eq!(field.proxy.asked(&Method::GET, "/stream/*").len() - asked, ONE_BY_ONE);
    }
}

#[tokio::test]
async fn each_sync_notices_at_most_twenty_deleted_videos() {
    let mut field = Field::new().await;
    for video in ready(&mut field).await {
        field.cloud.api(Method::DELETE, &format!("/stream/{video}")).await;
    }
    let mut missing = Vec::new();
    for _ in 0..3 {
        missing.push(sync::sync(&field.desk.context).await.unwrap().missing);
    }
    assert_eq!((missing, count_ready(&field)), (vec![ONE_BY_ONE, MANY - ONE_BY_ONE, 0], 0));
}

#[tokio::test]
async fn a_list_without_a_body_is_unreadable_and_an_action_without_one_is_done() {
    let mut field = Field::new().await;
    let video = field.recorded("Karate").await.facts.video.unwrap();
    let connection = field.proxy.connection();
    let client = opening::client(connection, field.desk.clock.clone()).unwrap();
    let app = connection.app.clone().unwrap();
    for status in [200, 204] {
        set(&field.cloud, "*", "*", status).await;
        let unreadable = |error: Error| assert!(matches!(&error, Error::Unreadable { .. }), "{status}: {error:?}");
        unreadable(client.apps().await.unwrap_err());
        unreadable(client.presets(&app).await.unwrap_err());
        unreadable(client.videos(&VideosQuery::default()).await.unwrap_err());
        unreadable(client.recording_pages(&app).next().await.unwrap_err());
        unreadable(client.find_meetings(&app, "HJ-").await.unwrap_err());
        unreadable(client.video(&video).await.unwrap_err());
        client.delete_video(&video).await.unwrap();
        field.cloud.clear_faults().await;
    }
}

#[tokio::test]
async fn an_apps_list_without_a_body_makes_no_second_app() {
    let field = Field::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut connection = field.proxy.connection().clone();
    connection.app = None;
    let desk = super::TestDesk::connected(&connection, folder.path(), field.desk.clock.clone(), None);
    set(&field.cloud, "GET", "*/realtime/kit/apps", 204).await;
    let session = desk.schedule("Karate");
    let error = hajime_core::actions::recorder::start::start(&desk.context, session.id).await.unwrap_err();
    assert!(error.message().contains("not one that Cloudflare gives"), "{error}");
    assert_eq!(field.proxy.asked(&Method::POST, "/realtime/kit/apps").len(), 0);
    assert_eq!(field.proxy.asked(&Method::GET, RECORDINGS).len(), 0);
}

#[tokio::test]
async fn an_apps_list_that_is_null_once_makes_no_second_app() {
    let field = Field::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut connection = field.proxy.connection().clone();
    let app = connection.app.take();
    let desk = super::TestDesk::connected(&connection, folder.path(), field.desk.clock.clone(), None);
    let first = std::sync::atomic::AtomicBool::new(true);
    field.proxy.edit(Method::GET, "/realtime/kit/apps", move |reply, _| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            reply["data"] = Value::Null;
        }
    });
    let session = desk.schedule("Karate");
    hajime_core::actions::recorder::start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(field.proxy.asked(&Method::POST, "/realtime/kit/apps").len(), 0);
    assert_eq!(desk.context.store().app().unwrap(), app);
}

#[tokio::test]
async fn keeps_the_signing_key_although_the_list_of_keys_is_null() {
    let mut field = Field::new().await;
    let class = field.recorded("Karate").await;
    let made = links::make(&field.desk.context, class.id, Validity::DAY, false).await.unwrap();
    let key = made.link.kid.unwrap();
    // The player refuses every link for a while, as it does before a new key has reached it.
    field.cloud.fault("GET", "*/manifest/*", 1_000, json!({ "kind": "status", "status": 401 })).await;
    field.proxy.edit(Method::GET, "/stream/keys", |reply, _| reply["result"] = Value::Null);
    let refused = links::make(&field.desk.context, class.id, Validity::DAY, false).await.unwrap_err();
    assert!(refused.message().contains("does not play: Cloudflare answered 401"), "{refused}");
    assert_eq!(field.desk.context.store().signing_key().unwrap(), Some(key));
    assert_eq!(field.proxy.asked(&Method::POST, "/stream/keys").len(), 1);
}
