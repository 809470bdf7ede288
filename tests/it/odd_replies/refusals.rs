//! Refusals whose reason no document names: people read what Cloudflare says, and no familiar advice in its place.

use axum::http::Method;
use hajime_core::actions::library::recordings;
use hajime_core::domain::recorder::cause::Cause;
use serde_json::json;

use super::Field;
use crate::support::cause;

const SAID: &str = "The moon\u{202e} rose\u{200b}\u{7} at https://x.example/?token=secret";
const SHOWN: &str = "Stream refused the recording: The moon rose at …";

/// Refuses every such request with a status that means nothing, in these words.
async fn refuse(field: &Field, path: &'static str, words: String) {
    field.cloud.fault("POST", &format!("*{path}"), 1_000, json!({ "kind": "status", "status": 418 })).await;
    field.proxy.edit(Method::POST, path, move |reply, _| {
        *reply = json!({ "success": false, "errors": [{ "code": 12_345, "message": words }] });
    });
}

#[tokio::test]
async fn an_import_refused_for_an_unknown_reason_shows_cloudflares_words() {
    let endless = "moon ".repeat(1_000);
    for (words, shown) in [(SAID, Some(SHOWN)), (endless.as_str(), None), ("", Some("Stream refused the recording."))] {
        let mut field = Field::new().await;
        refuse(&field, "/stream/copy", words.to_owned()).await;
        let recording = field.recorded("Karate").await;
        assert_eq!(cause(&recording), Some(Cause::ImportRefused));
        let sentence = recordings::sentence(&field.desk.context, &recording).unwrap();
        match shown {
            Some(shown) => assert_eq!(sentence, shown),
            None => assert!(
                sentence.starts_with("Stream refused the recording: moon moon") && sentence.len() < 240,
                "{sentence}"
            ),
        }
        assert_eq!(field.desk.notices.all().pop().unwrap().body, sentence);
    }
}

#[tokio::test]
async fn a_relay_refused_for_an_unknown_reason_shows_cloudflares_words() {
    let mut field = Field::new().await;
    field.cloud.control("switches", json!({ "head_refused": true })).await;
    refuse(&field, "/stream", SAID.to_owned()).await;
    let session = field.start("Karate").await;
    field.desk.pass(&field.cloud, 60).await;
    hajime_core::actions::recorder::end::end(&field.desk.context, session.id).await.unwrap();
    for _ in 0..200 {
        // A relay runs beside the looks, in real time.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        field.desk.pass(&field.cloud, 15).await;
        if cause(&field.recording(&session)).is_some() {
            break;
        }
    }
    let recording = field.recording(&session);
    assert_eq!(cause(&recording), Some(Cause::ImportRefused), "{:?}", recording.stage);
    assert_eq!(recordings::sentence(&field.desk.context, &recording).unwrap(), SHOWN);
}
