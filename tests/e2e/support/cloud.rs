//! The sandbox as people outside the app use it: participants who join, the account's owner, and members who open a
//! link.

use std::path::Path;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::wait::{SOON, until};

/// How many requests a rule for faults lets pass, so that it only counts them: more than any test sends.
const UNCOUNTED: u64 = 1_000_000;

/// A client of the sandbox inside the app.
pub(crate) struct Cloud {
    http: Client,
    base_url: String,
    account_id: String,
    app_id: String,
    control_url: String,
    api_token: String,
}

impl Cloud {
    /// Reads the sandbox's address, and creates an API token for the account's owner.
    pub(crate) async fn of(info_file: &Path) -> Self {
        let info: Value = until("the sandbox's addresses", SOON, async || {
            serde_json::from_slice(&std::fs::read(info_file).ok()?).ok()
        })
        .await;
        assert!(info.get("api_token").is_none(), "the app hands out no token");
        Self::at(&info).await
    }

    /// Connects to the sandbox that a JSON object describes.
    pub(crate) async fn at(info: &Value) -> Self {
        let field = |name: &str| info[name].as_str().unwrap_or_else(|| panic!("no {name} in {info}")).to_owned();
        // The client follows no redirects, because tests check them.
        #[expect(
            clippy::disallowed_methods,
            reason = "the window tests know nothing of the core; they ask this computer only"
        )]
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut cloud = Self {
            http,
            base_url: field("base_url"),
            account_id: field("account_id"),
            app_id: field("app_id"),
            control_url: field("control_url"),
            api_token: String::new(),
        };
        let minted = cloud
            .control(
                "tokens",
                json!({ "permissions": ["stream_read", "stream_write", "realtime"], "owner": "account" }),
            )
            .await;
        minted["api_token"].as_str().unwrap().clone_into(&mut cloud.api_token);
        cloud
    }

    /// The API token of the account's owner, which must appear nowhere else.
    pub(crate) fn api_token(&self) -> &str {
        &self.api_token
    }

    /// Lets a participant join a room. Returns the id by which the sandbox knows the participant.
    pub(crate) async fn join(&self, room: &str, name: &str) -> String {
        let joined = self.control("join", json!({ "meeting_id": room, "name": name })).await;
        joined["peer_id"].as_str().unwrap().to_owned()
    }

    /// Returns whether a room still admits participants.
    pub(crate) async fn lets_in(&self, room: &str) -> bool {
        let address = format!("{}/join", self.control_url);
        let body = json!({ "meeting_id": room, "name": "Latecomer" });
        self.http.post(address).json(&body).send().await.unwrap().status().is_success()
    }

    /// Has the sandbox never let the next recorder join its room.
    pub(crate) async fn lose_next_recorder(&self) {
        self.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    }

    /// Lets the sandbox's clock advance.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.control("advance", json!({ "seconds": seconds })).await;
    }

    /// The host and the port of the sandbox.
    pub(crate) fn host(&self) -> &str {
        let rest = self.base_url.split_once("://").unwrap().1;
        rest.split('/').next().unwrap()
    }

    /// Makes a room. Returns its id.
    pub(crate) async fn make_room(&self, title: &str) -> String {
        let made = self.kit(Method::POST, "meetings", json!({ "title": title })).await;
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Adds a participant to a room. Returns the token of their invitation.
    pub(crate) async fn invite(&self, room: &str, name: Option<&str>, preset: &str) -> String {
        let mut body = json!({ "preset_name": preset, "custom_participant_id": Uuid::new_v4().to_string() });
        if let Some(name) = name {
            body["name"] = name.into();
        }
        let added = self.kit(Method::POST, &format!("meetings/{room}/participants"), body).await;
        added["data"]["token"].as_str().unwrap().to_owned()
    }

    /// Opens or closes a room for people who come.
    pub(crate) async fn set_open(&self, room: &str, open: bool) {
        let status = if open { "ACTIVE" } else { "INACTIVE" };
        self.kit(Method::PATCH, &format!("meetings/{room}"), json!({ "status": status })).await;
    }

    /// Asks everybody to leave a room, which ends its session.
    pub(crate) async fn kick_all(&self, room: &str) {
        self.kit(Method::POST, &format!("meetings/{room}/active-session/kick-all"), json!({})).await;
    }

    /// Starts a recording of a room.
    pub(crate) async fn record(&self, room: &str) {
        self.kit(Method::POST, "recordings", json!({ "meeting_id": room })).await;
    }

    /// The names under which people joined a room's sessions, as Cloudflare keeps them, and whether each of them is still there.
    pub(crate) async fn attendance(&self, room: &str) -> Vec<(String, bool)> {
        let kit = format!("realtime/kit/{}", self.app_id);
        let sessions = self.account(Method::GET, &format!("{kit}/sessions?associated_id={room}")).await;
        let mut people = Vec::new();
        for session in sessions["data"]["sessions"].as_array().unwrap() {
            let path = format!("{kit}/sessions/{}/participants", session["id"].as_str().unwrap());
            let listed = self.account(Method::GET, &path).await;
            people.extend(listed["data"]["participants"].as_array().unwrap().iter().map(|person| {
                (person["display_name"].as_str().unwrap_or_default().to_owned(), person["left_at"].is_null())
            }));
        }
        people
    }

    async fn kit(&self, method: Method, path: &str, body: Value) -> Value {
        self.send(method, &format!("realtime/kit/{}/{path}", self.app_id), Some(body)).await
    }

    /// Returns the videos of the account.
    pub(crate) async fn videos(&self) -> Vec<Value> {
        self.account(Method::GET, "stream").await["result"].as_array().unwrap().clone()
    }

    /// Records a session for a minute and returns the address of its file.
    pub(crate) async fn recorded_file(&self) -> String {
        let kit = format!("realtime/kit/{}", self.app_id);
        let made = self.send(Method::POST, &format!("{kit}/meetings"), Some(json!({ "title": "Source" }))).await;
        let meeting = made["data"]["id"].as_str().unwrap().to_owned();
        self.join(&meeting, "Ada").await;
        let started =
            self.send(Method::POST, &format!("{kit}/recordings"), Some(json!({ "meeting_id": meeting }))).await;
        let recording = format!("{kit}/recordings/{}", started["data"]["id"].as_str().unwrap());
        self.advance(60).await;
        self.send(Method::PUT, &recording, Some(json!({ "action": "stop" }))).await;
        self.advance(120).await;
        let recorded = self.account(Method::GET, &recording).await;
        recorded["data"]["download_url"].as_str().unwrap().to_owned()
    }

    /// Has Stream import a file.
    pub(crate) async fn copy(&self, body: &Value) {
        self.send(Method::POST, "stream/copy", Some(body.clone())).await;
    }

    /// Makes a video of the newest recording, without Hajime's marks, and returns its uid.
    pub(crate) async fn copy_recording(&self, name: &str) -> String {
        let recordings = self.account(Method::GET, &format!("realtime/kit/{}/recordings", self.app_id)).await;
        let body = json!({ "url": recordings["data"][0]["download_url"], "meta": { "name": name } });
        let copied = self.send(Method::POST, "stream/copy", Some(body)).await;
        copied["result"]["uid"].as_str().unwrap().to_owned()
    }

    /// Deletes a video.
    pub(crate) async fn delete_video(&self, uid: &str) {
        self.account(Method::DELETE, &format!("stream/{uid}")).await;
    }

    /// Deletes every signing key of the account.
    pub(crate) async fn delete_signing_keys(&self) {
        let keys = self.account(Method::GET, "stream/keys").await;
        let keys = keys["result"].as_array().unwrap();
        assert!(!keys.is_empty(), "the app made itself a signing key");
        for key in keys {
            self.account(Method::DELETE, &format!("stream/keys/{}", key["id"].as_str().unwrap())).await;
        }
    }

    /// Requests an address without credentials and returns the status.
    pub(crate) async fn status(&self, address: &str) -> StatusCode {
        self.http.get(address).send().await.unwrap().status()
    }

    /// Requests an address without credentials and returns the body.
    pub(crate) async fn read(&self, address: &str) -> String {
        self.http.get(address).send().await.unwrap().text().await.unwrap()
    }

    /// Requests an address and returns the target of its redirect; `None` when the reply is no redirect.
    pub(crate) async fn redirect(&self, address: &str) -> Option<String> {
        let response = self.http.get(address).send().await.unwrap();
        response.headers().get("location").map(|location| location.to_str().unwrap().to_owned())
    }

    async fn account(&self, method: Method, path: &str) -> Value {
        self.send(method, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let address = format!("{}/accounts/{}/{path}", self.base_url, self.account_id);
        let mut request = self.http.request(method, &address).bearer_auth(&self.api_token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap_or(Value::Null)
    }

    /// Begins to count the requests that change something. Those that try the rights of a token are about things that do not
    /// exist, and do not count.
    pub(crate) async fn watch_for_changes(&self) {
        let harmless =
            ["*/stream/00000000000000000000000000000000", "*/workers/scripts/hajime-0-no-such-script/subdomain"];
        let paths = harmless.iter().map(|path| (None, Some(*path)));
        let methods = ["POST", "PUT", "PATCH", "DELETE"].iter().map(|method| (Some(*method), None));
        for (method, path) in paths.chain(methods) {
            let fault = json!({ "kind": "stall", "seconds": 0.0 });
            let rule = json!({ "method": method, "path": path, "count": UNCOUNTED, "fault": fault });
            self.control("faults", rule).await;
        }
    }

    /// The methods of the requests that have changed something since [`Self::watch_for_changes`], each with their number.
    pub(crate) async fn changes(&self) -> Vec<(String, u64)> {
        let state = self.state().await;
        let rules = state["faults"].as_array().unwrap().iter();
        let counted = rules.filter_map(|rule| {
            let sent = UNCOUNTED.checked_sub(rule["count"].as_u64()?)?;
            Some((rule["method"].as_str()?.to_owned(), sent))
        });
        let counted: Vec<_> = counted.collect();
        assert_eq!(counted.len(), 4, "every method is counted");
        counted.into_iter().filter(|(_, sent)| *sent > 0).collect()
    }

    /// What the sandbox holds and has been told to do.
    pub(crate) async fn state(&self) -> Value {
        self.http.get(format!("{}/state", self.control_url)).send().await.unwrap().json().await.unwrap()
    }

    /// Counts, from now on, the requests with this method and path, where `*` stands for any characters.
    pub(crate) async fn count(&self, method: &str, path: &str) {
        let rule = json!({ "method": method, "path": path, "skip": UNCOUNTED, "fault": { "kind": "reset" } });
        self.control("faults", rule).await;
    }

    /// How many requests were counted. A request is counted by the first rule that it matches.
    pub(crate) async fn counted(&self, method: &str, path: &str) -> u64 {
        let state = self.state().await;
        let rules = state["faults"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["method"] == method && rule["path"] == path).unwrap();
        UNCOUNTED - rule["skip"].as_u64().unwrap()
    }

    /// Has the sandbox count and spoil nothing any more.
    pub(crate) async fn calm(&self) {
        self.control("calm", json!({})).await;
    }

    /// Sends a command to the sandbox's control address.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let response = self.http.post(format!("{}/{path}", self.control_url)).json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap_or(Value::Null)
    }
}
