//! Email Sending: the checks of a letter, what becomes of it, and the outbox that the control API shows.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Reply, TestSandbox};

fn letter() -> Value {
    json!({
        "from": { "address": "dojo@example.org", "name": "Dojo" },
        "to": "ann@example.net",
        "subject": "Karate is ready",
        "text": "Ready",
        "html": "<p>Ready</p>",
        "headers": { "X-Hajime-Event": "e1", "Auto-Submitted": "auto-generated", "List-Unsubscribe": "<mailto:off@example.org>" },
    })
}

/// A letter with some members replaced. A member that is null is left out.
fn with(changes: &Value) -> Value {
    let mut letter = letter();
    let members = letter.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    letter
}

impl TestSandbox {
    async fn post(&self, letter: &Value) -> Reply {
        self.send(Method::POST, &self.account("/email/sending/send"), Some(&self.info.api_token), Some(letter)).await
    }

    async fn outbox(&self) -> Vec<Value> {
        let url = format!("{}/mails", self.info.control_url);
        let reply = self.send(Method::GET, &url, None, None).await;
        reply.body["mails"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_letter_is_taken_in_both_forms_of_an_address_and_is_in_the_outbox() {
    let sandbox = TestSandbox::start().await;
    let sent = sandbox.post(&letter()).await.result().clone();
    assert_eq!((&sent["queued"], &sent["delivered"]), (&json!(["ann@example.net"]), &json!([])));
    assert_eq!((&sent["permanent_bounces"], &sent["suppressed_recipients"]), (&json!([]), &json!([])));
    assert!(sent["message_id"].as_str().unwrap().ends_with("@example.org>"), "{sent}");
    let several = with(&json!({ "from": "dojo@example.org", "to": ["bo@example.net", { "address": "cy@example.net" }],
        "cc": "di@example.net", "html": null }));
    assert_eq!(sandbox.post(&several).await.result()["queued"].as_array().unwrap().len(), 3);
    let outbox = sandbox.outbox().await;
    assert_eq!(outbox.len(), 2);
    assert_eq!(outbox[0]["message_id"], sent["message_id"]);
    assert_eq!(outbox[0]["headers"]["X-Hajime-Event"], "e1");
    assert_eq!(outbox[0]["to"], json!([{ "address": "ann@example.net", "name": null }]));
    assert_eq!(
        outbox[1]["fates"],
        json!({ "bo@example.net": "queued", "cy@example.net": "queued", "di@example.net": "queued" })
    );
    let emptied = sandbox.send(Method::DELETE, &format!("{}/mails", sandbox.info.control_url), None, None).await;
    assert_eq!(emptied.body, json!({ "removed": 2 }));
    assert!(sandbox.outbox().await.is_empty());
}

#[tokio::test]
async fn whatever_the_schema_does_not_allow_is_refused_and_nothing_is_kept() {
    let sandbox = TestSandbox::start().await;
    let many = |count: usize| -> Vec<String> { (0..count).map(|one| format!("p{one}@example.net")).collect() };
    let headers = |count: usize| -> Value {
        (0..count).map(|one| (format!("List-A{one}"), json!("x"))).collect::<serde_json::Map<_, _>>().into()
    };
    let odd = [
        json!({ "from": { "email": "dojo@example.org" } }),
        json!({ "from": null }),
        json!({ "from": "dojo" }),
        json!({ "from": "dojo@example.org\r\nBcc: eve@example.com" }),
        json!({ "to": null }),
        json!({ "to": [] }),
        json!({ "to": 5 }),
        json!({ "to": many(51) }),
        json!({ "to": many(25), "cc": many(25), "bcc": "eve@example.net" }),
        json!({ "subject": null }),
        json!({ "subject": "é".repeat(999) }),
        json!({ "subject": "a\nb" }),
        json!({ "text": null, "html": null }),
        json!({ "text": "", "html": "" }),
        json!({ "headers": { "Date": "x" } }),
        json!({ "headers": { "Message-ID": "<x@y>" } }),
        json!({ "headers": { "X-": "x" } }),
        json!({ "headers": { "X-Ü": "x" } }),
        json!({ "headers": { "X-A": "a\r\nb" } }),
        json!({ "headers": { "X-A": "x".repeat(2_049) } }),
        json!({ "headers": headers(21) }),
        json!({ "headers": { "X-A": 5 } }),
        json!({ "attachments": [{ "content": "?", "filename": "a", "type": "text/plain", "disposition": "attachment" }] }),
        json!({ "attachments": [{ "content": "YQ==", "filename": "a", "type": "text/plain", "disposition": "inline" }] }),
        json!({ "priority": "high" }),
    ];
    for change in odd {
        let reply = sandbox.post(&with(&change)).await;
        assert_eq!(reply.status, 400, "{change}: {reply:?}");
        reply.assert_refused(400, 10_001);
        assert_eq!(reply.body["errors"][0]["message"], "email.sending.error.invalid_request_schema");
    }
    for change in [
        json!({ "to": many(50) }),
        json!({ "subject": "é".repeat(998) }),
        json!({ "headers": headers(20) }),
        json!({ "headers": { "X-A": "x".repeat(2_048) } }),
        json!({ "attachments": [{ "content": "YQ==", "filename": "a", "type": "text/plain", "disposition": "attachment" }] }),
    ] {
        assert_eq!(sandbox.post(&with(&change)).await.status, 200, "{change}");
    }
    assert_eq!(sandbox.outbox().await.len(), 5);
}

#[tokio::test]
async fn a_letter_over_five_mebibytes_is_too_large_whichever_of_the_two_codes_that_is() {
    let sandbox = TestSandbox::start().await;
    let large = with(&json!({ "text": "x".repeat((5 << 20) + 1), "html": null }));
    sandbox.post(&large).await.assert_refused(400, 10_200);
    sandbox.control("switches", json!({ "email_code_pair": "swapped" })).await;
    let reply = sandbox.post(&large).await;
    reply.assert_refused(400, 10_202);
    assert_eq!(reply.body["errors"][0]["message"], "email.sending.error.email.too_big");
    let fits = with(&json!({ "text": "x".repeat(5 << 20), "html": null }));
    assert_eq!(sandbox.post(&fits).await.status, 200);
}

#[tokio::test]
async fn only_a_domain_that_was_set_up_sends_except_to_verified_addresses() {
    let sandbox = TestSandbox::start().await;
    let foreign = with(&json!({ "from": "dojo@example.com" }));
    let reply = sandbox.post(&foreign).await;
    reply.assert_refused(403, 10_204);
    assert_eq!(reply.body["errors"][0]["message"], "email.sending.error.email.sender_not_configured");
    sandbox.control("switches", json!({ "email_new_domain_disabled": true, "email_code_type": "text" })).await;
    let reply = sandbox.post(&foreign).await;
    assert_eq!((reply.status, &reply.body["errors"][0]["code"]), (403, &json!("10203")));
    sandbox.control("mail_rules", json!({ "verified": ["Ann@example.net"] })).await;
    assert_eq!(sandbox.post(&foreign).await.status, 200);
    let also = with(&json!({ "from": "dojo@example.com", "cc": "bo@example.net" }));
    assert_eq!(sandbox.post(&also).await.status, 403, "one recipient is not verified");
    sandbox.control("mail_rules", json!({ "domains": ["example.com", "*.example.net"] })).await;
    assert_eq!(sandbox.post(&also).await.status, 200);
    assert_eq!(sandbox.post(&with(&json!({ "from": "a@mail.example.net" }))).await.status, 200);
    let bare = with(&json!({ "from": "a@example.net", "to": "bo@example.net" }));
    assert_eq!(sandbox.post(&bare).await.status, 403, "a wildcard stands for a label");
}

#[tokio::test]
async fn bounces_and_suppressed_addresses_are_listed_or_refuse_the_letter() {
    let sandbox = TestSandbox::start().await;
    let fates = json!({ "ann@example.net": "bounced", "bo@example.net": "suppressed", "cy@example.net": "delivered" });
    sandbox.control("mail_rules", json!({ "fates": fates })).await;
    let sent = sandbox.post(&with(&json!({ "to": ["Ann@example.net", "cy@example.net"] }))).await.result().clone();
    assert_eq!(sent["permanent_bounces"], json!(["Ann@example.net"]));
    assert_eq!((&sent["delivered"], &sent["queued"]), (&json!(["cy@example.net"]), &json!([])));
    let suppressed = with(&json!({ "to": "bo@example.net" }));
    let reply = sandbox.post(&suppressed).await;
    reply.assert_refused(400, 10_250);
    sandbox.control("switches", json!({ "email_suppressed": "listed" })).await;
    assert_eq!(sandbox.post(&suppressed).await.result()["suppressed_recipients"], json!(["bo@example.net"]));
    assert_eq!(sandbox.outbox().await.len(), 2, "a refused letter is not kept");
}

#[tokio::test]
async fn an_error_that_was_asked_for_is_the_answer_until_it_is_taken_back() {
    let sandbox = TestSandbox::start().await;
    for (error, status, code) in [
        ("unauthorized", 401, 10_101),
        ("bad_token_type", 401, 10_103),
        ("forbidden", 403, 10_102),
        ("not_entitled", 403, 10_105),
        ("not_found", 404, 10_000),
        ("throttled", 429, 10_004),
        ("internal_server", 500, 10_002),
        ("upstream", 503, 10_100),
    ] {
        sandbox.control("mail_rules", json!({ "error": error })).await;
        sandbox.post(&letter()).await.assert_refused(status, code);
    }
    sandbox.control("mail_rules", json!({ "error": null })).await;
    assert_eq!(sandbox.post(&letter()).await.status, 200);
    let url = format!("{}/mail_rules", sandbox.info.control_url);
    for odd in [json!({ "error": "gone" }), json!({ "unknown": 1 }), json!([])] {
        assert_eq!(sandbox.send(Method::POST, &url, None, Some(&odd)).await.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn a_daily_quota_is_over_after_that_many_letters_and_new_on_the_next_day() {
    let sandbox = TestSandbox::start().await;
    sandbox.control("switches", json!({ "email_daily_quota": 2 })).await;
    for _ in 0..2 {
        assert_eq!(sandbox.post(&letter()).await.status, 200);
    }
    sandbox.post(&letter()).await.assert_refused(429, 10_004);
    sandbox.advance(86_401).await;
    assert_eq!(sandbox.post(&letter()).await.status, 200);
}

#[tokio::test]
async fn only_a_token_with_the_permission_sends() {
    let sandbox = TestSandbox::start().await;
    let url = sandbox.account("/email/sending/send");
    let account = sandbox.info.account_id.clone();
    let other = sandbox.token(&["realtime", "stream_write", "workers_write"], "user", &account).await;
    sandbox.send(Method::POST, &url, Some(&other), Some(&letter())).await.assert_refused(403, 10_000);
    let own = sandbox.token(&["email_sending_write"], "user", &account).await;
    assert_eq!(sandbox.send(Method::POST, &url, Some(&own), Some(&letter())).await.status, 200);
    let stream = sandbox.account("/stream");
    sandbox.send(Method::GET, &stream, Some(&own), None).await.assert_refused(403, 10_000);
    sandbox.send(Method::GET, &url, Some(&own), None).await.assert_refused(404, 7_003);
}

#[tokio::test]
async fn the_outbox_is_there_after_a_restart_and_a_letter_whose_reply_was_lost_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let sandbox = TestSandbox::with_state_file(&state).await;
    sandbox
        .control("faults", json!({ "path": "*/email/sending/send", "count": 1, "fault": { "kind": "drop_reply" } }))
        .await;
    let url = sandbox.account("/email/sending/send");
    let lost = sandbox.http.post(url).bearer_auth(&sandbox.info.api_token).json(&letter()).send().await;
    assert!(lost.is_err(), "{lost:?}");
    sandbox.server.stop().await;
    let again = TestSandbox::with_state_file(&state).await;
    assert_eq!(again.outbox().await.len(), 1);
}
