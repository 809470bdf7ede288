//! Refusals for an undocumented reason: people read Cloudflare's words, and no advice for another reason.

use axum::http::Method;
use hajime_core::actions::library::recordings;
use hajime_core::domain::recorder::cause::Cause;
use serde_json::json;

use super::ProxiedDesk;
use crate::support::{TestDesk, cause};

const REPLY_TEXT: &str = "The moon\u{202e} rose\u{200b}\u{7} at https://x.example/?token=secret";
const SHOWN_TEXT: &str = "Stream refused the recording: The moon rose at …";

/// Makes Cloudflare refuse every POST to this path with status 418 and these words.
async fn refuse(proxied: &ProxiedDesk, path: &'static str, words: String) {
    proxied.cloud.fault("POST", &format!("*{path}"), 1_000, json!({ "kind": "status", "status": 418 })).await;
    proxied.proxy.edit(Method::POST, path, move |reply, _| {
        *reply = json!({ "success": false, "errors": [{ "code": 12_345, "message": words }] });
    });
}

#[tokio::test]
async fn an_import_refused_for_an_unknown_reason_shows_cloudflares_words() {
    let endless = "moon ".repeat(1_000);
    for (words, shown) in
        [(REPLY_TEXT, Some(SHOWN_TEXT)), (endless.as_str(), None), ("", Some("Stream refused the recording."))]
    {
        let mut proxied = ProxiedDesk::new().await;
        refuse(&proxied, "/stream/copy", words.to_owned()).await;
        let recording = proxied.recorded("Karate").await;
        assert_eq!(cause(&recording), Some(Cause::ImportRefused));
        let sentence = recordings::sentence(&proxied.desk.context, &recording).unwrap();
        match shown {
            Some(shown) => assert_eq!(sentence, shown),
            None => assert!(
                sentence.starts_with("Stream refused the recording: moon moon") && sentence.len() < 240,
                "{sentence}"
            ),
        }
        assert_eq!(proxied.desk.notices.all().pop().unwrap().1.body, sentence);
    }
}

#[tokio::test]
async fn a_relay_refused_for_an_unknown_reason_shows_cloudflares_words() {
    let mut proxied = ProxiedDesk::new().await;
    proxied.cloud.control("switches", json!({ "head_refused": true })).await;
    refuse(&proxied, "/stream", REPLY_TEXT.to_owned()).await;
    let session = proxied.start("Karate").await;
    proxied.desk.pass(&proxied.cloud, 60).await;
    hajime_core::actions::recorder::end::end(&proxied.desk.context, session.id).await.unwrap();
    let failed = |desk: &TestDesk| cause(&desk.context.store().recordings_of(session.id).unwrap().remove(0)).is_some();
    proxied.desk.pass_until(&proxied.cloud, 15, failed).await;
    let recording = proxied.recording(&session);
    assert_eq!(cause(&recording), Some(Cause::ImportRefused), "{:?}", recording.stage);
    assert_eq!(recordings::sentence(&proxied.desk.context, &recording).unwrap(), SHOWN_TEXT);
}
