//! The delivery host: DASH, thumbnails, downloads, player pages, and allowed origins.

use std::{path::Path, process::Command};

use reqwest::Method;
use serde_json::json;

use super::support::{Reply, TestSandbox, reply_to};

#[tokio::test]
async fn every_segment_in_the_dash_manifest_exists_and_decodes() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    let base = format!("/{uid}/manifest");
    let manifest = sandbox.view(&format!("{base}/video.mpd")).await;
    assert_eq!((manifest.status, manifest.header("content-type")), (200, "application/dash+xml"));
    for track in ["video", "audio"] {
        assert!(manifest.text().contains(&format!("media=\"{track}/seg-$Number$.m4s\"")));
        assert_eq!(&sandbox.view(&format!("{base}/{track}/init.mp4")).await.bytes[4..8], b"ftyp");
        assert_eq!(sandbox.view(&format!("{base}/{track}/seg-0.m4s")).await.status, 200);
        assert_eq!(sandbox.view(&format!("{base}/{track}/seg-99999.m4s")).await.status, 404);
    }
    for nowhere in ["sound/init.mp4", "video/", "video/stream.m3u8", "other.m3u8", "seg-x.m4s", "video/seg-0.m4s/more"]
    {
        assert_eq!(sandbox.view(&format!("{base}/{nowhere}")).await.status, 404, "{nowhere}");
    }
    let address = format!("{}{base}/video.mpd", sandbox.host());
    let seen = probed(&address).await;
    assert!(seen.contains("h264,320,180") && seen.contains("aac"), "{seen}");
}

#[tokio::test]
async fn the_audio_download_is_separate_from_the_mp4() {
    let sandbox = TestSandbox::start().await;
    let (_, url) = sandbox.uploaded_recording().await;
    let uid = sandbox.copy(&url, json!({ "requireSignedURLs": true })).await;
    let path = format!("/{uid}/downloads");
    sandbox.stream(Method::POST, &format!("{path}/audio"), None).await.assert_refused(400, 10_005);
    sandbox.advance(300).await;
    sandbox.stream(Method::POST, &format!("{path}/video"), None).await.assert_refused(404, 7_003);
    let begun = sandbox.stream(Method::POST, &format!("{path}/audio"), None).await;
    assert_eq!((&begun.result()["audio"]["status"], begun.result().get("default")), (&json!("inprogress"), None));
    sandbox.advance(5).await;
    let half = sandbox.stream(Method::GET, &path, None).await.result()["audio"]["percentComplete"].as_f64().unwrap();
    assert!((10.0..90.0).contains(&half), "{half}");
    sandbox.stream(Method::POST, &format!("{path}/default"), None).await;
    sandbox.advance(15).await;
    let both = sandbox.stream(Method::GET, &path, None).await;
    assert_eq!(
        (&both.result()["audio"]["status"], &both.result()["default"]["status"]),
        (&json!("ready"), &json!("ready"))
    );
    assert_eq!(both.result()["audio"]["url"], format!("{}/{uid}/downloads/audio.m4a", sandbox.host()));
    let token = async |downloadable: bool| {
        let body = Some(json!({ "downloadable": downloadable }));
        let reply = sandbox.stream(Method::POST, &format!("/{uid}/token"), body).await;
        reply.result()["token"].as_str().unwrap().to_owned()
    };
    let (may, may_not) = (token(true).await, token(false).await);
    let file = sandbox.view(&format!("/{may}/downloads/audio.m4a")).await;
    assert_eq!(
        (file.status, file.header("content-type"), &file.bytes[4..12]),
        (200, "audio/mp4", b"ftypM4A ".as_slice())
    );
    let seen = probed(&format!("{}/{may}/downloads/audio.m4a", sandbox.host())).await;
    assert!(seen.contains("aac") && !seen.contains("h264"), "{seen}");
    assert_eq!(sandbox.view(&format!("/{may_not}/downloads/audio.m4a")).await.status, 401);
    assert_eq!(sandbox.stream(Method::DELETE, &format!("{path}/audio"), None).await.result(), "");
    assert_eq!(sandbox.view(&format!("/{may}/downloads/audio.m4a")).await.status, 404);
    assert_eq!(sandbox.view(&format!("/{may}/downloads/default.mp4")).await.status, 200);
    sandbox.stream(Method::DELETE, &format!("{path}/audio"), None).await.assert_refused(404, 10_003);
}

#[tokio::test]
async fn a_thumbnail_has_the_requested_size_and_fit() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({ "thumbnailTimestampPct": 0.5 })).await;
    let get = async |query: &str| sandbox.view(&format!("/{uid}/thumbnails/thumbnail.{query}")).await;
    for (query, size) in [
        ("jpg", (320, 180)),
        ("jpg?height=90", (160, 90)),
        ("jpg?width=160&fit=fill", (160, 90)),
        ("jpg?width=100&height=100", (100, 100)),
        ("jpg?width=100&height=100&fit=clip&time=3s", (100, 56)),
        ("jpg?width=100&height=100&fit=scale&time=1m3s", (100, 100)),
        ("jpg?width=100&height=100&fit=fill", (100, 100)),
    ] {
        let picture = get(query).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"), "{query}");
        assert_eq!(jpeg_size(&picture.bytes), size, "{query}");
    }
    // Without a time in the URL, the thumbnail shows the frame at the video's thumbnail position.
    assert_eq!(get("jpg?height=90").await.bytes, get("jpg?height=90&time=60s").await.bytes);
    let square = async |fit: &str| get(&format!("jpg?width=100&height=100&fit={fit}")).await.bytes;
    let (crop, scale, fill) = (square("crop").await, square("scale").await, square("fill").await);
    assert!(crop != scale && scale != fill && crop != fill);
    for bad in ["fit=cover", "width=5", "width=1921", "height=1081", "width=wide", "time=3h", "time=-1s"] {
        assert_eq!(get(&format!("jpg?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn an_animated_thumbnail_is_a_gif_of_the_requested_length() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    let get = async |query: &str| sandbox.view(&format!("/{uid}/thumbnails/thumbnail.gif{query}")).await;
    let usual = get("").await;
    assert_eq!(
        (usual.status, usual.header("content-type"), &usual.bytes[..6]),
        (200, "image/gif", b"GIF89a".as_slice())
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thumbnail.gif");
    std::fs::write(&file, &usual.bytes).unwrap();
    assert_eq!(frames(&file), "320,180,40");
    std::fs::write(&file, get("?duration=2s&fps=3&height=90&time=4s").await.bytes).unwrap();
    assert_eq!(frames(&file), "160,90,6");
    for bad in ["duration=11s", "duration=0", "fps=0", "fps=16", "height=500", "time=9h"] {
        assert_eq!(get(&format!("?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn allowed_origins_apply_to_every_file_of_a_video() {
    let sandbox = TestSandbox::start().await;
    let origins = json!(["example.org", "*.dojo.example", "localhost:5173"]);
    let uid = sandbox.ready_video(json!({ "allowedOrigins": origins })).await;
    let from = async |header: &str, origin: &str, path: &str| -> Reply {
        reply_to(sandbox.http.get(format!("{}/{uid}/{path}", sandbox.host())).header(header, origin)).await
    };
    for path in [
        "manifest/video.m3u8",
        "manifest/video.mpd",
        "manifest/seg-0.m4s",
        "thumbnails/thumbnail.jpg",
        "iframe",
        "watch",
    ] {
        for good in ["https://example.org", "https://members.dojo.example", "http://localhost:5173"] {
            assert_eq!(from("origin", good, path).await.status, 200, "{good} {path}");
        }
        for bad in ["https://evil.example", "https://dojo.example", "http://localhost", "null", "tauri://localhost"] {
            assert_eq!(from("origin", bad, path).await.status, 403, "{bad} {path}");
        }
        // A browser requests a frame with a referrer, and a page that is opened directly without one.
        assert_eq!(from("referer", "https://evil.example/page", path).await.status, 403);
        assert_eq!(from("referer", "https://example.org/page", path).await.status, 200);
        assert_eq!(sandbox.view(&format!("/{uid}/{path}")).await.status, 200);
    }
    // The player's own requests come from the delivery host.
    assert_eq!(from("origin", &sandbox.host(), "manifest/video.m3u8").await.status, 200);
    sandbox.set_switches(json!({ "foreign_origin_status": 401 })).await;
    assert_eq!(from("origin", "https://evil.example", "iframe").await.status, 401);
    let token = sandbox.stream(Method::POST, &format!("/{uid}/token"), None).await;
    let signed = format!("{}/{}/manifest/video.m3u8", sandbox.host(), token.result()["token"].as_str().unwrap());
    assert_eq!(reply_to(sandbox.http.get(&signed).header("origin", "https://evil.example")).await.status, 401);
    sandbox.stream(Method::POST, &format!("/{uid}"), Some(json!({ "allowedOrigins": [] }))).await;
    assert_eq!(from("origin", "https://evil.example", "iframe").await.status, 200);
    for bad in ["https://example.org", "example.org/page", "a b", "x;script-src *", ""] {
        let body = json!({ "allowedOrigins": [bad] });
        sandbox.stream(Method::POST, &format!("/{uid}"), Some(body)).await.assert_refused(400, 10_005);
    }
}

#[tokio::test]
async fn the_player_page_loads_only_its_own_host_and_names_the_origins_that_may_frame_it() {
    let sandbox = TestSandbox::start().await;
    let uid = sandbox.ready_video(json!({})).await;
    for page in ["watch", "iframe"] {
        let page = sandbox.view(&format!("/{uid}/{page}")).await;
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("frame-ancestors"), "{policy}");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let text = page.text();
        // Everything that the page loads is on the page's own host and exists.
        let asked = text.split(['"']).filter(|text| text.starts_with("/assets/"));
        let mut count = 0;
        for asset in asked {
            assert_eq!(sandbox.view(asset).await.status, 200, "{asset}");
            count += 1;
        }
        assert!(count >= 4, "{text}");
        let manifest = text.split("data-manifest=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let manifest = manifest.strip_prefix(&sandbox.host()).unwrap();
        assert!(sandbox.view(manifest).await.text().starts_with("#EXTM3U"));
        for allowed in ["connect-src 'self'", "media-src 'self' blob:", "script-src 'self'", "style-src 'self'"] {
            assert!(policy.contains(allowed), "{policy}");
        }
    }
    let edit = json!({ "allowedOrigins": ["example.org", "*.dojo.example"] });
    sandbox.stream(Method::POST, &format!("/{uid}"), Some(edit)).await;
    let page = sandbox.view(&format!("/{uid}/iframe")).await;
    assert!(page.header("content-security-policy").ends_with("; frame-ancestors 'self' example.org *.dojo.example"));
}

/// Returns the codec and size of each stream of a file, as ffprobe reports them.
async fn probed(address: &str) -> String {
    let address = address.to_owned();
    let probe = tokio::task::spawn_blocking(move || {
        let entries = ["-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0"];
        Command::new("ffprobe").args(entries).arg(address).env_remove("http_proxy").output().unwrap()
    });
    let output = probe.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the width, height and number of pictures of a GIF, as ffprobe reports them.
fn frames(file: &Path) -> String {
    let entries =
        ["-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(entries).arg(file).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Returns the width and height in the frame header of a JPEG (ITU-T T.81, B.2.2).
fn jpeg_size(bytes: &[u8]) -> (u16, u16) {
    let mut at = 2;
    loop {
        assert_eq!(bytes[at], 0xff, "no marker at the start of a segment");
        let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        if (0xc0..=0xc2).contains(&bytes[at + 1]) {
            return (number(at + 7), number(at + 5));
        }
        at += 2 + usize::from(number(at + 2));
    }
}
