//! A file that is half sent while Stream does not say where its video is: nothing is forgotten and nothing is deleted.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use hajime_core::actions::library::recordings;
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::ports::{MemorySecrets, SecretStore};
use serde_json::{Value, json};

use super::Proxy;
use crate::support::{Cloud, TestDesk};

const SENDING: Stage = Stage::Importing(Import::Sending);

#[tokio::test]
async fn a_video_without_a_known_state_does_not_complete_an_upload() {
    for status in [Value::Null, json!({ "state": "being-moved" }), json!({ "state": "live-inprogress" })] {
        let cloud = Cloud::start().await;
        let proxy = Proxy::before(&cloud).await;
        let folder = tempfile::tempdir().unwrap();
        let secrets: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
        let context = |clock| TestDesk::connected(proxy.connection(), folder.path(), clock, Some(Arc::clone(&secrets)));
        let mut desk = context(Arc::default());
        // Twenty megabytes: several chunks, of which only the first arrives.
        cloud.control("switches", json!({ "head_refused": true, "recording_bytes_per_second": 36_000 })).await;
        let broken = json!({ "kind": "reset" });
        let trap = json!({ "method": "PATCH", "path": "/upload/tus/*", "skip": 1, "fault": broken });
        cloud.control("faults", trap).await;
        let session = desk.schedule("Karate");
        let started = hajime_core::actions::recorder::start::start(&desk.context, session.id).await.unwrap();
        cloud.join(&started.session, "Ada").await;
        desk.pass(&cloud, 5).await;
        desk.pass(&cloud, 600).await;
        hajime_core::actions::recorder::end::end(&desk.context, session.id).await.unwrap();
        let id = desk.context.store().recordings_of(session.id).unwrap()[0].id;
        let seen = |desk: &TestDesk| recordings::get(&desk.context, id).unwrap();
        let sent = |desk: &TestDesk| seen(desk).facts.relay.map_or(0, |relay| relay.sent);
        for round in 0..600 {
            if sent(&desk) > 0 {
                break;
            }
            assert!(round < 599, "{:?}", seen(&desk).stage);
            desk.pass(&cloud, 3).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let clock = Arc::clone(&desk.clock);
        drop(desk);
        cloud.clear_faults().await;

        let told = status.clone();
        proxy.edit(Method::GET, "/stream/*", move |reply, _| reply["result"]["status"] = told.clone());
        let told = status.clone();
        proxy.edit(Method::GET, "/stream", move |reply, _| {
            for video in reply["result"].as_array_mut().into_iter().flatten() {
                video["status"] = told.clone();
            }
        });
        let mut desk = context(clock);
        for _ in 0..10 {
            desk.pass(&cloud, 3).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(seen(&desk).stage, SENDING, "{status}");
        assert!(folder.path().join("relay").join(format!("{id}.part")).exists(), "{status}");

        proxy.leave_alone();
        for round in 0..600 {
            if seen(&desk).stage == Stage::Ready {
                break;
            }
            assert!(round < 599, "{:?}", seen(&desk).stage);
            desk.pass(&cloud, 3).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let videos = cloud.videos().await;
        assert_eq!(videos.len(), 1, "{status}");
        assert_eq!(videos[0]["size"], seen(&desk).facts.relay.unwrap().total.unwrap(), "{status}");
    }
}
