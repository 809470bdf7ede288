//! Captions: uploading, generating and playing them.

use reqwest::Method;
use serde_json::json;

use super::support::TestSandbox;

const ENGLISH: &str = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.000\nHajime <b>now</b>\n";

#[tokio::test]
async fn captions_are_uploaded_listed_read_replaced_and_deleted() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let path = format!("/{uid}/captions");
    let put = async |language: &str, text: &[u8]| {
        sandbox.stream_form(Method::PUT, &format!("{path}/{language}"), &[("file", Some("a.vtt"), text)]).await
    };
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result(), &json!([]));
    let english = json!({ "language": "en", "label": "English", "generated": false, "status": "ready" });
    assert_eq!(put("en", ENGLISH.as_bytes()).await.result(), &english);
    let swiss = put("de-CH", b"\xef\xbb\xbfWEBVTT\r\n\r\n00:01.000 --> 00:02.500\r\nGr\xc3\xbcezi\r\n").await;
    assert_eq!((&swiss.result()["language"], &swiss.result()["label"]), (&json!("de-CH"), &json!("Deutsch")));
    assert_eq!(put("gsw", b"WEBVTT\n").await.result()["label"], "gsw");
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result().as_array().unwrap().len(), 3);
    assert_eq!(sandbox.stream(Method::GET, &format!("{path}/en"), None).await.result(), &english);
    let text = sandbox.stream(Method::GET, &format!("{path}/en/vtt"), None).await;
    assert_eq!((text.status, text.text().as_str()), (200, ENGLISH));
    assert!(text.header("content-type").starts_with("text/vtt"));
    // A second upload in the same language replaces the first, even when the language tag differs in case.
    assert_eq!(put("EN", b"WEBVTT\n\n00:01.000 --> 00:02.000\nOther\n").await.status, 200);
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result().as_array().unwrap().len(), 3);
    assert!(sandbox.stream(Method::GET, &format!("{path}/en/vtt"), None).await.text().contains("Other"));
    assert_eq!(sandbox.stream(Method::DELETE, &format!("{path}/en"), None).await.result(), "");
    for gone in ["/en", "/en/vtt", "/fr"] {
        sandbox.stream(Method::GET, &format!("{path}{gone}"), None).await.assert_refused(404, 10_003);
    }
    sandbox.stream(Method::DELETE, &format!("{path}/en"), None).await.assert_refused(404, 10_003);
}

#[tokio::test]
async fn invalid_captions_and_languages_are_refused() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let path = format!("/{uid}/captions/en");
    let put = async |text: &[u8]| sandbox.stream_form(Method::PUT, &path, &[("file", Some("a.vtt"), text)]).await;
    for bad in ["1\n00:00:01,000 --> 00:00:02,000\nSubRip", "WEBVTT\n\n00:02.000 --> 00:01.000\nbackwards", ""] {
        put(bad.as_bytes()).await.assert_refused(400, 10_005);
    }
    put(b"WEBVTT\n\xff\xfe").await.assert_refused(400, 10_005);
    sandbox.stream_form(Method::PUT, &path, &[("text", None, ENGLISH.as_bytes())]).await.assert_refused(400, 10_005);
    sandbox.stream(Method::PUT, &path, Some(json!({ "file": ENGLISH }))).await.assert_refused(400, 10_005);
    let mut large = ENGLISH.as_bytes().to_vec();
    large.resize((10 << 20) + 1, b'\n');
    put(&large).await.assert_refused(413, 10_006);
    large.truncate(10 << 20);
    assert_eq!(put(&large).await.status, 200);
    for language in ["english", "e", "en_US", "..%2Fen"] {
        let path = format!("/{uid}/captions/{language}");
        let put = sandbox.stream_form(Method::PUT, &path, &[("file", Some("a.vtt"), ENGLISH.as_bytes())]).await;
        put.assert_refused(400, 10_005);
    }
    let elsewhere = "/ffffffffffffffffffffffffffffffff/captions/en";
    sandbox
        .stream_form(Method::PUT, elsewhere, &[("file", None, ENGLISH.as_bytes())])
        .await
        .assert_refused(404, 10_003);
    sandbox.stream(Method::GET, "/ffffffffffffffffffffffffffffffff/captions", None).await.assert_refused(404, 10_003);
}

#[tokio::test]
async fn captions_are_generated_after_some_time_and_once_per_language() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({})).await;
    let path = format!("/{uid}/captions");
    let generate =
        async |language: &str| sandbox.stream(Method::POST, &format!("{path}/{language}/generate"), None).await;
    generate("en").await.assert_refused(400, 10_005);
    sandbox.advance(300).await;
    generate("zh").await.assert_refused(400, 10_005);
    let begun = generate("es").await;
    let expected = json!({ "language": "es", "label": "Español", "generated": true, "status": "inprogress" });
    assert_eq!(begun.result(), &expected);
    generate("es").await.assert_refused(400, 10_005);
    sandbox.stream(Method::GET, &format!("{path}/es/vtt"), None).await.assert_refused(404, 10_003);
    let master = format!("/{uid}/manifest/video.m3u8");
    assert!(!sandbox.view(&master).await.text().contains("SUBTITLES"));
    sandbox.advance(25).await;
    assert_eq!(sandbox.stream(Method::GET, &format!("{path}/es"), None).await.result()["status"], "ready");
    let text = sandbox.stream(Method::GET, &format!("{path}/es/vtt"), None).await.text();
    assert!(text.starts_with("WEBVTT\n") && text.matches("-->").count() == 12, "{text}");
    assert!(sandbox.view(&master).await.text().contains("SUBTITLES"));
}

#[tokio::test]
async fn manifests_and_pages_name_the_captions_and_a_token_opens_them() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    sandbox.stream_form(Method::PUT, &format!("/{uid}/captions/en"), &[("file", None, ENGLISH.as_bytes())]).await;
    let token = sandbox.stream(Method::POST, &format!("/{uid}/token"), None).await;
    let token = token.result()["token"].as_str().unwrap().to_owned();
    let master = sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.text();
    let media = master.lines().find(|line| line.starts_with("#EXT-X-MEDIA:TYPE=SUBTITLES")).unwrap();
    assert!(media.contains("LANGUAGE=\"en\"") && media.contains("NAME=\"English\""), "{media}");
    assert!(
        master.lines().any(|line| line.starts_with("#EXT-X-STREAM-INF") && line.ends_with("SUBTITLES=\"captions\""))
    );
    let uri = media.split("URI=\"").nth(1).unwrap().trim_end_matches('"');
    let playlist = sandbox.view(&format!("/{token}/manifest/{uri}")).await.text();
    assert!(playlist.starts_with("#EXTM3U") && playlist.ends_with("#EXT-X-ENDLIST\n"), "{playlist}");
    let file = playlist.lines().find(|line| !line.starts_with('#')).unwrap();
    let text = sandbox.view(&format!("/{token}/manifest/{file}")).await;
    assert_eq!((text.text().as_str(), text.header("content-type")), (ENGLISH, "text/vtt; charset=utf-8"));
    assert_eq!(sandbox.view(&format!("/{uid}/manifest/{file}")).await.status, 401);
    assert_eq!(sandbox.view(&format!("/{token}/manifest/captions-fr.vtt")).await.status, 404);
    assert!(
        sandbox
            .view(&format!("/{token}/manifest/video.mpd"))
            .await
            .text()
            .contains("<BaseURL>captions-en.vtt</BaseURL>")
    );
    let page = sandbox.view(&format!("/{token}/watch")).await.text();
    let track = page.split("<track ").nth(1).and_then(|rest| rest.split("src=\"").nth(1)).unwrap();
    let src = track.split('"').next().unwrap().strip_prefix(&sandbox.host()).unwrap();
    assert_eq!(sandbox.view(src).await.text(), ENGLISH);
}

#[tokio::test]
async fn captions_survive_a_restart_and_are_deleted_with_their_video() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let path = format!("/{uid}/captions");
    sandbox.stream_form(Method::PUT, &format!("{path}/en"), &[("file", None, ENGLISH.as_bytes())]).await;
    sandbox.server.stop().await;
    let sandbox = TestSandbox::with_state_file(&state).await;
    assert_eq!(sandbox.stream(Method::GET, &format!("{path}/en/vtt"), None).await.text(), ENGLISH);
    sandbox.stream(Method::DELETE, &format!("/{uid}"), None).await;
    sandbox.stream(Method::GET, &path, None).await.assert_refused(404, 10_003);
    sandbox.server.stop().await;
    assert!(
        !String::from_utf8_lossy(&std::fs::read(&state).unwrap()).contains("Hajime"),
        "the text of deleted captions is in the state file"
    );
}
