//! A running sandbox with an HTTP client, and helpers for the most common calls.

use std::path::Path;

use cloudflare_sandbox::{Info, Options, Sandbox};
use reqwest::{Client, Method, header::HeaderMap};
use serde_json::{Value, json};

/// The lowest speed of a sandbox's clock. At this speed, time passes only when a test advances it, however busy the
/// machine is.
const SLOWEST_SPEED: f64 = 0.001;

/// The highest speed of a sandbox's clock.
const FASTEST_SPEED: f64 = 1_000_000.0;

/// Returns the lowest speed at which the clock advances. `HAJIME_SANDBOX_SPEED` sets it: the clock then does not jump
/// when a test advances it, but runs at least this many times as fast as real time. The tests must pass at any speed.
/// Returns `None` when the variable is not set.
fn speed() -> Option<f64> {
    std::env::var("HAJIME_SANDBOX_SPEED").ok().map(|speed| speed.parse().expect("HAJIME_SANDBOX_SPEED is a number"))
}

/// A sandbox for one test, and a client for it.
pub struct TestSandbox {
    pub server: Sandbox,
    pub info: Info,
    pub http: Client,
}

/// A complete reply to a request.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Reply {
    /// Returns `result` of the v4 envelope, and asserts that the envelope reports success.
    #[track_caller]
    pub fn result(&self) -> &Value {
        assert!(self.body["success"] == true && self.body["errors"] == json!([]), "{self:?}");
        &self.body["result"]
    }

    /// Returns `data` of RealtimeKit's envelope, and asserts that the envelope reports success.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body["success"] == true && self.body.get("errors").is_none(), "{self:?}");
        &self.body["data"]
    }

    /// Asserts a refusal in the v4 envelope with this status and code.
    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: u32) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body["success"], false, "{self:?}");
        assert_eq!(self.body["errors"][0]["code"], code, "{self:?}");
        assert!(self.body["errors"][0]["message"].is_string() && self.body.get("error").is_none(), "{self:?}");
    }

    /// Asserts a refusal in RealtimeKit's envelope with this status, and returns its message.
    #[track_caller]
    pub fn assert_kit_refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body["success"], false, "{self:?}");
        assert_eq!(self.body["error"]["code"], status, "{self:?}");
        assert!(self.body.get("errors").is_none(), "{self:?}");
        self.body["error"]["message"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl TestSandbox {
    pub async fn start() -> Self {
        Self::around(Sandbox::start(Options { speed: SLOWEST_SPEED, ..Options::default() }).await.unwrap())
    }

    pub async fn with_state_file(state: &Path) -> Self {
        let options = Options { state: Some(state.to_owned()), speed: SLOWEST_SPEED, ..Options::default() };
        Self::around(Sandbox::start(options).await.unwrap())
    }

    fn around(server: Sandbox) -> Self {
        let info = server.info().clone();
        Self { server, info, http: hajime_core::http_client::builder().build().unwrap() }
    }

    /// Returns the delivery host, such as `http://127.0.0.1:8080`.
    pub fn host(&self) -> String {
        self.info.base_url.strip_suffix("/client/v4").unwrap().to_owned()
    }

    /// Returns the URL of a path below the account.
    pub fn account(&self, path: &str) -> String {
        format!("{}/accounts/{}{path}", self.info.base_url, self.info.account_id)
    }

    pub async fn send(&self, method: Method, url: &str, token: Option<&str>, body: Option<&Value>) -> Reply {
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        reply_to(request).await
    }

    async fn send_as_owner(&self, method: Method, url: &str, body: Option<&Value>) -> Reply {
        self.send(method, url, Some(&self.info.api_token), body).await
    }

    /// Calls RealtimeKit's API for the app, as in `kit(GET, "/meetings", None)`.
    pub async fn kit(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let url = self.account(&format!("/realtime/kit/{}{path}", self.info.app_id));
        self.send_as_owner(method, &url, body.as_ref()).await
    }

    /// Calls Stream's API, as in `stream(GET, "/keys", None)`.
    pub async fn stream(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.send_as_owner(method, &self.account(&format!("/stream{path}")), body.as_ref()).await
    }

    /// Gets a URL of the delivery host without an API token.
    pub async fn view(&self, path: &str) -> Reply {
        self.send(Method::GET, &format!("{}{path}", self.host()), None, None).await
    }

    /// Sends a command to the sandbox's control API.
    pub async fn control(&self, command: &str, body: Value) -> Value {
        let url = format!("{}/{command}", self.info.control_url);
        let reply = self.send(Method::POST, &url, None, Some(&body)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    }

    pub async fn advance(&self, seconds: i64) {
        let mut sent = json!({ "seconds": seconds });
        if let Some(speed) = speed() {
            // A long advance runs at a higher speed, so that it takes at most half a second.
            #[expect(clippy::cast_precision_loss, reason = "tests advance by years at most")]
            let in_half_a_second = seconds as f64 * 2.0;
            if in_half_a_second <= FASTEST_SPEED {
                sent["speed"] = speed.max(in_half_a_second).into();
            }
        }
        self.control("advance", sent).await;
    }

    pub async fn set_switches(&self, switches: Value) {
        self.control("switches", switches).await;
    }

    pub async fn token(&self, permissions: &[&str], owner: &str, account: &str) -> String {
        let wanted = json!({ "permissions": permissions, "owner": owner, "account_id": account });
        self.control("tokens", wanted).await["api_token"].as_str().unwrap().to_owned()
    }

    /// Creates a meeting and returns its id.
    pub async fn meeting(&self, body: Value) -> String {
        let reply = self.kit(Method::POST, "/meetings", Some(body)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        id(reply.data())
    }

    /// Adds a peer to a meeting and returns its id.
    pub async fn join(&self, meeting: &str, name: &str) -> String {
        let peer = self.control("join", json!({ "meeting_id": meeting, "name": name })).await;
        peer["peer_id"].as_str().unwrap().to_owned()
    }

    pub async fn leave(&self, peer: &str) {
        self.control("leave", json!({ "peer_id": peer })).await;
    }

    /// Starts a recording and returns its id.
    pub async fn record(&self, meeting: &str) -> String {
        let reply = self.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        id(reply.data())
    }

    pub async fn recording(&self, id: &str) -> Value {
        self.kit(Method::GET, &format!("/recordings/{id}"), None).await.data().clone()
    }

    pub async fn act(&self, recording: &str, action: &str) -> Reply {
        self.kit(Method::PUT, &format!("/recordings/{recording}"), Some(json!({ "action": action }))).await
    }

    /// Makes a recording of two minutes with a small picture, whose file can be downloaded. Returns its id and its URL.
    pub async fn uploaded_recording(&self) -> (String, String) {
        let small = json!({ "width": 320, "height": 180 });
        let meeting = self.meeting(json!({ "title": "Class", "recording_config": { "video_config": small } })).await;
        self.join(&meeting, "Ada").await;
        let recording = self.record(&meeting).await;
        self.advance(123).await;
        assert_eq!(self.act(&recording, "stop").await.status, 200);
        self.advance(60).await;
        let url = self.recording(&recording).await["download_url"].as_str().unwrap().to_owned();
        (recording, url)
    }

    /// Copies a video from a URL and returns its uid, without waiting for the import.
    pub async fn copy(&self, url: &str, more: Value) -> String {
        let mut body = json!({ "url": url });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = self.stream(Method::POST, "/copy", Some(body)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.result()["uid"].as_str().unwrap().to_owned()
    }

    /// Makes a video that is ready to stream, and returns its uid.
    pub async fn ready_video(&self, more: Value) -> String {
        let (_, url) = self.uploaded_recording().await;
        let uid = self.copy(&url, more).await;
        self.advance(300).await;
        assert_eq!(self.video(&uid).await["status"]["state"], "ready");
        uid
    }

    pub async fn video(&self, uid: &str) -> Value {
        self.stream(Method::GET, &format!("/{uid}"), None).await.result().clone()
    }

    /// Returns the time of the verification clock, in seconds since the epoch.
    pub async fn now(&self) -> i64 {
        let reply = self.send(Method::GET, &format!("{}/state", self.info.control_url), None, None).await;
        moment(&reply.body["verification_now"]).timestamp()
    }

    /// Creates a signing key and returns its id and its decoded PEM.
    pub async fn key(&self) -> (String, String) {
        let reply = self.stream(Method::POST, "/keys", None).await;
        let key = reply.result();
        (key["id"].as_str().unwrap().to_owned(), decoded(&key["pem"]))
    }
}

pub async fn reply_to(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap().to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Reply { status, headers, bytes, body }
}

pub fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// Decodes a text from base64.
pub fn decoded(value: &Value) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap()
}

pub fn is_uuid(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]))
}

pub fn moment(value: &Value) -> chrono::DateTime<chrono::Utc> {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a moment")).parse().unwrap()
}

/// Returns the claims of a playback token that is valid at `now`, in seconds since the epoch.
pub fn claims(video: &str, kid: &str, now: i64) -> Value {
    json!({ "sub": video, "kid": kid, "exp": now + 3_600, "nbf": now - 300 })
}

/// Signs a playback token with a PEM key.
pub fn signed(claims: &Value, header_kid: Option<&str>, pem: &str) -> String {
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
    header.kid = header_kid.map(str::to_owned);
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// Builds a multipart form. Each part has a name, an optional file name, and content. Returns the content type and the
/// body.
pub fn form(parts: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "----a-boundary-of-ours";
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

impl TestSandbox {
    /// Sends a multipart form to Stream.
    pub async fn stream_form(&self, method: Method, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Reply {
        let (kind, body) = form(parts);
        let request = self.http.request(method, self.account(&format!("/stream{path}")));
        reply_to(request.bearer_auth(&self.info.api_token).header("content-type", kind).body(body)).await
    }
}
