//! What D1's answers come to.

use super::*;
use crate::cloudflare::CredentialProblem;
use crate::cloudflare::test_server::{Answer, Server, gives, nothing, refuses, says};

const ID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

fn id() -> DatabaseId {
    ID.parse().unwrap()
}

fn entry(uuid: &str, name: &str) -> Value {
    json!({ "uuid": uuid, "name": name, "version": "production", "created_at": "2026-10-05T09:00:00.000Z" })
}

fn write(json: &str) -> Statement {
    let sql = "INSERT INTO facts SELECT value ->> 'name', value ->> 'value' FROM json_each(?1)";
    Statement { sql: sql.into(), json: Some(json.to_owned()) }
}

fn read() -> Statement {
    Statement { sql: "SELECT name FROM facts".into(), json: None }
}

/// What a batch of statements came to, and how often the server was asked.
async fn ran(answer: Answer, statements: &[Statement]) -> (Result<Vec<Ran>, Error>, usize) {
    let server = Server::start([answer]).await;
    let ran = server.client().run_in_database(&id(), statements).await;
    (ran, server.count())
}

/// The error of a statement that writes, which is sent once whatever the answer is.
async fn refusal(answer: Answer) -> Error {
    let (ran, asked) = ran(answer, &[write("[]")]).await;
    assert_eq!(asked, 1, "{ran:?}");
    ran.unwrap_err()
}

#[tokio::test]
async fn statements_are_sent_as_one_batch_with_json_as_their_only_parameter() {
    let result = json!([
        { "success": true, "results": [], "meta": { "changes": 2, "rows_read": 3, "rows_written": 4 } },
        { "success": true, "results": [{ "name": "token" }], "meta": {} },
    ]);
    let server = Server::start([gives(&result)]).await;
    let client = server.client();
    let told = client.run_in_database(&id(), &[write("[1]"), read()]).await.unwrap();
    assert_eq!((told[0].changes, told[0].rows_read, told[0].rows_written, told[0].rows.len()), (2, 3, 4, 0));
    assert_eq!(told[1].rows[0]["name"], "token");
    let asked = &server.asked()[0];
    assert_eq!(server.lines(), [format!("POST /accounts/{{A}}/d1/database/{ID}/query")]);
    assert_eq!(
        asked.json(),
        json!({ "batch": [{ "sql": write("").sql, "params": ["[1]"] }, { "sql": "SELECT name FROM facts" }] })
    );
    assert_eq!((client.sent(), client.changed()), (1, 1));
    assert_eq!(client.run_in_database(&id(), &[]).await.unwrap(), []);
    assert_eq!(client.sent(), 1, "nothing to run is not asked");
}

#[tokio::test]
async fn a_batch_that_only_reads_is_repeated_and_any_other_is_not() {
    let one = |statement| async move { ran(says(503, ""), &[statement]).await };
    let (lost, asked) = one(read()).await;
    assert_eq!((lost.unwrap_err(), asked), (Error::Server { status: 503 }, 3));
    for writes in
        ["UPDATE facts SET value = 1", "SELECT 1; DELETE FROM facts", "WITH a AS (SELECT 1) DELETE FROM facts"]
    {
        let (lost, asked) = one(Statement { sql: writes.into(), json: None }).await;
        assert_eq!(asked, 1, "{writes}");
        assert!(lost.unwrap_err().outcome_unknown(), "{writes}");
    }
    let (lost, asked) = ran(says(503, ""), &[read(), write("[]")]).await;
    assert!(lost.is_err());
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_desk_that_may_change_nothing_reads_and_does_not_write() {
    let server = Server::start([gives(&json!([{ "success": true, "results": [], "meta": {} }]))]).await;
    let client = server.client();
    client.set_reads_only(true);
    assert_eq!(client.run_in_database(&id(), &[write("[]")]).await.unwrap_err(), Error::ReadsOnly);
    assert_eq!(server.count(), 0);
    assert_eq!(client.run_in_database(&id(), &[read()]).await.unwrap().len(), 1);
    assert_eq!(client.changed(), 0);
}

#[tokio::test]
async fn every_error_of_d1_has_its_consequence() {
    let wrong = "near \"boom\": syntax error at offset 7: SQLITE_ERROR";
    let error = refusal(refuses(400, 7500, wrong)).await;
    assert!(!error.retryable() && !error.outcome_unknown(), "{error:?}");
    assert!(error.user_message().contains(wrong), "{}", error.user_message());

    let long = refusal(refuses(400, 7500, &"x".repeat(100_000))).await;
    assert!(long.user_message().len() < 2_000, "{}", long.user_message().len());

    assert_eq!(refusal(refuses(500, 7500, "internal error; reference = 1")).await, Error::Server { status: 500 });
    for status in [400, 429, 503] {
        let error = refusal(refuses(status, 7429, "D1 DB exceeded its CPU time limit and was reset.")).await;
        assert_eq!(error, Error::Server { status });
        assert!(error.retryable() && error.outcome_unknown());
    }
    let forbidden = refusal(refuses(403, 7403, "The given account is not valid or is not authorized")).await;
    assert_eq!(forbidden, Error::Credentials(CredentialProblem::PermissionMissing(Surface::D1)));
    let gateway = refusal(refuses(403, 10_000, "Authentication error")).await;
    assert_eq!(gateway, forbidden);
    assert!(gateway.next_step().contains("D1, Edit"), "{}", gateway.next_step());
    assert!(matches!(refusal(refuses(404, 7404, "The database could not be found")).await, Error::Missing { .. }));
    assert!(matches!(refusal(says(429, "slow down")).await, Error::RateLimited(_)));
}

#[tokio::test]
async fn a_daily_limit_is_known_by_its_words_and_says_when_it_ends() {
    let words = |what: &str| {
        format!(
            "Your account has exceeded D1's free tier daily row {what} limit. Upgrade to a paid plan or wait until tomorrow"
        )
    };
    let within = json!([{ "success": false, "error": words("read") }]);
    let answers = [
        refuses(400, 7500, &words("read")),
        refuses(429, 1, &words("write")),
        refuses(500, 0, &words("read")),
        gives(&within),
    ];
    for answer in answers {
        let error = refusal(answer).await;
        assert!(matches!(error, Error::DailyLimit { .. }), "{error:?}");
        assert!(error.retryable() && !error.outcome_unknown() && !error.is_of_every_call());
        assert!(error.next_step().contains("midnight UTC") && error.next_step().contains("paid plan"));
    }
    let (limited, asked) = ran(refuses(400, 7500, &words("read")), &[read()]).await;
    assert!(limited.is_err());
    assert_eq!(asked, 1, "a daily limit does not pass in a second");
}

#[tokio::test]
async fn a_statement_that_failed_inside_a_success_is_a_failure() {
    let fine = json!({ "success": true, "results": [], "meta": {} });
    let failed = json!([fine, { "success": "false", "error": "UNIQUE constraint failed: t.c\u{7}" }]);
    let (told, _) = ran(gives(&failed), &[write("[]"), write("[]")]).await;
    let Error::Refused { status: 200, code: None, message } = told.unwrap_err() else { panic!("not refused") };
    assert!(message.starts_with("UNIQUE constraint failed: t.c") && !message.contains('\u{7}'), "{message:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_about_every_statement_leaves_the_outcome_unknown() {
    let fine = json!({ "success": true, "results": [], "meta": {} });
    let rows: Vec<Value> = (0..=ROWS_MAX).map(|number| json!({ "n": number })).collect();
    let odd = [
        gives(&Value::Null),
        gives(&json!([])),
        gives(&json!([fine, fine])),
        gives(&json!([{ "success": true, "results": null }])),
        gives(&json!(["?"])),
        gives(&json!([{ "success": true, "results": rows }])),
        says(200, ""),
        says(200, "<html>sign in</html>"),
        says(502, "<html>Bad gateway</html>"),
        says(200, r#"{"success":true,"result":[{"succ"#),
        nothing(),
    ];
    for answer in odd {
        let shown = answer.2.clone().map(|body| body.chars().take(80).collect::<String>());
        let error = refusal(answer).await;
        assert!(error.outcome_unknown() && error.retryable(), "{shown:?}: {error:?}");
    }
}

#[tokio::test]
async fn numbers_may_be_fractions_or_texts_and_one_odd_row_spoils_no_other() {
    let result = json!([{
        "success": true,
        "results": [{ "n": 41.0 }, 7, { "n": "42" }, { "n": 43 }, { "n": 1.5 }, { "n": null }],
        "meta": { "changes": "3", "rows_read": 1.0, "rows_written": "?" },
    }]);
    let (told, _) = ran(gives(&result), &[read()]).await;
    let told = told.unwrap().remove(0);
    let numbers: Vec<Option<i64>> = told.rows.iter().map(|row| whole_number(row, "n")).collect();
    assert_eq!(numbers, [Some(41), Some(42), Some(43), None, None]);
    assert_eq!((told.changes, told.rows_read, told.rows_written), (3, 1, 0));
}

#[tokio::test]
async fn a_database_is_found_by_its_whole_name_on_any_page() {
    let page = |page: u32, names: &[String]| {
        let items: Vec<Value> = names.iter().map(|name| entry(ID, name)).collect();
        let info = json!({ "page": page, "per_page": 50, "count": items.len(), "total_count": 51 });
        says(200, &json!({ "success": true, "errors": [], "result": items, "result_info": info }).to_string())
    };
    let others: Vec<String> = (0..50).map(|number| format!("hajime-door-{number}")).collect();
    let server = Server::start([page(1, &others), page(2, &["hajime-door".to_owned()])]).await;
    // The second page would repeat the ids of the first, were they not different.
    let found = server.client().find_database("hajime-door").await.unwrap();
    assert_eq!(found.map(|database| database.id), Some(id()));
    assert_eq!(
        server.lines(),
        [1, 2].map(|page| format!("GET /accounts/{{A}}/d1/database?name=hajime-door&page={page}&per_page=50"))
    );
    let server = Server::start([gives(&json!([entry(ID, "hajime-door-old")])), gives(&json!([]))]).await;
    assert_eq!(server.client().find_database("hajime-door").await.unwrap(), None);
}

#[tokio::test]
async fn a_database_is_made_once_and_a_taken_name_is_a_conflict() {
    let server = Server::start([gives(&entry(ID, "hajime-door"))]).await;
    let made = server.client().create_database("hajime-door").await.unwrap();
    assert_eq!((made.id, made.file_size), (id(), None));
    assert_eq!(server.asked()[0].json(), json!({ "name": "hajime-door" }));

    let server = Server::start([refuses(400, 7502, "database with name 'hajime-door' already exists")]).await;
    let taken = server.client().create_database("hajime-door").await.unwrap_err();
    assert!(matches!(taken, Error::Conflict { .. }), "{taken:?}");
    for answer in [nothing(), says(502, ""), gives(&json!({ "name": "hajime-door" })), gives(&entry(ID, "another"))] {
        let server = Server::start([answer]).await;
        let error = server.client().create_database("hajime-door").await.unwrap_err();
        assert!(error.outcome_unknown(), "{error:?}");
        assert_eq!(server.count(), 1, "{error:?}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_apart_from_an_answer_of_a_proxy() {
    let mut whole = entry(&ID.to_uppercase(), "hajime-door");
    whole["file_size"] = "16384".into();
    let server = Server::start([gives(&whole)]).await;
    assert_eq!(server.client().database(&id()).await.unwrap().and_then(|found| found.file_size), Some(16_384));

    let gone = refuses(404, 7404, "The database 3f2504e0 could not be found");
    let server = Server::start([gone.clone()]).await;
    assert_eq!(server.client().database(&id()).await.unwrap(), None);
    assert!(!server.client().delete_database(&id()).await.unwrap());
    let server = Server::start([gives(&Value::Null)]).await;
    assert!(server.client().delete_database(&id()).await.unwrap());

    let server = Server::start([says(404, "<html>")]).await;
    assert!(matches!(server.client().database(&id()).await, Err(Error::Unreadable { .. })));
    assert!(server.client().delete_database(&id()).await.is_err());
    let another = "11111111-1111-4111-8111-111111111111";
    let server = Server::start([gives(&entry(another, "hajime-door"))]).await;
    assert!(matches!(server.client().database(&id()).await, Err(Error::OfAnother { .. })));
}
