//! Notifications on this computer: a test, what becomes of them, and quiet hours.

use chrono::TimeDelta;
use hajime_core::actions::delivery::desktop;
use hajime_core::domain::delivery::attempt::Attempt;
use hajime_core::domain::delivery::notification::Notification;
use hajime_core::domain::delivery::quiet_hours::QuietHours;
use hajime_core::domain::recorder::stage::{Observation, Percent};
use hajime_core::ports::NotShown;
use serde_json::json;

use crate::command_line;
use crate::deliveries::importing;
use crate::support::{Cloud, TestDesk};

fn becomes_ready(desk: &TestDesk, title: &str) {
    let (id, seen) = (importing(desk, title), Observation::VideoPlayable(Percent::clamped(100.0)));
    desk.context.store().observe(id, seen, desk.context.now(), "Seen.", |_| {}).unwrap().unwrap();
}

/// Quiet hours that began an hour ago and end in two.
fn quiet_now(desk: &TestDesk) -> QuietHours {
    let clock = |hours| (desk.context.now() + TimeDelta::hours(hours)).format("%H:%M").to_string();
    QuietHours::parse(&clock(-1), &clock(2), "UTC").unwrap()
}

#[tokio::test]
async fn a_test_is_shown_also_in_quiet_hours_and_its_answer_is_the_desktops_own() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    desktop::set_quiet_hours(&desk.context, Some(quiet_now(&desk))).unwrap();
    assert!(matches!(desktop::test(&desk.context).await.unwrap(), Attempt::Accepted { .. }));
    assert_eq!(desk.notices.titles(), ["A test from Hajime"]);
    assert!(desktop::get(&desk.context).unwrap().last_sent.is_some());

    *desk.notices.refusal.lock().unwrap() = Some(NotShown::Refused("no service\u{1b}[2J".into()));
    let refused = desktop::test(&desk.context).await.unwrap();
    assert_eq!(refused, Attempt::Refused { said: "This desktop did not show it: no service[2J".into() });
    let (said, _) = desktop::get(&desk.context).unwrap().last_error.unwrap();
    assert_eq!(said, refused.said());
}

#[tokio::test]
async fn in_quiet_hours_news_wait_until_they_are_over_and_an_alarm_does_not() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    desktop::set_quiet_hours(&desk.context, Some(quiet_now(&desk))).unwrap();
    becomes_ready(&desk, "Karate");
    let live = desk.schedule("Judo");
    desk.context.store().raise(&Notification::not_recorded(live.id), desk.context.now()).unwrap();
    desk.tick().await;
    assert_eq!(desk.notices.titles(), ["Not being recorded: Judo"]);
    desk.pass(&cloud, 3 * 3_600).await;
    assert_eq!(desk.notices.titles(), ["Not being recorded: Judo", "Ready to watch: Karate"]);
    desk.tick().await;
    assert_eq!(desk.notices.titles().len(), 2, "once");
}

#[tokio::test]
async fn a_notification_that_the_desktop_refuses_is_told_until_one_is_shown() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    *desk.notices.refusal.lock().unwrap() = Some(NotShown::Silent(std::time::Duration::from_secs(5)));
    becomes_ready(&desk, "Karate");
    desk.tick().await;
    let (said, _) = desktop::get(&desk.context).unwrap().last_error.unwrap();
    assert_eq!(said, "The notification service of this desktop did not answer within 5 s.");
    *desk.notices.refusal.lock().unwrap() = None;
    becomes_ready(&desk, "Judo");
    desk.tick().await;
    assert_eq!(desk.notices.titles(), ["Ready to watch: Judo"]);
    assert_eq!(desktop::get(&desk.context).unwrap().last_error, None);
}

#[tokio::test]
async fn the_command_line_says_that_only_the_window_shows_notifications() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let output = command_line::run(&cloud, folder.path(), &["delivery", "test", "desktop"]);
    let answer = command_line::printed(&output);
    assert_eq!(answer["accepted"], json!(false));
    assert_eq!(answer["said"], json!("This program shows no notifications; the window does."));
}
