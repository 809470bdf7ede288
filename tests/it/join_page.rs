//! Publishing the join page: only what changed is uploaded, whatever is lost on the way can be repeated, and nothing of somebody else is
//! replaced without a word.

mod calendar;
mod hostnames;
mod odd_ends;
mod replies;

use std::path::Path;
use std::process::Output;
use std::sync::Mutex;

use hajime_core::actions::profile::join_page::{self, PageState, Published, Request, Status, Step};
use hajime_core::actions::profile::{journal, settings};
use hajime_core::cloudflare::UploadedFiles;
use hajime_core::context::Context;
use hajime_core::domain::profile::join_page::{JoinPage, POLICY};
use hajime_core::domain::profile::journal::Scope;
use hajime_core::error::Error;
use reqwest::{Client, header};
use serde_json::json;
use url::Url;

use crate::command_line::{printed, program, refused};
use crate::support::{Cloud, TestDesk};

/// The name below `workers.dev` that Hajime suggests for the account of a sandbox.
const NAME: &str = "dojo-5a6d1c";

/// A small join page whose script is `script`.
fn page(script: &str) -> JoinPage {
    let files = [
        ("index.html", "<h1>Join a class</h1>"),
        ("404.html", "<h1>Join a class, from a changed address</h1>"),
        ("assets/join.js", script),
        ("assets/join.css", "h1 { color: black }"),
        ("_headers", "/*\n  X-Frame-Options: ALLOWALL\n"),
    ];
    JoinPage::new(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))).unwrap()
}

async fn publish(context: &Context, page: &JoinPage) -> Result<Published, Error> {
    join_page::publish(context, page, &Request::default(), &|_| ()).await
}

async fn replace(context: &Context, page: &JoinPage) -> Result<Published, Error> {
    join_page::publish(context, page, &Request { replace: true, ..Request::default() }, &|_| ()).await
}

async fn status(context: &Context, page: &JoinPage) -> Status {
    join_page::status(context, page).await.unwrap()
}

fn opened(context: &Context) -> Option<Url> {
    settings::get(context).unwrap().join_page
}

fn open_page_of_our_own(context: &Context) -> Url {
    let own: Url = "https://join.example.org/".parse().unwrap();
    let mut preferences = settings::get(context).unwrap();
    preferences.join_page = Some(own.clone());
    settings::save(context, &preferences).unwrap();
    own
}

/// Asks the site at an address of the sandbox. The system's resolver may not know names below `localhost`, so the name is in the header alone.
async fn visit(address: &Url, path: &str) -> reqwest::Response {
    let http: Client = hajime_core::http_client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let port = address.port().unwrap();
    let host = format!("{}:{port}", address.host_str().unwrap());
    http.get(format!("http://127.0.0.1:{port}{path}")).header(header::HOST, host).send().await.unwrap()
}

#[tokio::test]
async fn the_first_publication_registers_a_name_uploads_checks_and_becomes_the_page_of_invitations() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let page = page("1");
    let before = status(&desk.context, &page).await;
    assert_eq!((&before.state, &before.address), (&PageState::NotPublished, &None));
    assert_eq!(before.suggested_name.unwrap().as_str(), NAME);

    let steps = Mutex::new(Vec::new());
    let heard = |step: Step| steps.lock().unwrap().push(step);
    let published = join_page::publish(&desk.context, &page, &Request::default(), &heard).await.unwrap();
    let port = cloud.connection().base_url.port().unwrap();
    assert_eq!(published.address.as_str(), format!("http://hajime-join.{NAME}.workers.localhost:{port}/"));
    assert_eq!((published.files, published.uploaded), (5, 5));
    let uploading = |done| Step::Uploading(UploadedFiles { done, of: 5 });
    assert_eq!(
        *steps.lock().unwrap(),
        [Step::Looking, Step::Naming, uploading(0), uploading(5), Step::Serving, Step::Checking]
    );

    assert_eq!(opened(&desk.context), Some(published.address.clone()));
    let changes = journal::list(&desk.context, Scope::Everything, 10).unwrap();
    assert_eq!(changes[0].changes.after["join_page"], published.address.as_str());
    let after = status(&desk.context, &page).await;
    assert_eq!((after.state, after.in_use, after.suggested_name), (PageState::Current, true, None));
    assert!(after.published_at.is_some());

    let index = visit(&published.address, "/").await;
    assert_eq!(index.headers()["content-security-policy"], POLICY);
    assert_eq!(index.headers()["x-frame-options"], "DENY");
    assert!(index.headers()["permissions-policy"].to_str().unwrap().contains("camera=(self)"));
    assert_eq!(index.text().await.unwrap(), "<h1>Join a class</h1>");
    // A mail gateway that encodes the `#` moves the token into the path.
    let moved = visit(&published.address, "/%23token=abc").await;
    assert_eq!(moved.status(), 404);
    assert_eq!(moved.headers()["content-security-policy"], POLICY);
    assert!(moved.text().await.unwrap().contains("from a changed address"));
}

#[tokio::test]
async fn publishing_again_uploads_nothing_and_a_changed_file_alone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish(&desk.context, &page("1")).await.unwrap();
    assert_eq!(publish(&desk.context, &page("1")).await.unwrap().uploaded, 0);

    let changed = page("2");
    assert!(matches!(status(&desk.context, &changed).await.state, PageState::Older(_)));
    // The script, and the file that tells the version.
    assert_eq!(publish(&desk.context, &changed).await.unwrap().uploaded, 2);
    assert_eq!(status(&desk.context, &changed).await.state, PageState::Current);
    // What was served before is known still.
    assert_eq!(publish(&desk.context, &page("1")).await.unwrap().uploaded, 0);
}

#[tokio::test]
async fn files_go_up_in_several_calls_where_one_would_be_too_large() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "asset_bucket_bytes": 30, "asset_hash_check": "opaque" })).await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    // One of the calls is refused, and one answer is lost.
    cloud.fault("POST", "*/workers/assets/upload", 1, json!({ "kind": "status", "status": 503 })).await;
    cloud.fault("POST", "*/workers/assets/upload", 1, json!({ "kind": "drop_reply" })).await;
    publish(&desk.context, &page("1")).await.unwrap();
    assert_eq!(status(&desk.context, &page("1")).await.state, PageState::Current);
}

#[tokio::test]
async fn another_desk_of_the_account_knows_the_page_and_uses_it() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (TestDesk::open(&cloud, one.path()), TestDesk::open(&cloud, two.path()));
    let published = publish(&one.context, &page("1")).await.unwrap();
    let seen = status(&two.context, &page("1")).await;
    assert_eq!((&seen.state, seen.in_use, seen.published_at), (&PageState::Current, false, None));
    assert!(!seen.asks_before_replacing());
    let again = publish(&two.context, &page("1")).await.unwrap();
    assert_eq!((again.address, again.uploaded), (published.address, 0));
    assert!(status(&two.context, &page("1")).await.in_use);
}

#[tokio::test]
async fn removing_deletes_the_page_and_the_address_of_invitations() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let nothing = join_page::remove(&desk.context, &page("1")).await.unwrap_err();
    assert_eq!(nothing.message(), "The join page is not published.");
    let published = publish(&desk.context, &page("1")).await.unwrap();
    // The answer to the removal is lost once.
    cloud.fault("DELETE", "*/workers/scripts/*", 1, json!({ "kind": "drop_reply" })).await;
    let removed = join_page::remove(&desk.context, &page("1")).await.unwrap();
    assert_eq!(removed.cleared, Some(published.address.clone()));
    assert!(removed.deleted);
    assert_eq!(opened(&desk.context), None);
    assert_eq!(visit(&published.address, "/").await.status(), 404);
    assert_eq!(status(&desk.context, &page("1")).await.state, PageState::NotPublished);
    // The name stays the account's, so the page comes back at its address.
    assert_eq!(publish(&desk.context, &page("1")).await.unwrap().address, published.address);
}

#[tokio::test]
async fn removing_leaves_an_address_of_our_own_in_the_settings() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish(&desk.context, &page("1")).await.unwrap();
    let own = open_page_of_our_own(&desk.context);
    let removed = join_page::remove(&desk.context, &page("1")).await.unwrap();
    assert_eq!((removed.deleted, removed.cleared), (true, None));
    assert_eq!(opened(&desk.context), Some(own));
}

#[test]
fn the_policy_of_the_published_page_is_that_of_the_page_and_forbids_frames() {
    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/join/index.html");
    let index = std::fs::read_to_string(index).unwrap();
    let (_, after) = index.split_once("Content-Security-Policy").expect("the page has a policy");
    let policy = after.split_once("content=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    assert_eq!(POLICY, format!("{policy}; frame-ancestors 'none'"));
}

fn cli(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Output {
    program(folder).envs(cloud.variables()).arg("join-page").args(arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_publishes_says_what_is_published_and_takes_it_down() {
    let cloud = Cloud::start().await;
    let (data, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(files.path().join("assets")).unwrap();
    std::fs::write(files.path().join("index.html"), "<h1>Join</h1>").unwrap();
    std::fs::write(files.path().join("assets/join.js"), "1").unwrap();
    let from = ["--from", files.path().to_str().unwrap()];
    let run = |arguments: &[&str]| cli(&cloud, data.path(), &[arguments, &from[..]].concat());

    assert_eq!(printed(&run(&["status"]))["state"], "not_published");
    assert_eq!(refused(&run(&["publish", "--name", "No Name"]))["code"], "invalid_input");
    let published = printed(&run(&["publish", "--name", "Harbour-Dojo"]));
    assert!(published["address"].as_str().unwrap().starts_with("http://hajime-join.harbour-dojo.workers.localhost:"));
    assert_eq!((&published["files"], &published["uploaded"]), (&json!(3), &json!(3)));
    assert_eq!(printed(&run(&["publish"]))["uploaded"], 0);
    let status = printed(&run(&["status"]));
    assert_eq!((&status["state"], &status["in_use"]), (&json!("current"), &json!(true)));
    assert_eq!(status["published"], status["this_version"]);
    let asked = refused(&run(&["remove"]));
    assert_eq!(asked["code"], "not_confirmed");
    assert_eq!(printed(&run(&["status"]))["state"], "current");
    assert_eq!(printed(&run(&["remove", "--yes"]))["cleared"], published["address"]);
    assert_eq!(printed(&run(&["status"]))["state"], "not_published");
    assert_eq!(refused(&cli(&cloud, data.path(), &["publish", "--from", "/nonexistent"]))["code"], "file");
}
