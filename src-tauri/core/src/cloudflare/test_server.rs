//! A server on this computer that gives Cloudflare's answers in tests, and a client for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, Method, Uri, header};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::cloudflare::pace::Pace;
use crate::cloudflare::transport::{ApiToken, Client, ClientConfig};
use crate::ports::SystemClock;

pub(super) const TOKEN: &str = "v1.0-0123456789abcdef0123456789abcdef0123";
pub(super) const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

/// One reply of the test server: status, headers, body. Without a body, the server sends nothing and keeps the
/// connection open.
#[derive(Clone)]
pub(super) struct Answer(pub u16, pub Vec<(&'static str, String)>, pub Option<String>);

pub(super) fn says(status: u16, body: &str) -> Answer {
    Answer(status, Vec::new(), Some(body.to_owned()))
}

pub(super) fn nothing() -> Answer {
    Answer(200, Vec::new(), None)
}

/// A success with this result.
pub(super) fn gives(result: &Value) -> Answer {
    says(200, &json!({ "success": true, "errors": null, "messages": [], "result": result }).to_string())
}

/// A refusal with this code and message.
pub(super) fn refuses(status: u16, code: i64, message: &str) -> Answer {
    let errors = json!([{ "code": code, "message": message }]);
    says(status, &json!({ "success": false, "errors": errors, "messages": [], "result": [] }).to_string())
}

pub(super) fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    answer.1.push((name, value.to_owned()));
    answer
}

/// A request as the test server received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) authorization: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A server that gives its replies in order and then repeats the last one.
pub(super) struct Server {
    pub(super) url: String,
    script: Arc<Script>,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Asked>>,
}

impl Server {
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), ..Script::default() });
        let router = Router::new().fallback(answer).with_state(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script }
    }

    pub(super) fn client(&self) -> Client {
        client(&self.url)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    /// The lines of the requests, without what all of them have in common.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line.replace("/client/v4", "").replace(ACCOUNT, "{A}")).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.asked().len()
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let header = |name: HeaderName| Some(headers.get(name)?.to_str().unwrap().to_owned());
    let (authorization, media_type) = (header(header::AUTHORIZATION), header(header::CONTENT_TYPE));
    script.asked.lock().unwrap().push(Asked { line: format!("{method} {uri}"), authorization, media_type, body });
    let next = {
        let mut answers = script.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    };
    let Answer(status, headers, body) = next.unwrap();
    let Some(body) = body else { return std::future::pending().await };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

pub(super) fn client(url: &str) -> Client {
    Client::new(ClientConfig {
        base_url: format!("{url}/client/v4").parse().unwrap(),
        account: ACCOUNT.parse().unwrap(),
        token: ApiToken::Known(SecretString::from(TOKEN)),
        user_agent: "test".into(),
        timeout: Duration::from_millis(400),
        clock: Arc::new(SystemClock),
        pace: Pace::default(),
    })
    .unwrap()
}
