//! Alerts: what is told of them and what is not, through a stand-in for Slack, a webhook receiver and a mail server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hajime_core::actions::delivery::{channels, desktop, mail};
use hajime_core::actions::health::alerts::{self, RuleInput};
use hajime_core::actions::profile::journal;
use hajime_core::actions::recorder::end;
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::mail_settings::{MailInput, MailSender};
use hajime_core::domain::delivery::notification::NotificationKind;
use hajime_core::domain::delivery::quiet_hours::QuietHours;
use hajime_core::domain::delivery::smtp_security::SmtpSecurity;
use hajime_core::domain::health::alert::channel::AlertChannel;
use hajime_core::domain::health::alert::metric::Metric;
use hajime_core::domain::health::alert::rule::{Rule, RuleChannel};
use hajime_core::domain::health::alert::rule_id::RuleId;
use hajime_core::domain::profile::journal::{Entity, Scope};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Resume, Stage};
use hajime_core::error::Error;
use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::ports::{Clock as _, MemorySecrets};
use secrecy::SecretString;
use serde_json::json;

use crate::command_line;
use crate::deliveries::post_office::PostOffice;
use crate::deliveries::receiver::{Got, Receiver};
use crate::support::{Cloud, ShiftedClock, TestDesk};

/// A desk whose rules for alerts are looked at, and that tells Slack.
struct Watched {
    desk: TestDesk,
    watch: Jobs,
    secrets: Arc<MemorySecrets>,
    receiver: Receiver,
    folder: tempfile::TempDir,
}

impl Watched {
    async fn start(cloud: &Cloud) -> Self {
        let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(MemorySecrets::default()));
        let desk = open(cloud, folder.path(), Arc::default(), &secrets);
        desk.clock.stop();
        let receiver = Receiver::start().await;
        channels::set_slack(&desk.context, SecretString::from(receiver.slack())).await.unwrap();
        Self { desk, watch: Jobs::of(&[Group::Data]), secrets, receiver, folder }
    }

    /// Ends this process and begins another one on the same data.
    fn restart(&mut self, cloud: &Cloud) {
        self.desk = open(cloud, self.folder.path(), self.desk.clock.clone(), &self.secrets);
        self.watch = Jobs::of(&[Group::Data]);
    }

    /// Lets time pass for the desk alone, and looks at the rules.
    async fn look_after(&mut self, seconds: i64) {
        self.desk.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
        jobs::tick(&self.desk.context, &mut self.watch).await.unwrap();
    }

    async fn send(&self) {
        jobs::send_what_is_due(&self.desk.context).await.unwrap();
    }

    async fn look_and_send_after(&mut self, seconds: i64) {
        self.look_after(seconds).await;
        self.send().await;
    }

    fn note_public(&self, titles: &[&str]) {
        let all: Vec<_> = titles.iter().map(|title| (format!("video of {title}"), (*title).to_owned())).collect();
        self.desk.context.store().note_public_videos(&all).unwrap();
    }

    fn save(&self, metric: Metric, change: impl FnOnce(&mut RuleInput)) {
        let rule = Rule::brought(metric);
        let mut input = RuleInput {
            metric: metric.about().name.to_owned(),
            threshold: rule.threshold,
            closes_at: rule.closes_at,
            for_minutes: rule.for_minutes,
            clears_after_minutes: rule.clears_after_minutes,
            channels: rule.channels,
            repeat_minutes: rule.repeat_minutes,
            is_on: true,
        };
        change(&mut input);
        alerts::save(&self.desk.context, Some(rule.id), input).unwrap();
    }

    /// What Slack got about alerts.
    fn messages(&self) -> Vec<String> {
        let texts = self.receiver.messages().into_iter().map(|got| got.json()["text"].as_str().unwrap().to_owned());
        let is_of_alert = |text: &String| ["Alert:", "Over:", "Still open:"].iter().any(|word| text.starts_with(word));
        texts.filter(is_of_alert).collect()
    }

    fn shown(&self) -> Vec<String> {
        let all = self.desk.notices.all().into_iter();
        let of_alerts = all
            .filter(|(shown, _)| matches!(shown.kind, NotificationKind::AlertOpened | NotificationKind::AlertClosed));
        of_alerts.map(|(_, message)| message.title).collect()
    }

    fn open(&self) -> Vec<String> {
        alerts::list(&self.desk.context).unwrap().open.into_iter().map(|view| view.alert.title()).collect()
    }
}

fn open(cloud: &Cloud, folder: &Path, clock: Arc<ShiftedClock>, secrets: &Arc<MemorySecrets>) -> TestDesk {
    TestDesk::with(cloud, folder, clock, Some(secrets.clone()))
}

fn through(channel: AlertChannel) -> Vec<RuleChannel> {
    vec![RuleChannel { channel, after_minutes: 0 }]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_and_its_end_are_told_once_each_although_the_process_ends_in_between() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    told.save(Metric::PublicVideo, |rule| rule.channels.extend(through(AlertChannel::Slack)));
    told.note_public(&["Open day"]);
    told.look_after(60).await;
    told.restart(&cloud);
    told.look_and_send_after(60).await;
    told.look_and_send_after(600).await;
    assert_eq!(told.messages().len(), 1, "{:?}", told.messages());
    assert!(
        told.messages()[0]
            .starts_with("Alert: A video is public. Everybody who has the address can watch it. Open day.")
    );
    assert_eq!(told.open(), ["A video is public"]);
    told.note_public(&[]);
    told.look_after(60).await;
    told.restart(&cloud);
    told.look_and_send_after(60).await;
    told.look_and_send_after(600).await;
    assert_eq!(told.messages().len(), 2);
    assert!(told.messages()[1].starts_with("Over: A video is public."), "{:?}", told.messages());
    assert_eq!(told.open(), Vec::<String>::new());
    let closed = alerts::list(&told.desk.context).unwrap().closed;
    let states: Vec<_> = closed[0].told.iter().map(|one| (one.channel, one.state.as_str())).collect();
    assert_eq!(states.iter().filter(|one| **one == (AlertChannel::Slack, "sent")).count(), 2, "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_before_it_could_be_sent_is_not_told_at_all() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    told.save(Metric::PublicVideo, |rule| rule.channels = through(AlertChannel::Slack));
    told.note_public(&["Open day"]);
    told.look_after(60).await;
    told.note_public(&[]);
    told.look_and_send_after(60).await;
    told.look_and_send_after(3_600).await;
    assert_eq!(told.messages(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_gone_for_ten_minutes_with_fifty_classes_in_flight_is_one_alert_and_one_end() {
    const CLASSES: usize = 50;
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    told.save(Metric::Cloudflare, |rule| rule.channels = through(AlertChannel::Slack));
    told.save(Metric::NotWatchable, |rule| rule.threshold = Some(5.0));
    let mut classes = Vec::new();
    for number in 0..CLASSES {
        classes.push(told.desk.start_with_ada(&cloud, &format!("Class {number}")).await.0);
        // The rate limit of the account counts over five minutes.
        if number % 20 == 19 {
            told.desk.pass_without_tick(&cloud, 300).await;
        }
    }
    told.desk.pass(&cloud, 300).await;
    for class in classes {
        end::end(&told.desk.context, class.id).await.unwrap();
    }
    told.desk.pass(&cloud, 5).await;
    let in_flight = told.desk.context.store().recordings_in_flight().unwrap().len();
    assert_eq!(in_flight, CLASSES);
    told.look_and_send_after(0).await;
    cloud.fault("*", "*/accounts/*", 1_000_000, json!({ "kind": "reset" })).await;
    for _ in 0..20 {
        told.desk.pass(&cloud, 30).await;
        told.look_and_send_after(0).await;
    }
    assert_eq!(told.open(), ["Cloudflare does not answer"]);
    let alert = alerts::list(&told.desk.context).unwrap().open.remove(0).alert;
    assert!(alert.held_back >= 50, "{alert:?}");
    cloud.clear_faults().await;
    for _ in 0..120 {
        told.desk.pass(&cloud, 30).await;
        told.look_and_send_after(0).await;
    }
    assert_eq!(told.desk.context.store().recordings_in_flight().unwrap(), []);
    let messages = told.messages();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("Alert: Cloudflare does not answer"), "{messages:?}");
    assert!(messages[1].starts_with("Over: Cloudflare does not answer"), "{messages:?}");
}

/// Adds recordings of a class that are decided now.
fn decide(told: &Watched, failed: bool, count: usize) {
    let context = &told.desk.context;
    let session = told.desk.schedule("Karate");
    let broken = Stage::Failed { cause: Cause::EncodingFailed, resume: Resume::AtImport };
    let stage = if failed { broken } else { Stage::Ready };
    for _ in 0..count {
        context.store().add_recording(&Recording::new(&session, stage, context.now()), "").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_failures_around_the_threshold_tells_twice_an_hour_at_most_and_nothing_in_quiet_hours() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    told.save(Metric::FailureShare, |rule| {
        rule.closes_at = None;
        rule.channels = [through(AlertChannel::Desktop), through(AlertChannel::Slack)].concat();
    });
    let quiet = QuietHours::parse("22:00", "07:00", "UTC").unwrap();
    channels::set_quiet_hours(&told.desk.context, Channel::Slack, Some(quiet)).unwrap();
    desktop::set_quiet_hours(&told.desk.context, Some(quiet)).unwrap();
    decide(&told, false, 95);
    decide(&told, true, 5);
    let (mut at, mut turns) = (Vec::new(), 0);
    // The share is above 5 % and then at 5 % in turn: for a day, a recording that failed or the ready ones that outweigh it.
    for step in 0..96 {
        let before = told.messages().len() + told.shown().len();
        let fails = step % 2 == 0;
        decide(&told, fails, if fails { 1 } else { 19 });
        told.look_and_send_after(15 * 60).await;
        turns += usize::from(told.open().contains(&"More than 5 % of recordings fail".to_owned()));
        let now = told.desk.clock.now();
        let new = told.messages().len() + told.shown().len() - before;
        assert!(new == 0 || quiet.over_at(now).is_none(), "told in quiet hours at {now}");
        at.extend(std::iter::repeat_n(now, told.messages().len().saturating_sub(at.len())));
    }
    assert!(turns > 10, "the share must cross the threshold again and again: {turns}");
    assert!(at.len() > 4, "something was told outside the quiet hours: {at:?}");
    for window in at.windows(3) {
        assert!((window[2] - window[0]).num_minutes() >= 60, "{window:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_note_or_snoozes_and_is_told_of_the_end_all_the_same() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    told.save(Metric::PublicVideo, |rule| {
        rule.channels = through(AlertChannel::Slack);
        rule.repeat_minutes = Some(60);
    });
    told.note_public(&["Open day"]);
    told.look_and_send_after(60).await;
    let context = &told.desk.context;
    let id = alerts::list(context).unwrap().open[0].alert.id;
    assert!(matches!(alerts::snooze(context, id, 0), Err(Error::Invalid(_))));
    assert!(alerts::snooze(context, id, 180).unwrap().alert.snoozed_until.is_some());
    told.look_and_send_after(2 * 3_600).await;
    assert_eq!(told.messages().len(), 1, "snoozed: {:?}", told.messages());
    alerts::unsnooze(&told.desk.context, id).unwrap();
    told.look_and_send_after(60).await;
    assert!(told.messages()[1].starts_with("Still open: "), "{:?}", told.messages());
    alerts::acknowledge(&told.desk.context, id).unwrap();
    told.look_and_send_after(5 * 3_600).await;
    assert_eq!(told.messages().len(), 2, "a person took note");
    told.note_public(&[]);
    told.look_and_send_after(60).await;
    assert_eq!(told.messages().len(), 3);
    let context = &told.desk.context;
    assert!(matches!(alerts::acknowledge(context, id), Err(Error::NotFound { .. })), "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_changed_removed_and_taken_back_and_contradictions_are_refused_by_field() {
    let cloud = Cloud::start().await;
    let told = Watched::start(&cloud).await;
    let context = &told.desk.context;
    let storage = RuleId::Brought(Metric::StorageShare);
    told.save(Metric::StorageShare, |rule| rule.threshold = Some(85.0));
    assert_eq!(alerts::rule(context, storage).unwrap().rule.name(), "Storage is over 85 %");
    let entry = journal::list(context, Scope::Of(Entity::AlertRule(storage)), 1).unwrap().remove(0);
    journal::undo(context, entry.id).unwrap();
    assert_eq!(alerts::rule(context, storage).unwrap().rule, Rule::brought(Metric::StorageShare));
    let own = |threshold, closes_at| RuleInput {
        metric: "storage_share".into(),
        threshold: Some(threshold),
        closes_at,
        for_minutes: 0,
        clears_after_minutes: 0,
        channels: through(AlertChannel::Email),
        repeat_minutes: None,
        is_on: true,
    };
    let fields = |result: Result<alerts::RuleView, Error>| match result {
        Err(Error::Invalid(invalid)) => invalid.problems().iter().map(|problem| problem.field).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fields(alerts::save(context, None, own(90.0, Some(95.0)))), ["closes_at"]);
    assert_eq!(fields(alerts::save(context, None, RuleInput { metric: "luck".into(), ..own(90.0, None) })), ["metric"]);
    let added = alerts::save(context, None, own(90.0, None)).unwrap();
    assert!(added.explanation().ends_with("E-mail is not set up."), "{}", added.explanation());
    assert_eq!(fields(alerts::save(context, None, own(90.0, None))), ["threshold"], "there is one already");
    assert!(matches!(alerts::delete(context, storage), Err(Error::Conflict { .. })));
    alerts::delete(context, added.rule.id).unwrap();
    let entry = journal::list(context, Scope::Of(Entity::AlertRule(added.rule.id)), 1).unwrap().remove(0);
    journal::undo(context, entry.id).unwrap();
    assert_eq!(alerts::rule(context, added.rule.id).unwrap().rule, added.rule, "the undo brings it back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_about_a_class_that_is_not_recorded_stays_on_while_a_class_is_live() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    let off = |told: &Watched| {
        let input = RuleInput {
            metric: "not_recorded".into(),
            threshold: None,
            closes_at: None,
            for_minutes: 0,
            clears_after_minutes: 0,
            channels: Vec::new(),
            repeat_minutes: None,
            is_on: false,
        };
        alerts::save(&told.desk.context, Some(RuleId::Brought(Metric::NotRecorded)), input)
    };
    let (class, _) = told.desk.start_with_ada(&cloud, "Karate").await;
    assert!(matches!(off(&told), Err(Error::Conflict { .. })));
    end::end(&told.desk.context, class.id).await.unwrap();
    told.desk.until_idle(&cloud).await;
    assert!(!off(&told).unwrap().rule.is_on, "no class is live any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_and_the_administrator_get_what_the_rule_says() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    let office = PostOffice::start().await;
    let settings = MailInput {
        sender: MailSender::Smtp,
        from_address: "dojo@example.org".into(),
        smtp_host: "127.0.0.1".into(),
        smtp_port: office.port(),
        smtp_security: SmtpSecurity::None,
        admin: "admin@example.org".into(),
        instructor: "desk@example.org".into(),
        ..MailInput::default()
    };
    mail::set(&told.desk.context, &settings, None).await.unwrap();
    channels::set_webhook(&told.desk.context, &told.receiver.hook()).await.unwrap();
    let both = [through(AlertChannel::Email), through(AlertChannel::Webhook)].concat();
    told.save(Metric::PublicVideo, |rule| rule.channels = both);
    told.note_public(&["Open day", "<b>Kata</b>", ""]);
    told.look_and_send_after(60).await;
    told.note_public(&[]);
    told.look_and_send_after(60).await;
    let subjects: Vec<_> = office.letters_to("admin@example.org").iter().map(|one| one.header("Subject")).collect();
    assert_eq!(subjects, ["Alert: A video is public", "Over: A video is public"]);
    assert_eq!(office.recipients().len(), 2, "nobody else is written to");
    let letter = office.letters_to("admin@example.org").remove(0);
    assert!(
        letter.text().contains("Open day, <b>Kata</b>, a video without a name") && !letter.html().contains("<b>Kata"),
        "{}",
        letter.text()
    );
    assert!(!letter.text().contains("http"), "a letter about an alert has no link");
    let events: Vec<_> = told.receiver.events().iter().map(Got::json).collect();
    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["event"], &events[1]["event"]), (&json!("alert.opened"), &json!("alert.closed")));
    let data = &events[0]["data"];
    assert_eq!((&data["metric"], &data["affectedTotal"]), (&json!("public_video"), &json!(3)));
    assert_eq!(data["alertId"], events[1]["data"]["alertId"]);
    assert!(data["until"].is_null() && events[1]["data"]["until"].is_string());
    assert_eq!(told.messages(), Vec::<String>::new(), "the rule does not name Slack");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_rule_says_what_every_channel_answered_and_raises_nothing() {
    let cloud = Cloud::start().await;
    let told = Watched::start(&cloud).await;
    let id = RuleId::Brought(Metric::Rescue);
    let answers = alerts::test(&told.desk.context, id).await.unwrap();
    let states: Vec<_> = answers.iter().map(|one| (one.channel, one.state.as_str())).collect();
    assert_eq!(
        states,
        [(AlertChannel::Desktop, "sent"), (AlertChannel::Email, "E-mail is off."), (AlertChannel::Slack, "sent")]
    );
    assert_eq!(told.receiver.messages().len(), 1);
    assert_eq!(told.open(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_changes_rules_and_takes_note_of_alerts() {
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    let folder = told.folder.path().to_owned();
    let run = |arguments: &[&str]| command_line::run(&cloud, &folder, &[&["alert"][..], arguments].concat());
    let rules = command_line::printed(&run(&["rules"]));
    assert_eq!(rules.as_array().unwrap().len(), Metric::ALL.len());
    let metrics = command_line::printed(&run(&["metrics"]));
    assert_eq!(metrics.as_array().unwrap().len(), Metric::ALL.len());
    let set = command_line::printed(&run(&["set", "storage_share", "--threshold", "85", "--channel", "slack:15"]));
    assert_eq!((&set["name"], &set["closes_at"]), (&json!("Storage is over 85 %"), &json!(null)));
    assert_eq!(set["channels"], json!([{ "channel": "slack", "after_minutes": 15 }]));
    let refused = command_line::refused(&run(&["set", "storage_share", "--closes-at", "90"]));
    assert_eq!((&refused["code"], &refused["fields"][0]["field"]), (&json!("invalid_input"), &json!("closes_at")));
    let added = command_line::printed(&run(&["add", "not_watchable", "--threshold", "30", "--repeat", "120"]));
    command_line::printed(&run(&["remove", added["id"].as_str().unwrap()]));
    assert_eq!(command_line::refused(&run(&["remove", "storage_share"]))["code"], "conflict");
    assert_eq!(command_line::printed(&run(&["reset", "storage_share"]))["threshold"], json!(80.0));
    told.note_public(&["Open day"]);
    told.look_after(60).await;
    let listed = command_line::printed(&run(&["list"]));
    let id = listed["open"][0]["id"].as_str().unwrap();
    assert_eq!(listed["open"][0]["affected"][0]["title"], "Open day");
    assert!(command_line::printed(&run(&["snooze", id, "--minutes", "30"]))["snoozed_until"].is_string());
    assert!(command_line::printed(&run(&["unsnooze", id]))["snoozed_until"].is_null());
    assert!(command_line::printed(&run(&["acknowledge", id]))["acknowledged_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_comparison_with_cloudflare_notes_public_videos_and_closing_them_ends_the_alert() {
    use hajime_core::actions::library::public_videos;
    use hajime_core::actions::recorder::sync;
    let cloud = Cloud::start().await;
    let mut told = Watched::start(&cloud).await;
    told.desk.hold(&cloud).await;
    told.desk.until_idle(&cloud).await;
    let video = cloud.videos().await.remove(0)["uid"].as_str().unwrap().to_owned();
    let body = json!({ "requireSignedURLs": false });
    cloud.send(reqwest::Method::POST, &format!("/stream/{video}"), body).await;
    sync::sync(&told.desk.context).await.unwrap();
    told.look_after(60).await;
    assert!(told.open().contains(&"A video is public".to_owned()), "{:?}", told.open());
    public_videos::close(&told.desk.context, None, true).await.unwrap();
    told.look_after(60).await;
    assert!(!told.open().contains(&"A video is public".to_owned()), "{:?}", told.open());
    assert!(told.shown().contains(&"Over: A video is public".to_owned()), "{:?}", told.shown());
}
