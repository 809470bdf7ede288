//! Whatever is sent to whatever route gets an answer in the right envelope: never a panic, a hang, or a 500 of ours.
//!
//! `HAJIME_FUZZ_REQUESTS` and `HAJIME_FUZZ_SEED` make the run longer and another.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use reqwest::{
    Client, Method,
    header::{HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::support::Desk;

/// Ids that exist are put where a template says so; `*` is anything.
const ROUTES: &[&str] = &[
    "/client/v4/user/tokens/verify",
    "/client/v4/{a}/tokens/verify",
    "/client/v4/{a}/calls/apps",
    "/client/v4/{a}/calls/apps/*",
    "/client/v4/{a}/calls/turn_keys",
    "/client/v4/{a}/calls/turn_keys/*",
    "/client/v4/{a}/realtime/kit/apps",
    "{kit}/presets",
    "{kit}/presets/{preset}",
    "{kit}/presets/*",
    "{kit}/meetings",
    "{kit}/meetings/{meeting}",
    "{kit}/meetings/*",
    "{kit}/meetings/{meeting}/participants",
    "{kit}/meetings/{meeting}/participants/*",
    "{kit}/meetings/{meeting}/participants/*/token",
    "{kit}/meetings/{meeting}/active-session",
    "{kit}/meetings/{meeting}/active-session/kick",
    "{kit}/meetings/{meeting}/active-session/kick-all",
    "{kit}/meetings/{meeting}/active-session/poll",
    "{kit}/meetings/{meeting}/active-session/mute",
    "{kit}/meetings/{meeting}/active-session/mute-all",
    "{kit}/meetings/{meeting}/livestreams",
    "{kit}/meetings/{meeting}/active-livestream",
    "{kit}/meetings/{meeting}/active-livestream/stop",
    "{kit}/livestreams",
    "{kit}/livestreams/*",
    "{kit}/sessions",
    "{kit}/sessions/{session}",
    "{kit}/sessions/{session}/participants",
    "{kit}/sessions/{session}/participants/*",
    "{kit}/sessions/{session}/chat",
    "{kit}/sessions/{session}/transcript",
    "{kit}/sessions/{session}/summary",
    "{kit}/sessions/peer-report/*",
    "{kit}/recordings",
    "{kit}/recordings/{recording}",
    "{kit}/recordings/*",
    "{kit}/recordings/track",
    "{kit}/recordings/active-recording/{meeting}",
    "{kit}/webhooks",
    "{kit}/webhooks/*",
    "{kit}/analytics/daywise",
    "{kit}/*/*/*",
    "{stream}",
    "{stream}/copy",
    "{stream}/direct_upload",
    "{stream}/clip",
    "{stream}/keys",
    "{stream}/keys/*",
    "{stream}/storage-usage",
    "{stream}/webhook",
    "{stream}/watermarks",
    "{stream}/watermarks/*",
    "{stream}/live_inputs",
    "{stream}/live_inputs/*",
    "{stream}/{video}",
    "{stream}/*",
    "{stream}/{video}/token",
    "{stream}/{video}/embed",
    "{stream}/{video}/downloads",
    "{stream}/{video}/downloads/*",
    "{stream}/{video}/captions",
    "{stream}/{video}/captions/*",
    "{stream}/{video}/captions/*/generate",
    "{stream}/{video}/captions/*/vtt",
    "/{video}/manifest/video.m3u8",
    "/{video}/manifest/video.mpd",
    "/{video}/manifest/*",
    "/{video}/watch",
    "/{video}/iframe",
    "/{video}/thumbnails/thumbnail.jpg",
    "/{video}/thumbnails/*",
    "/{video}/downloads/default.mp4",
    "/{video}/*/*/*",
    "/upload/tus/*",
    "/upload/*",
    "/room/ws",
    "/room",
    "/.well-known/webhooks.json",
    "/control/*",
    "/client/v4/*",
    "/*",
    "/",
];

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"];

const QUERIES: &[&str] = &[
    "page_no",
    "per_page",
    "limit",
    "search",
    "status",
    "start",
    "end",
    "before",
    "after",
    "asc",
    "include_counts",
    "creator",
    "id",
    "meeting_id",
    "expired",
    "sort_by",
    "sort_order",
    "format",
    "time",
    "height",
    "width",
    "filename",
    "start_time",
    "end_time",
    "name",
    "type",
    "view",
];

const FIELDS: &[&str] = &[
    "title",
    "status",
    "record_on_start",
    "recording_config",
    "ai_config",
    "session_keep_alive_time_in_secs",
    "name",
    "preset_name",
    "custom_participant_id",
    "picture",
    "meeting_id",
    "max_seconds",
    "video_config",
    "audio_config",
    "storage_config",
    "realtimekit_bucket_config",
    "file_name_prefix",
    "action",
    "participant_ids",
    "user_ids",
    "layers",
    "url",
    "input",
    "meta",
    "creator",
    "requireSignedURLs",
    "allowedOrigins",
    "scheduledDeletion",
    "watermark",
    "thumbnailTimestampPct",
    "maxDurationSeconds",
    "expiry",
    "pem",
    "id",
    "exp",
    "nbf",
    "downloadable",
    "accessRules",
    "flags",
    "events",
    "enabled",
    "notificationUrl",
    "clippedFromVideoUID",
    "startTimeSeconds",
    "endTimeSeconds",
    "permissions",
    "config",
    "ui",
    "question",
    "options",
    "uid",
    "publicDetails",
    "uploadExpiry",
];

/// The ids of things that exist.
struct Known {
    pairs: Vec<(&'static str, String)>,
}

impl Known {
    async fn of(desk: &Desk) -> Self {
        let video = desk.ready(json!({ "meta": { "name": "Fuzz" } })).await;
        let meeting = desk.meeting(json!({ "title": "Fuzz" })).await;
        desk.join(&meeting, "Ada").await;
        let recording = desk.record(&meeting).await;
        desk.advance(10).await;
        let session = desk.kit(Method::GET, &format!("/meetings/{meeting}/active-session"), None).await;
        let presets = desk.kit(Method::GET, "/presets", None).await;
        let account = format!("accounts/{}", desk.info.account_id);
        Self {
            pairs: vec![
                ("{kit}", format!("/client/v4/{account}/realtime/kit/{}", desk.info.app_id)),
                ("{stream}", format!("/client/v4/{account}/stream")),
                ("{a}", account),
                ("{video}", video),
                ("{meeting}", meeting),
                ("{recording}", recording),
                ("{session}", super::support::id(session.data())),
                ("{preset}", super::support::id(&presets.data()[0])),
            ],
        }
    }

    fn path(&self, chance: &mut StdRng) -> String {
        let mut path = (*ROUTES.choose(chance).unwrap()).to_owned();
        for (name, value) in &self.pairs {
            // Now and then something that does not exist, where something is expected that does.
            let put = if chance.random_bool(0.9) { value.clone() } else { segment(chance) };
            path = path.replace(name, &put);
        }
        while let Some(at) = path.find('*') {
            let put = segment(chance);
            path.replace_range(at..=at, &put);
        }
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        if chance.random_bool(0.4) {
            path.push('?');
            for _ in 0..chance.random_range(1..4) {
                let name = QUERIES.choose(chance).unwrap();
                let _ = write!(path, "{name}={}&", segment(chance));
            }
        }
        path
    }
}

/// Text that is legal in a path, however odd what it stands for.
fn segment(chance: &mut StdRng) -> String {
    match chance.random_range(0..14) {
        0 => "%00".into(),
        1 => "%FF%FE".into(),
        2 => "..%2F..%2Fetc%2Fpasswd".into(),
        3 => "a".repeat(chance.random_range(1..3_000)),
        4 => format!("{}", chance.random::<i64>()),
        5 => "1e400".into(),
        6 => "2026-03-01T10:00:00Z".into(),
        7 => "%F0%9F%A5%8B".into(),
        8 => "00000000-0000-4000-8000-000000000000".into(),
        9 => format!("{:032x}", chance.random::<u128>()),
        10 => "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AAAA".into(),
        11 => ["default", "audio", "en", "default.mp4", "ready", "ASC", "ERRORED", "true", "video.m3u8", "track"]
            .choose(chance)
            .map_or_else(String::new, |word| (*word).to_owned()),
        12 => String::new(),
        _ => (0..chance.random_range(1..20)).fold(String::new(), |mut text, _| {
            let _ = write!(text, "%{:02X}", chance.random::<u8>());
            text
        }),
    }
}

fn value(chance: &mut StdRng, depth: usize) -> Value {
    match chance.random_range(0..if depth == 0 { 12 } else { 14 }) {
        0 => Value::Null,
        1 => json!(chance.random::<bool>()),
        2 => json!(chance.random::<i64>()),
        3 => json!(chance.random_range(-2..120)),
        4 => json!(chance.random::<f64>() * 1e300),
        5 => json!("x".repeat(chance.random_range(0..5_000))),
        6 => json!("\u{0}\u{202e}<img src=x onerror=alert(1)>"),
        7 => json!("https://example.invalid/a.mp4"),
        8 => json!("2027-01-01T00:00:00Z"),
        9 => json!(u64::MAX),
        10 => json!(["ACTIVE", "stop", "pause", "resume", "aws", "group_call_host", "H264"].choose(chance).unwrap()),
        11 => json!([]),
        12 => (0..chance.random_range(0..8)).map(|_| value(chance, depth - 1)).collect(),
        _ => object(chance, depth - 1),
    }
}

fn object(chance: &mut StdRng, depth: usize) -> Value {
    let count = chance.random_range(0..6);
    let members = (0..count).map(|_| {
        let name = if chance.random_bool(0.9) { (*FIELDS.choose(chance).unwrap()).to_owned() } else { "\u{0}".into() };
        (name, value(chance, depth))
    });
    Value::Object(members.collect())
}

fn body(chance: &mut StdRng) -> (Option<&'static str>, Vec<u8>) {
    match chance.random_range(0..10) {
        0 => (None, Vec::new()),
        1 => (Some("application/json"), (0..chance.random_range(0..400)).map(|_| chance.random()).collect()),
        2 => (Some("application/json"), [b"[".repeat(4_000), b"]".repeat(4_000)].concat()),
        3 => {
            let form = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"a.mp4\"\r\n\r\n{}\r\n--x{}\r\n",
                ["file", "url", "language"].choose(chance).unwrap(),
                segment(chance),
                if chance.random_bool(0.7) { "--" } else { "" },
            );
            (Some("multipart/form-data; boundary=x"), form.into_bytes())
        }
        4 => (Some("multipart/form-data"), b"no boundary".to_vec()),
        5 => (Some("application/offset+octet-stream"), vec![0; chance.random_range(0..10_000)]),
        _ => {
            let mut text = object(chance, 3).to_string().into_bytes();
            if chance.random_bool(0.1) {
                text.truncate(text.len() / 2);
            }
            (Some("application/json"), text)
        }
    }
}

fn headers(chance: &mut StdRng) -> Vec<(HeaderName, HeaderValue)> {
    let mut all = Vec::new();
    if chance.random_bool(0.3) {
        for name in [
            "range",
            "tus-resumable",
            "upload-length",
            "upload-offset",
            "upload-metadata",
            "origin",
            "if-range",
            "upload-creator",
            "x-forwarded-for",
            "accept-encoding",
            "sec-websocket-key",
        ] {
            if chance.random_bool(0.4) {
                let text: &[u8] = [
                    &b"bytes=0-1"[..],
                    b"bytes=9-1",
                    b"bytes=-0",
                    b"bytes=0-18446744073709551616",
                    b"1.0.0",
                    b"-1",
                    b"0",
                    b"99999999999999999999",
                    b"name !!!,expiry",
                    b"null",
                    b"\xff\xfe",
                    b"",
                ]
                .choose(chance)
                .unwrap();
                if let Ok(value) = HeaderValue::from_bytes(text) {
                    all.push((HeaderName::from_static(name), value));
                }
            }
        }
    }
    all
}

fn authorization(chance: &mut StdRng, token: &str) -> Option<HeaderValue> {
    match chance.random_range(0..20) {
        0 => None,
        1 => Some(HeaderValue::from_static("Bearer")),
        2 => HeaderValue::from_bytes(b"Bearer \xff\xff\xff\xff\xff\xff\xff\xff\xff").ok(),
        3 => Some(HeaderValue::from_static("Bearer 0123456789abcdef")),
        _ => HeaderValue::from_str(&format!("Bearer {token}")).ok(),
    }
}

/// What is wrong with a reply, if anything.
fn fault_of(method: &Method, path: &str, status: u16, content_type: &str, body: &[u8]) -> Option<String> {
    if status >= 500 {
        return Some(format!("a {status} of ours"));
    }
    if !path.starts_with("/client/v4/") || *method == Method::HEAD {
        return None;
    }
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    if (200..300).contains(&status) {
        let text = content_type.starts_with("text/") || body.is_empty();
        return match parsed {
            _ if text => None,
            Some(parsed) if parsed["success"] == true => None,
            other => Some(format!("a {status} that is no envelope: {other:?}")),
        };
    }
    let Some(parsed) = parsed else { return Some(format!("a {status} that is not JSON")) };
    let v4 = parsed["errors"].as_array().is_some_and(|errors| {
        errors.first().is_some_and(|error| error["code"].is_u64() && error["message"].is_string())
    });
    let kit = parsed["error"]["code"] == status && parsed["error"]["message"].is_string();
    let right = if path.contains("/realtime/kit/") { v4 || kit } else { v4 && parsed.get("error").is_none() };
    (parsed["success"] != false || !right || v4 == kit).then(|| format!("a {status} in the wrong envelope: {parsed}"))
}

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_request_gets_the_right_envelope() {
    let requests = number_from("HAJIME_FUZZ_REQUESTS", 3_000);
    let seed = number_from("HAJIME_FUZZ_SEED", 1);
    let desk = Desk::open().await;
    let lots = 1_000_000_000_u64;
    desk.switch(json!({ "v4_requests": lots, "kit_requests": lots, "concurrent_encodes": lots })).await;
    let known = std::sync::Arc::new(Known::of(&desk).await);
    let workers = 8;
    let running: Vec<_> = (0..workers)
        .map(|worker| {
            let (known, host, token) = (std::sync::Arc::clone(&known), desk.host(), desk.info.api_token.clone());
            tokio::spawn(async move {
                let mut chance = StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(worker));
                let http = hajime_core::http_client::builder()
                    .redirect(reqwest::redirect::Policy::none())
                    .timeout(Duration::from_secs(20))
                    .build()
                    .unwrap();
                let mut wrong = Vec::new();
                for _ in 0..requests / workers {
                    one(&http, &host, &token, &known, &mut chance, &mut wrong).await;
                }
                wrong
            })
        })
        .collect();
    let mut wrong = Vec::new();
    for worker in running {
        wrong.extend(worker.await.unwrap());
    }
    assert!(
        wrong.is_empty(),
        "seed {seed}: {} of {requests} went wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    let verify = format!("{}/user/tokens/verify", desk.info.base_url);
    let well = desk.send(Method::GET, &verify, Some(&desk.info.api_token), None).await;
    assert_eq!(well.result()["status"], "active");
}

async fn one(http: &Client, host: &str, token: &str, known: &Known, chance: &mut StdRng, wrong: &mut Vec<String>) {
    let method = Method::from_bytes(METHODS.choose(chance).unwrap().as_bytes()).unwrap();
    let path = known.path(chance);
    let (content_type, sent) = body(chance);
    let Ok(url) = url::Url::parse(&format!("{host}{path}")) else { return };
    let mut request = http.request(method.clone(), url).body(sent.clone());
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    for (name, value) in headers(chance) {
        request = request.header(name, value);
    }
    if let Some(value) = authorization(chance, token) {
        request = request.header("authorization", value);
    }
    let said = |what: String| {
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(300)]).into_owned();
        format!("{method} {} with {shown:?}: {what}", &path[..path.len().min(300)])
    };
    let begun = Instant::now();
    match request.send().await {
        Err(error) => wrong.push(said(format!("no answer: {error:?}"))),
        Ok(response) => {
            let status = response.status().as_u16();
            let content_type = response
                .headers()
                .get("content-type")
                .and_then(|text| text.to_str().ok())
                .unwrap_or_default()
                .to_owned();
            match response.bytes().await {
                Err(error) => wrong.push(said(format!("the answer breaks off: {error:?}"))),
                Ok(bytes) => wrong.extend(fault_of(&method, &path, status, &content_type, &bytes).map(said)),
            }
        }
    }
    if begun.elapsed() > Duration::from_secs(15) {
        wrong.push(format!("{method} {path} took {:?}", begun.elapsed()));
    }
}

#[tokio::test]
async fn bytes_that_are_no_http_end_the_connection_and_nothing_else() {
    let desk = Desk::open().await;
    let address = desk.host().trim_start_matches("http://").to_owned();
    let mut chance = StdRng::seed_from_u64(7);
    for round in 0..300 {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let mut bytes: Vec<u8> = (0..chance.random_range(1..2_000)).map(|_| chance.random()).collect();
        if round % 3 == 0 {
            bytes.splice(0..0, *b"POST /client/v4/ HTTP/1.1\r\nContent-Length: 10\r\nHost: ");
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        // The other side may have hung up already, which is its right.
        let _ = socket.write_all(&bytes).await;
        let _ = socket.shutdown().await;
        let mut said = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut said)).await;
        assert!(read.is_ok(), "round {round} hangs");
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    assert_eq!(desk.stream(Method::GET, "", None).await.status, 200);
}
