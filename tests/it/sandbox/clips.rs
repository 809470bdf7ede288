//! Clips and watermarks.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, form, reply_to};

/// Returns the beginning of a PNG file, up to its header, with this size in pixels.
fn png(width: u32, height: u32) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]]
        .concat()
}

#[tokio::test]
async fn a_clip_is_a_new_video_without_the_scheduled_deletion_of_its_source() {
    let sandbox = TestSandbox::start().await;
    let now = chrono::DateTime::from_timestamp(sandbox.now().await, 0).unwrap();
    let far = (now + chrono::TimeDelta::days(100)).to_rfc3339();
    let more = json!({ "scheduledDeletion": far, "meta": { "name": "Class" }, "requireSignedURLs": true });
    let whole = sandbox.ready_video(more).await;
    let body = json!({
        "clippedFromVideoUID": whole, "startTimeSeconds": 10, "endTimeSeconds": 25, "name": "Kata", "creator": "instr-17",
    });
    let made = sandbox.stream(Method::POST, "/clip", Some(body)).await;
    let clip = made.result();
    assert_eq!((&clip["clippedFrom"], &clip["status"]["state"]), (&json!(whole), &json!("queued")));
    assert_eq!((&clip["scheduledDeletion"], &clip["requireSignedURLs"]), (&Value::Null, &json!(false)));
    assert_eq!((&clip["meta"], &clip["creator"]), (&json!({ "name": "Kata" }), &json!("instr-17")));
    assert_eq!((&clip["readyToStream"], &clip["duration"]), (&json!(false), &json!(15.0)));
    let uid = clip["uid"].as_str().unwrap().to_owned();
    assert_ne!(uid, whole);
    let (mut states, mut playable) = (Vec::<String>::new(), Vec::new());
    for _ in 0..50 {
        let video = sandbox.video(&uid).await;
        let state = video["status"]["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
        playable.push(video["readyToStream"] == true);
        sandbox.advance(2).await;
    }
    assert_eq!(states, ["queued", "inprogress", "ready"]);
    assert!(playable.is_sorted() && playable[49]);
    let media = sandbox.view(&format!("/{uid}/manifest/stream.m3u8")).await.text();
    let length: f64 =
        media.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse::<f64>().ok()).sum();
    assert!((length - 15.0).abs() < 0.001, "{media}");
    assert_eq!(sandbox.view(&format!("/{uid}/manifest/seg-8.m4s")).await.status, 404);
    assert_eq!(sandbox.view(&format!("/{uid}/manifest/seg-7.m4s")).await.status, 200);
    sandbox.stream(Method::POST, &format!("/{uid}/downloads"), None).await;
    sandbox.advance(20).await;
    let file = sandbox.view(&format!("/{uid}/downloads/default.mp4")).await;
    assert_eq!(sandbox.video(&uid).await["size"], file.bytes.len());
    // The clip remains when its source is deleted.
    sandbox.stream(Method::DELETE, &format!("/{whole}"), None).await;
    assert_eq!(sandbox.view(&format!("/{uid}/manifest/video.m3u8")).await.status, 200);
}

#[tokio::test]
async fn a_clip_may_be_answered_without_its_uid_and_may_inherit_the_need_for_a_token() {
    let sandbox = TestSandbox::start().await;
    let whole = sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    sandbox.set_switches(json!({ "clip_reply": "clip", "clip_inherits_signing": true })).await;
    let body = json!({ "clippedFromVideoUID": whole, "startTimeSeconds": 2, "endTimeSeconds": 9 });
    let made = sandbox.stream(Method::POST, "/clip", Some(body)).await;
    let clip = made.result();
    assert_eq!((&clip["uid"], &clip["status"]), (&Value::Null, &json!("queued")));
    assert_eq!((&clip["clippedFromVideoUID"], &clip["requireSignedURLs"]), (&json!(whole), &json!(true)));
    assert_eq!((&clip["startTimeSeconds"], &clip["endTimeSeconds"]), (&json!(2), &json!(9)));
}

#[tokio::test]
async fn a_clip_outside_its_video_or_of_an_unready_video_is_refused() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({})).await;
    let clip = async |start: Value, end: Value| {
        let body = json!({ "clippedFromVideoUID": uid, "startTimeSeconds": start, "endTimeSeconds": end });
        sandbox.stream(Method::POST, "/clip", Some(body)).await
    };
    clip(json!(0), json!(10)).await.assert_refused(400, 10_005);
    sandbox.advance(300).await;
    let length = sandbox.video(&uid).await["duration"].as_f64().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "two minutes")]
    let whole = length.ceil() as i64;
    for (start, end) in [(10, 10), (20, 10), (-1, 10), (0, whole + 1), (whole, whole + 5), (i64::MAX - 1, i64::MAX)] {
        clip(json!(start), json!(end)).await.assert_refused(400, 10_005);
    }
    for (start, end) in [(Value::Null, json!(3)), (json!("0"), json!(3)), (json!(0.5), json!(3)), (json!(0), json!([]))]
    {
        clip(start, end).await.assert_refused(400, 10_005);
    }
    assert_eq!(clip(json!(0), json!(whole)).await.result()["duration"], length);
    let mut body = json!({ "clippedFromVideoUID": "f".repeat(32), "startTimeSeconds": 0, "endTimeSeconds": 3 });
    sandbox.stream(Method::POST, "/clip", Some(body.clone())).await.assert_refused(404, 10_003);
    body["clippedFromVideoUID"] = Value::Null;
    sandbox.stream(Method::POST, "/clip", Some(body)).await.assert_refused(400, 10_005);
}

#[tokio::test]
async fn watermarks_are_created_by_form_and_by_url_listed_and_deleted() {
    let sandbox = TestSandbox::start().await;
    let logo = png(320, 90);
    let parts: [(&str, Option<&str>, &[u8]); 4] = [
        ("file", Some("logo.png"), &logo),
        ("name", None, b"Dojo"),
        ("opacity", None, b"0.5"),
        ("position", None, b"center"),
    ];
    let made = sandbox.stream_form(Method::POST, "/watermarks", &parts).await;
    let profile = made.result();
    assert_eq!((&profile["name"], &profile["opacity"]), (&json!("Dojo"), &json!(0.5)));
    assert_eq!(
        (&profile["padding"], &profile["scale"], &profile["position"]),
        (&json!(0.05), &json!(0.15), &json!("center"))
    );
    assert_eq!(
        (&profile["width"], &profile["height"], &profile["size"]),
        (&json!(320), &json!(90), &json!(logo.len()))
    );
    assert_eq!(profile["downloadedFrom"], Value::Null);
    let url = image(logo.clone()).await;
    let fetched = sandbox.stream(Method::POST, "/watermarks", Some(json!({ "url": url }))).await;
    let second = fetched.result();
    assert_eq!(
        (&second["downloadedFrom"], &second["position"], &second["name"]),
        (&json!(url), &json!("upperRight"), &json!(""))
    );
    let listed = sandbox.stream(Method::GET, "/watermarks", None).await;
    assert_eq!(listed.result(), &json!([profile, second]));
    let one = format!("/watermarks/{}", profile["uid"].as_str().unwrap());
    assert_eq!(sandbox.stream(Method::GET, &one, None).await.result(), profile);
    assert_eq!(sandbox.stream(Method::DELETE, &one, None).await.result(), "");
    sandbox.stream(Method::GET, &one, None).await.assert_refused(404, 10_003);
    sandbox.stream(Method::DELETE, &one, None).await.assert_refused(404, 10_003);
    // A form may name the URL of the image instead of holding the image.
    assert_eq!(sandbox.stream_form(Method::POST, "/watermarks", &[("url", None, url.as_bytes())]).await.status, 200);

    for bad in [json!({}), json!({ "url": "nowhere" }), json!({ "url": "http://127.0.0.1:1/a.png" })] {
        sandbox.stream(Method::POST, "/watermarks", Some(bad)).await.assert_refused(400, 10_005);
    }
    let file = |more: (&'static str, &'static [u8])| {
        let parts: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a.png"), &logo), (more.0, None, more.1)];
        form(&parts)
    };
    for more in [("opacity", b"2".as_slice()), ("scale", b"wide"), ("padding", b"NaN"), ("position", b"middle")] {
        let (kind, body) = file(more);
        let request = sandbox.http.post(sandbox.account("/stream/watermarks")).bearer_auth(&sandbox.info.api_token);
        reply_to(request.header("content-type", kind).body(body)).await.assert_refused(400, 10_005);
    }
    sandbox.stream_form(Method::POST, "/watermarks", &[("file", None, b"GIF89a")]).await.assert_refused(400, 10_005);
    let mut large = logo.clone();
    large.resize((2 << 20) + 1, 0);
    sandbox.stream_form(Method::POST, "/watermarks", &[("file", None, &large)]).await.assert_refused(413, 10_006);
}

#[tokio::test]
async fn a_video_keeps_the_watermark_it_was_created_with() {
    let sandbox = TestSandbox::start().await;
    let made = sandbox.stream_form(Method::POST, "/watermarks", &[("file", None, &png(8, 8))]).await;
    let profile = made.result().clone();
    let chosen = json!({ "uid": profile["uid"] });
    let copied = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({ "watermark": chosen })).await;
    let direct = json!({ "maxDurationSeconds": 60, "watermark": chosen });
    let direct = sandbox.stream(Method::POST, "/direct_upload", Some(direct)).await;
    assert_eq!(direct.result()["watermark"], profile);
    let by_tus = |uid: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let request = sandbox.http.post(sandbox.account("/stream")).bearer_auth(&sandbox.info.api_token);
        let request = request.header("tus-resumable", "1.0.0").header("upload-length", "10");
        request.header("upload-metadata", format!("watermark {}", STANDARD.encode(uid)))
    };
    let uploaded = reply_to(by_tus(profile["uid"].as_str().unwrap())).await;
    for uid in [&copied, direct.result()["uid"].as_str().unwrap(), uploaded.header("stream-media-id")] {
        assert_eq!(sandbox.video(uid).await["watermark"], profile);
    }
    let unknown = json!({ "url": "http://127.0.0.1:1/a.mp4", "watermark": { "uid": "f".repeat(32) } });
    sandbox.stream(Method::POST, "/copy", Some(unknown)).await.assert_refused(400, 10_005);
    reply_to(by_tus("nothing")).await.assert_refused(400, 10_005);
    sandbox.stream(Method::DELETE, &format!("/watermarks/{}", profile["uid"].as_str().unwrap()), None).await;
    assert_eq!(sandbox.video(&copied).await["watermark"], profile);
}

#[tokio::test]
async fn clips_watermarks_live_inputs_and_downloads_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    let made = sandbox.stream_form(Method::POST, "/watermarks", &[("file", None, &png(8, 8))]).await;
    let chosen = json!({ "uid": made.result()["uid"] });
    let whole = sandbox.ready_video(json!({ "watermark": chosen })).await;
    let body = json!({ "clippedFromVideoUID": whole, "startTimeSeconds": 0, "endTimeSeconds": 8 });
    let clip = sandbox.stream(Method::POST, "/clip", Some(body)).await.result()["uid"].as_str().unwrap().to_owned();
    sandbox.stream(Method::POST, &format!("/{whole}/downloads/audio"), None).await;
    let input = sandbox.stream(Method::POST, "/live_inputs", Some(json!({ "meta": { "name": "Dojo" } }))).await;
    let paths = ["/watermarks".to_owned(), format!("/live_inputs/{}", input.result()["uid"].as_str().unwrap())];
    let mut before = Vec::new();
    for path in &paths {
        before.push(sandbox.stream(Method::GET, path, None).await.result().clone());
    }
    let host = sandbox.host();
    sandbox.server.stop().await;
    let sandbox = TestSandbox::with_state_file(&state).await;
    for (path, before) in paths.iter().zip(before) {
        // After the restart, replies differ only in the port of the address.
        let now = sandbox.stream(Method::GET, path, None).await.result().to_string();
        assert_eq!(now.replace(&sandbox.host(), &host), before.to_string());
    }
    assert_eq!(sandbox.video(&whole).await["watermark"], *made.result());
    sandbox.advance(120).await;
    let video = sandbox.video(&clip).await;
    assert_eq!((&video["status"]["state"], &video["clippedFrom"]), (&json!("ready"), &json!(whole)));
    assert_eq!(sandbox.view(&format!("/{whole}/downloads/audio.m4a")).await.status, 200);
}

/// Starts a web server that serves one picture, and returns the picture's URL.
async fn image(bytes: Vec<u8>) -> String {
    let bytes = axum::body::Bytes::from(bytes);
    let app = axum::Router::new().fallback(async move || bytes.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/logo.png", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}
