//! A receiver of webhooks, and Slack: it keeps what it gets and answers as a test says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

/// What a receiver got.
#[derive(Debug, Clone)]
pub struct Got {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Whether the library of Standard Webhooks makes the same signature for the time that the event names.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let at = self.header("webhook-timestamp").parse().unwrap();
        let signature = Webhook::new(secret).unwrap().sign(self.id(), at, self.body.as_bytes()).unwrap();
        self.header("webhook-signature").split(' ').any(|one| one == signature)
    }

    /// Whether the library takes the event: the signature, and the time by this machine's clock.
    pub fn is_taken_with(&self, secret: &str) -> bool {
        Webhook::new(secret).unwrap().verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: &'static str,
}

impl Answer {
    pub fn of(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), headers: Vec::new(), body: "" }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((HeaderName::from_static(name), value.to_owned()));
        self
    }

    pub const fn saying(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }
}

#[derive(Debug, Default)]
struct Inside {
    got: Mutex<Vec<Got>>,
    next: Mutex<VecDeque<Answer>>,
    /// How long it thinks before it answers, in milliseconds for each request in turn.
    delays: Mutex<VecDeque<u64>>,
}

pub struct Receiver {
    address: String,
    inside: Arc<Inside>,
}

impl Receiver {
    pub async fn start() -> Self {
        let inside = Arc::<Inside>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inside }
    }

    /// The address of the guide's receiver, on this computer.
    pub fn hook(&self) -> String {
        format!("{}/api/webhooks/cloudflare/recordings", self.address)
    }

    pub fn slack(&self) -> String {
        format!("{}/services/T000/B000/s3cretOfSlack", self.address)
    }

    /// Answers the next requests so, one after the other. Every further one is accepted.
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inside.next.lock().unwrap().extend(answers);
    }

    pub fn think(&self, delays: impl IntoIterator<Item = u64>) {
        self.inside.delays.lock().unwrap().extend(delays);
    }

    pub fn count(&self) -> usize {
        self.inside.got.lock().unwrap().len()
    }

    fn got(&self, part: &str) -> Vec<Got> {
        self.inside.got.lock().unwrap().iter().filter(|got| got.path.contains(part)).cloned().collect()
    }

    /// What came to the webhook.
    pub fn events(&self) -> Vec<Got> {
        self.got("/recordings")
    }

    /// What came to Slack.
    pub fn messages(&self) -> Vec<Got> {
        self.got("/services/")
    }

    /// The events by their ids: how often each came, as the log of an idempotent receiver counts.
    pub fn log(&self) -> BTreeMap<String, usize> {
        let mut log = BTreeMap::new();
        for event in self.events() {
            *log.entry(event.id().to_owned()).or_default() += 1;
        }
        log
    }
}

async fn take(State(inside): State<Arc<Inside>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let is_slack = path.contains("/services/");
    inside.got.lock().unwrap().push(Got { path, headers, body: String::from_utf8(body.to_vec()).unwrap() });
    let delay = inside.delays.lock().unwrap().pop_front();
    if let Some(delay) = delay {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let answer = inside.next.lock().unwrap().pop_front();
    let answer = answer.unwrap_or_else(|| Answer::of(200).saying(if is_slack { "ok" } else { "" }));
    let headers: HeaderMap = answer.headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
    (answer.status, headers, answer.body).into_response()
}
