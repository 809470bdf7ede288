//! A hostname of the association's own that shows the published page.

use hajime_core::actions::profile::join_page::{self, PageState, Published, Request, Step};
use hajime_core::actions::profile::settings;
use hajime_core::context::Context;
use hajime_core::error::{Error, UserError};

use super::{Mutex, NAME, opened, page, publish, status, visit};
use crate::support::{Cloud, TestDesk};

async fn publish_at(context: &Context, hostname: &str) -> Result<Published, Error> {
    let request = Request { hostname: Some(hostname.parse().unwrap()), ..Request::default() };
    join_page::publish(context, &page("1"), &request, &|_| ()).await
}

fn address(cloud: &Cloud, host: &str) -> String {
    format!("http://{host}:{}/", cloud.connection().base_url.port().unwrap())
}

#[tokio::test]
async fn a_hostname_shows_the_page_and_invitations_open_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let steps = Mutex::new(Vec::new());
    let heard = |step: Step| steps.lock().unwrap().push(step);
    let request = Request { hostname: Some("join.example.org".parse().unwrap()), ..Request::default() };
    let published = join_page::publish(&desk.context, &page("1"), &request, &heard).await.unwrap();
    assert_eq!(published.address.as_str(), address(&cloud, "join.example.org.domains.localhost"));
    assert!(steps.into_inner().unwrap().ends_with(&[Step::Attaching, Step::Checking]));
    assert_eq!(opened(&desk.context), Some(published.address.clone()));
    assert_eq!(visit(&published.address, "/").await.text().await.unwrap(), "<h1>Join a class</h1>");
    let seen = status(&desk.context, &page("1")).await;
    assert_eq!((seen.state, seen.in_use, seen.address), (PageState::Current, true, Some(published.address.clone())));
    // Invitations that were sent before keep opening.
    let below = address(&cloud, &format!("hajime-join.{NAME}.workers.localhost")).parse().unwrap();
    assert_eq!(visit(&below, "/").await.status(), 200);

    // An update needs no second word about the hostname.
    let again = publish(&desk.context, &page("2")).await.unwrap();
    assert_eq!(again.address, published.address);
    assert_eq!(status(&desk.context, &page("2")).await.state, PageState::Current);

    let removed = join_page::remove(&desk.context, &page("2")).await.unwrap();
    assert_eq!((removed.deleted, removed.cleared), (true, Some(published.address.clone())));
    assert_eq!(opened(&desk.context), None);
    assert_eq!(visit(&published.address, "/").await.status(), 404);
    // The hostname is free again: nothing is left that would point to a page that is gone.
    publish_at(&desk.context, "join.example.org").await.unwrap();
}

#[tokio::test]
async fn a_page_that_is_published_gets_a_hostname_later_and_another_one_after_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish(&desk.context, &page("1")).await.unwrap();
    for hostname in ["join.example.org", "classes.harbourdojo.example", "join.example.org"] {
        let published = publish_at(&desk.context, hostname).await.unwrap();
        assert_eq!((published.uploaded, published.address.host_str().unwrap().contains(hostname)), (0, true));
        assert_eq!(opened(&desk.context), Some(published.address));
    }
}

#[tokio::test]
async fn a_hostname_outside_the_account_is_refused_at_its_field_and_changes_no_invitation() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let before = publish(&desk.context, &page("1")).await.unwrap().address;
    for hostname in ["join.elsewhere.example", "notexample.org"] {
        let refused = UserError::from(&publish_at(&desk.context, hostname).await.unwrap_err());
        assert_eq!(refused.fields[0].field, "hostname");
        assert!(refused.message.starts_with(&format!("{hostname} cannot show the join page.")), "{refused:?}");
        assert_eq!(opened(&desk.context), Some(before.clone()));
    }
}

#[tokio::test]
async fn a_hostname_that_shows_another_worker_is_taken_from_it_only_on_request() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish(&desk.context, &page("1")).await.unwrap();
    let shop: hajime_core::domain::profile::hostname::Hostname = "shop.example.org".parse().unwrap();
    let api = desk.context.cloudflare();
    api.deploy("shop", page("shop").files(), "", None, &|_| ()).await.unwrap();
    api.attach_domain(&shop, "shop").await.unwrap();
    let refused = publish_at(&desk.context, "shop.example.org").await.unwrap_err();
    assert!(refused.to_string().contains("shows another Worker"), "{refused}");
    assert_eq!(api.domain(&shop).await.unwrap().unwrap().script, "shop");

    let request = Request { hostname: Some(shop.clone()), replace: true, ..Request::default() };
    let published = join_page::publish(&desk.context, &page("1"), &request, &|_| ()).await.unwrap();
    assert_eq!(opened(&desk.context), Some(published.address));
    assert_eq!(api.domain(&shop).await.unwrap().unwrap().script, "hajime-join");
}

#[tokio::test]
async fn a_page_of_our_own_host_stays_in_use_while_a_hostname_is_attached() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish_at(&desk.context, "join.example.org").await.unwrap();
    let own = super::open_page_of_our_own(&desk.context);
    let seen = status(&desk.context, &page("1")).await;
    assert!(!seen.in_use && seen.address.unwrap().host_str().unwrap().ends_with(".workers.localhost"));
    assert_eq!(settings::get(&desk.context).unwrap().join_page, Some(own));
}
