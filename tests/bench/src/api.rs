//! A client of the sandbox's API that shares no code with Hajime.

use axum::body::Bytes;
use cloudflare_sandbox::{Info, Sandbox};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// API calls that run in parallel while the account is filled.
const PARALLEL_CALLS: usize = 16;

/// The error that ends a bench, as a sentence for the person who runs it.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A client with a token that has every permission.
pub(crate) struct Api {
    pub(crate) info: Info,
    http: Client,
}

impl Api {
    pub(crate) fn new(sandbox: &Sandbox) -> Result<Self, Failure> {
        Ok(Self { info: sandbox.info().clone(), http: hajime_core::http_client::builder().build()? })
    }

    pub(crate) fn kit(&self, path: &str) -> String {
        format!("{}/accounts/{}/realtime/kit/{}{path}", self.info.base_url, self.info.account_id, self.info.app_id)
    }

    pub(crate) fn stream(&self, path: &str) -> String {
        format!("{}/accounts/{}/stream{path}", self.info.base_url, self.info.account_id)
    }

    pub(crate) async fn call(&self, method: Method, url: String, body: Option<Value>) -> Result<Value, Failure> {
        let mut request = self.http.request(method, &url).bearer_auth(&self.info.api_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await?;
        let status = reply.status();
        let value: Value = reply.json().await?;
        if status.is_success() { Ok(value) } else { Err(format!("{url} answered {status}: {value}").into()) }
    }

    /// Makes `count` calls in parallel and returns their results in order.
    pub(crate) async fn many<F, W>(&self, count: usize, make: F) -> Result<Vec<Value>, Failure>
    where
        F: Fn(usize) -> W,
        W: Future<Output = Result<Value, Failure>>,
    {
        stream::iter(0..count).map(make).buffered(PARALLEL_CALLS).try_collect().await
    }

    /// Raises the sandbox's limits of requests, encodes and storage so far that no bench reaches them.
    pub(crate) async fn without_limits(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        let lots = 1_000_000_000_u64;
        let switches = json!({
            "kit_requests": lots, "v4_requests": lots, "concurrent_encodes": lots, "storage_limit_minutes": lots,
        });
        sandbox.control("POST", "switches", &switches).await?;
        Ok(())
    }

    /// Records a short session and returns the address of its file.
    pub(crate) async fn recorded(&self, sandbox: &Sandbox) -> Result<String, Failure> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let made = self.call(Method::POST, self.kit("/meetings"), Some(json!({ "title": "Source" }))).await?;
        let meeting = text(&made["data"]["id"]);
        sandbox.control("POST", "join", &json!({ "meeting_id": meeting, "name": "Ada" })).await?;
        let started = json!({ "meeting_id": meeting });
        let started = self.call(Method::POST, self.kit("/recordings"), Some(started)).await?;
        let recording = self.kit(&format!("/recordings/{}", text(&started["data"]["id"])));
        sandbox.control("POST", "advance", &json!({ "seconds": 60 })).await?;
        self.call(Method::PUT, recording.clone(), Some(json!({ "action": "stop" }))).await?;
        sandbox.control("POST", "advance", &json!({ "seconds": 120 })).await?;
        let done = self.call(Method::GET, recording, None).await?;
        Ok(text(&done["data"]["download_url"]))
    }

    pub(crate) async fn bytes(&self, url: &str) -> Result<Bytes, Failure> {
        let request = self.http.get(url).bearer_auth(&self.info.api_token);
        Ok(request.send().await?.error_for_status()?.bytes().await?)
    }
}
