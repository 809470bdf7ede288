//! Uploads by form and by tus.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::support::{Desk, Said, moment, said};

const BOUNDARY: &str = "----a-boundary";

#[tokio::test]
async fn s43_an_uploaded_file_goes_the_way_of_a_copied_one() {
    let desk = Desk::open().await;
    let (_, url) = desk.uploaded().await;
    let file = desk.send(Method::GET, &url, None, None).await.bytes;

    let sent = form(&desk, &desk.account("/stream"), &file).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    let by_form = sent.result()["uid"].as_str().unwrap().to_owned();
    assert_eq!(sent.result()["meta"]["name"], "class.mp4");

    let by_tus = tus(&desk, &file).await;
    desk.advance(300).await;
    for uid in [&by_form, &by_tus] {
        let video = desk.video(uid).await;
        assert_eq!(video["status"]["state"], "ready", "{video}");
        assert_eq!(video["input"], json!({ "width": 320, "height": 180 }));
        assert_eq!(video["size"], file.len());
        assert!(video["meta"].get("downloaded-from").is_none());
    }
    let relayed = desk.video(&by_tus).await;
    assert_eq!((&relayed["meta"]["name"], &relayed["requireSignedURLs"]), (&json!("Relayed"), &json!(true)));

    let words = form(&desk, &desk.account("/stream"), b"only words").await;
    let uid = words.result()["uid"].as_str().unwrap().to_owned();
    desk.advance(60).await;
    assert_eq!(desk.video(&uid).await["status"]["errorReasonCode"], "ERR_NON_VIDEO");
}

#[tokio::test]
async fn s43_the_queue_for_encoders_has_an_end() {
    let desk = Desk::open().await;
    desk.switch(json!({ "concurrent_encodes": 2 })).await;
    let (_, url) = desk.uploaded().await;
    for _ in 0..2 {
        desk.copy(&url, json!({})).await;
    }
    assert_eq!(desk.stream(Method::POST, "/copy", Some(json!({ "url": url }))).await.status, 429);
    desk.advance(300).await;
    desk.copy(&url, json!({})).await;
}

#[tokio::test]
async fn s43_the_hundred_and_twenty_first_encode_is_refused() {
    let desk = Desk::open().await;
    for _ in 0..120 {
        desk.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    }
    let refused = desk.stream(Method::POST, "/copy", Some(json!({ "url": "http://127.0.0.1:1/a.mp4" }))).await;
    assert_eq!((refused.status, &refused.body["success"]), (429, &json!(false)));
    let direct = desk.stream(Method::POST, "/direct_upload", Some(json!({ "maxDurationSeconds": 60 }))).await;
    assert_eq!(direct.status, 429);
    // Those that have failed take up no encoder.
    desk.advance(60).await;
    desk.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
}

#[tokio::test]
async fn tus_keeps_to_its_rules() {
    let desk = Desk::open().await;
    let account = desk.account("/stream");
    let begin = || desk.http.post(&account).bearer_auth(&desk.info.api_token).header("tus-resumable", "1.0.0");
    said(begin()).await.refused(400, 10_005);
    said(begin().header("upload-length", "10").header("upload-metadata", "name ***")).await.refused(400, 10_005);
    said(begin().header("upload-length", (31_u64 << 30).to_string())).await.refused(413, 10_006);
    let opened = said(begin().header("upload-length", (12 << 20).to_string())).await;
    assert_eq!(opened.status, 201);
    assert_eq!(desk.video(opened.header("stream-media-id")).await["status"]["state"], "pendingupload");
    let location = opened.header("location").to_owned();
    let patch = |offset: &str, body: Vec<u8>| {
        let request = desk.http.patch(&location).bearer_auth(&desk.info.api_token);
        request.header("tus-resumable", "1.0.0").header("upload-offset", offset).body(body)
    };
    said(patch("0", vec![0; 1 << 20])).await.refused(400, 10_005);
    assert_eq!(said(patch("7", vec![0; 5 << 20])).await.status, 409);
    assert_eq!(said(patch("0", vec![0; 5 << 20])).await.status, 204);
    let head = said(desk.http.head(&location).bearer_auth(&desk.info.api_token)).await;
    assert_eq!(head.header("upload-offset"), (5 << 20).to_string());
}

#[tokio::test]
async fn an_upload_must_be_made_before_it_expires() {
    let desk = Desk::open().await;
    let direct = async |expiry: i64| {
        let now = chrono::DateTime::from_timestamp(desk.now().await, 0).unwrap();
        let expiry = (now + TimeDelta::minutes(expiry)).to_rfc3339();
        desk.stream(Method::POST, "/direct_upload", Some(json!({ "maxDurationSeconds": 60, "expiry": expiry }))).await
    };
    direct(1).await.refused(400, 10_005);
    direct(361).await.refused(400, 10_005);
    let made = direct(10).await;
    let (to, uid) = (made.result()["uploadURL"].as_str().unwrap(), made.result()["uid"].as_str().unwrap());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let send = async || said(desk.http.post(to).header("content-type", &kind).body(multipart(b"words"))).await.status;
    desk.advance(700).await;
    assert_eq!(send().await, 404);
    // Its expiry may be moved as long as nothing has come in.
    let later = moment(&desk.video(uid).await["uploadExpiry"]) + TimeDelta::hours(1);
    let edited = json!({ "uploadExpiry": later.to_rfc3339() });
    let edited = desk.stream(Method::POST, &format!("/{uid}"), Some(edited)).await;
    assert_eq!(moment(&edited.result()["uploadExpiry"]), later);
    assert_eq!(send().await, 200);

    let soon = (later + TimeDelta::minutes(10)).to_rfc3339();
    let begin = desk.http.post(desk.account("/stream")).bearer_auth(&desk.info.api_token);
    let begin = begin.header("tus-resumable", "1.0.0").header("upload-length", "5");
    let opened = said(begin.header("upload-metadata", format!("expiry {}", STANDARD.encode(soon)))).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    desk.advance(7_200).await;
    let patch = desk.http.patch(opened.header("location")).header("tus-resumable", "1.0.0");
    said(patch.header("upload-offset", "0").body("words")).await.refused(404, 10_003);
}

#[tokio::test]
async fn a_direct_upload_needs_no_api_token() {
    let desk = Desk::open().await;
    let (_, url) = desk.uploaded().await;
    let file = desk.send(Method::GET, &url, None, None).await.bytes;
    desk.stream(Method::POST, "/direct_upload", Some(json!({}))).await.refused(400, 10_005);
    let made = desk.stream(Method::POST, "/direct_upload", Some(json!({ "maxDurationSeconds": 600 }))).await;
    let (to, uid) = (made.result()["uploadURL"].as_str().unwrap(), made.result()["uid"].as_str().unwrap());
    assert_eq!(desk.video(uid).await["status"]["state"], "pendingupload");
    let body = multipart(&file);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let sent = said(desk.http.post(to).header("content-type", &kind).body(body.clone())).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    desk.advance(300).await;
    assert_eq!(desk.video(uid).await["status"]["state"], "ready");
    assert_eq!(said(desk.http.post(to).header("content-type", &kind).body(body)).await.status, 404);
}

async fn form(desk: &Desk, url: &str, file: &[u8]) -> Said {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    said(desk.http.post(url).bearer_auth(&desk.info.api_token).header("content-type", kind).body(multipart(file))).await
}

fn multipart(file: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"class.mp4\"\r\n\
         Content-Type: video/mp4\r\n\r\n"
    );
    [head.as_bytes(), file, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

async fn tus(desk: &Desk, file: &[u8]) -> String {
    let metadata = format!("name {},requiresignedurls", STANDARD.encode("Relayed"));
    let begin = desk.http.post(desk.account("/stream")).bearer_auth(&desk.info.api_token);
    let begin = begin.header("tus-resumable", "1.0.0").header("upload-length", file.len().to_string());
    let opened = said(begin.header("upload-metadata", metadata)).await;
    assert_eq!((opened.status, opened.header("tus-resumable")), (201, "1.0.0"), "{opened:?}");
    let patch = desk.http.patch(opened.header("location")).bearer_auth(&desk.info.api_token);
    let patch = patch.header("tus-resumable", "1.0.0").header("upload-offset", "0");
    let sent = said(patch.header("content-type", "application/offset+octet-stream").body(file.to_vec())).await;
    assert_eq!((sent.status, sent.header("upload-offset")), (204, file.len().to_string().as_str()));
    opened.header("stream-media-id").to_owned()
}
