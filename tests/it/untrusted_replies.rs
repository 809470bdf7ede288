//! Untrusted replies: Hajime follows no address on a foreign host, and reports each refusal for its real reason.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use hajime_core::actions::library::{export, recordings};
use hajime_core::actions::profile::connect::{self, Outcome, Subject};
use hajime_core::actions::sharing::links;
use hajime_core::cloudflare::{Client, ClientConfig, Error as CloudError, FileReply, Pace, RecordingsQuery};
use hajime_core::config::Profile;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, MemorySecrets, SystemClock};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Cloud, TestDesk, cause};

/// A reply that a test may change before the desk receives it.
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn says(&mut self, status: u16, body: &str) {
        (self.status, self.body) = (status, body.as_bytes().to_vec());
        self.headers.remove(header::CONTENT_TYPE);
    }

    /// Replaces the text of a member of the JSON body.
    fn set_text(&mut self, member: &str, text: &str) {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        let marker = format!("\"{member}\":\"");
        let mut parts = body.split(&marker);
        let mut changed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.split_once('"').map_or("", |(_, rest)| rest);
            changed.extend([marker.as_str(), text, "\"", rest]);
        }
        self.body = changed.into_bytes();
    }
}

type Change = Arc<dyn Fn(&Method, &str, &mut Reply) + Send + Sync>;

/// A proxy between the desk and the sandbox that changes replies.
struct ChangingProxy {
    url: String,
    change: Arc<Mutex<Option<Change>>>,
}

impl ChangingProxy {
    async fn start(cloud: &Cloud) -> Self {
        let origin = cloud.sandbox.info().base_url.trim_end_matches("/client/v4").to_owned();
        let change: Arc<Mutex<Option<Change>>> = Arc::default();
        let state = (origin, Arc::clone(&change), hajime_core::http_client::builder().build().unwrap());
        let router = Router::new().fallback(pass_on).with_state(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, change }
    }

    fn changes(&self, change: impl Fn(&Method, &str, &mut Reply) + Send + Sync + 'static) {
        *self.change.lock().unwrap() = Some(Arc::new(change));
    }

    fn connection(&self, cloud: &Cloud) -> Profile {
        Profile { base_url: format!("{}/client/v4", self.url).parse().unwrap(), ..cloud.connection() }
    }

    fn desk(&self, cloud: &Cloud, folder: &std::path::Path) -> TestDesk {
        let secrets = Some(Arc::new(MemorySecrets::default()) as _);
        TestDesk::connected(&self.connection(cloud), folder, Arc::default(), secrets)
    }
}

type Route = (String, Arc<Mutex<Option<Change>>>, reqwest::Client);

async fn pass_on(
    State((origin, change, http)): State<Route>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut request = http.request(method.clone(), format!("{origin}{uri}")).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::HOST && *name != header::CONTENT_LENGTH) {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut reply = Reply { status, headers, body: answer.bytes().await.unwrap().to_vec() };
    let change = change.lock().unwrap().clone();
    if let Some(change) = change {
        change(&method, uri.path(), &mut reply);
    }
    reply.headers.remove(header::TRANSFER_ENCODING);
    if method != Method::HEAD {
        reply.headers.remove(header::CONTENT_LENGTH);
    }
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap();
    *response.headers_mut() = reply.headers;
    response
}

/// A foreign server on this computer that counts the requests it receives.
struct Foreign {
    host: String,
    asked: Arc<AtomicUsize>,
}

impl Foreign {
    async fn start() -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let router = Router::new().fallback(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { "a secret of this network" }
        });
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let host = format!("127.0.0.2:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { host, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn ended_recording(cloud: &Cloud, desk: &mut TestDesk) -> Recording {
    let session = desk.hold(cloud).await;
    desk.context.store().recordings_of(session.id).unwrap().remove(0)
}

async fn until(
    cloud: &Cloud,
    desk: &mut TestDesk,
    recording: &Recording,
    condition: impl Fn(&Recording) -> bool,
) -> Recording {
    let latest = |desk: &TestDesk| recordings::get(&desk.context, recording.id).unwrap();
    desk.pass_until(cloud, 3, |desk| condition(&latest(desk))).await;
    latest(desk)
}

fn failed(recording: &Recording) -> bool {
    matches!(recording.stage, Stage::Failed { .. })
}

fn history(desk: &TestDesk, recording: &Recording) -> String {
    let events = recordings::detail(&desk.context, recording.id).unwrap().events;
    events.into_iter().map(|event| event.note).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn neither_imports_nor_exports_a_file_on_a_foreign_host() {
    let (cloud, foreign) = (Cloud::start().await, Foreign::start().await);
    let proxy = ChangingProxy::start(&cloud).await;
    let addresses = [
        (format!("http://{}/latest/meta-data", foreign.host), "127.0.0.2"),
        (format!("https://user@{}/file.mp4", foreign.host), "127.0.0.2"),
        ("https://169.254.169.254/latest/meta-data".to_owned(), "169.254.169.254"),
        ("https://metadata.google.internal/computeMetadata".to_owned(), "metadata.google.internal"),
        ("http://bucket.example.org/file.mp4".to_owned(), "bucket.example.org"),
    ];
    for (address, host) in addresses {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = proxy.desk(&cloud, folder.path());
        let recording = ended_recording(&cloud, &mut desk).await;
        let named = address.clone();
        proxy.changes(move |_, path, reply| {
            if path.contains("/recordings") {
                reply.set_text("download_url", &named);
            }
        });
        let seen = until(&cloud, &mut desk, &recording, failed).await;
        assert_eq!(cause(&seen), Some(Cause::ForeignAddress), "{address}");
        assert!(history(&desk, &recording).contains(host), "{address}: {}", history(&desk, &recording));
        let refused = export::save_copy(&desk.context, recording.id, &folder.path().join("a.mp4")).await.unwrap_err();
        assert_eq!(refused.code(), "untrusted_address", "{address}");
        assert!(refused.message().contains(host) && !refused.next().is_empty(), "{}", refused.message());
        assert!(!folder.path().join("a.mp4").exists());
        assert_eq!((foreign.asked(), cloud.videos().await.len()), (0, 0), "{address}");
        proxy.changes(|_, _, _| {});
    }
}

#[tokio::test]
async fn neither_exports_nor_relays_a_file_that_is_no_video() {
    let (cloud, foreign) = (Cloud::start().await, Foreign::start().await);
    cloud.control("switches", json!({ "head_refused": true })).await;
    let proxy = ChangingProxy::start(&cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = proxy.desk(&cloud, folder.path());
    let recording = ended_recording(&cloud, &mut desk).await;
    let (page, elsewhere) = (format!("{}/sign-in", proxy.url), format!("http://{}/x", foreign.host));
    let redirects = Arc::new(AtomicUsize::new(0));
    let redirecting = Arc::clone(&redirects);
    proxy.changes(move |_, path, reply| {
        if path.contains("/recordings") {
            reply.set_text("download_url", &page);
        }
        if path == "/sign-in" && redirecting.load(Ordering::SeqCst) == 0 {
            reply.says(200, "<html>Please sign in to the guest network of this hotel</html>");
        } else if path == "/sign-in" {
            reply.says(302, "");
            reply.headers.insert(header::LOCATION, elsewhere.parse().unwrap());
        }
    });
    let copy = folder.path().join("a.mp4");
    let refused = export::save_copy(&desk.context, recording.id, &copy).await;
    let seen = until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    assert!(refused.is_err() && !failed(&seen));
    let refused = export::save_copy(&desk.context, recording.id, &copy).await.unwrap_err();
    assert_eq!(refused.code(), "not_a_video", "{refused:?}");
    assert!(refused.message().contains("Karate") && !copy.exists());
    let seen = until(&cloud, &mut desk, &recording, failed).await;
    assert_eq!(cause(&seen), Some(Cause::ForeignFile), "{}", history(&desk, &recording));
    // The target of a redirect is checked like the address itself.
    redirects.store(1, Ordering::SeqCst);
    let refused = export::save_copy(&desk.context, recording.id, &copy).await.unwrap_err();
    assert_eq!(refused.code(), "untrusted_address", "{refused:?}");
    assert_eq!(foreign.asked(), 0);
    let whole = cloud.videos().await.into_iter().filter(|video| video["readyToStream"] == true).count();
    assert_eq!(whole, 0);
}

#[tokio::test]
async fn makes_no_link_to_a_video_on_a_foreign_host() {
    let (cloud, foreign) = (Cloud::start().await, Foreign::start().await);
    let proxy = ChangingProxy::start(&cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = proxy.desk(&cloud, folder.path());
    let host = foreign.host.clone();
    proxy.changes(move |_, path, reply| {
        if path.contains("/stream") {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            let uid =
                body.split("/manifest/video.m3u8").next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            reply.set_text("hls", &format!("http://{host}/{uid}/manifest/video.m3u8"));
        }
    });
    let recording = ended_recording(&cloud, &mut desk).await;
    let ready = until(&cloud, &mut desk, &recording, |seen| seen.status() == Status::Ready).await;
    // The database already holds the foreign address.
    assert!(ready.facts.manifest.unwrap().as_str().contains("127.0.0.2"));
    let made = links::make(&desk.context, recording.id, Validity::DAY, true).await.unwrap_err();
    let played = recordings::play(&desk.context, recording.id).await.unwrap_err();
    for refused in [made, played] {
        assert_eq!(refused.code(), "untrusted_address");
        assert!(refused.message().contains("127.0.0.2"), "{}", refused.message());
    }
    assert_eq!((foreign.asked(), links::list(&desk.context).unwrap().len()), (0, 0));
}

#[tokio::test]
async fn uploads_nothing_to_a_foreign_host() {
    let (cloud, foreign) = (Cloud::start().await, Foreign::start().await);
    cloud.control("switches", json!({ "head_refused": true })).await;
    let proxy = ChangingProxy::start(&cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = proxy.desk(&cloud, folder.path());
    let location = format!("http://{}/upload/tus/1", foreign.host);
    proxy.changes(move |method, path, reply| {
        if *method == Method::POST && path.ends_with("/stream") {
            reply.headers.insert(header::LOCATION, location.parse().unwrap());
        }
    });
    let recording = ended_recording(&cloud, &mut desk).await;
    let seen = until(&cloud, &mut desk, &recording, failed).await;
    assert_eq!(cause(&seen), Some(Cause::ForeignAddress), "{}", history(&desk, &recording));
    assert!(history(&desk, &recording).contains("127.0.0.2"));
    assert_eq!(foreign.asked(), 0);

    // When the address is correct again, a retry uploads the local file.
    proxy.changes(|_, _, _| {});
    recordings::retry(&desk.context, recording.id).unwrap();
    let ready = until(&cloud, &mut desk, &recording, |seen| seen.status() == Status::Ready || failed(seen)).await;
    assert_eq!(ready.status(), Status::Ready, "{}", history(&desk, &recording));
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn makes_no_auto_retry_of_a_file_too_large_for_stream() {
    let cloud = Cloud::start().await;
    let proxy = ChangingProxy::start(&cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = proxy.desk(&cloud, folder.path());
    proxy.changes(|_, path, reply| {
        if path.ends_with("/stream/copy") {
            reply.says(413, r#"{"success":false,"errors":[{"code":10009,"message":"Too large"}]}"#);
        }
    });
    let recording = ended_recording(&cloud, &mut desk).await;
    let seen = until(&cloud, &mut desk, &recording, failed).await;
    assert_eq!((cause(&seen), seen.work.next_check()), (Some(Cause::TooLarge), None));
    let refused = recordings::retry(&desk.context, recording.id).unwrap_err();
    assert!(refused.next().contains("attach"), "{}", refused.next());
}

#[tokio::test]
async fn starts_and_ends_a_session_while_imports_are_refused() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ended_recording(&cloud, &mut desk).await;
    cloud.fault("POST", "*/stream/copy", 100, json!({ "kind": "rate_limited" })).await;
    let asked = |desk: &TestDesk| desk.context.health().trouble.is_some_and(|trouble| trouble.code == "rate_limited");
    for _ in 0..40 {
        desk.pass(&cloud, 3).await;
        if asked(&desk) {
            break;
        }
    }
    let trouble = desk.context.health().trouble.unwrap();
    assert!(trouble.message.contains("refused for now") && !trouble.message.contains("asked"), "{trouble:?}");
    assert!(trouble.next.contains("tries again at "), "{trouble:?}");
    // Meanwhile, another session starts, is recorded and ends.
    let judo = desk.schedule("Judo");
    let started = start::start(&desk.context, judo.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    assert!(end::end(&desk.context, judo.id).await.unwrap().trouble.is_none());
    assert!(!failed(&recordings::get(&desk.context, recording.id).unwrap()));
}

#[tokio::test]
async fn judges_a_token_by_the_calls_that_work() {
    let cloud = Cloud::start().await;
    let proxy = ChangingProxy::start(&cloud).await;
    let client = opening::client(&proxy.connection(&cloud), Arc::new(SystemClock)).unwrap();
    let check = async || connect::check(&client, None, SystemClock.now()).await;
    let refusals = [
        (403, r#"{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]}"#),
        (403, r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#),
        (400, r#"{"success":false,"errors":[{"code":1001,"message":"Something new"}]}"#),
        (404, r#"{"success":false,"errors":[{"code":7003,"message":"No route for the URI"}]}"#),
        (200, "<html>nothing</html>"),
        (200, r#"{"success":true,"result":{"status":"dormant"}}"#),
    ];
    // At first only the user's endpoint fails; then the account's endpoint fails too.
    for endpoint in ["/user/tokens/verify", "/tokens/verify"] {
        for (status, body) in refusals {
            proxy.changes(move |_, path, reply| {
                if path.ends_with(endpoint) {
                    reply.says(status, body);
                }
            });
            let report = check().await;
            assert!(report.usable(), "{endpoint} {status} {body}: {report:?}");
        }
    }
    let location = r#"{"success":false,"errors":[{"code":9109,"message":"Cannot use the access token from location: 203.0.113.7"}]}"#;
    let later = r#"{"success":true,"result":{"status":"active","not_before":"2100-01-01T00:00:00Z"}}"#;
    for (status, body, words) in [
        (403, location, "from this network (203.0.113.7)"),
        (401, r#"{"success":false,"errors":[{"code":1000,"message":"API Token has expired"}]}"#, "expired"),
        (
            403,
            r#"{"success":false,"errors":[{"code":9109,"message":"The access token is not yet valid"}]}"#,
            "not work yet",
        ),
        (200, later, "only from 1 January 2100"),
    ] {
        proxy.changes(move |_, _, reply| reply.says(status, body));
        let report = check().await;
        let Outcome::Failed { message, next } = &report.checks[0].outcome else { panic!("{report:?}") };
        assert_eq!(report.checks[0].subject, Subject::Token);
        assert!(message.contains(words) && !next.is_empty(), "{message}");
    }
    // An unknown reason is reported as unknown.
    proxy.changes(|_, _, reply| {
        reply.says(403, r#"{"success":false,"errors":[{"code":12345,"message":"Something new"}]}"#);
    });
    let report = check().await;
    let Outcome::Failed { message, next } = &report.checks[0].outcome else { panic!("{report:?}") };
    assert!(message.contains("Something new") && next.contains("not known"), "{message} {next}");
}

#[tokio::test]
async fn stops_a_slow_download_and_completes_a_fast_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ended_recording(&cloud, &mut desk).await;
    until(&cloud, &mut desk, &recording, |seen| seen.facts.file_expires.is_some()).await;
    let connection = cloud.connection();
    let pace = |least| Pace { least, over: std::time::Duration::from_millis(300) };
    let client = |pace| {
        Client::new(ClientConfig {
            base_url: connection.base_url.clone(),
            account: connection.account.clone(),
            token: hajime_core::cloudflare::ApiToken::Known(connection.token.clone()),
            user_agent: "test".into(),
            timeout: std::time::Duration::from_secs(30),
            clock: Arc::new(SystemClock),
            pace,
        })
        .unwrap()
    };
    let query = RecordingsQuery { page: 1, per_page: 10, ..RecordingsQuery::default() };
    for (least, slow) in [(100_000_000, true), (1, false)] {
        let client = client(pace(least));
        let app = connection.app.as_ref().unwrap();
        let from = client.recordings(app, &query).await.unwrap().items.remove(0).download_url.unwrap();
        cloud.fault("GET", "/recordings-storage/*.mp4", 1, json!({ "kind": "slow_body", "seconds": 2 })).await;
        let FileReply::Part(mut part) = client.file(&from, 0, None).await.unwrap() else { panic!("no file") };
        let mut bytes = Vec::new();
        let ended = loop {
            match client.next_piece(&mut part, &mut bytes).await {
                Ok(true) => {}
                ended => break ended,
            }
        };
        match ended {
            Err(CloudError::TooSlow { .. }) => assert!(slow),
            ended => assert!(!slow && ended.is_ok(), "{ended:?}"),
        }
    }
}

#[tokio::test]
async fn two_stalled_downloads_do_not_block_a_third_for_an_hour() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "head_refused": true })).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let mut ended = Vec::new();
    for _ in 0..3 {
        ended.push(ended_recording(&cloud, &mut desk).await);
    }
    // Two downloads that never end occupy both places for transfers.
    cloud.fault("GET", "/recordings-storage/*.mp4", 2, json!({ "kind": "slow_body", "seconds": 600 })).await;
    let ready = |desk: &TestDesk| {
        let all = ended.iter().map(|recording| recordings::get(&desk.context, recording.id).unwrap());
        all.filter(|recording| recording.status() == Status::Ready).count()
    };
    let start = desk.context.now();
    desk.pass_until(&cloud, 30, |desk| ready(desk) > 0).await;
    let took = desk.context.now() - start;
    assert!(took < chrono::TimeDelta::hours(1), "{took}");
}
