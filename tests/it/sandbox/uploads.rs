//! Uploads: by form, and in chunks by the tus protocol.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::support::{Reply, TestSandbox, moment, reply_to};

const BOUNDARY: &str = "----a-boundary";

#[tokio::test]
async fn an_uploaded_video_passes_through_the_states_of_a_copied_one() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let file = sandbox.send(Method::GET, &url, None, None).await.bytes;

    let sent = form(&sandbox, &sandbox.account("/stream"), &file).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    let by_form = sent.result()["uid"].as_str().unwrap().to_owned();
    assert_eq!(sent.result()["meta"]["name"], "class.mp4");

    let by_tus = tus(&sandbox, &file).await;
    sandbox.advance(300).await;
    for uid in [&by_form, &by_tus] {
        let video = sandbox.video(uid).await;
        assert_eq!(video["status"]["state"], "ready", "{video}");
        assert_eq!(video["input"], json!({ "width": 320, "height": 180 }));
        assert_eq!(video["size"], file.len());
        assert!(video["meta"].get("downloaded-from").is_none());
    }
    let relayed = sandbox.video(&by_tus).await;
    assert_eq!((&relayed["meta"]["name"], &relayed["requireSignedURLs"]), (&json!("Relayed"), &json!(true)));

    let words = form(&sandbox, &sandbox.account("/stream"), b"only words").await;
    let uid = words.result()["uid"].as_str().unwrap().to_owned();
    sandbox.advance(60).await;
    assert_eq!(sandbox.video(&uid).await["status"]["errorReasonCode"], "ERR_NON_VIDEO");
}

#[tokio::test]
async fn a_copy_is_refused_when_the_encoder_queue_is_full() {
    let sandbox = TestSandbox::start().await;
    sandbox.set_switches(json!({ "concurrent_encodes": 2 })).await;
    let (_, url) = sandbox.uploaded_recording().await;
    for _ in 0..2 {
        sandbox.copy(&url, json!({})).await;
    }
    assert_eq!(sandbox.stream(Method::POST, "/copy", Some(json!({ "url": url }))).await.status, 429);
    sandbox.advance(300).await;
    sandbox.copy(&url, json!({})).await;
}

#[tokio::test]
async fn the_121st_concurrent_encode_is_refused() {
    let sandbox = TestSandbox::start().await;
    for _ in 0..120 {
        sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    }
    let refused = sandbox.stream(Method::POST, "/copy", Some(json!({ "url": "http://127.0.0.1:1/a.mp4" }))).await;
    assert_eq!((refused.status, &refused.body["success"]), (429, &json!(false)));
    let direct = sandbox.stream(Method::POST, "/direct_upload", Some(json!({ "maxDurationSeconds": 60 }))).await;
    assert_eq!(direct.status, 429);
    // Failed videos occupy no encoder.
    sandbox.advance(60).await;
    sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
}

#[tokio::test]
async fn tus_refuses_wrong_offsets_and_chunk_sizes() {
    let sandbox = TestSandbox::start().await;
    let account = sandbox.account("/stream");
    let begin = || sandbox.http.post(&account).bearer_auth(&sandbox.info.api_token).header("tus-resumable", "1.0.0");
    reply_to(begin()).await.assert_refused(400, 10_005);
    reply_to(begin().header("upload-length", "10").header("upload-metadata", "name ***"))
        .await
        .assert_refused(400, 10_005);
    reply_to(begin().header("upload-length", (31_u64 << 30).to_string())).await.assert_refused(413, 10_006);
    let opened = reply_to(begin().header("upload-length", (12 << 20).to_string())).await;
    assert_eq!(opened.status, 201);
    assert_eq!(sandbox.video(opened.header("stream-media-id")).await["status"]["state"], "pendingupload");
    let location = opened.header("location").to_owned();
    let patch = |offset: &str, body: Vec<u8>| {
        let request = sandbox.http.patch(&location).bearer_auth(&sandbox.info.api_token);
        request.header("tus-resumable", "1.0.0").header("upload-offset", offset).body(body)
    };
    reply_to(patch("0", vec![0; 1 << 20])).await.assert_refused(400, 10_005);
    assert_eq!(reply_to(patch("7", vec![0; 5 << 20])).await.status, 409);
    assert_eq!(reply_to(patch("0", vec![0; 5 << 20])).await.status, 204);
    let head = reply_to(sandbox.http.head(&location).bearer_auth(&sandbox.info.api_token)).await;
    assert_eq!(head.header("upload-offset"), (5 << 20).to_string());
}

#[tokio::test]
async fn an_expired_upload_url_is_refused() {
    let sandbox = TestSandbox::start().await;
    let direct = async |expiry: i64| {
        let now = chrono::DateTime::from_timestamp(sandbox.now().await, 0).unwrap();
        let expiry = (now + TimeDelta::minutes(expiry)).to_rfc3339();
        sandbox
            .stream(Method::POST, "/direct_upload", Some(json!({ "maxDurationSeconds": 60, "expiry": expiry })))
            .await
    };
    direct(1).await.assert_refused(400, 10_005);
    direct(361).await.assert_refused(400, 10_005);
    let made = direct(10).await;
    let (to, uid) = (made.result()["uploadURL"].as_str().unwrap(), made.result()["uid"].as_str().unwrap());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let send =
        async || reply_to(sandbox.http.post(to).header("content-type", &kind).body(multipart(b"words"))).await.status;
    sandbox.advance(700).await;
    assert_eq!(send().await, 404);
    // The expiry can be changed until the upload begins.
    let later = moment(&sandbox.video(uid).await["uploadExpiry"]) + TimeDelta::hours(1);
    let edited = json!({ "uploadExpiry": later.to_rfc3339() });
    let edited = sandbox.stream(Method::POST, &format!("/{uid}"), Some(edited)).await;
    assert_eq!(moment(&edited.result()["uploadExpiry"]), later);
    assert_eq!(send().await, 200);

    let soon = (later + TimeDelta::minutes(10)).to_rfc3339();
    let begin = sandbox.http.post(sandbox.account("/stream")).bearer_auth(&sandbox.info.api_token);
    let begin = begin.header("tus-resumable", "1.0.0").header("upload-length", "5");
    let opened = reply_to(begin.header("upload-metadata", format!("expiry {}", STANDARD.encode(soon)))).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    sandbox.advance(7_200).await;
    let patch = sandbox.http.patch(opened.header("location")).header("tus-resumable", "1.0.0");
    reply_to(patch.header("upload-offset", "0").body("words")).await.assert_refused(404, 10_003);
}

#[tokio::test]
async fn a_direct_upload_needs_no_api_token() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let file = sandbox.send(Method::GET, &url, None, None).await.bytes;
    sandbox.stream(Method::POST, "/direct_upload", Some(json!({}))).await.assert_refused(400, 10_005);
    let made = sandbox.stream(Method::POST, "/direct_upload", Some(json!({ "maxDurationSeconds": 600 }))).await;
    let (to, uid) = (made.result()["uploadURL"].as_str().unwrap(), made.result()["uid"].as_str().unwrap());
    assert_eq!(sandbox.video(uid).await["status"]["state"], "pendingupload");
    let body = multipart(&file);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let sent = reply_to(sandbox.http.post(to).header("content-type", &kind).body(body.clone())).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    sandbox.advance(300).await;
    assert_eq!(sandbox.video(uid).await["status"]["state"], "ready");
    assert_eq!(reply_to(sandbox.http.post(to).header("content-type", &kind).body(body)).await.status, 404);
}

async fn form(sandbox: &TestSandbox, url: &str, file: &[u8]) -> Reply {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    reply_to(
        sandbox.http.post(url).bearer_auth(&sandbox.info.api_token).header("content-type", kind).body(multipart(file)),
    )
    .await
}

fn multipart(file: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"class.mp4\"\r\n\
         Content-Type: video/mp4\r\n\r\n"
    );
    [head.as_bytes(), file, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

async fn tus(sandbox: &TestSandbox, file: &[u8]) -> String {
    let metadata = format!("name {},requiresignedurls", STANDARD.encode("Relayed"));
    let begin = sandbox.http.post(sandbox.account("/stream")).bearer_auth(&sandbox.info.api_token);
    let begin = begin.header("tus-resumable", "1.0.0").header("upload-length", file.len().to_string());
    let opened = reply_to(begin.header("upload-metadata", metadata)).await;
    assert_eq!((opened.status, opened.header("tus-resumable")), (201, "1.0.0"), "{opened:?}");
    let patch = sandbox.http.patch(opened.header("location")).bearer_auth(&sandbox.info.api_token);
    let patch = patch.header("tus-resumable", "1.0.0").header("upload-offset", "0");
    let sent = reply_to(patch.header("content-type", "application/offset+octet-stream").body(file.to_vec())).await;
    assert_eq!((sent.status, sent.header("upload-offset")), (204, file.len().to_string().as_str()));
    opened.header("stream-media-id").to_owned()
}
