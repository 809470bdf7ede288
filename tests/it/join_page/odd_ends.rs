//! What others do to the page: replace it, switch it off, take its name, publish a later version, take a permission away.

use hajime_core::actions::profile::join_page::{self, PageState, Request};
use hajime_core::cloudflare::UploadedFiles;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::join_page::{JoinPage, PageFile, WORKER, headers};
use hajime_core::error::{Error, UserError};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

use super::{open_page_of_our_own, opened, page, publish, replace, status, visit};
use crate::support::{Cloud, TestDesk};

/// Publishes files under the name of the page, as another program would.
async fn publish_something_else(context: &Context, files: &[PageFile], headers: &str) -> UploadedFiles {
    context.cloudflare().deploy(WORKER, files, headers, None, &|_| ()).await.unwrap()
}

/// The files of a page without the one that tells the version.
fn without_version(page: &JoinPage) -> Vec<PageFile> {
    page.files().iter().filter(|file| file.path != "/version.json").cloned().collect()
}

async fn is_replaced(desk: &TestDesk, page: &JoinPage) {
    let seen = status(&desk.context, page).await;
    assert_eq!(seen.state, PageState::Replaced);
    assert!(seen.asks_before_replacing() && seen.sentence().contains("not Hajime’s"), "{}", seen.sentence());
    let refused = publish(&desk.context, page).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused:?}");
    assert!(refused.message().contains(WORKER) && refused.next().contains("replacement"), "{refused:?}");
}

#[tokio::test]
async fn a_page_that_somebody_replaced_is_told_and_replaced_only_by_a_person() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let page = page("1");
    let published = publish(&desk.context, &page).await.unwrap();

    // Another page, without the file that tells the version.
    publish_something_else(&desk.context, &without_version(&page), "").await;
    is_replaced(&desk, &page).await;
    // The same files under other headers.
    publish_something_else(&desk.context, page.files(), "/*\n  Content-Security-Policy: default-src *\n").await;
    is_replaced(&desk, &page).await;
    // Another page that passes itself off as this version.
    let another = JoinPage::new([("index.html".to_owned(), b"<script>steal()</script>".to_vec())]).unwrap();
    let mut mixed: Vec<PageFile> = page.files().iter().filter(|file| file.path != "/index.html").cloned().collect();
    mixed.push(another.files()[0].clone());
    publish_something_else(&desk.context, &mixed, &headers()).await;
    is_replaced(&desk, &page).await;

    // Taking it down leaves the other page alone, and nobody is invited there any more.
    let removed = join_page::remove(&desk.context, &page).await.unwrap();
    assert_eq!((removed.deleted, removed.cleared), (false, Some(published.address.clone())));
    assert_eq!(opened(&desk.context), None);
    assert_eq!(visit(&published.address, "/").await.text().await.unwrap(), "<script>steal()</script>");
    let refused = join_page::remove(&desk.context, &page).await.unwrap_err();
    assert!(refused.message().contains("left alone"), "{refused:?}");

    replace(&desk.context, &page).await.unwrap();
    assert_eq!(status(&desk.context, &page).await.state, PageState::Current);
}

#[tokio::test]
async fn a_worker_of_that_name_that_shows_nothing_is_not_taken_for_ours() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (TestDesk::open(&cloud, one.path()), TestDesk::open(&cloud, two.path()));
    publish(&one.context, &page("1")).await.unwrap();
    let path = format!("/workers/scripts/{WORKER}/subdomain");
    cloud.api(Method::DELETE, &path).await;
    assert!(status(&two.context, &page("1")).await.asks_before_replacing());
    let refused = publish(&two.context, &page("1")).await.unwrap_err();
    assert!(refused.message().contains("did not publish"), "{refused:?}");
    replace(&two.context, &page("1")).await.unwrap();
}

#[tokio::test]
async fn an_address_that_was_switched_off_is_switched_on_by_publishing_again() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish(&desk.context, &page("1")).await.unwrap();
    let path = format!("/workers/scripts/{WORKER}/subdomain");
    cloud.send(Method::POST, &path, json!({ "enabled": false })).await;
    let seen = status(&desk.context, &page("1")).await;
    assert_eq!(seen.state, PageState::SwitchedOff);
    assert!(!seen.asks_before_replacing());
    assert_eq!(publish(&desk.context, &page("1")).await.unwrap().uploaded, 0);
    assert_eq!(status(&desk.context, &page("1")).await.state, PageState::Current);
}

#[tokio::test]
async fn a_worker_that_was_deleted_is_told_and_published_again() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let published = publish(&desk.context, &page("1")).await.unwrap();
    cloud.api(Method::DELETE, &format!("/workers/scripts/{WORKER}")).await;
    let seen = status(&desk.context, &page("1")).await;
    assert_eq!((seen.state, seen.in_use), (PageState::Deleted, true));
    assert_eq!(publish(&desk.context, &page("1")).await.unwrap().address, published.address);
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_with_one_that_is_free() {
    const OTHER_ACCOUNT: &str = "0123456789abcdef0123456789abcdef";
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let token = cloud.control("tokens", json!({ "permissions": ["workers_write"], "account_id": OTHER_ACCOUNT })).await;
    let address = format!("{}/accounts/{OTHER_ACCOUNT}/workers/subdomain", cloud.sandbox.info().base_url);
    let http = hajime_core::http_client::builder().build().unwrap();
    for name in ["harbour", "harbour-dojo"] {
        let request = http.put(&address).bearer_auth(token["api_token"].as_str().unwrap());
        request.json(&json!({ "subdomain": name })).send().await.unwrap();
    }
    let named = |name: &str| Request { name: Some(name.parse().unwrap()), ..Request::default() };
    let refused = join_page::publish(&desk.context, &page("1"), &named("harbour"), &|_| ()).await.unwrap_err();
    let error = UserError::from(&refused);
    assert_eq!((error.code, error.fields[0].field), (ErrorCode::InvalidInput, "name"));
    assert!(error.message.contains("“harbour” cannot be had"), "{error:?}");
    assert!(error.message.contains("“harbour-dojo” is free"), "{error:?}");
    let published = join_page::publish(&desk.context, &page("1"), &named("harbour-dojo"), &|_| ()).await.unwrap();
    assert!(published.address.host_str().unwrap().contains("harbour-dojo"));
    // The account has a name now, and another wish changes nothing.
    let again = join_page::publish(&desk.context, &page("1"), &named("other"), &|_| ()).await.unwrap();
    assert_eq!(again.address, published.address);
}

#[tokio::test]
async fn a_missing_permission_is_named_with_the_next_step() {
    let cloud = Cloud::start().await;
    let token = cloud.control("tokens", json!({ "permissions": ["realtime", "stream_write"] })).await;
    let mut connection = cloud.connection();
    connection.token = SecretString::from(token["api_token"].as_str().unwrap().to_owned());
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::connected(&connection, folder.path(), std::sync::Arc::default(), None);
    let own = open_page_of_our_own(&desk.context);
    let errors = [
        publish(&desk.context, &page("1")).await.unwrap_err(),
        join_page::status(&desk.context, &page("1")).await.unwrap_err(),
        join_page::remove(&desk.context, &page("1")).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.code(), ErrorCode::Permission);
        assert!(error.message().contains("Workers Scripts: Edit"), "{error:?}");
        assert!(error.next().contains("Account, Workers Scripts, Edit"), "{error:?}");
    }
    assert_eq!(opened(&desk.context), Some(own));
}

#[tokio::test]
async fn a_page_that_a_later_hajime_published_is_not_replaced_by_itself() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let page = page("1");
    publish(&desk.context, &page).await.unwrap();
    let told = br#"{"page":"hajime-join","hajime":"999.0.0","content":"0123456789abcdef"}"#;
    let mut files = without_version(&page);
    files.push(PageFile::new("/version.json".into(), told.to_vec()));
    publish_something_else(&desk.context, &files, &headers()).await;
    let seen = status(&desk.context, &page).await;
    assert!(matches!(&seen.state, PageState::Later(version) if version.hajime == "999.0.0"), "{seen:?}");
    let refused: Error = publish(&desk.context, &page).await.unwrap_err();
    assert!(refused.message().contains("999.0.0") && refused.next().contains("Update Hajime"), "{refused:?}");
    replace(&desk.context, &page).await.unwrap();
}

#[tokio::test]
async fn a_page_that_does_not_open_is_not_given_to_anybody() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let published = publish(&desk.context, &page("1")).await.unwrap();
    let own = open_page_of_our_own(&desk.context);
    for fault in
        [json!({ "kind": "status", "status": 503 }), json!({ "kind": "reset" }), json!({ "kind": "not_found" })]
    {
        cloud.fault("GET", "/version.json", 100, fault.clone()).await;
        if fault["kind"] != "not_found" {
            let seen = status(&desk.context, &page("1")).await;
            assert!(matches!(seen.state, PageState::Silent(_)), "{fault}: {seen:?}");
        }
        let refused = publish(&desk.context, &page("2")).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Conflict, "{fault}: {refused:?}");
        assert_eq!(opened(&desk.context), Some(own.clone()), "{fault}");
        cloud.clear_faults().await;
    }
    assert_eq!(publish(&desk.context, &page("2")).await.unwrap().uploaded, 0, "the files were uploaded before");
    assert_eq!(opened(&desk.context), Some(published.address));
}
