//! The life of the door behind the join page: it is published with the page, keeps its secrets, survives a kill at every request, gets new
//! secrets, and is taken down. Without a permission the page is published as before, and says what is missing.

mod interrupted;
mod secrets_stay;

use std::collections::BTreeSet;

use hajime_core::actions::profile::door::{self, DoorOutcome, DoorState, Lack, TokenState};
use hajime_core::actions::profile::join_page::{self, PageState, Published, Request};
use hajime_core::actions::sharing::links;
use hajime_core::config::Profile;
use hajime_core::context::Context;
use hajime_core::domain::profile::door::DoorCode;
use hajime_core::domain::profile::join_page::JoinPage;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::error::Error;
use reqwest::{Method, StatusCode, header};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::command_line::{printed, program, refused};
use crate::links::ready_recording;
use crate::support::{Cloud, TestDesk};

const SCHEMA: &str = include_str!("../../ui/door/schema.sql");
/// A code of a watch link: 32 characters of base64url.
const CODE: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz012345";

/// A small join page with a door. The sandbox answers for the door by its own code.
fn page(script: &str) -> JoinPage {
    let files = [("index.html", "<h1>Join a class</h1>"), ("watch.html", "<h1>Watch</h1>"), ("assets/join.js", script)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    JoinPage::with_door(files, Some(DoorCode::new("export default {};\n", SCHEMA))).unwrap()
}

async fn publish(context: &Context) -> Result<Published, Error> {
    join_page::publish(context, &page("1"), &Request::default(), &|_| ()).await
}

async fn open_door(context: &Context) -> Url {
    let published = publish(context).await.unwrap();
    assert_eq!(published.door, DoorOutcome::Open);
    published.address
}

async fn status(context: &Context) -> door::Status {
    door::status(context, &page("1")).await.unwrap()
}

/// What the account has for the door: databases, tokens and keys by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    databases: BTreeSet<String>,
    tokens: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Made {
    fn counts(&self) -> (usize, usize, usize) {
        (self.databases.len(), self.tokens.len(), self.keys.len())
    }
}

async fn made(cloud: &Cloud) -> Made {
    let listed = async |path: &str, id: &str, kept: &dyn Fn(&Value) -> bool| {
        let answer = cloud.api(Method::GET, path).await;
        let items = answer["result"].as_array().cloned().unwrap_or_default();
        let items = items.iter().filter(|item| kept(item));
        items.map(|item| item[id].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let is_ours = |token: &Value| token["name"].as_str().is_some_and(|name| name.starts_with("Hajime door"));
    Made {
        databases: listed("/d1/database", "uuid", &|_| true).await,
        tokens: listed("/tokens", "id", &is_ours).await,
        keys: listed("/stream/keys", "id", &|_| true).await,
    }
}

async fn query(cloud: &Cloud, database: &str, sql: &str, json: Value) -> Value {
    let body = json!({ "sql": sql, "params": [json.to_string()] });
    let answer = cloud.send(Method::POST, &format!("/d1/database/{database}/query"), body).await;
    assert_eq!(answer["success"], true, "{sql}: {answer}");
    answer["result"][0]["results"].clone()
}

/// Gives the door a watch link to a recording, as an exchange does.
async fn add_watch_link(cloud: &Cloud, recording: &Recording) {
    let database = made(cloud).await.databases.into_iter().next().unwrap();
    let video = recording.facts.video.as_ref().unwrap().as_str();
    let code = format!("{:x}", Sha256::digest(CODE.as_bytes()));
    let sql = "INSERT INTO watch_links (code, video, title, recorded, until, version)
               VALUES (?1 ->> '$.code', ?1 ->> '$.video', 'Karate', 0, 4102444800000, 1)";
    query(cloud, &database, sql, json!({ "code": code, "video": video })).await;
}

/// Asks the site at an address of the sandbox. The system's resolver may not know names below `localhost`, so the name is in the header.
async fn visit(method: Method, address: &Url, path: &str) -> (StatusCode, Value) {
    let http = hajime_core::http_client::builder().build().unwrap();
    let port = address.port().unwrap();
    let host = format!("{}:{port}", address.host_str().unwrap());
    let request = http.request(method, format!("http://127.0.0.1:{port}{path}"));
    let reply = request.header(header::HOST, host).body("{}").send().await.unwrap();
    (reply.status(), reply.json().await.unwrap_or(Value::Null))
}

/// Plays by the watch link. Returns the address of the video with the token that the door signed.
async fn play(address: &Url) -> String {
    let (status, reply) = visit(Method::POST, address, &format!("/w/{CODE}/play")).await;
    assert_eq!(status, 200, "{reply}");
    let (player, token) = (reply["player"].as_str().unwrap(), reply["token"].as_str().unwrap());
    format!("{player}/{token}/manifest/video.m3u8")
}

/// The credentials of a token with these permissions only.
async fn with_token(cloud: &Cloud, permissions: &[&str]) -> Profile {
    let minted = cloud.control("tokens", json!({ "permissions": permissions, "owner": "account" })).await;
    Profile { token: SecretString::from(minted["api_token"].as_str().unwrap().to_owned()), ..cloud.connection() }
}

fn desk_with(connection: &Profile, folder: &tempfile::TempDir) -> TestDesk {
    TestDesk::connected(
        connection,
        folder.path(),
        std::sync::Arc::default(),
        Some(std::sync::Arc::new(hajime_core::ports::MemorySecrets::default())),
    )
}

#[tokio::test]
async fn the_door_is_published_with_the_page_and_publishing_again_makes_nothing_new() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    assert_eq!(status(&desk.context).await.state, DoorState::None(None));

    let address = open_door(&desk.context).await;
    let first = made(&cloud).await;
    assert_eq!(first.counts(), (1, 1, 1));
    let (unknown, reply) = visit(Method::GET, &address, &format!("/j/{CODE}/class")).await;
    assert_eq!((unknown.as_u16(), &reply["error"]), (404, &json!("unknown")));
    let seen = status(&desk.context).await;
    assert_eq!((&seen.state, seen.signing_key, seen.token), (&DoorState::Open, true, TokenState::Made));
    assert!(seen.answered_at.is_some() && seen.size.is_some() && seen.trouble.is_none(), "{seen:?}");
    assert_eq!(seen.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));

    // Another build of the page goes up with the secrets that the door has.
    let changed = page("2");
    assert_eq!(door::status(&desk.context, &changed).await.unwrap().state, DoorState::Older);
    let again = join_page::publish(&desk.context, &changed, &Request::default(), &|_| ()).await.unwrap();
    assert_eq!((again.door, made(&cloud).await), (DoorOutcome::Open, first));
    assert_eq!(door::status(&desk.context, &changed).await.unwrap().state, DoorState::Open);
}

#[tokio::test]
async fn without_a_permission_the_page_is_published_and_says_which_one_is_missing() {
    const PAGE: [&str; 3] = ["realtime", "stream_write", "workers_write"];
    let lacking = [
        (&[][..], Lack::Database, "D1: Edit"),
        (&["account_api_tokens_write"][..], Lack::Database, "D1: Edit"),
        (&["d1_write"][..], Lack::Token, "Account API Tokens: Edit"),
    ];
    for (more, lack, named) in lacking {
        let cloud = Cloud::start().await;
        let connection = with_token(&cloud, &[&PAGE[..], more].concat()).await;
        let folder = tempfile::tempdir().unwrap();
        let desk = desk_with(&connection, &folder);
        let published = publish(&desk.context).await.unwrap();
        assert_eq!(published.door, DoorOutcome::Without(lack.clone()));
        assert!(published.door.sentence().contains(named), "{}", published.door.sentence());
        let seen = join_page::status(&desk.context, &page("1")).await.unwrap();
        assert_eq!((seen.state, seen.in_use), (PageState::Current, true));
        let found = made(&cloud).await;
        assert_eq!((found.tokens.len(), found.keys.len()), (0, 0), "{found:?}");
        let seen = status(&desk.context).await;
        assert_eq!(seen.state, DoorState::None(Some(lack.clone())));
        assert_eq!(seen.token == TokenState::Missing, lack == Lack::Token);
    }
}

#[tokio::test]
async fn a_token_that_a_person_gives_is_tried_and_opens_the_door() {
    let cloud = Cloud::start().await;
    let connection = with_token(&cloud, &["realtime", "stream_write", "workers_write", "d1_write"]).await;
    let folder = tempfile::tempdir().unwrap();
    let desk = desk_with(&connection, &folder);
    publish(&desk.context).await.unwrap();
    let take =
        async |token: String| door::take_token(&desk.context, &page("1"), SecretString::from(token), &|_| ()).await;
    for useless in ["no token", &"x".repeat(40)] {
        let refusal = take(useless.to_owned()).await.unwrap_err();
        assert!(matches!(&refusal, Error::Invalid(invalid) if invalid.problems()[0].field == "token"), "{refusal}");
        assert!(!refusal.message().contains(useless));
    }
    let given = cloud.control("tokens", json!({ "permissions": ["realtime"], "owner": "account" })).await;
    let taken = take(given["api_token"].as_str().unwrap().to_owned()).await.unwrap();
    assert_eq!(taken.door, DoorOutcome::Open);
    assert_eq!(status(&desk.context).await.token, TokenState::Pasted);
    // Rotating leaves a token alone that Hajime did not make.
    let before = made(&cloud).await;
    door::rotate(&desk.context, &page("1"), &|_| ()).await.unwrap();
    let after = made(&cloud).await;
    assert_eq!((after.keys.len(), status(&desk.context).await.token), (1, TokenState::Pasted));
    assert_ne!(after.keys, before.keys);
}

#[tokio::test]
async fn rotated_secrets_replace_the_old_ones_and_links_work_on() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let address = open_door(&desk.context).await;
    add_watch_link(&cloud, &recording).await;
    let direct = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
    let before = made(&cloud).await;
    let played = play(&address).await;
    assert_eq!(cloud.status_of(&played).await, 200);

    door::rotate(&desk.context, &page("1"), &|_| ()).await.unwrap();
    let after = made(&cloud).await;
    assert_eq!(after.counts(), (1, 1, 2), "the desk's own key and the door's");
    assert!(after.tokens.is_disjoint(&before.tokens) && after.keys.intersection(&before.keys).count() == 1);
    assert_eq!(cloud.status_of(&played).await, 401);
    assert_eq!(cloud.status_of(direct.hls_url.expose()).await, 200);
    let played = play(&address).await;
    assert_eq!(cloud.status_of(&played).await, 200);

    door::end_plays(&desk.context, &page("1"), &|_| ()).await.unwrap();
    assert_eq!((cloud.status_of(&played).await, made(&cloud).await.tokens), (401, after.tokens));
    assert_eq!(cloud.status_of(&play(&address).await).await, 200);
    assert_eq!(cloud.status_of(direct.hls_url.expose()).await, 200);
}

#[tokio::test]
async fn another_desk_takes_over_the_door_updates_it_and_rotates_its_secrets() {
    let cloud = Cloud::start().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, two] = [0, 1].map(|desk| TestDesk::open(&cloud, folders[desk].path()));
    open_door(&one.context).await;
    let first = made(&cloud).await;
    let seen = status(&two.context).await;
    assert_eq!((seen.state, seen.signing_key, seen.token), (DoorState::Open, true, TokenState::Made));
    assert_eq!(publish(&two.context).await.unwrap().door, DoorOutcome::Open);
    assert_eq!(made(&cloud).await, first, "the second desk keeps the secrets and the database");

    door::rotate(&two.context, &page("1"), &|_| ()).await.unwrap();
    let second = made(&cloud).await;
    assert_eq!(second.counts(), (1, 1, 1));
    assert!(second.keys.is_disjoint(&first.keys) && second.tokens.is_disjoint(&first.tokens));
    let seen = status(&one.context).await;
    assert_eq!((seen.state, seen.signing_key), (DoorState::Open, true));
    assert_eq!(publish(&one.context).await.unwrap().door, DoorOutcome::Open);
    assert_eq!(made(&cloud).await, second);
}

#[tokio::test]
async fn a_desk_that_may_not_update_the_door_does_not_publish_the_page_without_it() {
    let cloud = Cloud::start().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let one = TestDesk::open(&cloud, folders[0].path());
    let address = open_door(&one.context).await;
    let connection = with_token(&cloud, &["realtime", "stream_write", "workers_write"]).await;
    let two = desk_with(&connection, &folders[1]);
    let refusal = publish(&two.context).await.unwrap_err();
    assert!(matches!(&refusal, Error::Conflict { message, .. } if message.contains("D1: Edit")), "{refusal}");
    let (status, _) = visit(Method::GET, &address, &format!("/j/{CODE}/class")).await;
    assert_eq!(status, 404, "the door answers still");
}

#[tokio::test]
async fn a_key_a_token_or_a_database_that_somebody_deleted_is_made_anew() {
    for path in ["/stream/keys", "/tokens", "/d1/database"] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        open_door(&desk.context).await;
        let first = made(&cloud).await;
        let id = match path {
            "/stream/keys" => first.keys.first(),
            "/tokens" => first.tokens.first(),
            _ => first.databases.first(),
        };
        cloud.api(Method::DELETE, &format!("{path}/{}", id.unwrap())).await;
        let seen = status(&desk.context).await;
        let is_told = !seen.signing_key || seen.token == TokenState::Missing || seen.trouble.is_some();
        assert!(is_told, "{path}: {seen:?}");
        open_door(&desk.context).await;
        let again = made(&cloud).await;
        assert_eq!(again.counts(), (1, 1, 1), "{path}");
        assert_ne!(again, first);
        assert_eq!(status(&desk.context).await.state, DoorState::Open);
    }
}

#[tokio::test]
async fn a_door_that_is_taken_down_leaves_the_page_and_nothing_else() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let address = open_door(&desk.context).await;
    add_watch_link(&cloud, &recording).await;
    let played = play(&address).await;
    assert_eq!(status(&desk.context).await.watch_links, 1);

    door::remove(&desk.context, &page("1")).await.unwrap();
    assert_eq!(made(&cloud).await.counts(), (0, 0, 0));
    assert_eq!(cloud.status_of(&played).await, 401);
    assert_eq!(status(&desk.context).await.state, DoorState::None(None));
    let seen = join_page::status(&desk.context, &page("1")).await.unwrap();
    assert_eq!((seen.state, seen.in_use), (PageState::Current, true));
    let secrets = cloud.api(Method::GET, "/workers/scripts/hajime-join/secrets").await;
    assert_eq!(secrets["result"], json!([]));
    let refusal = door::remove(&desk.context, &page("1")).await.unwrap_err();
    assert_eq!(refusal.message(), "There is no door.");

    // Deleting the page deletes the door, too.
    open_door(&desk.context).await;
    assert!(join_page::remove(&desk.context, &page("1")).await.unwrap().deleted);
    assert_eq!(made(&cloud).await.counts(), (0, 0, 0));
}

#[tokio::test]
async fn a_page_without_a_door_does_not_replace_one_that_has_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    open_door(&desk.context).await;
    let bare = JoinPage::new([("index.html".to_owned(), b"<h1>Join</h1>".to_vec())]).unwrap();
    let refusal = join_page::publish(&desk.context, &bare, &Request::default(), &|_| ()).await.unwrap_err();
    assert!(matches!(refusal, Error::Conflict { .. }), "{refusal}");
    assert_eq!(status(&desk.context).await.state, DoorState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_publishes_shows_renews_and_takes_down_the_door() {
    let cloud = Cloud::start().await;
    let (data, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(files.path().join("door")).unwrap();
    for (path, text) in [("index.html", "<h1>"), ("door/door.js", "export default {};\n"), ("door/schema.sql", SCHEMA)]
    {
        std::fs::write(files.path().join(path), text).unwrap();
    }
    let from = ["--from", files.path().to_str().unwrap()];
    let run = |arguments: &[&str]| {
        let arguments = [&["door"], arguments, &from[..]].concat();
        program(data.path()).envs(cloud.variables()).args(arguments).output().unwrap()
    };
    assert_eq!(printed(&run(&["status"]))["state"], "none");
    let published = printed(&run(&["publish"]));
    assert_eq!((&published["door"], &published["files"]), (&json!("published"), &json!(2)));
    let status = printed(&run(&["status"]));
    assert_eq!(
        (&status["state"], &status["token"], &status["signing_key"]),
        (&json!("open"), &json!("made"), &json!(true))
    );
    assert_eq!(status["limits"].as_array().unwrap().len(), 3);
    assert_eq!(printed(&run(&["rotate"]))["door"], "published");
    assert_eq!(printed(&run(&["end-plays"]))["door"], "published");
    let asked = refused(&run(&["remove"]));
    assert_eq!(asked["code"], "not_confirmed");
    assert!(asked["message"].as_str().unwrap().contains("0 class links and 0 watch links"), "{asked}");
    assert_eq!(printed(&run(&["remove", "--yes"])), json!({ "class_links": 0, "watch_links": 0 }));
    assert_eq!(printed(&run(&["status"]))["state"], "none");
    assert_eq!(made(&cloud).await.counts(), (0, 0, 0));
}
