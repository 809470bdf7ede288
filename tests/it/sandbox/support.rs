//! A running sandbox, and the shortest way to ask it something.

use std::path::Path;

use cloudflare_sandbox::{Info, Options, Sandbox};
use reqwest::{Client, Method, header::HeaderMap};
use serde_json::{Value, json};

/// The slowest a sandbox runs. However busy the machine is, time passes only when a test advances it.
const STILL: f64 = 0.001;

/// The fastest a sandbox runs.
const FASTEST: f64 = 1_000_000.0;

/// With `HAJIME_SANDBOX_SPEED` set, time does not jump when a test advances it but runs there, at least at that many times
/// real time: what is true between two moments must be true however fast the clock goes.
fn speed() -> Option<f64> {
    std::env::var("HAJIME_SANDBOX_SPEED").ok().map(|speed| speed.parse().expect("HAJIME_SANDBOX_SPEED is a number"))
}

/// A sandbox of a test's own, and a client for it.
pub struct Desk {
    pub sandbox: Sandbox,
    pub info: Info,
    pub http: Client,
}

/// A reply, whole.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Said {
    /// `result` of the v4 envelope, after checking that the envelope says all went well.
    #[track_caller]
    pub fn result(&self) -> &Value {
        assert!(self.body["success"] == true && self.body["errors"] == json!([]), "{self:?}");
        &self.body["result"]
    }

    /// `data` of RealtimeKit's envelope, likewise.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body["success"] == true && self.body.get("errors").is_none(), "{self:?}");
        &self.body["data"]
    }

    /// Checks for a refusal in the v4 envelope with this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: u32) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body["success"], false, "{self:?}");
        assert_eq!(self.body["errors"][0]["code"], code, "{self:?}");
        assert!(self.body["errors"][0]["message"].is_string() && self.body.get("error").is_none(), "{self:?}");
    }

    /// Checks for a refusal in RealtimeKit's envelope, and returns its message.
    #[track_caller]
    pub fn kit_refused(&self, status: u16) -> String {
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

impl Desk {
    pub async fn open() -> Self {
        Self::over(Sandbox::start(Options { speed: STILL, ..Options::default() }).await.unwrap())
    }

    pub async fn kept_in(state: &Path) -> Self {
        let options = Options { state: Some(state.to_owned()), speed: STILL, ..Options::default() };
        Self::over(Sandbox::start(options).await.unwrap())
    }

    fn over(sandbox: Sandbox) -> Self {
        let info = sandbox.info().clone();
        Self { sandbox, info, http: hajime_core::http_client::builder().build().unwrap() }
    }

    /// The delivery host.
    pub fn host(&self) -> String {
        self.info.base_url.strip_suffix("/client/v4").unwrap().to_owned()
    }

    /// A URL below the account.
    pub fn account(&self, path: &str) -> String {
        format!("{}/accounts/{}{path}", self.info.base_url, self.info.account_id)
    }

    pub async fn send(&self, method: Method, url: &str, token: Option<&str>, body: Option<&Value>) -> Said {
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        said(request).await
    }

    async fn ours(&self, method: Method, url: &str, body: Option<&Value>) -> Said {
        self.send(method, url, Some(&self.info.api_token), body).await
    }

    /// A call to the app: `kit(GET, "/meetings", None)`.
    pub async fn kit(&self, method: Method, path: &str, body: Option<Value>) -> Said {
        let url = self.account(&format!("/realtime/kit/{}{path}", self.info.app_id));
        self.ours(method, &url, body.as_ref()).await
    }

    /// A call to Stream: `stream(GET, "/keys", None)`.
    pub async fn stream(&self, method: Method, path: &str, body: Option<Value>) -> Said {
        self.ours(method, &self.account(&format!("/stream{path}")), body.as_ref()).await
    }

    /// What a viewer without any API token gets.
    pub async fn view(&self, path: &str) -> Said {
        self.send(Method::GET, &format!("{}{path}", self.host()), None, None).await
    }

    /// A command to the control API.
    pub async fn control(&self, command: &str, body: Value) -> Value {
        let url = format!("{}/{command}", self.info.control_url);
        let said = self.send(Method::POST, &url, None, Some(&body)).await;
        assert_eq!(said.status, 200, "{said:?}");
        said.body
    }

    pub async fn advance(&self, seconds: i64) {
        let mut sent = json!({ "seconds": seconds });
        if let Some(speed) = speed() {
            // What takes a month is not waited for, however fast it goes.
            #[expect(clippy::cast_precision_loss, reason = "tests advance by years at most")]
            let in_half_a_second = seconds as f64 * 2.0;
            if in_half_a_second <= FASTEST {
                sent["speed"] = speed.max(in_half_a_second).into();
            }
        }
        self.control("advance", sent).await;
    }

    pub async fn switch(&self, switches: Value) {
        self.control("switches", switches).await;
    }

    pub async fn token(&self, permissions: &[&str], owner: &str, account: &str) -> String {
        let wanted = json!({ "permissions": permissions, "owner": owner, "account_id": account });
        self.control("tokens", wanted).await["api_token"].as_str().unwrap().to_owned()
    }

    /// A new meeting's id.
    pub async fn meeting(&self, body: Value) -> String {
        let said = self.kit(Method::POST, "/meetings", Some(body)).await;
        assert_eq!(said.status, 201, "{said:?}");
        id(said.data())
    }

    /// Puts somebody into a meeting and returns the peer.
    pub async fn join(&self, meeting: &str, name: &str) -> String {
        let peer = self.control("join", json!({ "meeting_id": meeting, "name": name })).await;
        peer["peer_id"].as_str().unwrap().to_owned()
    }

    pub async fn leave(&self, peer: &str) {
        self.control("leave", json!({ "peer_id": peer })).await;
    }

    /// Starts a recording and returns its id.
    pub async fn record(&self, meeting: &str) -> String {
        let said = self.kit(Method::POST, "/recordings", Some(json!({ "meeting_id": meeting }))).await;
        assert_eq!(said.status, 200, "{said:?}");
        id(said.data())
    }

    pub async fn recording(&self, id: &str) -> Value {
        self.kit(Method::GET, &format!("/recordings/{id}"), None).await.data().clone()
    }

    pub async fn act(&self, recording: &str, action: &str) -> Said {
        self.kit(Method::PUT, &format!("/recordings/{recording}"), Some(json!({ "action": action }))).await
    }

    /// A recording of two minutes, small, whose file can be fetched; its id and its URL.
    pub async fn uploaded(&self) -> (String, String) {
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

    /// A copy of a URL, just begun; its uid.
    pub async fn copy(&self, url: &str, more: Value) -> String {
        let mut body = json!({ "url": url });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let said = self.stream(Method::POST, "/copy", Some(body)).await;
        assert_eq!(said.status, 200, "{said:?}");
        said.result()["uid"].as_str().unwrap().to_owned()
    }

    /// A video that is ready.
    pub async fn ready(&self, more: Value) -> String {
        let (_, url) = self.uploaded().await;
        let uid = self.copy(&url, more).await;
        self.advance(300).await;
        assert_eq!(self.video(&uid).await["status"]["state"], "ready");
        uid
    }

    pub async fn video(&self, uid: &str) -> Value {
        self.stream(Method::GET, &format!("/{uid}"), None).await.result().clone()
    }

    /// What the sandbox takes the time to be when it checks a token, in seconds since the epoch.
    pub async fn now(&self) -> i64 {
        let said = self.send(Method::GET, &format!("{}/state", self.info.control_url), None, None).await;
        moment(&said.body["verification_now"]).timestamp()
    }

    /// A new signing key: its id and its PEM, decoded.
    pub async fn key(&self) -> (String, String) {
        let said = self.stream(Method::POST, "/keys", None).await;
        let key = said.result();
        (key["id"].as_str().unwrap().to_owned(), decoded(&key["pem"]))
    }
}

pub async fn said(request: reqwest::RequestBuilder) -> Said {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap().to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Said { status, headers, bytes, body }
}

pub fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// A base64 text, decoded.
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

/// What a playback token says when nothing is wrong with it.
pub fn claims(video: &str, kid: &str, now: i64) -> Value {
    json!({ "sub": video, "kid": kid, "exp": now + 3_600, "nbf": now - 300 })
}

/// A playback token signed with a PEM key.
pub fn signed(claims: &Value, header_kid: Option<&str>, pem: &str) -> String {
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
    header.kid = header_kid.map(str::to_owned);
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// A form of parts, each a name, a file name or none, and its content: the content type and the body.
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

impl Desk {
    /// A form sent to Stream.
    pub async fn stream_form(&self, method: Method, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Said {
        let (kind, body) = form(parts);
        let request = self.http.request(method, self.account(&format!("/stream{path}")));
        said(request.bearer_auth(&self.info.api_token).header("content-type", kind).body(body)).await
    }
}
