//! Random requests to all routes: each must get a reply in the right envelope, without a panic, a hang or a 500.
//!
//! `HAJIME_FUZZ_REQUESTS` sets the number of requests and `HAJIME_FUZZ_SEED` the seed.

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

use super::support::TestSandbox;

/// Path templates. An existing id replaces a name in braces, and random text replaces `*`.
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
    "/client/v4/{a}/workers/subdomain",
    "/client/v4/{a}/workers/subdomains/*",
    "/client/v4/{a}/workers/scripts/*",
    "/client/v4/{a}/workers/scripts/*/subdomain",
    "/client/v4/{a}/workers/scripts/*/assets-upload-session",
    "/client/v4/{a}/workers/assets/upload",
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

/// The ids of existing objects, by the names that stand for them in templates.
struct KnownIds {
    pairs: Vec<(&'static str, String)>,
}

impl KnownIds {
    async fn of(sandbox: &TestSandbox) -> Self {
        let video = sandbox.ready_video(json!({ "meta": { "name": "Fuzz" } })).await;
        let meeting = sandbox.meeting(json!({ "title": "Fuzz" })).await;
        sandbox.join(&meeting, "Ada").await;
        let recording = sandbox.record(&meeting).await;
        sandbox.advance(10).await;
        let session = sandbox.kit(Method::GET, &format!("/meetings/{meeting}/active-session"), None).await;
        let presets = sandbox.kit(Method::GET, "/presets", None).await;
        let account = format!("accounts/{}", sandbox.info.account_id);
        Self {
            pairs: vec![
                ("{kit}", format!("/client/v4/{account}/realtime/kit/{}", sandbox.info.app_id)),
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

    fn path(&self, random: &mut StdRng) -> String {
        let mut path = (*ROUTES.choose(random).unwrap()).to_owned();
        for (name, value) in &self.pairs {
            // One time in ten, random text takes the place of the existing id.
            let put = if random.random_bool(0.9) { value.clone() } else { segment(random) };
            path = path.replace(name, &put);
        }
        while let Some(at) = path.find('*') {
            let put = segment(random);
            path.replace_range(at..=at, &put);
        }
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        if random.random_bool(0.4) {
            path.push('?');
            for _ in 0..random.random_range(1..4) {
                let name = QUERIES.choose(random).unwrap();
                let _ = write!(path, "{name}={}&", segment(random));
            }
        }
        path
    }
}

/// Returns random text for a path segment: mostly odd, but legal in a URL.
fn segment(random: &mut StdRng) -> String {
    match random.random_range(0..14) {
        0 => "%00".into(),
        1 => "%FF%FE".into(),
        2 => "..%2F..%2Fetc%2Fpasswd".into(),
        3 => "a".repeat(random.random_range(1..3_000)),
        4 => format!("{}", random.random::<i64>()),
        5 => "1e400".into(),
        6 => "2026-03-01T10:00:00Z".into(),
        7 => "%F0%9F%A5%8B".into(),
        8 => "00000000-0000-4000-8000-000000000000".into(),
        9 => format!("{:032x}", random.random::<u128>()),
        10 => "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AAAA".into(),
        11 => ["default", "audio", "en", "default.mp4", "ready", "ASC", "ERRORED", "true", "video.m3u8", "track"]
            .choose(random)
            .map_or_else(String::new, |word| (*word).to_owned()),
        12 => String::new(),
        _ => (0..random.random_range(1..20)).fold(String::new(), |mut text, _| {
            let _ = write!(text, "%{:02X}", random.random::<u8>());
            text
        }),
    }
}

fn value(random: &mut StdRng, depth: usize) -> Value {
    match random.random_range(0..if depth == 0 { 12 } else { 14 }) {
        0 => Value::Null,
        1 => json!(random.random::<bool>()),
        2 => json!(random.random::<i64>()),
        3 => json!(random.random_range(-2..120)),
        4 => json!(random.random::<f64>() * 1e300),
        5 => json!("x".repeat(random.random_range(0..5_000))),
        6 => json!("\u{0}\u{202e}<img src=x onerror=alert(1)>"),
        7 => json!("https://example.invalid/a.mp4"),
        8 => json!("2027-01-01T00:00:00Z"),
        9 => json!(u64::MAX),
        10 => json!(["ACTIVE", "stop", "pause", "resume", "aws", "group_call_host", "H264"].choose(random).unwrap()),
        11 => json!([]),
        12 => (0..random.random_range(0..8)).map(|_| value(random, depth - 1)).collect(),
        _ => object(random, depth - 1),
    }
}

fn object(random: &mut StdRng, depth: usize) -> Value {
    let count = random.random_range(0..6);
    let members = (0..count).map(|_| {
        let name = if random.random_bool(0.9) { (*FIELDS.choose(random).unwrap()).to_owned() } else { "\u{0}".into() };
        (name, value(random, depth))
    });
    Value::Object(members.collect())
}

fn body(random: &mut StdRng) -> (Option<&'static str>, Vec<u8>) {
    match random.random_range(0..10) {
        0 => (None, Vec::new()),
        1 => (Some("application/json"), (0..random.random_range(0..400)).map(|_| random.random()).collect()),
        2 => (Some("application/json"), [b"[".repeat(4_000), b"]".repeat(4_000)].concat()),
        3 => {
            let form = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"a.mp4\"\r\n\r\n{}\r\n--x{}\r\n",
                ["file", "url", "language"].choose(random).unwrap(),
                segment(random),
                if random.random_bool(0.7) { "--" } else { "" },
            );
            (Some("multipart/form-data; boundary=x"), form.into_bytes())
        }
        4 => (Some("multipart/form-data"), b"no boundary".to_vec()),
        5 => (Some("application/offset+octet-stream"), vec![0; random.random_range(0..10_000)]),
        _ => {
            let mut text = object(random, 3).to_string().into_bytes();
            if random.random_bool(0.1) {
                text.truncate(text.len() / 2);
            }
            (Some("application/json"), text)
        }
    }
}

fn headers(random: &mut StdRng) -> Vec<(HeaderName, HeaderValue)> {
    let mut all = Vec::new();
    if random.random_bool(0.3) {
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
            if random.random_bool(0.4) {
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
                .choose(random)
                .unwrap();
                if let Ok(value) = HeaderValue::from_bytes(text) {
                    all.push((HeaderName::from_static(name), value));
                }
            }
        }
    }
    all
}

fn authorization(random: &mut StdRng, token: &str) -> Option<HeaderValue> {
    match random.random_range(0..20) {
        0 => None,
        1 => Some(HeaderValue::from_static("Bearer")),
        2 => HeaderValue::from_bytes(b"Bearer \xff\xff\xff\xff\xff\xff\xff\xff\xff").ok(),
        3 => Some(HeaderValue::from_static("Bearer 0123456789abcdef")),
        _ => HeaderValue::from_str(&format!("Bearer {token}")).ok(),
    }
}

/// Returns why a reply is wrong; `None` when it is right.
fn failure_of(method: &Method, path: &str, status: u16, content_type: &str, body: &[u8]) -> Option<String> {
    if status >= 500 {
        return Some(format!("a {status} that no fault asked for"));
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
            other => Some(format!("a {status} without an envelope: {other:?}")),
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
async fn any_request_is_answered_in_the_right_envelope_without_a_500() {
    let requests = number_from("HAJIME_FUZZ_REQUESTS", 3_000);
    let seed = number_from("HAJIME_FUZZ_SEED", 1);
    let sandbox = TestSandbox::start().await;
    let unlimited = 1_000_000_000_u64;
    sandbox
        .set_switches(json!({ "v4_requests": unlimited, "kit_requests": unlimited, "concurrent_encodes": unlimited }))
        .await;
    let known = std::sync::Arc::new(KnownIds::of(&sandbox).await);
    let workers = 8;
    let running: Vec<_> = (0..workers)
        .map(|worker| {
            let (known, host, token) = (std::sync::Arc::clone(&known), sandbox.host(), sandbox.info.api_token.clone());
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(worker));
                let http = hajime_core::http_client::builder()
                    .redirect(reqwest::redirect::Policy::none())
                    .timeout(Duration::from_secs(20))
                    .build()
                    .unwrap();
                let mut failures = Vec::new();
                for _ in 0..requests / workers {
                    send_random_request(&http, &host, &token, &known, &mut random, &mut failures).await;
                }
                failures
            })
        })
        .collect();
    let mut failures = Vec::new();
    for worker in running {
        failures.extend(worker.await.unwrap());
    }
    assert!(
        failures.is_empty(),
        "seed {seed}: {} of {requests} failed:\n{}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
    let verify = format!("{}/user/tokens/verify", sandbox.info.base_url);
    let verified = sandbox.send(Method::GET, &verify, Some(&sandbox.info.api_token), None).await;
    assert_eq!(verified.result()["status"], "active");
}

async fn send_random_request(
    http: &Client,
    host: &str,
    token: &str,
    known: &KnownIds,
    random: &mut StdRng,
    failures: &mut Vec<String>,
) {
    let method = Method::from_bytes(METHODS.choose(random).unwrap().as_bytes()).unwrap();
    let path = known.path(random);
    let (content_type, sent) = body(random);
    let Ok(url) = url::Url::parse(&format!("{host}{path}")) else { return };
    let mut request = http.request(method.clone(), url).body(sent.clone());
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    for (name, value) in headers(random) {
        request = request.header(name, value);
    }
    if let Some(value) = authorization(random, token) {
        request = request.header("authorization", value);
    }
    let describe = |what: String| {
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(300)]).into_owned();
        format!("{method} {} with {shown:?}: {what}", &path[..path.len().min(300)])
    };
    let begun = Instant::now();
    match request.send().await {
        Err(error) => failures.push(describe(format!("no answer: {error:?}"))),
        Ok(response) => {
            let status = response.status().as_u16();
            let content_type = response
                .headers()
                .get("content-type")
                .and_then(|text| text.to_str().ok())
                .unwrap_or_default()
                .to_owned();
            match response.bytes().await {
                Err(error) => failures.push(describe(format!("the body breaks off: {error:?}"))),
                Ok(bytes) => failures.extend(failure_of(&method, &path, status, &content_type, &bytes).map(describe)),
            }
        }
    }
    if begun.elapsed() > Duration::from_secs(15) {
        failures.push(format!("{method} {path} took {:?}", begun.elapsed()));
    }
}

#[tokio::test]
async fn bytes_that_are_not_http_end_only_their_own_connection() {
    let sandbox = TestSandbox::start().await;
    let address = sandbox.host().trim_start_matches("http://").to_owned();
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..300 {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let mut bytes: Vec<u8> = (0..random.random_range(1..2_000)).map(|_| random.random()).collect();
        if round % 3 == 0 {
            bytes.splice(0..0, *b"POST /client/v4/ HTTP/1.1\r\nContent-Length: 10\r\nHost: ");
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        // Errors are ignored, because the sandbox may have closed the connection already.
        let _ = socket.write_all(&bytes).await;
        let _ = socket.shutdown().await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the sandbox did not close connection {round}");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(sandbox.stream(Method::GET, "", None).await.status, 200);
}
