//! Videos: copying, progress, lists, deletion, downloads and storage.

use std::time::Duration;

use axum::{Router, body::Bytes, extract::State, http::StatusCode, response::IntoResponse};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, moment};

#[tokio::test]
async fn a_new_copy_is_downloading_without_length_and_dimensions() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let body = json!({ "url": url, "meta": { "name": "Tue" }, "requireSignedURLs": true, "creator": "instr-17" });
    let copied = sandbox.stream(Method::POST, "/copy", Some(body)).await;
    assert_eq!(copied.status, 200);
    let video = copied.result();
    assert_eq!(video["status"]["state"], "downloading");
    assert_eq!((&video["readyToStream"], &video["duration"], &video["size"]), (&json!(false), &json!(-1), &json!(0)));
    assert_eq!(video["input"], json!({ "width": -1, "height": -1 }));
    let uid = video["uid"].as_str().unwrap();
    assert!(uid.len() == 32 && uid.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(video["meta"], json!({ "name": "Tue", "downloaded-from": url }));
    assert_eq!((&video["requireSignedURLs"], &video["creator"]), (&json!(true), &json!("instr-17")));
    assert_eq!(video["playback"]["hls"], format!("{}/{uid}/manifest/video.m3u8", sandbox.host()));
    assert!(video.get("readyToStreamAt").is_none());
    // `input` is the newer name of the member `url`.
    assert_eq!(sandbox.stream(Method::POST, "/copy", Some(json!({ "input": url }))).await.status, 200);
}

#[tokio::test]
async fn a_video_passes_through_every_state_in_order() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({})).await;
    let (mut states, mut percents, mut playable_at) = (Vec::<String>::new(), Vec::<f64>::new(), Vec::<Value>::new());
    for _ in 0..50 {
        let video = sandbox.video(&uid).await;
        let state = video["status"]["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
        if video["status"]["state"] == "inprogress" {
            let percent: f64 = video["status"]["pctComplete"].as_str().unwrap().parse().unwrap();
            percents.push(percent);
            if video["readyToStream"] == true {
                assert!(percent < 100.0);
            }
        }
        if video["readyToStream"] == true {
            playable_at.push(video["readyToStreamAt"].clone());
        }
        sandbox.advance(2).await;
    }
    assert_eq!(states, ["downloading", "queued", "inprogress", "ready"]);
    assert!(percents.len() > 3 && percents.is_sorted() && percents.first() < percents.last(), "{percents:?}");
    playable_at.dedup();
    assert_eq!(playable_at.len(), 1, "{playable_at:?}");
    let ready = sandbox.video(&uid).await;
    assert_eq!(ready["status"]["pctComplete"], "100.000000");
    assert_eq!(ready["input"], json!({ "width": 320, "height": 180 }));
    assert!((119.0..=121.0).contains(&ready["duration"].as_f64().unwrap()), "{ready}");
    assert!(moment(&ready["readyToStreamAt"]) > moment(&ready["created"]));
}

#[tokio::test]
async fn an_unusable_source_fails_with_its_error_code() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let text = origin(b"these are words and no video at all".to_vec(), OriginBehaviour::Ranges).await;
    let broken =
        origin([b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x10mdat".as_slice(), &[0; 8]].concat(), OriginBehaviour::Ranges)
            .await;
    let rangeless = origin(vec![0; 64], OriginBehaviour::NoRanges).await;
    let missing = origin(Vec::new(), OriginBehaviour::Missing).await;
    let (expired, _) = url.split_once('?').unwrap();
    let fails = async |source: &str| {
        let uid = sandbox.copy(source, json!({})).await;
        sandbox.advance(60).await;
        let status = sandbox.video(&uid).await["status"].clone();
        assert_eq!(status["state"], "error", "{source} {status}");
        assert!(!status["errorReasonText"].as_str().unwrap().is_empty());
        status["errorReasonCode"].as_str().unwrap().to_owned()
    };
    assert_eq!(fails(&text).await, "ERR_NON_VIDEO");
    assert_eq!(fails(&broken).await, "ERR_MALFORMED_VIDEO");
    assert_eq!(fails(&rangeless).await, "ERR_FETCH_ORIGIN_ERROR");
    assert_eq!(fails(&missing).await, "ERR_FETCH_ORIGIN_ERROR");
    assert_eq!(fails(expired).await, "ERR_FETCH_ORIGIN_ERROR");
    assert_eq!(fails("http://127.0.0.1:1/nobody-listens.mp4").await, "ERR_FETCH_ORIGIN_ERROR");
    sandbox.set_switches(json!({ "head_refused": true })).await;
    assert_eq!(fails(&url).await, "ERR_FETCH_ORIGIN_ERROR");
}

#[tokio::test]
async fn a_source_on_another_server_is_fetched_and_inspected() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let file = sandbox.send(Method::GET, &url, None, None).await.bytes;
    let elsewhere = origin(file, OriginBehaviour::Ranges).await;
    let uid = sandbox.copy(&elsewhere, json!({})).await;
    sandbox.advance(300).await;
    let video = sandbox.video(&uid).await;
    assert_eq!((&video["status"]["state"], &video["input"]["height"]), (&json!("ready"), &json!(180)));
    assert!((119.0..=121.0).contains(&video["duration"].as_f64().unwrap()), "{video}");
    let uid = sandbox.copy(&elsewhere, json!({ "maxDurationSeconds": 60 })).await;
    sandbox.advance(300).await;
    assert_eq!(sandbox.video(&uid).await["status"]["errorReasonCode"], "ERR_DURATION_EXCEED_CONSTRAINT");
}

#[tokio::test]
async fn stream_refuses_each_mistake_with_its_code() {
    let sandbox = TestSandbox::start().await;
    for url in ["not a url", "ftp://example.org/a.mp4", "r2://bucket/a.mp4", "http://"] {
        sandbox.stream(Method::POST, "/copy", Some(json!({ "url": url }))).await.assert_refused(400, 10_010);
    }
    sandbox.stream(Method::POST, "/copy", Some(json!({}))).await.assert_refused(400, 10_005);
    sandbox
        .stream(Method::POST, "", Some(json!({ "url": "http://example.org/a.mp4" })))
        .await
        .assert_refused(400, 10_005);
    let unknown = "/ffffffffffffffffffffffffffffffff";
    sandbox.stream(Method::GET, unknown, None).await.assert_refused(404, 10_003);
    sandbox.stream(Method::POST, unknown, Some(json!({}))).await.assert_refused(404, 10_003);
    sandbox.stream(Method::DELETE, unknown, None).await.assert_refused(404, 10_003);
    sandbox.set_switches(json!({ "storage_limit_minutes": 0 })).await;
    let full = sandbox.stream(Method::POST, "/copy", Some(json!({ "url": "http://127.0.0.1:1/a.mp4" }))).await;
    full.assert_refused(403, 10_011);
    assert_eq!(full.body["messages"][0], json!({ "code": 10_011, "message": "allocated 0 minutes" }));
}

#[tokio::test]
async fn videos_are_listed_newest_first_and_filtered() {
    let sandbox = TestSandbox::start().await;
    let mut uids = Vec::new();
    for n in 0..5 {
        let more = json!({ "meta": { "name": format!("Class {n}") }, "creator": format!("instr-{}", n % 2) });
        uids.push(sandbox.copy("http://127.0.0.1:1/a.mp4", more).await);
    }
    sandbox.advance(60).await;
    uids.push(sandbox.ready_video(json!({ "meta": { "name": "Sparring" } })).await);
    uids.reverse();
    let list = async |query: &str| -> Vec<String> {
        let listed = sandbox.stream(Method::GET, &format!("?{query}"), None).await;
        listed.result().as_array().unwrap().iter().map(|video| video["uid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("").await, uids);
    assert_eq!(list("asc=true").await, uids.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(list("limit=2").await, uids[..2]);
    assert_eq!(list("video_name=Class%201").await, [uids[4].clone()]);
    assert_eq!(list("video_name=Class").await, Vec::<String>::new());
    assert_eq!(list("search=CLASS").await, uids[1..]);
    assert_eq!(list("status=ready").await, uids[..1]);
    assert_eq!(list("status=error").await, uids[1..]);
    assert_eq!(list("creator=instr-1").await, [uids[2].clone(), uids[4].clone()]);
    assert_eq!(list(&format!("id={},{}", uids[0], uids[5])).await, [uids[0].clone(), uids[5].clone()]);
    // Paging by the creation time of the oldest listed video neither skips nor repeats a video.
    let (mut walked, mut before) = (Vec::new(), String::new());
    loop {
        let page = sandbox.stream(Method::GET, &format!("?limit=2{before}"), None).await;
        let Some(oldest) = page.result().as_array().unwrap().last().cloned() else {
            break;
        };
        walked.extend(page.result().as_array().unwrap().iter().map(|video| video["uid"].as_str().unwrap().to_owned()));
        before = format!("&before={}", oldest["created"].as_str().unwrap());
    }
    assert_eq!(walked, uids);
    let counted = sandbox.stream(Method::GET, "?include_counts=true&limit=2", None).await;
    assert_eq!((&counted.body["total"], &counted.body["range"]), (&json!(6), &json!(2)));
    for bad in ["limit=1001", "status=fine", "before=yesterday", "asc=maybe"] {
        sandbox.stream(Method::GET, &format!("?{bad}"), None).await.assert_refused(400, 10_005);
    }
}

#[tokio::test]
async fn videos_are_filtered_by_time_name_and_type() {
    let sandbox = TestSandbox::start().await;
    let (mut uids, mut created) = (Vec::new(), Vec::new());
    for n in 0..4 {
        let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({ "name": format!("Class {n}") })).await;
        created.push(sandbox.video(&uid).await["created"].as_str().unwrap().to_owned());
        uids.push(uid);
        sandbox.advance(10).await;
    }
    let list = async |query: &str| -> Vec<usize> {
        let listed = sandbox.stream(Method::GET, &format!("?asc=true&{query}"), None).await;
        let place = |video: &Value| uids.iter().position(|uid| video["uid"] == **uid).unwrap();
        listed.result().as_array().unwrap().iter().map(place).collect()
    };
    for (after, before) in [("after", "before"), ("start", "end")] {
        assert_eq!(list(&format!("{after}={}", created[1])).await, [2, 3]);
        assert_eq!(list(&format!("{before}={}", created[1])).await, [0]);
        assert_eq!(list(&format!("{after}={}&{before}={}", created[0], created[3])).await, [1, 2]);
    }
    assert_eq!(list("after=2199-01-01").await, Vec::<usize>::new());
    assert_eq!(list(&format!("name=Class%202,{}", uids[0])).await, [0, 2]);
    assert_eq!(list("search=class&video_name=Class%203").await, [3]);
    assert_eq!(list("type=vod").await, [0, 1, 2, 3]);
    for none in ["type=live", "live_input_id=abc", "status=live-inprogress", "creator=nobody", "id=nothing"] {
        assert_eq!(list(none).await, Vec::<usize>::new(), "{none}");
    }
    let counted =
        sandbox.stream(Method::GET, &format!("?include_counts=true&limit=1&after={}", created[0]), None).await;
    assert_eq!((&counted.body["total"], &counted.body["range"]), (&json!(3), &json!(1)));
    assert!(sandbox.stream(Method::GET, "", None).await.body.get("total").is_none());
}

#[tokio::test]
async fn public_details_are_edited_and_cleared() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let edit = async |details: Value| {
        sandbox.stream(Method::POST, &format!("/{uid}"), Some(json!({ "publicDetails": details }))).await
    };
    assert_eq!(sandbox.video(&uid).await["publicDetails"], Value::Null);
    let details = json!({ "title": "Kata", "share_link": "https://example.org", "channel_link": null, "logo": null });
    assert_eq!(edit(details.clone()).await.result()["publicDetails"], details);
    assert_eq!(
        sandbox.stream(Method::POST, &format!("/{uid}"), Some(json!({}))).await.result()["publicDetails"],
        details
    );
    for bad in [json!("Kata"), json!([]), json!({ "title": 7 }), json!({ "logo": {} })] {
        edit(bad).await.assert_refused(400, 10_005);
    }
    assert_eq!(edit(Value::Null).await.result()["publicDetails"], Value::Null);
    let other = json!({ "uid": "f".repeat(32) });
    sandbox.stream(Method::POST, &format!("/{uid}"), Some(other)).await.assert_refused(400, 10_005);
}

#[tokio::test]
async fn a_deletion_scheduled_within_bounds_deletes_the_video() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    let created = moment(&sandbox.video(&uid).await["created"]);
    let schedule = async |when: Value| {
        sandbox.stream(Method::POST, &format!("/{uid}"), Some(json!({ "scheduledDeletion": when }))).await
    };
    let after = |days: i64| json!((created + TimeDelta::days(days)).to_rfc3339());
    schedule(after(29)).await.assert_refused(400, 10_005);
    schedule(after(1_097)).await.assert_refused(400, 10_005);
    schedule(json!("next year")).await.assert_refused(400, 10_005);
    assert_eq!(schedule(after(1_096)).await.status, 200);
    assert_eq!(moment(&schedule(after(30)).await.result()["scheduledDeletion"]), created + TimeDelta::days(30));
    assert_eq!(schedule(Value::Null).await.result()["scheduledDeletion"], Value::Null);
    sandbox.advance(31 * 86_400).await;
    assert_eq!(sandbox.stream(Method::GET, &format!("/{uid}"), None).await.status, 200);
    assert_eq!(schedule(after(60)).await.status, 200);
    sandbox.advance(30 * 86_400).await;
    sandbox.stream(Method::GET, &format!("/{uid}"), None).await.assert_refused(404, 10_003);
    let body = json!({ "url": "http://127.0.0.1:1/a.mp4", "scheduledDeletion": after(29) });
    sandbox.stream(Method::POST, "/copy", Some(body)).await.assert_refused(400, 10_005);
}

#[tokio::test]
async fn an_edit_replaces_meta_unless_the_switch_says_merge() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({ "meta": { "name": "Old", "room": "r" } })).await;
    let edit = async |body: Value| sandbox.stream(Method::POST, &format!("/{uid}"), Some(body)).await;
    assert_eq!(edit(json!({ "meta": { "name": "New" } })).await.result()["meta"], json!({ "name": "New" }));
    let untouched = edit(json!({ "requireSignedURLs": true, "allowedOrigins": ["a.example"] })).await;
    assert_eq!(untouched.result()["meta"], json!({ "name": "New" }));
    assert_eq!(untouched.result()["allowedOrigins"], json!(["a.example"]));
    sandbox.set_switches(json!({ "meta_edit": "merge" })).await;
    let merged = edit(json!({ "meta": { "room": "s" } })).await;
    assert_eq!(merged.result()["meta"], json!({ "name": "New", "room": "s" }));
    for bad in [json!({ "meta": "text" }), json!({ "requireSignedURLs": 1 }), json!({ "creator": "x".repeat(65) })] {
        edit(bad).await.assert_refused(400, 10_005);
    }
}

#[tokio::test]
async fn a_download_must_be_created_and_allowed_by_its_token() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({ "requireSignedURLs": true })).await;
    let path = format!("/{uid}/downloads");
    sandbox.stream(Method::POST, &path, None).await.assert_refused(400, 10_005);
    sandbox.advance(300).await;
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result(), &json!({}));
    let begun = sandbox.stream(Method::POST, &path, None).await;
    assert_eq!(begun.result()["default"]["status"], "inprogress");
    assert!(begun.result()["default"]["percentComplete"].is_number());
    let token = async |downloadable: bool| {
        let body = json!({ "downloadable": downloadable });
        let reply = sandbox.stream(Method::POST, &format!("/{uid}/token"), Some(body)).await;
        reply.result()["token"].as_str().unwrap().to_owned()
    };
    let (may, may_not) = (token(true).await, token(false).await);
    assert_eq!(sandbox.view(&format!("/{may}/downloads/default.mp4")).await.status, 404);
    sandbox.advance(20).await;
    assert_eq!(sandbox.stream(Method::GET, &path, None).await.result()["default"]["percentComplete"], 100.0);
    let file = sandbox.view(&format!("/{may}/downloads/default.mp4?filename=class.mp4")).await;
    assert_eq!((file.status, &file.bytes[4..8]), (200, b"ftyp".as_slice()));
    assert!(file.header("content-disposition").contains("class.mp4"));
    assert_eq!(sandbox.view(&format!("/{may_not}/downloads/default.mp4")).await.status, 401);
    assert_eq!(sandbox.view(&format!("/{uid}/downloads/default.mp4")).await.status, 401);
    assert_eq!(sandbox.stream(Method::DELETE, &path, None).await.status, 200);
    assert_eq!(sandbox.view(&format!("/{may}/downloads/default.mp4")).await.status, 404);
}

#[tokio::test]
async fn deleting_a_video_answers_with_an_empty_body_and_removes_its_files() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    let token = sandbox.stream(Method::POST, &format!("/{uid}/token"), None).await;
    let token = token.result()["token"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.status, 200);
    let deleted = sandbox.stream(Method::DELETE, &format!("/{uid}"), None).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (200, 0));
    sandbox.stream(Method::GET, &format!("/{uid}"), None).await.assert_refused(404, 10_003);
    for name in [token, uid] {
        assert_eq!(sandbox.view(&format!("/{name}/manifest/video.m3u8")).await.status, 404);
    }
}

#[tokio::test]
async fn storage_usage_counts_the_minutes_of_ready_videos() {
    let sandbox = TestSandbox::start().await;
    sandbox.set_switches(json!({ "storage_limit_minutes": 4 })).await;
    sandbox.copy("http://127.0.0.1:1/a.mp4", json!({})).await;
    sandbox.ready_video(json!({ "creator": "instr-17" })).await;
    let usage =
        async |query: &str| sandbox.stream(Method::GET, &format!("/storage-usage{query}"), None).await.result().clone();
    let all = usage("").await;
    assert_eq!((&all["videoCount"], &all["totalStorageMinutesLimit"]), (&json!(1), &json!(4)));
    assert!((1.9..=2.1).contains(&all["totalStorageMinutes"].as_f64().unwrap()), "{all}");
    assert_eq!(usage("?creator=instr-17").await["videoCount"], 1);
    assert_eq!(usage("?creator=nobody").await["totalStorageMinutes"], 0.0);
    sandbox.set_switches(json!({ "storage_limit_minutes": 2 })).await;
    sandbox
        .stream(Method::POST, "/copy", Some(json!({ "url": "http://127.0.0.1:1/a.mp4" })))
        .await
        .assert_refused(403, 10_011);
}

#[tokio::test]
async fn pages_thumbnails_and_segments_are_served_to_any_origin() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({ "meta": { "name": "<img src=x onerror=alert(1)>" } })).await;
    let master = sandbox.view(&format!("/{uid}/manifest/video.m3u8")).await;
    assert_eq!(master.header("access-control-allow-origin"), "*");
    assert!(master.header("access-control-expose-headers").contains("Content-Range"));
    assert!(master.text().starts_with("#EXTM3U"));
    let base = format!("/{uid}/manifest");
    let variant = uris(&master.text()).first().cloned().unwrap();
    let media = sandbox.view(&format!("{base}/{variant}")).await;
    assert!(media.text().contains("#EXTINF"), "{}", media.text());
    let folder = variant.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let segments = uris(&media.text());
    assert!(segments.len() > 10);
    for uri in [segments.first().unwrap(), segments.last().unwrap(), &"init.mp4".to_owned()] {
        let segment = sandbox.view(&format!("{base}/{folder}{uri}")).await;
        assert!(segment.status == 200 && segment.bytes.len() > 100, "{uri}");
    }
    assert_eq!(sandbox.view(&format!("{base}/{folder}seg-99999.m4s")).await.status, 404);

    let small = sandbox.view(&format!("/{uid}/thumbnails/thumbnail.jpg?time=10s&height=120")).await;
    assert_eq!((small.header("content-type"), &small.bytes[..2]), ("image/jpeg", [0xFF, 0xD8].as_slice()));
    for bad in ["time=10h", "time=x", "height=1", "height=99999"] {
        assert_eq!(sandbox.view(&format!("/{uid}/thumbnails/thumbnail.jpg?{bad}")).await.status, 400, "{bad}");
    }
    for page in ["watch", "iframe"] {
        let page = sandbox.view(&format!("/{uid}/{page}")).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(!page.text().contains("<img src=x"), "the title is escaped");
    }
    let embed = sandbox.stream(Method::GET, &format!("/{uid}/embed"), None).await;
    assert!(embed.text().starts_with("<iframe") && embed.text().contains(&uid));
}

fn uris(playlist: &str) -> Vec<String> {
    playlist.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OriginBehaviour {
    Ranges,
    NoRanges,
    Missing,
}

/// Starts a web server that serves one file, and returns the file's URL.
async fn origin(file: Vec<u8>, behaviour: OriginBehaviour) -> String {
    let serve = async |State((file, behaviour)): State<(Bytes, OriginBehaviour)>, request: axum::extract::Request| {
        if behaviour == OriginBehaviour::Missing {
            return StatusCode::NOT_FOUND.into_response();
        }
        let range = request.headers().get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
        let Some((first, last)) =
            range.and_then(|range| range.split_once('-')).filter(|_| behaviour == OriginBehaviour::Ranges)
        else {
            return file.into_response();
        };
        let first: usize = first.parse().unwrap();
        let end = last.parse::<usize>().map_or(file.len(), |last| (last + 1).min(file.len()));
        let content_range = format!("bytes {first}-{}/{}", end - 1, file.len());
        (StatusCode::PARTIAL_CONTENT, [("content-range", content_range)], file.slice(first..end)).into_response()
    };
    let app = Router::new().fallback(serve).with_state((Bytes::from(file), behaviour));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    tokio::time::timeout(Duration::from_secs(5), reqwest::get(&url)).await.unwrap().unwrap();
    url
}
