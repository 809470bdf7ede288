//! Clips and watermarks: what a video is made from besides a file.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Desk, form, said};

/// A PNG as far as its header.
fn png(width: u32, height: u32) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]]
        .concat()
}

#[tokio::test]
async fn s38_a_clip_is_a_video_of_its_own_and_does_not_inherit_the_deletion() {
    let desk = Desk::open().await;
    let now = chrono::DateTime::from_timestamp(desk.now().await, 0).unwrap();
    let far = (now + chrono::TimeDelta::days(100)).to_rfc3339();
    let more = json!({ "scheduledDeletion": far, "meta": { "name": "Class" }, "requireSignedURLs": true });
    let whole = desk.ready(more).await;
    let body = json!({
        "clippedFromVideoUID": whole, "startTimeSeconds": 10, "endTimeSeconds": 25, "name": "Kata", "creator": "instr-17",
    });
    let made = desk.stream(Method::POST, "/clip", Some(body)).await;
    let clip = made.result();
    assert_eq!((&clip["clippedFrom"], &clip["status"]["state"]), (&json!(whole), &json!("queued")));
    assert_eq!((&clip["scheduledDeletion"], &clip["requireSignedURLs"]), (&Value::Null, &json!(false)));
    assert_eq!((&clip["meta"], &clip["creator"]), (&json!({ "name": "Kata" }), &json!("instr-17")));
    assert_eq!((&clip["readyToStream"], &clip["duration"]), (&json!(false), &json!(15.0)));
    let uid = clip["uid"].as_str().unwrap().to_owned();
    assert_ne!(uid, whole);
    let (mut states, mut playable) = (Vec::<String>::new(), Vec::new());
    for _ in 0..50 {
        let video = desk.video(&uid).await;
        let state = video["status"]["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
        playable.push(video["readyToStream"] == true);
        desk.advance(2).await;
    }
    assert_eq!(states, ["queued", "inprogress", "ready"]);
    assert!(playable.is_sorted() && playable[49]);
    let media = desk.view(&format!("/{uid}/manifest/stream.m3u8")).await.text();
    let length: f64 =
        media.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse::<f64>().ok()).sum();
    assert!((length - 15.0).abs() < 0.001, "{media}");
    assert_eq!(desk.view(&format!("/{uid}/manifest/seg-8.m4s")).await.status, 404);
    assert_eq!(desk.view(&format!("/{uid}/manifest/seg-7.m4s")).await.status, 200);
    desk.stream(Method::POST, &format!("/{uid}/downloads"), None).await;
    desk.advance(20).await;
    let file = desk.view(&format!("/{uid}/downloads/default.mp4")).await;
    assert_eq!(desk.video(&uid).await["size"], file.bytes.len());
    // The clip outlives what it was cut from.
    desk.stream(Method::DELETE, &format!("/{whole}"), None).await;
    assert_eq!(desk.view(&format!("/{uid}/manifest/video.m3u8")).await.status, 200);
}

#[tokio::test]
async fn a_clip_must_lie_within_a_video_that_is_ready() {
    let desk = Desk::open().await;
    let (_, url) = desk.uploaded().await;
    let uid = desk.copy(&url, json!({})).await;
    let clip = async |start: Value, end: Value| {
        let body = json!({ "clippedFromVideoUID": uid, "startTimeSeconds": start, "endTimeSeconds": end });
        desk.stream(Method::POST, "/clip", Some(body)).await
    };
    clip(json!(0), json!(10)).await.refused(400, 10_005);
    desk.advance(300).await;
    let length = desk.video(&uid).await["duration"].as_f64().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "two minutes")]
    let whole = length.ceil() as i64;
    for (start, end) in [(10, 10), (20, 10), (-1, 10), (0, whole + 1), (whole, whole + 5), (i64::MAX - 1, i64::MAX)] {
        clip(json!(start), json!(end)).await.refused(400, 10_005);
    }
    for (start, end) in [(Value::Null, json!(3)), (json!("0"), json!(3)), (json!(0.5), json!(3)), (json!(0), json!([]))]
    {
        clip(start, end).await.refused(400, 10_005);
    }
    assert_eq!(clip(json!(0), json!(whole)).await.result()["duration"], length);
    let mut body = json!({ "clippedFromVideoUID": "f".repeat(32), "startTimeSeconds": 0, "endTimeSeconds": 3 });
    desk.stream(Method::POST, "/clip", Some(body.clone())).await.refused(404, 10_003);
    body["clippedFromVideoUID"] = Value::Null;
    desk.stream(Method::POST, "/clip", Some(body)).await.refused(400, 10_005);
}

#[tokio::test]
async fn watermarks_are_made_by_form_and_by_url_listed_and_deleted() {
    let desk = Desk::open().await;
    let logo = png(320, 90);
    let parts: [(&str, Option<&str>, &[u8]); 4] = [
        ("file", Some("logo.png"), &logo),
        ("name", None, b"Dojo"),
        ("opacity", None, b"0.5"),
        ("position", None, b"center"),
    ];
    let made = desk.stream_form(Method::POST, "/watermarks", &parts).await;
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
    let fetched = desk.stream(Method::POST, "/watermarks", Some(json!({ "url": url }))).await;
    let second = fetched.result();
    assert_eq!(
        (&second["downloadedFrom"], &second["position"], &second["name"]),
        (&json!(url), &json!("upperRight"), &json!(""))
    );
    let listed = desk.stream(Method::GET, "/watermarks", None).await;
    assert_eq!(listed.result(), &json!([profile, second]));
    let one = format!("/watermarks/{}", profile["uid"].as_str().unwrap());
    assert_eq!(desk.stream(Method::GET, &one, None).await.result(), profile);
    assert_eq!(desk.stream(Method::DELETE, &one, None).await.result(), "");
    desk.stream(Method::GET, &one, None).await.refused(404, 10_003);
    desk.stream(Method::DELETE, &one, None).await.refused(404, 10_003);
    // A form may say where the image is.
    assert_eq!(desk.stream_form(Method::POST, "/watermarks", &[("url", None, url.as_bytes())]).await.status, 200);

    for bad in [json!({}), json!({ "url": "nowhere" }), json!({ "url": "http://127.0.0.1:1/a.png" })] {
        desk.stream(Method::POST, "/watermarks", Some(bad)).await.refused(400, 10_005);
    }
    let file = |more: (&'static str, &'static [u8])| {
        let parts: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a.png"), &logo), (more.0, None, more.1)];
        form(&parts)
    };
    for more in [("opacity", b"2".as_slice()), ("scale", b"wide"), ("padding", b"NaN"), ("position", b"middle")] {
        let (kind, body) = file(more);
        let request = desk.http.post(desk.account("/stream/watermarks")).bearer_auth(&desk.info.api_token);
        said(request.header("content-type", kind).body(body)).await.refused(400, 10_005);
    }
    desk.stream_form(Method::POST, "/watermarks", &[("file", None, b"GIF89a")]).await.refused(400, 10_005);
    let mut large = logo.clone();
    large.resize((2 << 20) + 1, 0);
    desk.stream_form(Method::POST, "/watermarks", &[("file", None, &large)]).await.refused(413, 10_006);
}

#[tokio::test]
async fn a_watermark_is_named_on_the_way_in_and_stays_with_the_video() {
    let desk = Desk::open().await;
    let made = desk.stream_form(Method::POST, "/watermarks", &[("file", None, &png(8, 8))]).await;
    let profile = made.result().clone();
    let chosen = json!({ "uid": profile["uid"] });
    let copied = desk.copy("http://127.0.0.1:1/a.mp4", json!({ "watermark": chosen })).await;
    let direct = json!({ "maxDurationSeconds": 60, "watermark": chosen });
    let direct = desk.stream(Method::POST, "/direct_upload", Some(direct)).await;
    assert_eq!(direct.result()["watermark"], profile);
    let by_tus = |uid: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let request = desk.http.post(desk.account("/stream")).bearer_auth(&desk.info.api_token);
        let request = request.header("tus-resumable", "1.0.0").header("upload-length", "10");
        request.header("upload-metadata", format!("watermark {}", STANDARD.encode(uid)))
    };
    let uploaded = said(by_tus(profile["uid"].as_str().unwrap())).await;
    for uid in [&copied, direct.result()["uid"].as_str().unwrap(), uploaded.header("stream-media-id")] {
        assert_eq!(desk.video(uid).await["watermark"], profile);
    }
    let unknown = json!({ "url": "http://127.0.0.1:1/a.mp4", "watermark": { "uid": "f".repeat(32) } });
    desk.stream(Method::POST, "/copy", Some(unknown)).await.refused(400, 10_005);
    said(by_tus("nothing")).await.refused(400, 10_005);
    desk.stream(Method::DELETE, &format!("/watermarks/{}", profile["uid"].as_str().unwrap()), None).await;
    assert_eq!(desk.video(&copied).await["watermark"], profile);
}

#[tokio::test]
async fn s47_clips_watermarks_live_inputs_and_downloads_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let desk = Desk::kept_in(&state).await;
    let made = desk.stream_form(Method::POST, "/watermarks", &[("file", None, &png(8, 8))]).await;
    let chosen = json!({ "uid": made.result()["uid"] });
    let whole = desk.ready(json!({ "watermark": chosen })).await;
    let body = json!({ "clippedFromVideoUID": whole, "startTimeSeconds": 0, "endTimeSeconds": 8 });
    let clip = desk.stream(Method::POST, "/clip", Some(body)).await.result()["uid"].as_str().unwrap().to_owned();
    desk.stream(Method::POST, &format!("/{whole}/downloads/audio"), None).await;
    let input = desk.stream(Method::POST, "/live_inputs", Some(json!({ "meta": { "name": "Dojo" } }))).await;
    let paths = ["/watermarks".to_owned(), format!("/live_inputs/{}", input.result()["uid"].as_str().unwrap())];
    let mut before = Vec::new();
    for path in &paths {
        before.push(desk.stream(Method::GET, path, None).await.result().clone());
    }
    let host = desk.host();
    desk.sandbox.stop().await;
    let desk = Desk::kept_in(&state).await;
    for (path, before) in paths.iter().zip(before) {
        // Only the port is another one.
        let now = desk.stream(Method::GET, path, None).await.result().to_string();
        assert_eq!(now.replace(&desk.host(), &host), before.to_string());
    }
    assert_eq!(desk.video(&whole).await["watermark"], *made.result());
    desk.advance(120).await;
    let video = desk.video(&clip).await;
    assert_eq!((&video["status"]["state"], &video["clippedFrom"]), (&json!("ready"), &json!(whole)));
    assert_eq!(desk.view(&format!("/{whole}/downloads/audio.m4a")).await.status, 200);
}

/// A web server of somebody else's with one picture on it.
async fn image(bytes: Vec<u8>) -> String {
    let bytes = axum::body::Bytes::from(bytes);
    let app = axum::Router::new().fallback(async move || bytes.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/logo.png", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}
