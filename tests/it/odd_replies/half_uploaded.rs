//! A half-uploaded file whose video has no state at Stream: the desk keeps the upload and the local file.

use std::sync::Arc;

use axum::http::Method;
use hajime_core::actions::library::recordings;
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::ports::{MemorySecrets, SecretStore};
use serde_json::{Value, json};

use super::Proxy;
use crate::support::{Cloud, TestDesk, relay_moment};

const UPLOADING: Stage = Stage::Importing(Import::Sending);

#[tokio::test]
async fn a_video_without_a_known_state_does_not_complete_an_upload() {
    for status in [Value::Null, json!({ "state": "being-moved" }), json!({ "state": "live-inprogress" })] {
        let cloud = Cloud::start().await;
        let proxy = Proxy::before(&cloud).await;
        let folder = tempfile::tempdir().unwrap();
        let secrets: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
        let context = |clock| TestDesk::connected(proxy.connection(), folder.path(), clock, Some(Arc::clone(&secrets)));
        let mut desk = context(Arc::default());
        // The file has twenty megabytes. Of its several chunks only the first arrives.
        cloud.control("switches", json!({ "head_refused": true, "recording_bytes_per_second": 36_000 })).await;
        let broken = json!({ "kind": "reset" });
        let trap = json!({ "method": "PATCH", "path": "/upload/tus/*", "skip": 1, "fault": broken });
        cloud.control("faults", trap).await;
        let session = desk.hold_for(&cloud, "Karate", 600).await;
        let id = desk.context.store().recordings_of(session.id).unwrap()[0].id;
        let seen = |desk: &TestDesk| recordings::get(&desk.context, id).unwrap();
        let sent = |desk: &TestDesk| seen(desk).facts.relay.map_or(0, |relay| relay.sent);
        desk.pass_until(&cloud, 3, |desk| sent(desk) > 0).await;
        let clock = Arc::clone(&desk.clock);
        drop(desk);
        cloud.clear_faults().await;

        let sent_status = status.clone();
        proxy.edit(Method::GET, "/stream/*", move |reply, _| reply["result"]["status"] = sent_status.clone());
        let sent_status = status.clone();
        proxy.edit(Method::GET, "/stream", move |reply, _| {
            for video in reply["result"].as_array_mut().into_iter().flatten() {
                video["status"] = sent_status.clone();
            }
        });
        let mut desk = context(clock);
        for _ in 0..10 {
            desk.pass(&cloud, 3).await;
            relay_moment().await;
        }
        assert_eq!(seen(&desk).stage, UPLOADING, "{status}");
        assert!(folder.path().join("relay").join(format!("{id}.part")).exists(), "{status}");

        proxy.leave_alone();
        desk.pass_until(&cloud, 3, |desk| seen(desk).stage == Stage::Ready).await;
        let videos = cloud.videos().await;
        assert_eq!(videos.len(), 1, "{status}");
        assert_eq!(videos[0]["size"], seen(&desk).facts.relay.unwrap().total.unwrap(), "{status}");
    }
}
