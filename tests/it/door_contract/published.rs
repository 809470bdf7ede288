//! Publishes a door by REST, as the core does, and fills its database.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{DAY, Door, MINUTE, merged};
use crate::sandbox::support::{Reply, TestSandbox, decoded, reply_to};

pub const SCRIPT: &str = "hajime-join";
pub const HOST: &str = "hajime-join.dojo.workers.localhost";
/// What is published where the sandbox answers by its own code.
pub const PLACEHOLDER: &str = "export default { fetch: () => new Response('not run') };";
const SCHEMA: &str = include_str!("../../../ui/door/schema.sql");
const BOUNDARY: &str = "----the-boundary-of-a-script";
/// Any of these groups lets a token change RealtimeKit.
const REALTIME_GROUPS: [&str; 4] = ["Realtime Admin", "Realtime", "Realtime Write", "Calls Write"];

/// The files of the site: path, media type, content.
const FILES: [(&str, &str, &str); 4] = [
    ("/index.html", "text/html", "<h1>join"),
    ("/watch.html", "text/html", "<h1>watch"),
    ("/404.html", "text/html", "<h1>lost"),
    ("/assets/join.js", "text/javascript", "join()"),
];

impl TestSandbox {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.send(method, &self.account(path), Some(&self.info.api_token), body.as_ref()).await
    }

    /// Uploads the files, and returns the token with which a version is made of them.
    async fn upload_files(&self) -> String {
        let hash = |content: &str| kept(content)[..32].to_owned();
        let manifest: Map<String, Value> = FILES
            .iter()
            .map(|(path, _, content)| ((*path).into(), json!({ "hash": hash(content), "size": content.len() })))
            .collect();
        let path = format!("/workers/scripts/{SCRIPT}/assets-upload-session");
        let opened = self.call(Method::POST, &path, Some(json!({ "manifest": manifest }))).await;
        let token = opened.body["result"]["jwt"].as_str().unwrap();
        let part = |(_, kind, content): &(&str, &str, &str)| {
            let (name, text) = (hash(content), STANDARD.encode(content));
            part(&format!("name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: {kind}"), &text)
        };
        let body = FILES.iter().map(part).collect::<String>() + &end();
        let request = self.http.post(self.account("/workers/assets/upload?base64=true")).bearer_auth(token);
        let uploaded = reply_to(request.header("content-type", multipart()).body(body)).await;
        uploaded.body["result"]["jwt"].as_str().unwrap_or_else(|| panic!("{uploaded:?}")).to_owned()
    }

    /// Makes a token that may change RealtimeKit and nothing else; returns its id and its value.
    async fn realtime_token(&self) -> (String, String) {
        let groups = self.call(Method::GET, "/tokens/permission_groups", None).await.result().clone();
        let mut groups = groups.as_array().unwrap().iter();
        let group = groups.find(|group| REALTIME_GROUPS.iter().any(|name| group["name"] == *name)).unwrap();
        let resource = format!("com.cloudflare.api.account.{}", self.info.account_id);
        let policy = json!({
            "effect": "allow",
            "resources": { resource: "*" },
            "permission_groups": [{ "id": group["id"] }],
        });
        let made = self.call(Method::POST, "/tokens", Some(json!({ "name": "door", "policies": [policy] }))).await;
        let made = made.result();
        (made["id"].as_str().unwrap().to_owned(), made["value"].as_str().unwrap().to_owned())
    }
}

impl Door {
    pub async fn publish(module: &str) -> Self {
        Self::publish_on(TestSandbox::start().await, module).await
    }

    pub async fn publish_on(sandbox: TestSandbox, module: &str) -> Self {
        // A binding does not count as a call of the API, and the runtime of the Worker has its database over the API.
        sandbox.set_switches(json!({ "v4_requests": 1_000_000 })).await;
        sandbox.call(Method::PUT, "/workers/subdomain", Some(json!({ "subdomain": "dojo" }))).await.result();
        let named = json!({ "name": "hajime-door" });
        let database = sandbox.call(Method::POST, "/d1/database", Some(named)).await.result()["uuid"].clone();
        let database = database.as_str().unwrap().to_owned();
        let (token, value) = sandbox.realtime_token().await;
        let made = sandbox.stream(Method::POST, "/keys", None).await.result().clone();
        let key = made["id"].as_str().unwrap().to_owned();
        let room = sandbox.meeting(json!({ "title": "Class" })).await;
        let now = sandbox.now().await * 1_000;
        let (account, app) = (&sandbox.info.account_id, &sandbox.info.app_id);
        let limit = |name: &str, namespace: &str, limit: u32| {
            let simple = json!({ "limit": limit, "period": 60 });
            json!({ "type": "ratelimit", "name": name, "namespace_id": namespace, "simple": simple })
        };
        let text = |kind: &str, name: &str, text: &str| json!({ "type": kind, "name": name, "text": text });
        let bindings = json!([
            { "type": "assets", "name": "ASSETS" },
            { "type": "d1", "name": "DB", "database_id": database },
            limit("GUESSES", "1001", 20),
            limit("JOINS", "1002", 600),
            limit("PASSPHRASES", "1003", 5),
            text("plain_text", "REALTIMEKIT", &format!("{}/accounts/{account}/realtime/kit/{app}", sandbox.info.base_url)),
            text("plain_text", "PLAYER", &sandbox.host()),
            text("plain_text", "SIGNING_KEY_ID", &key),
            text("secret_text", "SIGNING_KEY", &decoded(&made["jwk"])),
            text("secret_text", "REALTIMEKIT_TOKEN", &value),
        ]);
        let config = json!({
            "html_handling": "auto-trailing-slash",
            "not_found_handling": "404-page",
            "_headers": "/*\n  X-Content-Type-Options: nosniff\n",
            "run_worker_first": ["/j/*", "/w/*"],
        });
        let metadata = json!({
            "main_module": "door.js",
            "compatibility_date": "2026-04-01",
            "assets": { "jwt": sandbox.upload_files().await, "config": config },
            "bindings": bindings,
            "observability": { "enabled": false },
        });
        let body = part("name=\"metadata\"\r\nContent-Type: application/json", &metadata.to_string())
            + &part("name=\"door.js\"; filename=\"door.js\"\r\nContent-Type: application/javascript+module", module)
            + &end();
        let request = sandbox.http.put(sandbox.account(&format!("/workers/scripts/{SCRIPT}")));
        let request = request.bearer_auth(&sandbox.info.api_token).header("content-type", multipart()).body(body);
        let deployed = reply_to(request).await;
        assert_eq!(deployed.status, 200, "{deployed:?}");
        let path = format!("/workers/scripts/{SCRIPT}/subdomain");
        sandbox.call(Method::POST, &path, Some(json!({ "enabled": true }))).await.result();
        let door = Self { sandbox, database, token, key, room, now, runtime: None, seen: std::sync::Mutex::default() };
        door.sql(SCHEMA, Value::Null).await;
        door
    }

    /// Runs SQL by REST. `value` is what the desk sends: one JSON text.
    pub async fn sql(&self, sql: &str, value: Value) -> Vec<Value> {
        let params = if value.is_null() { json!([]) } else { json!([value.to_string()]) };
        let path = format!("/d1/database/{}/query", self.database);
        let reply = self.sandbox.call(Method::POST, &path, Some(json!({ "sql": sql, "params": params }))).await;
        let last = reply.result().as_array().unwrap().last().cloned().unwrap_or_default();
        last["results"].as_array().cloned().unwrap_or_default()
    }

    pub async fn rows(&self, sql: &str) -> Vec<Value> {
        self.sql(sql, Value::Null).await
    }

    async fn insert(&self, table: &str, row: Value) {
        let columns: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        let values: Vec<String> = columns.iter().map(|column| format!("json_extract(?1, '$.{column}')")).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        self.sql(&format!("INSERT OR REPLACE INTO {table} ({columns}) VALUES ({values})"), row.clone()).await;
    }

    /// A class that is open now.
    pub async fn add_class(&self, id: &str, change: Value) {
        let row = json!({
            "id": id,
            "series": null,
            "title": "Karate fundamentals",
            "instructor": "M. Ito",
            "timezone": "Europe/Berlin",
            "starts": self.now - 5 * MINUTE,
            "ends": self.now + 55 * MINUTE,
            "opens": self.now - 10 * MINUTE,
            "closes": self.now + 90 * MINUTE,
            "room": self.room,
            "cap": 10,
            "recorded": 0,
            "consent": null,
            "state": "open",
            "version": 1,
        });
        self.insert("classes", merged(row, change)).await;
    }

    pub async fn add_join_link(&self, code: &str, change: Value) {
        let row = json!({
            "code": kept(code),
            "class": null,
            "series": null,
            "person": null,
            "name": null,
            "preset": "group_call_participant",
            "counts": 1,
            "revoked": null,
            "version": 1,
        });
        self.insert("join_links", merged(row, change)).await;
    }

    pub async fn add_watch_link(&self, code: &str, change: Value) {
        let row = json!({
            "code": kept(code),
            "video": "0123456789abcdef0123456789abcdef",
            "title": "Kihon",
            "recorded": self.now - DAY,
            "seconds": 3_600,
            "until": self.now + 30 * DAY,
            "version": 1,
        });
        self.insert("watch_links", merged(row, change)).await;
    }

    pub async fn delete_token(&self) {
        let path = format!("/tokens/{}", self.token);
        assert_eq!(self.sandbox.call(Method::DELETE, &path, None).await.status, 200);
    }

    pub async fn delete_database(&self) {
        let path = format!("/d1/database/{}", self.database);
        assert_eq!(self.sandbox.call(Method::DELETE, &path, None).await.status, 200);
    }
}

/// A part of a form.
fn part(head: &str, content: &str) -> String {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
}

/// The end of a form.
fn end() -> String {
    format!("--{BOUNDARY}--\r\n")
}

fn multipart() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// How the database keeps a code, a seat or a key.
pub fn kept(secret: &str) -> String {
    format!("{:x}", Sha256::digest(secret.as_bytes()))
}
