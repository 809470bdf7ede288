//! Workers with static assets: upload sessions, versions, addresses below `workers.dev`, and the site itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Reply, TestSandbox, form, reply_to};

const HASHES: [&str; 3] =
    ["00000000000000000000000000000001", "00000000000000000000000000000002", "00000000000000000000000000000003"];

/// A part of an upload: hash, media type, content.
type File<'a> = (&'a str, &'a str, &'a str);

impl TestSandbox {
    async fn workers(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let url = self.account(&format!("/workers{path}"));
        self.send(method, &url, Some(&self.info.api_token), body.as_ref()).await
    }

    /// Opens a session for files by path and hash.
    async fn session(&self, files: &[(&str, &str)]) -> Reply {
        let manifest: serde_json::Map<String, Value> =
            files.iter().map(|(path, hash)| ((*path).to_owned(), json!({ "hash": hash, "size": 10 }))).collect();
        self.workers(Method::POST, "/scripts/site/assets-upload-session", Some(json!({ "manifest": manifest }))).await
    }

    async fn upload(&self, token: &str, query: &str, files: &[File<'_>]) -> Reply {
        const BOUNDARY: &str = "----another-boundary";
        let part = |(hash, kind, content): &File<'_>| {
            let disposition = format!("form-data; name=\"{hash}\"; filename=\"{hash}\"");
            format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n{content}\r\n")
        };
        let body = files.iter().map(part).collect::<Vec<_>>().concat() + &format!("--{BOUNDARY}--\r\n");
        let request = self.http.post(self.account(&format!("/workers/assets/upload{query}"))).bearer_auth(token);
        reply_to(request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body)).await
    }

    async fn deploy(&self, completion: &str, config: Value) -> Reply {
        let metadata = json!({ "assets": { "jwt": completion, "config": config }, "compatibility_date": "2026-10-01" });
        let (kind, body) = form(&[("metadata", None, metadata.to_string().as_bytes())]);
        let request = self.http.put(self.account("/workers/scripts/site")).bearer_auth(&self.info.api_token);
        reply_to(request.header("content-type", kind).body(body)).await
    }

    /// Asks the site.
    async fn visit(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        let address = self.host();
        let port = address.rsplit_once(':').unwrap().1.to_owned();
        let client = hajime_core::http_client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut request = client.request(method, format!("{address}{path}"));
        request = request.header("host", format!("site.dojo.workers.localhost:{port}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        reply_to(request).await
    }

    /// Publishes files by path, hash, media type and content.
    async fn publish(&self, files: &[(&str, &str, &str, &str)], config: Value) {
        self.workers(Method::PUT, "/subdomain", Some(json!({ "subdomain": "dojo" }))).await.result();
        let named: Vec<(&str, &str)> = files.iter().map(|(path, hash, ..)| (*path, *hash)).collect();
        let opened = self.session(&named).await.body["result"].clone();
        let mut token = opened["jwt"].as_str().unwrap().to_owned();
        for bucket in opened["buckets"].as_array().unwrap() {
            let wanted = |hash: &str| bucket.as_array().unwrap().iter().any(|one| one == hash);
            let encoded: Vec<String> = files.iter().map(|(.., content)| STANDARD.encode(content)).collect();
            let parts: Vec<File<'_>> = files
                .iter()
                .zip(&encoded)
                .filter(|((_, hash, ..), _)| wanted(hash))
                .map(|((_, hash, kind, _), content)| (*hash, *kind, content.as_str()))
                .collect();
            let reply = self.upload(&token, "?base64=true", &parts).await;
            if reply.status == 201 {
                reply.body["result"]["jwt"].as_str().unwrap().clone_into(&mut token);
            }
        }
        assert_eq!(self.deploy(&token, config).await.status, 200);
        self.workers(Method::POST, "/scripts/site/subdomain", Some(json!({ "enabled": true }))).await.result();
    }
}

const PAGES: [(&str, &str, &str, &str); 3] = [
    ("/index.html", HASHES[0], "text/html", "<h1>home"),
    ("/join.html", HASHES[1], "text/html", "<h1>join"),
    ("/404.html", HASHES[2], "text/html", "<h1>lost"),
];

#[tokio::test]
async fn a_session_names_the_unknown_hashes_and_its_last_upload_gives_the_completion_token() {
    let sandbox = TestSandbox::start().await;
    sandbox.set_switches(json!({ "asset_bucket_bytes": 10 })).await;
    sandbox.workers(Method::PUT, "/subdomain", Some(json!({ "subdomain": "dojo" }))).await.result();
    let files = [("/index.html", HASHES[0]), ("/copy.html", HASHES[0]), ("/join.html", HASHES[1])];
    let opened = sandbox.session(&files).await;
    assert_eq!((opened.status, &opened.body["errors"], &opened.body["messages"]), (200, &Value::Null, &Value::Null));
    assert_eq!(opened.body["result"]["buckets"], json!([[HASHES[0]], [HASHES[1]]]));
    let token = opened.body["result"]["jwt"].as_str().unwrap();

    let content = STANDARD.encode("<h1>");
    let second = sandbox.upload(token, "?base64=true", &[(HASHES[1], "text/html", &content)]).await;
    assert_eq!((second.status, &second.body["result"]["jwt"]), (202, &Value::Null));
    let first = sandbox.upload(token, "?base64=true", &[(HASHES[0], "text/html", &content)]).await;
    assert_eq!(first.status, 201);
    let completion = first.body["result"]["jwt"].as_str().unwrap();
    assert_eq!(sandbox.deploy(token, json!({})).await.status, 400, "the upload token makes no version");
    let deployed = sandbox.deploy(completion, json!({})).await;
    assert_eq!(deployed.result()["has_assets"], true);

    let again = sandbox.session(&files).await.body["result"].clone();
    assert_eq!(again["buckets"], json!([]));
    assert_eq!(sandbox.deploy(again["jwt"].as_str().unwrap(), json!({})).await.status, 200);
    let changed = sandbox.session(&[("/index.html", HASHES[0]), ("/join.html", HASHES[2])]).await;
    assert_eq!(changed.body["result"]["buckets"], json!([[HASHES[2]]]));
}

#[tokio::test]
async fn an_upload_takes_the_session_s_token_its_hashes_and_base64() {
    let sandbox = TestSandbox::start().await;
    let opened = sandbox.session(&[("/index.html", HASHES[0])]).await;
    let token = opened.body["result"]["jwt"].as_str().unwrap();
    let content = STANDARD.encode("<h1>");
    let file = [(HASHES[0], "text/html", content.as_str())];
    assert_eq!(sandbox.upload(&sandbox.info.api_token, "?base64=true", &file).await.status, 401);
    assert_eq!(sandbox.upload(token, "?base64=true", &[(HASHES[1], "text/html", &content)]).await.status, 401);
    assert_eq!(sandbox.upload(token, "", &file).await.status, 400);
    assert_eq!(sandbox.upload(token, "?base64=true", &[(HASHES[0], "text/html", "§")]).await.status, 400);
    sandbox.set_switches(json!({ "asset_hash_check": "sha256" })).await;
    assert_eq!(sandbox.upload(token, "?base64=true", &file).await.status, 400);
    sandbox.set_switches(json!({ "asset_hash_check": "opaque" })).await;
    sandbox.advance(3_601).await;
    assert_eq!(sandbox.upload(token, "?base64=true", &file).await.status, 401, "the token lives an hour");
}

#[tokio::test]
async fn a_manifest_has_bounds() {
    let sandbox = TestSandbox::start().await;
    assert_eq!(sandbox.session(&[("index.html", HASHES[0])]).await.status, 400);
    let session = |manifest: Value| {
        sandbox.workers(Method::POST, "/scripts/site/assets-upload-session", Some(json!({ "manifest": manifest })))
    };
    let of_size = |size: u64| json!({ "/a": { "hash": HASHES[0], "size": size } });
    assert_eq!(session(of_size(25 << 20)).await.status, 200);
    assert_eq!(session(of_size((25 << 20) + 1)).await.status, 400);
    let many = |count: usize| -> Value {
        (0..count).map(|index| (format!("/{index}"), json!({ "hash": HASHES[0], "size": 1 }))).collect()
    };
    assert_eq!(session(many(20_000)).await.status, 200);
    assert_eq!(session(many(20_001)).await.status, 400);
    sandbox.set_switches(json!({ "asset_files": 100_000 })).await;
    assert_eq!(session(many(20_001)).await.status, 200);
}

#[tokio::test]
async fn an_account_has_one_name_and_needs_it_for_a_script() {
    let sandbox = TestSandbox::start().await;
    sandbox.workers(Method::GET, "/subdomain", None).await.assert_refused(404, 10_007);
    let opened = sandbox.session(&[]).await.body["result"].clone();
    sandbox.deploy(opened["jwt"].as_str().unwrap(), json!({})).await.assert_refused(400, 10_063);
    sandbox.workers(Method::GET, "/subdomains/dojo", None).await.assert_refused(404, 10_032);
    let register = |name: &str| sandbox.workers(Method::PUT, "/subdomain", Some(json!({ "subdomain": name })));
    register("-dojo").await.assert_refused(400, 10_021);
    register("dojo").await.result();
    register("dojo").await.result();
    assert_eq!(register("other").await.status, 409);
    assert_eq!(sandbox.workers(Method::GET, "/subdomain", None).await.result()["subdomain"], "dojo");
    sandbox.workers(Method::GET, "/subdomains/dojo", None).await.assert_refused(409, 10_031);
    let account = "0123456789abcdef0123456789abcdef";
    let token = sandbox.token(&["workers_write"], "user", account).await;
    let url = format!("{}/accounts/{account}/workers/subdomain", sandbox.info.base_url);
    sandbox
        .send(Method::PUT, &url, Some(&token), Some(&json!({ "subdomain": "dojo" })))
        .await
        .assert_refused(409, 10_031);
}

#[tokio::test]
async fn workers_needs_its_own_permission() {
    let sandbox = TestSandbox::start().await;
    let token = sandbox.token(&["realtime", "stream_write"], "user", &sandbox.info.account_id).await;
    let url = sandbox.account("/workers/subdomain");
    sandbox.send(Method::GET, &url, Some(&token), None).await.assert_refused(403, 10_000);
}

#[tokio::test]
async fn a_site_serves_its_files_with_its_headers_while_it_is_switched_on() {
    let sandbox = TestSandbox::start().await;
    let config = json!({ "not_found_handling": "404-page", "_headers": "/*\n  X-Frame-Options: DENY\n" });
    sandbox.publish(&PAGES, config).await;
    let home = sandbox.visit(Method::GET, "/", &[]).await;
    assert_eq!((home.status, home.text().as_str(), home.header("x-frame-options")), (200, "<h1>home", "DENY"));
    assert_eq!(home.header("content-type"), "text/html");
    assert_eq!(home.header("cache-control"), "public, max-age=0, must-revalidate");
    let tag = home.header("etag").to_owned();
    assert_eq!(sandbox.visit(Method::GET, "/", &[("if-none-match", &tag)]).await.status, 304);
    assert_eq!(sandbox.visit(Method::POST, "/", &[]).await.status, 405);
    let moved = sandbox.visit(Method::GET, "/join.html?a=1", &[]).await;
    assert_eq!((moved.status, moved.header("location")), (307, "/join?a=1"));
    assert_eq!(sandbox.visit(Method::GET, "/join/", &[]).await.header("location"), "/join");
    assert_eq!(sandbox.visit(Method::GET, "/join", &[]).await.text(), "<h1>join");
    let lost = sandbox.visit(Method::GET, "/%23token=abc", &[]).await;
    assert_eq!((lost.status, lost.text().as_str(), lost.header("x-frame-options")), (404, "<h1>lost", "DENY"));

    let off = json!({ "enabled": false });
    sandbox.workers(Method::POST, "/scripts/site/subdomain", Some(off)).await.result();
    assert_eq!(sandbox.visit(Method::GET, "/", &[]).await.status, 404);
    assert_eq!(sandbox.workers(Method::GET, "/scripts/site/subdomain", None).await.result()["enabled"], false);
}

#[tokio::test]
async fn a_new_version_serves_its_own_files_and_a_known_hash_keeps_its_first_type() {
    let sandbox = TestSandbox::start().await;
    sandbox.publish(&PAGES, json!({})).await;
    sandbox.publish(&[("/index.html", HASHES[0], "text/plain", "other")], json!({})).await;
    assert_eq!(sandbox.visit(Method::GET, "/join", &[]).await.status, 404);
    let home = sandbox.visit(Method::GET, "/", &[]).await;
    assert_eq!((home.header("content-type"), home.text().as_str()), ("text/html", "<h1>home"));
    sandbox.workers(Method::DELETE, "/scripts/site", None).await.result();
    assert_eq!(sandbox.visit(Method::GET, "/", &[]).await.status, 404);
    sandbox.workers(Method::GET, "/scripts/site/subdomain", None).await.assert_refused(404, 10_007);
    assert_eq!(sandbox.session(&[("/index.html", HASHES[0])]).await.body["result"]["buckets"], json!([]));
}

#[tokio::test]
async fn a_file_without_a_type_is_served_without_one_and_headers_have_bounds() {
    let sandbox = TestSandbox::start().await;
    sandbox.publish(&[("/data", HASHES[0], "application/null", "1")], json!({})).await;
    assert!(!sandbox.visit(Method::GET, "/data", &[]).await.headers.contains_key("content-type"));
    let completion = sandbox.session(&[("/data", HASHES[0])]).await.body["result"]["jwt"].as_str().unwrap().to_owned();
    let rules = |count: usize| {
        let rules: Vec<String> = (0..count).map(|index| format!("/{index}\n  X-Name: value\n")).collect();
        let text = rules.concat();
        json!({ "_headers": text })
    };
    assert_eq!(sandbox.deploy(&completion, rules(100)).await.status, 200);
    sandbox.deploy(&completion, rules(101)).await.assert_refused(400, 10_021);
    let long = json!({ "_headers": format!("/*\n  X-Name: {}\n", "x".repeat(2_000)) });
    sandbox.deploy(&completion, long).await.assert_refused(400, 10_021);
}

#[tokio::test]
async fn a_restart_keeps_sites() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    sandbox.publish(&PAGES, json!({})).await;
    sandbox.server.stop().await;
    let sandbox = TestSandbox::with_state_file(&state).await;
    assert_eq!(sandbox.visit(Method::GET, "/join", &[]).await.text(), "<h1>join");
    assert_eq!(sandbox.workers(Method::GET, "/subdomain", None).await.result()["subdomain"], "dojo");
}
