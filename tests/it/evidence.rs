//! The evidence of a recording lists what Hajime observed. It holds no secret and no personal data.

use hajime_core::actions::library::evidence::{Evidence, evidence};
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::invitations;
use hajime_core::actions::sharing::links;
use hajime_core::domain::recorder::recording::Status;
use hajime_core::domain::sharing::link::Validity;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::support::{Cloud, TestDesk, token_in};

fn fact<'a>(evidence: &'a Evidence, name: &str) -> Option<&'a str> {
    let (_, value) = evidence.facts.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no {name}"));
    value.as_deref()
}

#[tokio::test]
async fn evidence_after_a_relay_and_a_link_holds_no_secret_and_no_person() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "head_refused": true })).await;
    let session = desk.schedule("Private lesson for Grace Hopper");
    let started = start::start(&desk.context, session.id).await.unwrap();
    let invitation = invitations::invite(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada Lovelace").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    let id = desk.context.store().recordings_of(session.id).unwrap()[0].id;
    desk.pass_until(&cloud, 3, |desk| recordings::get(&desk.context, id).unwrap().status() == Status::Ready).await;
    let made = links::make(&desk.context, id, Validity::DAY, true).await.unwrap();
    cloud.fault("GET", "*", 6, json!({ "kind": "html", "status": 502 })).await;
    desk.pass(&cloud, 60).await;

    let found = evidence(&desk.context, id).unwrap();
    let recording = recordings::get(&desk.context, id).unwrap();
    let shown = found.text();
    for known in [
        id.to_string(),
        session.id.to_string(),
        recording.room.clone().unwrap().to_string(),
        recording.facts.realtimekit_recording.clone().unwrap().to_string(),
        recording.facts.video.clone().unwrap().to_string(),
        "importing -> playable".to_owned(),
        env!("CARGO_PKG_VERSION").to_owned(),
    ] {
        assert!(shown.contains(&known), "{known} is missing:\n{shown}");
    }
    assert_eq!(fact(&found, "links_made"), Some("1"));
    assert_eq!(fact(&found, "status"), Some("READY"));
    assert!(fact(&found, "relay_sent_bytes").is_some());
    let events = recordings::detail(&desk.context, id).unwrap().events;
    assert_eq!(found.history.len(), events.len());
    assert!(found.history.iter().zip(&events).all(|(line, event)| line.note == event.note), "{shown}");

    let secrets = [
        cloud.connection().token.expose_secret().to_owned(),
        token_in(started.join.unwrap().expose()),
        token_in(invitation.url.expose()),
        made.url.expose().to_owned(),
        made.hls_url.expose().to_owned(),
        folder.path().display().to_string(),
    ];
    let signs = [
        "eyJ",
        "://",
        "X-Signature",
        "X-Amz",
        "recordings-storage",
        "/upload/",
        "manifest",
        "PRIVATE KEY",
        "token=",
        "Ada",
        "Lovelace",
        "Grace",
        "Hopper",
        "Alves",
    ];
    for secret in secrets.iter().map(String::as_str).chain(signs) {
        assert!(!shown.contains(secret), "{secret} is in:\n{shown}");
    }
}

#[tokio::test]
async fn evidence_of_an_error_without_a_reason_has_the_diagnosis() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 1).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let id = desk.context.store().recordings_of(session.id).unwrap()[0].id;
    let found = evidence(&desk.context, id).unwrap();
    assert_eq!(fact(&found, "cause"), Some("cloud_errored"), "{}", found.text());
    assert!(
        fact(&found, "likely_reason").unwrap().starts_with("Probably it ran for too short a time"),
        "{}",
        found.text()
    );
    assert_eq!(fact(&found, "retry_can_help"), Some("false"));
}
