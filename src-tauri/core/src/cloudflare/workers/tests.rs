//! How a script with code and its secrets are sent.

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::cloudflare::test_server::{Asked, Server, TOKEN, gives, nothing, refuses, says};
use crate::cloudflare::{Binding, Code, Error};
use crate::domain::profile::join_page::PageFile;

const SCRIPT: &str = "hajime-join";
const KEY: &str = r#"{"kty":"RSA","d":"the private half of the key"}"#;

fn bindings() -> [Binding; 5] {
    [
        Binding::Assets { name: "ASSETS" },
        Binding::Database { name: "DB", id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301".parse().unwrap() },
        Binding::Text { name: "PLAYER", text: "https://customer-a.cloudflarestream.com".into() },
        Binding::Secret { name: "SIGNING_KEY", text: KEY.into() },
        Binding::RateLimit { name: "GUESSES", namespace: 1_001, limit: 20, period: 60 },
    ]
}

/// What a deployment of one file was told, with code or without.
async fn deployed(server: &Server, with_code: bool) -> Result<(), Error> {
    let files = [PageFile::new("/index.html".into(), b"<html>".to_vec())];
    let bindings = bindings();
    let code = Code { module: "export default {};\n", bindings: &bindings, worker_first: &["/j/*", "/w/*"] };
    let code = with_code.then_some(&code);
    server.client().deploy(SCRIPT, &files, "/*\n", code, &|_| {}).await.map(drop)
}

/// The parts of a form: their headers and their content.
fn parts(asked: &Asked) -> Vec<(String, String)> {
    let boundary = asked.media_type.as_ref().unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let line = format!("--{boundary}");
    let pieces = asked.body.split(&line).skip(1).take_while(|piece| *piece != "--\r\n");
    pieces
        .map(|piece| {
            let (head, content) = piece.trim_start_matches("\r\n").split_once("\r\n\r\n").unwrap();
            (head.to_owned(), content.strip_suffix("\r\n").unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn a_script_with_code_is_one_form_with_its_description_and_its_module() {
    let server =
        Server::start([gives(&json!({ "jwt": "completion", "buckets": [] })), gives(&json!({ "id": SCRIPT }))]).await;
    deployed(&server, true).await.unwrap();
    assert_eq!(server.lines()[1], format!("PUT /accounts/{{A}}/workers/scripts/{SCRIPT}"));
    let asked = &server.asked()[1];
    assert_eq!(asked.authorization, Some(format!("Bearer {TOKEN}")));
    let parts = parts(asked);
    let heads: Vec<&str> = parts.iter().map(|(head, _)| head.as_str()).collect();
    assert_eq!(
        heads,
        [
            "Content-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json",
            "Content-Disposition: form-data; name=\"door.js\"; filename=\"door.js\"\r\nContent-Type: application/javascript+module",
        ]
    );
    assert_eq!(parts[1].1, "export default {};\n");
    let metadata: Value = serde_json::from_str(&parts[0].1).unwrap();
    assert_eq!(
        metadata,
        json!({
            "main_module": "door.js",
            "compatibility_date": "2026-10-01",
            "assets": { "jwt": "completion", "config": {
                "html_handling": "auto-trailing-slash", "not_found_handling": "404-page", "_headers": "/*\n",
                "run_worker_first": ["/j/*", "/w/*"],
            } },
            "bindings": [
                { "type": "assets", "name": "ASSETS" },
                { "type": "d1", "name": "DB", "database_id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301" },
                { "type": "plain_text", "name": "PLAYER", "text": "https://customer-a.cloudflarestream.com" },
                { "type": "secret_text", "name": "SIGNING_KEY", "text": KEY },
                { "type": "ratelimit", "name": "GUESSES", "namespace_id": "1001", "simple": { "limit": 20, "period": 60 } },
            ],
            "keep_bindings": ["secret_text", "plain_text"],
            "observability": { "enabled": false },
        })
    );
}

#[tokio::test]
async fn a_script_without_code_is_its_files_alone() {
    let server =
        Server::start([gives(&json!({ "jwt": "completion", "buckets": [] })), gives(&json!({ "id": SCRIPT }))]).await;
    deployed(&server, false).await.unwrap();
    let parts = parts(&server.asked()[1]);
    assert_eq!(parts.len(), 1);
    let metadata: Value = serde_json::from_str(&parts[0].1).unwrap();
    let members: Vec<&String> = metadata.as_object().unwrap().keys().collect();
    assert_eq!(members, ["assets", "compatibility_date"]);
    assert_eq!(metadata["assets"]["config"].get("run_worker_first"), None);
}

#[tokio::test]
async fn a_secret_that_a_refusal_repeats_is_not_shown() {
    let session = gives(&json!({ "jwt": "completion", "buckets": [] }));
    let server = Server::start([session, refuses(400, 10_021, &format!("the binding {KEY} is not valid"))]).await;
    let error = deployed(&server, true).await.unwrap_err();
    let told = format!("{error:?} {}", error.user_message());
    assert!(told.contains("is not valid") && !told.contains("private half"), "{told}");
    assert!(!format!("{:?}", bindings()).contains("private half"));

    let server = Server::start([refuses(400, 10_021, &format!("{KEY} is not valid"))]).await;
    let error = server.client().put_secret(SCRIPT, "SIGNING_KEY", &KEY.into()).await.unwrap_err();
    let told = format!("{error:?} {}", error.user_message());
    assert!(told.contains("is not valid") && !told.contains("private half"), "{told}");
}

#[tokio::test]
async fn a_secret_is_put_listed_by_its_name_and_taken_away() {
    let server =
        Server::start([says(502, "<html>"), gives(&json!({ "name": "SIGNING_KEY", "type": "secret_text" }))]).await;
    server.client().put_secret(SCRIPT, "SIGNING_KEY", &SecretString::from(KEY)).await.unwrap();
    assert_eq!(server.count(), 2, "putting it twice is putting it once");
    assert_eq!(server.lines()[1], format!("PUT /accounts/{{A}}/workers/scripts/{SCRIPT}/secrets"));
    assert_eq!(server.asked()[1].json(), json!({ "name": "SIGNING_KEY", "text": KEY, "type": "secret_text" }));

    let names = |answer| async move {
        let server = Server::start([answer]).await;
        server.client().secret_names(SCRIPT).await
    };
    let listed = json!([{ "name": "SIGNING_KEY", "type": "secret_text" }, 5, { "type": "secret_text" }]);
    assert_eq!(names(gives(&listed)).await.unwrap(), Some(vec!["SIGNING_KEY".to_owned()]));
    assert_eq!(names(gives(&Value::Null)).await.unwrap(), Some(Vec::new()));
    assert_eq!(names(refuses(404, 10_007, "This Worker does not exist")).await.unwrap(), None);
    assert!(names(says(404, "<html>")).await.is_err());
    assert!(names(nothing()).await.is_err());

    for answer in [gives(&Value::Null), refuses(404, 10_056, "Secret not found"), refuses(400, 10_007, "not found")] {
        let server = Server::start([answer]).await;
        server.client().delete_secret(SCRIPT, "SIGNING_KEY").await.unwrap();
        assert_eq!(server.lines(), [format!("DELETE /accounts/{{A}}/workers/scripts/{SCRIPT}/secrets/SIGNING_KEY")]);
    }
}

#[tokio::test]
async fn a_desk_that_may_change_nothing_puts_no_secret_and_deploys_no_code() {
    let server = Server::start([gives(&json!({ "jwt": "completion", "buckets": [] }))]).await;
    let client = server.client();
    client.set_reads_only(true);
    assert_eq!(client.put_secret(SCRIPT, "A", &KEY.into()).await, Err(Error::ReadsOnly));
    assert_eq!(client.delete_secret(SCRIPT, "A").await, Err(Error::ReadsOnly));
    let deployed = client.deploy(SCRIPT, &[], "", None, &|_| {}).await;
    assert_eq!(deployed, Err(Error::ReadsOnly));
    assert_eq!(server.count(), 0);
}
