//! The sandbox in a separate process, which is never killed, and the faults that a round switches on in it.

use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};

use hajime_tamper::{Body, Edit, Proxy, Rule, Tamper, Trap};
use rand::{Rng as _, rngs::StdRng};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::Failure;

/// Sandbox seconds per real second: a session of a minute and its import take a few seconds.
const SANDBOX_SPEED: &str = "120";
/// Requests to which a fault rule applies: more than a round sends. A rule with a count reports how often it was
/// applied.
const FAULT_COUNT: u64 = 1_000_000;

/// A running sandbox. Dropping it ends its process.
pub(crate) struct Cloud {
    _child: Child,
    info: Value,
    http: Client,
    between: Option<(Proxy, Trap)>,
}

impl Cloud {
    /// Starts the sandbox. With `tampered`, a proxy in front of it tampers with replies.
    pub(crate) async fn start(cli: &Path, tampered: bool) -> Result<Self, Failure> {
        let mut child = Command::new(cli)
            .args(["sandbox", "serve", "--speed", SANDBOX_SPEED])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("the sandbox says nothing")?;
        let mut lines = BufReader::new(output).lines();
        let line = lines.next_line().await?.ok_or("the sandbox ended at once")?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        #[expect(
            clippy::disallowed_methods,
            reason = "the harness knows nothing of the core; it asks this computer only"
        )]
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        let info: Value = serde_json::from_str(&line)?;
        let mut between = None;
        if tampered {
            let base = info["base_url"].as_str().unwrap_or_default();
            let host = base.trim_start_matches("http://").split('/').next().unwrap_or_default();
            let trap = Trap::start().await?;
            between = Some((Proxy::start(host, trap.authority()).await?, trap));
        }
        Ok(Self { _child: child, info, http, between })
    }

    /// The address that desks use for the API: the proxy's when replies are tampered with, else the sandbox's.
    pub(crate) fn address(&self) -> String {
        let base = self.get("base_url");
        self.between.as_ref().map_or_else(|| base.to_owned(), |(proxy, _)| proxy.through(base))
    }

    /// Returns the number of bytes that reached the foreign host.
    pub(crate) fn foreign_bytes(&self) -> usize {
        self.between.as_ref().map_or(0, |(_, trap)| trap.bytes())
    }

    /// Returns a member of the JSON that the sandbox printed at its start.
    pub(crate) fn get(&self, member: &str) -> &str {
        self.info[member].as_str().unwrap_or_default()
    }

    pub(crate) async fn control(&self, method: Method, command: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/{command}", self.get("control_url"));
        let reply = self.http.request(method, url).json(body).send().await?;
        let status = reply.status();
        let value: Value = reply.json().await?;
        if status.is_success() { Ok(value) } else { Err(format!("{command}: {value}").into()) }
    }

    /// Calls the API directly, without the proxy.
    pub(crate) async fn api(&self, path: &str) -> Result<Value, Failure> {
        let url = format!("{}/accounts/{}{path}", self.get("base_url"), self.get("account_id"));
        Ok(self.http.get(url).bearer_auth(self.get("api_token")).send().await?.json().await?)
    }

    pub(crate) async fn join(&self, room: &str) -> Result<(), Failure> {
        let somebody = json!({ "meeting_id": room, "name": "Ada" });
        self.control(Method::POST, "join", &somebody).await.map(|_| ())
    }

    /// Switches on every fault of a network and of Cloudflare, each with a small probability.
    pub(crate) async fn switch_on_faults(&self, chance: &mut StdRng) -> Result<(), Failure> {
        let faults = [
            (None, json!({ "kind": "reset" })),
            (Some("POST"), json!({ "kind": "drop_reply" })),
            (Some("PUT"), json!({ "kind": "drop_reply" })),
            (Some("PATCH"), json!({ "kind": "drop_reply" })),
            (Some("DELETE"), json!({ "kind": "drop_reply" })),
            (None, json!({ "kind": "status", "status": 500 })),
            (None, json!({ "kind": "html", "status": 502 })),
            (None, json!({ "kind": "empty", "status": 503 })),
            (None, json!({ "kind": "truncated" })),
            (None, json!({ "kind": "cut_body" })),
            (None, json!({ "kind": "slow_headers", "seconds": 0.3 })),
            (None, json!({ "kind": "rate_limited", "retry_after": 1 })),
        ];
        for (method, fault) in faults {
            let often = if fault["kind"] == "drop_reply" { 0.25 } else { 0.05 };
            let trap = json!({
                "method": method,
                "path": "/client/*",
                "count": FAULT_COUNT,
                "probability": often,
                "seed": chance.random::<u32>(),
                "fault": fault,
            });
            self.control(Method::POST, "faults", &trap).await?;
        }
        let odd = json!({
            "null_lists": chance.random_bool(0.5), "odd_entries": chance.random_bool(0.5), "numbers_as_text": chance.random_bool(0.5),
        });
        self.control(Method::POST, "switches", &odd).await?;
        if let Some((proxy, _)) = &self.between {
            tamper(proxy, chance);
        }
        if chance.random_bool(0.3) {
            // Stream cannot fetch files, so the desk relays every file.
            self.control(Method::POST, "switches", &json!({ "head_refused": true })).await?;
        }
        Ok(())
    }

    /// Switches off all faults, and adds to `met` how often each kind of fault was applied.
    pub(crate) async fn switch_off_faults(&self, met: &mut BTreeMap<String, u64>) -> Result<(), Failure> {
        let state = self.control(Method::GET, "state", &Value::Null).await?;
        for trap in state["faults"].as_array().into_iter().flatten() {
            let left = trap["count"].as_u64().unwrap_or(FAULT_COUNT);
            let kind = trap["fault"]["kind"].as_str().unwrap_or_default();
            *met.entry(kind.to_owned()).or_default() += FAULT_COUNT - left;
        }
        if let Some((proxy, _)) = &self.between {
            *met.entry("tampered".to_owned()).or_default() += proxy.used();
            proxy.calm();
        }
        let even = json!({ "null_lists": false, "odd_entries": false, "numbers_as_text": false });
        self.control(Method::POST, "switches", &even).await?;
        self.control(Method::POST, "calm", &Value::Null).await.map(|_| ())
    }

    /// Returns the videos that are not in the state `error`.
    pub(crate) async fn videos(&self) -> Result<Vec<Value>, Failure> {
        let all = self.api("/stream").await?;
        let good = all["result"].as_array().into_iter().flatten().filter(|video| video["status"]["state"] != "error");
        Ok(good.cloned().collect())
    }

    /// Returns RealtimeKit's recordings of a room.
    pub(crate) async fn recordings(&self, room: &str) -> Result<Vec<Value>, Failure> {
        let path = format!("/realtime/kit/{}/recordings?meeting_id={room}&page_no=1&per_page=50", self.get("app_id"));
        loop {
            // This request meets the same faults as the desks' requests; it is repeated until it succeeds.
            if let Ok(all) = self.api(&path).await
                && let Some(all) = all["data"].as_array()
            {
                return Ok(all.clone());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Makes the proxy tamper with replies, each way with a small probability. No tampered reply is false but plausible:
/// Hajime would be right to act on a list that lacks its entries, or on an expired file.
fn tamper(proxy: &Proxy, chance: &mut StdRng) {
    let odd = vec![json!(null), json!({}), json!({ "id": 7, "uid": [], "status": "BURNING" })];
    let rules = [
        ("* *", Tamper::AnsweredTwice),
        ("* *", Tamper::Informed),
        ("* *", Tamper::Body(Body::Bom)),
        ("GET *", Tamper::CarriedOutTwice),
        ("GET /client/*", Tamper::Body(Body::Half)),
        ("GET /client/*", Tamper::Body(Body::Cut)),
        ("GET /client/*", Tamper::Body(Body::Html)),
        ("GET /client/*", Tamper::Body(Body::Utf16)),
        ("GET /client/*", Tamper::Body(Body::Nested)),
        ("GET /client/*", Tamper::json(Edit::NumbersAsText)),
        ("GET */stream", Tamper::json(Edit::Among(odd.clone()))),
        ("GET */recordings", Tamper::json(Edit::Among(odd))),
        ("GET */recordings/*", Tamper::json(Edit::Set("id", json!("44444444-4444-4444-8444-444444444444")))),
        ("GET */recordings/*", Tamper::json(Edit::Set("download_url", json!("http://{trap}/file.mp4")))),
        ("GET /client/*", Tamper::redirect(302, "http://{trap}/")),
        ("GET /recordings-storage/*", Tamper::redirect(302, "http://{trap}/")),
        ("PATCH /upload/tus/*", Tamper::redirect(307, "http://{trap}/")),
        ("* /client/*", Tamper::status(418, "")),
        ("* /client/*", Tamper::status(520, "error code: 520")),
    ];
    for (call, tamper) in rules {
        proxy.add(Rule::new(call, tamper).now_and_then(0.02, chance.random()));
    }
}
