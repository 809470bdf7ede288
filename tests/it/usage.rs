//! What is used at Cloudflare: watched minutes, minutes in rooms, prices and the budget.

use chrono::{Days, NaiveDate, TimeDelta};
use hajime_core::actions::health::{prices, storage, usage};
use hajime_core::actions::profile::journal;
use hajime_core::domain::health::cost::PlannedClass;
use hajime_core::domain::health::forecast::Reading;
use hajime_core::domain::health::price::PriceName;
use hajime_core::domain::health::usage::Asking;
use hajime_core::domain::profile::journal::Scope;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::jobs::{self, Group, Jobs};
use secrecy::SecretString;
use serde_json::json;

use crate::adoption::recorded;
use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk, eventually};

const DAY: i64 = TimeDelta::days(1).num_seconds();

/// Asks what is due, as the job does.
async fn look(desk: &TestDesk) {
    usage::refresh(&desk.context).await.unwrap();
}

fn today(desk: &TestDesk) -> NaiveDate {
    desk.context.cloudflare_now().date_naive()
}

async fn play(cloud: &Cloud, recording: &Recording, day: NaiveDate, minutes: f64) {
    let video = recording.facts.video.as_ref().unwrap().to_string();
    cloud.control("plays", json!({ "video": video, "day": day, "minutes": minutes })).await;
}

/// The minutes that were counted on a day; `None` where it was not counted.
fn watched(desk: &TestDesk, day: NaiveDate) -> Option<f64> {
    desk.context.store().days_of_use(day).unwrap().get(&day)?.watched
}

#[tokio::test]
async fn finished_days_are_counted_and_the_last_three_again_without_doubling_them() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    let today = today(&desk);
    let ago = |days| today - Days::new(days);
    for (days, minutes) in [(1, 5.0), (40, 7.0), (89, 2.0), (0, 100.0)] {
        play(&cloud, &karate, ago(days), minutes).await;
    }
    look(&desk).await;
    assert_eq!([1, 2, 40, 89].map(|days| watched(&desk, ago(days))), [Some(5.0), Some(0.0), Some(7.0), Some(2.0)]);
    assert_eq!(
        [0, 90].map(|days| watched(&desk, ago(days))),
        [None, None],
        "today is not over, and 90 days are too old"
    );
    let shown = usage::overview(&desk.context, 6).unwrap();
    assert_eq!((shown.watched_since, shown.watched_problem), (Some(ago(89)), None));
    // Late numbers of yesterday are taken over. What is told of an earlier day later changes nothing.
    play(&cloud, &karate, ago(1), 3.0).await;
    play(&cloud, &karate, ago(40), 50.0).await;
    look(&desk).await;
    assert_eq!(watched(&desk, ago(1)), Some(5.0), "it is asked once a day");
    desk.pass_without_tick(&cloud, DAY).await;
    look(&desk).await;
    assert_eq!([0, 1, 40].map(|days| watched(&desk, ago(days))), [Some(100.0), Some(8.0), Some(7.0)]);
}

#[tokio::test]
async fn a_token_without_the_permission_is_noted_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let wanted = json!({ "permissions": ["realtime", "stream_write"], "owner": "user" });
    let mut connection = cloud.connection();
    let token = cloud.control("tokens", wanted).await;
    connection.token = SecretString::from(token["api_token"].as_str().unwrap().to_owned());
    let desk = TestDesk::connected(&connection, folder.path(), std::sync::Arc::default(), None);
    jobs::tick(&desk.context, &mut Jobs::of(&[Group::Account])).await.unwrap();
    eventually("the analytics were asked", async || {
        desk.context.store().analytics_asked(Asking::Watched).unwrap().is_some()
    })
    .await;
    let problem = usage::overview(&desk.context, 1).unwrap().watched_problem.unwrap();
    assert_eq!(problem.message, "The API token lacks the permission “Account Analytics: Read”.");
    assert!(problem.next.contains("Account Analytics, Read"), "{}", problem.next);
    assert!(desk.context.health().trouble.is_none(), "the other work goes on");
    assert!(desk.context.store().last_storage_reading().unwrap().is_some());
    assert_eq!(usage::overview(&desk.context, 1).unwrap().watched_since, None);
    // The next request is a day later.
    cloud.fault("POST", "*/graphql", 9, json!({ "kind": "stall", "seconds": 0.0 })).await;
    let asked = async || 9 - cloud.state().await["faults"][0]["count"].as_u64().unwrap();
    desk.pass_without_tick(&cloud, DAY - 600).await;
    look(&desk).await;
    assert_eq!(asked().await, 0);
    desk.pass_without_tick(&cloud, 1_200).await;
    look(&desk).await;
    assert_eq!(asked().await, 1);
}

#[tokio::test]
async fn analytics_that_answer_with_an_error_are_asked_again_within_the_hour() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "graphql_error": "unable to execute query, please try again later" })).await;
    look(&desk).await;
    let problem = usage::overview(&desk.context, 1).unwrap().watched_problem.unwrap();
    assert_eq!(problem.message, "Cloudflare has trouble right now (503).");
    cloud.control("switches", json!({ "graphql_error": null })).await;
    desk.pass_without_tick(&cloud, 3_601).await;
    look(&desk).await;
    let shown = usage::overview(&desk.context, 1).unwrap();
    assert_eq!((shown.watched_problem, shown.watched_since.is_some()), (None, true));
}

#[tokio::test]
async fn what_is_not_watched_is_said_only_of_days_that_were_counted() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    recorded(&cloud, &mut desk, "Judo").await;
    play(&cloud, &karate, today(&desk), 12.0).await;
    look(&desk).await;
    assert_eq!(storage::overview(&desk.context).unwrap().never_watched.map(|never| never.recordings), Some(0));
    desk.pass_without_tick(&cloud, 40 * DAY).await;
    look(&desk).await;
    let shown = storage::overview(&desk.context).unwrap();
    assert_eq!(shown.never_watched.map(|never| never.recordings), Some(1));
    assert_eq!(shown.unwatched_year, None, "no year was counted");
    // A year without asking leaves a gap, so that nothing is known any more of what was not watched before it.
    desk.pass_without_tick(&cloud, 300 * DAY).await;
    assert_eq!(storage::overview(&desk.context).unwrap().never_watched, None);
}

#[tokio::test]
async fn prices_and_the_budget_change_what_a_month_costs_and_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let desk = TestDesk::open(&cloud, folder.path());
    let (now, today) = (desk.context.now(), today(&desk));
    desk.context.store().add_storage_reading(&Reading { at: now, used: 81_040.0, allowed: 100_000.0 }).unwrap();
    let shown = || usage::overview(&desk.context, 6).unwrap();
    assert_eq!((shown().this_month, shown().forecast, shown().rooms_free), (50_000.0, 50_000.0, true));
    assert!(!shown().is_over_budget());
    prices::set_budget(&desk.context, Some(40_000.0)).unwrap();
    assert!(shown().is_over_budget() && shown().sentence.contains("more than the budget of $400.00"));
    prices::set(&desk.context, PriceName::Stored, 300.0, today).unwrap();
    assert_eq!((shown().forecast, shown().is_over_budget()), (30_000.0, false));
    let changes = journal::list(&desk.context, Scope::Everything, 5).unwrap();
    journal::undo(&desk.context, changes[0].id).unwrap();
    assert_eq!((shown().forecast, shown().is_over_budget()), (50_000.0, true));
    assert!(prices::set(&desk.context, PriceName::Stored, -1.0, today).is_err());
    assert!(prices::set_budget(&desk.context, Some(f64::NAN)).is_err());
    let class = PlannedClass { minutes: 60, people: 10, quality: Quality::High };
    let cost = usage::estimate(&desk.context, class).unwrap();
    assert_eq!((cost.estimate.stored_month, cost.estimate.if_all_watch, cost.fits()), (30.0, 60.0, Some(true)));
    assert!(cost.estimate.qualities.is_empty(), "this desk has no recordings to compare");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_shows_usage_and_changes_prices() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    play(&cloud, &karate, today(&desk) - Days::new(1), 1_000.0).await;
    drop(desk);
    let shown = printed(&run(&cloud, folder.path(), &["usage", "--months", "2"]));
    let watched: f64 = shown["months"].as_array().unwrap().iter().map(|month| month["watched"].as_f64().unwrap()).sum();
    assert!(watched >= 100.0 && shown["is_estimate"] == true, "{shown}");
    assert!(shown["room_minutes"].as_f64().unwrap() > 0.0, "{shown}");
    let set = ["price", "set", "room", "200", "--from", "2027-01-01"];
    let all = printed(&run(&cloud, folder.path(), &set));
    let room: Vec<_> = all.as_array().unwrap().iter().filter(|price| price["name"] == "room").collect();
    assert_eq!((room.len(), &room[1]["cents"], &room[1]["is_default"]), (2, &json!(200.0), &json!(false)));
    assert_eq!(refused(&run(&cloud, folder.path(), &["price", "reset", "gold"]))["code"], "invalid_input");
    let reset = printed(&run(&cloud, folder.path(), &["price", "reset", "room"]));
    assert_eq!(reset.as_array().unwrap().len(), 4);
}
