//! A proxy between the core and the sandbox that edits the sandbox's replies.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::Response;
use hajime_core::config::Profile;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::Cloud;

type Edit = Box<dyn Fn(&mut Value, &str) + Send + Sync>;

struct Rule {
    method: Method,
    path: String,
    edit: Edit,
}

/// A request that passed through the proxy: its method, its path after the account, its query and its body.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub body: Value,
}

#[derive(Default)]
struct Inner {
    target: String,
    http: reqwest::Client,
    rules: Mutex<Vec<Rule>>,
    asked: Mutex<Vec<Asked>>,
}

pub struct Proxy {
    connection: Profile,
    inner: Arc<Inner>,
}

impl Proxy {
    pub async fn before(cloud: &Cloud) -> Self {
        let mut connection = cloud.connection();
        let target = connection.base_url.origin().ascii_serialization();
        let inner = Arc::new(Inner { target, ..Inner::default() });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        connection.base_url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { connection, inner }
    }

    pub fn connection(&self) -> &Profile {
        &self.connection
    }

    /// Edits the JSON of every reply to these requests. The path begins after the account; `*` stands for one segment.
    pub fn edit(&self, method: Method, path: &str, edit: impl Fn(&mut Value, &str) + Send + Sync + 'static) {
        self.inner.rules.lock().unwrap().push(Rule { method, path: path.to_owned(), edit: Box::new(edit) });
    }

    pub fn leave_alone(&self) {
        self.inner.rules.lock().unwrap().clear();
    }

    pub fn asked(&self, method: &Method, path: &str) -> Vec<Asked> {
        let asked = self.inner.asked.lock().unwrap();
        asked.iter().filter(|one| one.method == method && matches(path, &one.path)).cloned().collect()
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => return false,
        }
    }
}

async fn forward(State(proxy): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path_and_query = parts.uri.path_and_query().unwrap().as_str();
    let mut onward = proxy.http.request(parts.method.clone(), format!("{}{path_and_query}", proxy.target));
    for (name, value) in &parts.headers {
        if name != header::HOST && name != header::CONTENT_LENGTH {
            onward = onward.header(name, value);
        }
    }
    let answer = onward.body(body.clone()).send().await.unwrap();
    let below = parts.uri.path().split_once("/accounts/").and_then(|(_, rest)| rest.split_once('/'));
    let asked = Asked {
        method: parts.method,
        path: below.map_or_else(|| parts.uri.path().to_owned(), |(_, path)| format!("/{path}")),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    proxy.asked.lock().unwrap().push(asked.clone());
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            response = response.header(name, value);
        }
    }
    let bytes = answer.bytes().await.unwrap();
    let bytes = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut json) => {
            let rules = proxy.rules.lock().unwrap();
            let meant = rules.iter().filter(|rule| rule.method == asked.method && matches(&rule.path, &asked.path));
            meant.for_each(|rule| (rule.edit)(&mut json, &asked.query));
            Bytes::from(json.to_string())
        }
        Err(_) => bytes,
    };
    response.body(Body::from(bytes)).unwrap()
}
