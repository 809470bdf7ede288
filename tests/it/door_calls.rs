//! The calls with which a door is made and looked after: D1, scripts with code and secrets, and API tokens for one purpose.

use hajime_core::cloudflare::{Binding, Code, Error, Statement, TokenOwner, whole_number};
use hajime_core::domain::profile::join_page::{PageFile, SiteName};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{Cloud, TestDesk};

const SCRIPT: &str = "door";

fn statement(sql: &'static str, json: &Value) -> Statement {
    Statement { sql: sql.into(), json: (!json.is_null()).then(|| json.to_string()) }
}

#[tokio::test]
async fn a_database_is_made_once_found_filled_as_a_whole_and_deleted() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let api = desk.context.cloudflare();
    assert!(api.find_database("door").await.unwrap().is_none());
    let made = api.create_database("door").await.unwrap();
    assert!(matches!(api.create_database("door").await, Err(Error::Conflict { .. })));
    // A search finds names that hold the text; only the whole name is meant.
    api.create_database("another-door").await.unwrap();
    assert_eq!(api.find_database("door").await.unwrap().map(|found| found.id), Some(made.id.clone()));

    let create = statement("CREATE TABLE IF NOT EXISTS t (a TEXT PRIMARY KEY, b INTEGER) STRICT", &Value::Null);
    let insert = "INSERT INTO t SELECT value ->> 'a', value ->> 'b' FROM json_each(?1)";
    let rows = json!([{ "a": "ü \u{1F94B}", "b": 9_007_199_254_740_991_i64 }, { "a": "y", "b": null }]);
    let select = statement("SELECT a, b FROM t ORDER BY a", &Value::Null);
    let ran = api.run_in_database(&made.id, &[create, statement(insert, &rows), select.clone()]).await.unwrap();
    let read = ran.last().unwrap();
    assert_eq!(read.rows.iter().map(|row| row["a"].clone()).collect::<Vec<_>>(), ["y", "ü \u{1F94B}"]);
    let numbers: Vec<_> = read.rows.iter().map(|row| whole_number(row, "b")).collect();
    assert_eq!(numbers, [None, Some(9_007_199_254_740_991)]);

    // The second statement breaks a rule, so the first one has not happened either.
    let once = statement(insert, &json!([{ "a": "z", "b": 1 }]));
    assert!(api.run_in_database(&made.id, &[once.clone(), once]).await.is_err());
    let after = api.run_in_database(&made.id, &[select]).await.unwrap();
    assert_eq!(after.first().map(|ran| ran.rows.len()), Some(2));

    assert!(api.database(&made.id).await.unwrap().is_some_and(|known| known.file_size > Some(0)));
    assert!(api.delete_database(&made.id).await.unwrap());
    assert!(!api.delete_database(&made.id).await.unwrap());
    assert!(api.database(&made.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_script_keeps_its_secrets_and_a_token_for_the_rooms_can_do_nothing_else() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let api = desk.context.cloudflare();
    api.register_site_name(&SiteName::suggested(desk.context.account())).await.unwrap();
    assert_eq!(api.secret_names(SCRIPT).await.unwrap(), None);

    let owner = TokenOwner::Account;
    let groups = api.permission_groups(owner).await.unwrap();
    let rooms: Vec<_> = groups.into_iter().filter(|group| group.name == "Realtime Admin").collect();
    let token = api.create_token(owner, "door of a desk", &rooms).await.unwrap();
    assert!(api.realtime_token_works(&token.value).await.unwrap());
    let found = api.tokens_named(owner, "door of a desk").await.unwrap();
    assert_eq!(found.as_slice(), std::slice::from_ref(&token.id));

    let database = api.create_database("door").await.unwrap();
    let files = [PageFile::new("/index.html".to_owned(), b"<h1>".to_vec())];
    let bindings = |secret: Option<Binding>| {
        let mut all =
            vec![Binding::Assets { name: "ASSETS" }, Binding::Database { name: "DB", id: database.id.clone() }];
        all.extend(secret);
        all
    };
    let with_secret = bindings(Some(Binding::Secret { name: "TOKEN", text: token.value.clone() }));
    let code = |bindings| Code { module: "export default {};", bindings, worker_first: &["/j/*"] };
    api.deploy(SCRIPT, &files, "", Some(&code(&with_secret)), &|_| ()).await.unwrap();
    let key = SecretString::from("another secret");
    api.put_secret(SCRIPT, "KEY", &key).await.unwrap();
    // An update that does not know the secrets keeps them.
    let without_secret = bindings(None);
    api.deploy(SCRIPT, &files, "", Some(&code(&without_secret)), &|_| ()).await.unwrap();
    let mut names = api.secret_names(SCRIPT).await.unwrap().unwrap();
    names.sort();
    assert_eq!(names, ["KEY", "TOKEN"]);
    api.delete_secret(SCRIPT, "KEY").await.unwrap();
    assert_eq!(api.secret_names(SCRIPT).await.unwrap(), Some(vec!["TOKEN".to_owned()]));

    // A database that is gone is not bound again.
    assert!(api.delete_database(&database.id).await.unwrap());
    assert!(api.deploy(SCRIPT, &files, "", Some(&code(&without_secret)), &|_| ()).await.is_err());

    assert!(api.delete_token(owner, &token.id).await.unwrap());
    assert!(!api.delete_token(owner, &token.id).await.unwrap());
    assert!(!api.realtime_token_works(&token.value).await.unwrap());
}
