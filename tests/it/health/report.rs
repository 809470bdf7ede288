//! The report of a month, its letter, and the page of a class.

use std::sync::atomic::Ordering;

use chrono::{NaiveTime, TimeDelta};
use hajime_core::actions::health::{class_page, report};
use hajime_core::domain::health::report::Month;
use serde_json::json;

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

#[tokio::test]
async fn there_is_a_report_from_the_first_class_on() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    assert!(report::months(&desk.context).unwrap().is_empty());
    desk.hold(&cloud).await;
    let months = report::months(&desk.context).unwrap();
    assert_eq!(months, [Month::of(desk.context.now().date_naive())]);
    let told = report::of_month(&desk.context, months[0]).unwrap();
    assert!(told.html().contains(&told.title()) && told.csv().starts_with('\u{feff}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_saves_both_forms_and_refuses_what_is_no_month() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    TestDesk::open(&cloud, folder.path()).hold(&cloud).await;
    let [html, csv] = ["report.html", "report.csv"].map(|name| folder.path().join(name).display().to_string());
    let said = printed(&run(&cloud, folder.path(), &["report", "--html", &html, "--csv", &csv]));
    assert_eq!(said["files"], json!([html, csv]));
    assert!(std::fs::read_to_string(&html).unwrap().starts_with("<!doctype html>"));
    assert_eq!(refused(&run(&cloud, folder.path(), &["report", "--month", "2026-13"]))["code"], "invalid_input");
}

#[tokio::test]
async fn hostile_words_of_a_class_are_text_on_its_page() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.hold_for(&cloud, "<script>alert(1)</script>\u{202e}", 60).await;
    let (page, name) = class_page::page(&desk.context, session.id).await.unwrap();
    let html = page.html();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
    assert!(html.contains("Ada") && !name.contains('/'), "{name}");
    let file = folder.path().join("class.html");
    class_page::save(&desk.context, session.id, &file).await.unwrap();
    assert!(class_page::save(&desk.context, session.id, &file).await.is_err(), "no file is overwritten");
}

async fn letters(cloud: &Cloud) -> u64 {
    cloud.state().await["mails"].as_u64().unwrap()
}

#[tokio::test]
async fn the_report_of_a_month_is_mailed_once() {
    use hajime_core::actions::delivery::mail;
    use hajime_core::domain::delivery::mail_settings::{MailInput, MailSender};
    use hajime_core::jobs::{self, Group, Jobs};

    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let input = MailInput {
        sender: MailSender::Cloudflare,
        from_address: "hajime@example.org".into(),
        admin: "office@example.org".into(),
        ..MailInput::default()
    };
    mail::set(&desk.context, &input, None).await.unwrap();
    report::set_mailed(&desk.context, true).unwrap();
    jobs::send_what_is_due(&desk.context).await.unwrap();
    assert_eq!(letters(&cloud).await, 0, "the first report is that of this month");
    let now = desk.context.now();
    let next = Month::of(now.date_naive()).after().first_day();
    let left = next.and_time(NaiveTime::MIN).and_utc() - now + TimeDelta::minutes(1);
    desk.clock.0.fetch_add(left.num_milliseconds(), Ordering::SeqCst);
    for _ in 0..3 {
        // A process that starts anew remembers nothing.
        let mut jobs = Jobs::of(&[Group::Outward]);
        while jobs::tick(&desk.context, &mut jobs).await.unwrap().sending {}
    }
    assert_eq!(letters(&cloud).await, 1);
    // A clock that ran ahead had the report of a month mailed that lies in the future.
    desk.context.store().set_report_mailed("2099-01".parse().ok()).unwrap();
    for _ in 0..2 {
        let mut jobs = Jobs::of(&[Group::Outward]);
        while jobs::tick(&desk.context, &mut jobs).await.unwrap().sending {}
    }
    assert_eq!(letters(&cloud).await, 2);
}
