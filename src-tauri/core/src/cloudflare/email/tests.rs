//! What Cloudflare's answers come to, by a server on this computer that gives them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use chrono::TimeDelta;
use tokio::net::TcpListener;

use super::*;
use crate::cloudflare::test_server::{ACCOUNT, TOKEN, client};
use crate::domain::delivery::letter::{Mailbox, Unsubscribe};
use crate::domain::ids::EventId;

fn letter() -> Letter {
    Letter {
        from: Mailbox { name: "Dojo".into(), address: "dojo@example.org".parse().unwrap() },
        to: "Ann@example.net".parse().unwrap(),
        subject: "Karate\r\nBcc: eve@example.com".into(),
        text: "Ready".into(),
        html: "<p>Ready</p>".into(),
        unsubscribe: Some(Unsubscribe::Page("https://example.org/off".parse().unwrap())),
        event_ids: vec![EventId::new()],
    }
}

/// What the server does with a call.
#[derive(Clone)]
enum Answer {
    Says(u16, Option<&'static str>, String),
    Nothing,
}

/// The path and the body of every call.
type Calls = Arc<Mutex<Vec<(String, Value)>>>;

struct Cloudflare {
    client: Client,
    calls: Calls,
}

async fn cloudflare(answer: Answer) -> Cloudflare {
    async fn give(State((answer, calls)): State<(Answer, Calls)>, uri: Uri, body: String) -> Response {
        calls.lock().unwrap().push((uri.path().to_owned(), serde_json::from_str(&body).unwrap()));
        let Answer::Says(status, retry_after, text) = answer else { return std::future::pending().await };
        let mut response = Response::builder().status(status);
        if let Some(seconds) = retry_after {
            response = response.header("retry-after", seconds);
        }
        response.body(Body::from(text)).unwrap()
    }
    let calls = Calls::default();
    let router = Router::new().fallback(give).with_state((answer, calls.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Cloudflare { client: client(&url), calls }
}

/// What a letter came to that was sent once.
async fn came_to(answer: Answer) -> Attempt {
    let cloudflare = cloudflare(answer).await;
    let attempt = cloudflare.client.send_email(&letter()).await;
    assert_eq!(cloudflare.calls.lock().unwrap().len(), 1, "a letter is sent once: {attempt:?}");
    attempt
}

fn says(status: u16, body: &Value) -> Answer {
    Answer::Says(status, None, body.to_string())
}

fn error(code: &Value, message: &str) -> Value {
    json!({ "success": false, "errors": [{ "code": code, "message": message }], "messages": [], "result": null })
}

fn kind(attempt: &Attempt) -> &'static str {
    match attempt {
        Attempt::Accepted { .. } => "accepted",
        Attempt::Refused { .. } => "refused",
        Attempt::Gone { .. } => "gone",
        Attempt::Later { .. } => "later",
        Attempt::Unknown { .. } => "unknown",
    }
}

#[tokio::test]
async fn a_letter_is_sent_as_the_api_documents_it() {
    let result = json!({ "message_id": "<a@example.org>", "delivered": [], "queued": ["ann@EXAMPLE.net"],
        "permanent_bounces": [], "suppressed_recipients": [] });
    let cloudflare =
        cloudflare(says(200, &json!({ "success": true, "errors": [], "messages": [], "result": result }))).await;
    let letter = letter();
    let attempt = cloudflare.client.send_email(&letter).await;
    assert_eq!(attempt, Attempt::Accepted { said: "Cloudflare took it.".into() });
    let calls = cloudflare.calls.lock().unwrap().clone();
    let event = letter.event_ids[0].to_string();
    assert_eq!(
        calls,
        [(
            format!("/client/v4/accounts/{ACCOUNT}/email/sending/send"),
            json!({
                "from": { "address": "dojo@example.org", "name": "Dojo" },
                "to": "Ann@example.net",
                "subject": "Karate Bcc: eve@example.com",
                "text": "Ready",
                "html": "<p>Ready</p>",
                "headers": {
                    "Auto-Submitted": "auto-generated",
                    "List-Unsubscribe": "<https://example.org/off>",
                    "X-Hajime-Event": event,
                },
            })
        )]
    );
}

/// The documented errors: status, code, the word of the message, what the letter comes to, and what people read of it.
const ROWS: [(u16, i64, &str, &str, &str); 17] = [
    (400, 10_001, "invalid_request_schema", "refused", "does not understand"),
    (400, 10_200, "email.too_big", "refused", "too large"),
    (400, 10_202, "email.too_big", "refused", "too large"),
    (400, 10_202, "email.invalid", "refused", "does not understand"),
    (400, 10_200, "email.invalid", "refused", "does not understand"),
    (400, 10_201, "email.no_content_length", "refused", "does not understand"),
    (400, 10_250, "email.suppressed", "refused", "unsubscribed or bounced before"),
    (401, 10_101, "authentication.unauthorized", "refused", "Email Sending: Edit"),
    (401, 10_103, "authentication.bad_token_type", "refused", "Email Sending: Edit"),
    (403, 10_102, "authentication.forbidden", "refused", "Email Sending: Edit"),
    (403, 10_105, "authentication.not_entitled", "refused", "plan"),
    (403, 10_203, "email.sending_disabled", "refused", "wait 15 minutes"),
    (403, 10_204, "email.sender_not_configured", "refused", "wait 15 minutes"),
    (404, 10_000, "not_found", "refused", "has no Email Sending"),
    (429, 10_004, "throttled", "later", "too many requests"),
    (500, 10_002, "internal_server", "later", "sent nothing"),
    (500, 10_003, "not_implemented", "later", "sent nothing"),
];

#[tokio::test]
async fn every_documented_error_comes_to_what_it_promises_with_its_code_as_number_and_as_text() {
    for (status, code, word, comes_to, read) in ROWS {
        let message = format!("email.sending.error.{word}");
        for code in [json!(code), json!(code.to_string())] {
            let attempt = came_to(says(status, &error(&code, &message))).await;
            assert_eq!(kind(&attempt), comes_to, "{status} {code} {word}: {attempt:?}");
            assert!(attempt.said().contains(read), "{status} {code} {word}: {attempt:?}");
        }
    }
    // No letter was sent with a 503 either, but nothing promises it.
    let upstream = came_to(says(503, &error(&json!(10_100), "email.sending.error.authentication.upstream"))).await;
    assert_eq!(kind(&upstream), "unknown");
}

#[tokio::test]
async fn an_error_without_its_word_is_known_by_its_status_and_number() {
    for (status, code, word, comes_to, read) in ROWS {
        // Two words have these numbers, so neither is claimed.
        let read = if [10_200, 10_202].contains(&code) { "refused the letter (400)" } else { read };
        let attempt = came_to(says(status, &error(&json!(code), "Something else"))).await;
        assert_eq!(kind(&attempt), comes_to, "{status} {code} {word}: {attempt:?}");
        assert!(attempt.said().contains(read), "{status} {code} {word}: {attempt:?}");
    }
}

#[tokio::test]
async fn the_gateway_before_email_sending_means_other_things_by_the_same_numbers() {
    let gateway = |status, code, message: &'static str| came_to(says(status, &error(&json!(code), message)));
    let permission = gateway(403, 10_000, "Authentication error").await;
    assert_eq!(kind(&permission), "refused");
    assert!(permission.said().contains("“Email Sending: Edit”"), "{permission:?}");
    let new_token = gateway(403, 10_001, "Unable to authenticate request").await;
    assert_eq!(kind(&new_token), "later", "{new_token:?}");
    let expired = gateway(401, 1_000, "API Token has expired").await;
    assert_eq!((kind(&expired), expired.said().contains("has expired")), ("refused", true), "{expired:?}");
    let network = gateway(403, 9_109, "Cannot use the access token from location: 203.0.113.7").await;
    assert_eq!(kind(&network), "later", "{network:?}");
}

#[tokio::test]
async fn a_success_is_one_only_if_the_address_is_among_those_that_were_taken() {
    let sent = |members: Value| came_to(says(200, &json!({ "success": true, "result": members })));
    let address = json!(["ANN@example.net"]);
    let all = |bounced: &Value, suppressed: &Value| {
        json!({ "message_id": "<a@b>", "delivered": [], "queued": [], "permanent_bounces": bounced,
            "suppressed_recipients": suppressed })
    };
    for (members, comes_to, read) in [
        (json!({ "delivered": address }), "accepted", "took it"),
        (json!({ "queued": address, "delivered": [] }), "accepted", "took it"),
        (json!({ "message_id": "<a@b>" }), "accepted", "took it"),
        (all(&address, &json!([])), "refused", "refused the address"),
        (all(&json!([]), &address), "refused", "unsubscribed or bounced before"),
        (all(&json!([]), &json!(["bo@example.net"])), "accepted", "took it"),
        (json!({}), "unknown", "without saying"),
        (json!({ "queued": ["bo@example.net"] }), "unknown", "without saying"),
        (Value::Null, "unknown", "not one that Cloudflare gives"),
    ] {
        let attempt = sent(members.clone()).await;
        assert_eq!(kind(&attempt), comes_to, "{members}: {attempt:?}");
        assert!(attempt.said().contains(read), "{members}: {attempt:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_leaves_open_whether_the_letter_was_sent() {
    for (status, body) in [
        (200, ""),
        (200, "<html>sign in</html>"),
        (200, "{\"success\":true,\"resu"),
        (500, "<html>bad</html>"),
        (500, "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Internal Server Error\"}]}"),
        (502, "<html>bad gateway</html>"),
        (504, ""),
        (520, "{}"),
    ] {
        let attempt = came_to(Answer::Says(status, None, body.into())).await;
        assert_eq!(kind(&attempt), "unknown", "{status} {body}: {attempt:?}");
    }
    let silent = came_to(Answer::Nothing).await;
    assert_eq!(kind(&silent), "unknown", "{silent:?}");
}

#[tokio::test]
async fn a_busy_cloudflare_is_asked_again_after_the_time_that_it_names() {
    let body = error(&json!(10_004), "email.sending.error.throttled").to_string();
    let cloudflare = cloudflare(Answer::Says(429, Some("120"), body)).await;
    for call in 0..2 {
        let Attempt::Later { after: Some(after), .. } = cloudflare.client.send_email(&letter()).await else {
            panic!("call {call} was not put off");
        };
        assert!(after > TimeDelta::seconds(100) && after <= TimeDelta::seconds(120), "{after}");
    }
    assert_eq!(cloudflare.calls.lock().unwrap().len(), 1, "the second letter waits without a call");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let attempt = client(&url).send_email(&letter()).await;
    assert_eq!(kind(&attempt), "later", "{attempt:?}");
}

#[tokio::test]
async fn neither_the_token_nor_an_address_is_shown_when_cloudflare_repeats_them() {
    for message in
        [format!("no mail for Ann@example.net with {TOKEN}"), format!("email.sending.error.email.odd {TOKEN}")]
    {
        for status in [400, 403, 422] {
            let attempt = came_to(says(status, &error(&json!(1), &message))).await;
            assert_eq!(kind(&attempt), "refused", "{attempt:?}");
            assert!(!attempt.said().contains("Ann@") && !attempt.said().contains(TOKEN), "{attempt:?}");
        }
    }
}
