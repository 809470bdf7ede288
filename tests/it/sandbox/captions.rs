//! Captions: uploaded, made by machine, played.

use reqwest::Method;
use serde_json::json;

use super::support::Desk;

const ENGLISH: &str = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.000\nHajime <b>now</b>\n";

#[tokio::test]
async fn captions_are_uploaded_listed_read_replaced_and_deleted() {
    let desk = Desk::open().await;
    let uid = desk.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let path = format!("/{uid}/captions");
    let put = async |language: &str, text: &[u8]| {
        desk.stream_form(Method::PUT, &format!("{path}/{language}"), &[("file", Some("a.vtt"), text)]).await
    };
    assert_eq!(desk.stream(Method::GET, &path, None).await.result(), &json!([]));
    let english = json!({ "language": "en", "label": "English", "generated": false, "status": "ready" });
    assert_eq!(put("en", ENGLISH.as_bytes()).await.result(), &english);
    let swiss = put("de-CH", b"\xef\xbb\xbfWEBVTT\r\n\r\n00:01.000 --> 00:02.500\r\nGr\xc3\xbcezi\r\n").await;
    assert_eq!((&swiss.result()["language"], &swiss.result()["label"]), (&json!("de-CH"), &json!("Deutsch")));
    assert_eq!(put("gsw", b"WEBVTT\n").await.result()["label"], "gsw");
    assert_eq!(desk.stream(Method::GET, &path, None).await.result().as_array().unwrap().len(), 3);
    assert_eq!(desk.stream(Method::GET, &format!("{path}/en"), None).await.result(), &english);
    let text = desk.stream(Method::GET, &format!("{path}/en/vtt"), None).await;
    assert_eq!((text.status, text.text().as_str()), (200, ENGLISH));
    assert!(text.header("content-type").starts_with("text/vtt"));
    // The same language once more takes the place of the first, however it is written.
    assert_eq!(put("EN", b"WEBVTT\n\n00:01.000 --> 00:02.000\nOther\n").await.status, 200);
    assert_eq!(desk.stream(Method::GET, &path, None).await.result().as_array().unwrap().len(), 3);
    assert!(desk.stream(Method::GET, &format!("{path}/en/vtt"), None).await.text().contains("Other"));
    assert_eq!(desk.stream(Method::DELETE, &format!("{path}/en"), None).await.result(), "");
    for gone in ["/en", "/en/vtt", "/fr"] {
        desk.stream(Method::GET, &format!("{path}{gone}"), None).await.refused(404, 10_003);
    }
    desk.stream(Method::DELETE, &format!("{path}/en"), None).await.refused(404, 10_003);
}

#[tokio::test]
async fn what_is_no_caption_is_refused() {
    let desk = Desk::open().await;
    let uid = desk.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let path = format!("/{uid}/captions/en");
    let put = async |text: &[u8]| desk.stream_form(Method::PUT, &path, &[("file", Some("a.vtt"), text)]).await;
    for bad in ["1\n00:00:01,000 --> 00:00:02,000\nSubRip", "WEBVTT\n\n00:02.000 --> 00:01.000\nbackwards", ""] {
        put(bad.as_bytes()).await.refused(400, 10_005);
    }
    put(b"WEBVTT\n\xff\xfe").await.refused(400, 10_005);
    desk.stream_form(Method::PUT, &path, &[("text", None, ENGLISH.as_bytes())]).await.refused(400, 10_005);
    desk.stream(Method::PUT, &path, Some(json!({ "file": ENGLISH }))).await.refused(400, 10_005);
    let mut large = ENGLISH.as_bytes().to_vec();
    large.resize((10 << 20) + 1, b'\n');
    put(&large).await.refused(413, 10_006);
    large.truncate(10 << 20);
    assert_eq!(put(&large).await.status, 200);
    for language in ["english", "e", "en_US", "..%2Fen"] {
        let path = format!("/{uid}/captions/{language}");
        let put = desk.stream_form(Method::PUT, &path, &[("file", Some("a.vtt"), ENGLISH.as_bytes())]).await;
        put.refused(400, 10_005);
    }
    let elsewhere = "/ffffffffffffffffffffffffffffffff/captions/en";
    desk.stream_form(Method::PUT, elsewhere, &[("file", None, ENGLISH.as_bytes())]).await.refused(404, 10_003);
    desk.stream(Method::GET, "/ffffffffffffffffffffffffffffffff/captions", None).await.refused(404, 10_003);
}

#[tokio::test]
async fn captions_are_made_by_machine_in_time_and_once() {
    let desk = Desk::open().await;
    let (_, url) = desk.uploaded().await;
    let uid = desk.copy(&url, json!({})).await;
    let path = format!("/{uid}/captions");
    let generate = async |language: &str| desk.stream(Method::POST, &format!("{path}/{language}/generate"), None).await;
    generate("en").await.refused(400, 10_005);
    desk.advance(300).await;
    generate("zh").await.refused(400, 10_005);
    let begun = generate("es").await;
    let expected = json!({ "language": "es", "label": "Español", "generated": true, "status": "inprogress" });
    assert_eq!(begun.result(), &expected);
    generate("es").await.refused(400, 10_005);
    desk.stream(Method::GET, &format!("{path}/es/vtt"), None).await.refused(404, 10_003);
    let master = format!("/{uid}/manifest/video.m3u8");
    assert!(!desk.view(&master).await.text().contains("SUBTITLES"));
    desk.advance(25).await;
    assert_eq!(desk.stream(Method::GET, &format!("{path}/es"), None).await.result()["status"], "ready");
    let text = desk.stream(Method::GET, &format!("{path}/es/vtt"), None).await.text();
    assert!(text.starts_with("WEBVTT\n") && text.matches("-->").count() == 12, "{text}");
    assert!(desk.view(&master).await.text().contains("SUBTITLES"));
}

#[tokio::test]
async fn manifests_and_pages_name_captions_and_they_can_be_fetched_with_a_token() {
    let desk = Desk::open().await;
    let uid = desk.ready(json!({ "requireSignedURLs": true })).await;
    desk.stream_form(Method::PUT, &format!("/{uid}/captions/en"), &[("file", None, ENGLISH.as_bytes())]).await;
    let token = desk.stream(Method::POST, &format!("/{uid}/token"), None).await;
    let token = token.result()["token"].as_str().unwrap().to_owned();
    let master = desk.view(&format!("/{token}/manifest/video.m3u8")).await.text();
    let media = master.lines().find(|line| line.starts_with("#EXT-X-MEDIA:TYPE=SUBTITLES")).unwrap();
    assert!(media.contains("LANGUAGE=\"en\"") && media.contains("NAME=\"English\""), "{media}");
    assert!(
        master.lines().any(|line| line.starts_with("#EXT-X-STREAM-INF") && line.ends_with("SUBTITLES=\"captions\""))
    );
    let uri = media.split("URI=\"").nth(1).unwrap().trim_end_matches('"');
    let playlist = desk.view(&format!("/{token}/manifest/{uri}")).await.text();
    assert!(playlist.starts_with("#EXTM3U") && playlist.ends_with("#EXT-X-ENDLIST\n"), "{playlist}");
    let file = playlist.lines().find(|line| !line.starts_with('#')).unwrap();
    let text = desk.view(&format!("/{token}/manifest/{file}")).await;
    assert_eq!((text.text().as_str(), text.header("content-type")), (ENGLISH, "text/vtt; charset=utf-8"));
    assert_eq!(desk.view(&format!("/{uid}/manifest/{file}")).await.status, 401);
    assert_eq!(desk.view(&format!("/{token}/manifest/captions-fr.vtt")).await.status, 404);
    assert!(
        desk.view(&format!("/{token}/manifest/video.mpd")).await.text().contains("<BaseURL>captions-en.vtt</BaseURL>")
    );
    let page = desk.view(&format!("/{token}/watch")).await.text();
    let track = page.split("<track ").nth(1).and_then(|rest| rest.split("src=\"").nth(1)).unwrap();
    let src = track.split('"').next().unwrap().strip_prefix(&desk.host()).unwrap();
    assert_eq!(desk.view(src).await.text(), ENGLISH);
}

#[tokio::test]
async fn captions_survive_a_restart_and_go_with_their_video() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let desk = Desk::kept_in(&state).await;
    let uid = desk.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let path = format!("/{uid}/captions");
    desk.stream_form(Method::PUT, &format!("{path}/en"), &[("file", None, ENGLISH.as_bytes())]).await;
    desk.sandbox.stop().await;
    let desk = Desk::kept_in(&state).await;
    assert_eq!(desk.stream(Method::GET, &format!("{path}/en/vtt"), None).await.text(), ENGLISH);
    desk.stream(Method::DELETE, &format!("/{uid}"), None).await;
    desk.stream(Method::GET, &path, None).await.refused(404, 10_003);
    desk.sandbox.stop().await;
    assert!(!String::from_utf8_lossy(&std::fs::read(&state).unwrap()).contains("Hajime"), "the text is gone as well");
}
