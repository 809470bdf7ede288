//! The published calendar: an address that nobody can guess, with the coming classes and nothing about people.

use chrono::TimeDelta;
use hajime_core::actions::schedule::outlets;
use hajime_core::actions::schedule::series::{self, Mode};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::schedule::calendar::outlet::{Kind, Outlet};
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::ports::Clock as _;
use serde_json::json;
use url::Url;

use super::{page, publish, visit};
use crate::support::{Cloud, TestDesk, eventually, input_at};

async fn read(address: &Url) -> (u16, String) {
    let answer = visit(address, address.path()).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn address(desk: &TestDesk, outlet: &Outlet) -> Url {
    outlets::address(&desk.context, outlet).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_coming_classes_are_published_followed_given_another_address_and_taken_down() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), Jobs::of(&[Group::Account]));
    let refused = outlets::publish(&desk.context).await.unwrap_err();
    assert!(refused.message().starts_with("The join page is not published"), "{}", refused.message());
    assert!(outlets::all(&desk.context).unwrap().published.is_none());

    publish(&desk.context, &page("1")).await.unwrap();
    let now = desk.clock.now();
    sessions::schedule(&desk.context, &input_at("Karate", now + TimeDelta::days(2))).unwrap();
    sessions::schedule(&desk.context, &input_at("Far away", now + TimeDelta::days(200))).unwrap();
    let weekly = input_at("Judo", now + TimeDelta::days(3));
    series::schedule(&desk.context, &weekly, "FREQ=WEEKLY", &[], Mode::Make).unwrap();
    let first = outlets::publish(&desk.context).await.unwrap();
    assert!(first.place.len() >= 40, "{}", first.place);
    let at = address(&desk, &first).await;
    let answer = visit(&at, at.path()).await;
    assert_eq!(answer.headers()["content-type"], "text/calendar; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.contains("SUMMARY:Karate\r\n") && text.contains("RRULE:FREQ=WEEKLY"), "{text}");
    assert!(text.contains("DESCRIPTION:With R. Alves\r\n") && !text.contains("Far away"), "{text}");

    // A change is published, but not at once.
    desk.schedule("Aikido");
    for (seconds, is_published) in [(120, false), (600, false), (240, true)] {
        desk.pass_without_tick(&cloud, seconds).await;
        jobs::tick(&desk.context, &mut jobs).await.unwrap();
        if is_published {
            eventually("the calendar follows the schedule", async || read(&at).await.1.contains("Aikido")).await;
        } else {
            assert!(!read(&at).await.1.contains("Aikido"), "{seconds}");
        }
    }

    let second = outlets::publish(&desk.context).await.unwrap();
    let new = address(&desk, &second).await;
    assert_eq!((read(&at).await.0, read(&new).await.0), (404, 200));
    assert!(outlets::take_down(&desk.context).await.unwrap());
    assert_eq!(read(&new).await.0, 404);
    assert!(!outlets::take_down(&desk.context).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_of_an_account_publish_beside_each_other() {
    let cloud = Cloud::start().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let desks = folders.each_ref().map(|folder| TestDesk::open(&cloud, folder.path()));
    publish(&desks[0].context, &page("1")).await.unwrap();
    publish(&desks[1].context, &page("1")).await.unwrap();
    let first = outlets::publish(&desks[0].context).await.unwrap();
    let second = outlets::publish(&desks[1].context).await.unwrap();
    let (first, second) = (address(&desks[0], &first).await, address(&desks[1], &second).await);
    assert_eq!((read(&first).await.0, read(&second).await.0), (200, 200));
    outlets::take_down(&desks[1].context).await.unwrap();
    assert_eq!((read(&first).await.0, read(&second).await.0), (200, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_this_desk_does_not_know_is_not_replaced_and_can_be_taken_down() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    publish(&desk.context, &page("1")).await.unwrap();
    let before = outlets::publish(&desk.context).await.unwrap();
    let at = address(&desk, &before).await;
    // As after an older copy of the database was put back.
    desk.context.store().remove_outlet(Kind::Published).unwrap();
    let refused = outlets::publish(&desk.context).await.unwrap_err();
    assert!(refused.message().starts_with("The account has a Worker “hajime-calendar-"), "{}", refused.message());
    assert_eq!(read(&at).await.0, 200);
    assert!(outlets::take_down(&desk.context).await.unwrap());
    assert_eq!(read(&at).await.0, 404);
    outlets::publish(&desk.context).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_whose_answer_was_lost_is_kept_with_its_trouble_and_finished() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, mut jobs) = (TestDesk::open(&cloud, folder.path()), Jobs::of(&[Group::Account]));
    publish(&desk.context, &page("1")).await.unwrap();
    cloud.fault("PUT", "*/workers/scripts/*", 10, json!({ "kind": "status", "status": 500 })).await;
    assert!(outlets::publish(&desk.context).await.is_err());
    let kept = outlets::all(&desk.context).unwrap().published.unwrap();
    assert!(kept.trouble.is_some());
    cloud.clear_faults().await;
    desk.pass_without_tick(&cloud, 16 * 60).await;
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    let at = address(&desk, &kept).await;
    eventually("the calendar is published", async || read(&at).await.0 == 200).await;
}
