//! What a tick reads: only what is due, however many classes there were, and the report says when something is due again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::actions::profile::settings;
use hajime_core::actions::schedule::preflight;
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::actions::schedule::series::{self, Changed};
use hajime_core::actions::schedule::{conflicts, sessions};
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::auto_end::AutoEnd;
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::series::SessionChange;
use hajime_core::domain::schedule::session::Session;
use hajime_core::jobs::{self, Group, Jobs, TickReport};
use serde_json::json;

use crate::support::{Cloud, ShiftedClock, TestDesk, input_at};

struct Desk {
    test: TestDesk,
    jobs: Jobs,
    clock: Arc<ShiftedClock>,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn open(cloud: &Cloud, group: Group) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ShiftedClock::default());
        let desk = TestDesk::with(cloud, folder.path(), Arc::clone(&clock), None);
        Self { test: desk, jobs: Jobs::of(&[group]), clock, _folder: folder }
    }

    fn plan(&self, at: DateTime<Utc>) -> Session {
        sessions::schedule(&self.test.context, &input_at("Karate", at)).unwrap()
    }

    async fn tick(&mut self) -> TickReport {
        jobs::tick(&self.test.context, &mut self.jobs).await.unwrap()
    }

    /// Returns how often a tick with nothing to do uses the database.
    async fn uses(&mut self) -> u64 {
        for _ in 0..3 {
            self.tick().await;
        }
        let before = self.test.context.store().uses();
        self.tick().await;
        self.test.context.store().uses() - before
    }

    /// Sets the clock to a moment.
    fn set(&self, at: DateTime<Utc>) {
        let ahead = (at - self.test.context.now()).num_milliseconds();
        self.clock.0.fetch_add(ahead, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_tick_reads_no_more_with_hundreds_of_classes_than_without_any() {
    let cloud = Cloud::start().await;
    for group in [Group::Data, Group::Account] {
        let mut empty = Desk::open(&cloud, group);
        let mut full = Desk::open(&cloud, group);
        let now = full.test.context.now();
        for days in 2..300 {
            full.plan(now + TimeDelta::days(days));
        }
        let (few, many) = (empty.uses().await, full.uses().await);
        assert_eq!(few, many, "{group:?}");
        if group == Group::Data {
            // Of a class that is near, the settings and what was told before are read too.
            full.plan(now + TimeDelta::minutes(20));
            assert_eq!(full.uses().await, few + 2);
        }
    }
}

#[tokio::test]
async fn a_live_class_is_looked_at_only_near_its_planned_end() {
    let cloud = Cloud::start().await;
    let mut desk = Desk::open(&cloud, Group::Pipeline);
    let preferences = Preferences { auto_end: AutoEnd::WhenEmpty, ..settings::get(&desk.test.context).unwrap() };
    settings::save(&desk.test.context, &preferences).unwrap();
    let (session, _) = desk.test.start_with_ada(&cloud, "Karate").await;
    let before_the_end = desk.uses().await;
    let report = desk.tick().await;
    assert!(report.next.is_some_and(|next| next < session.plan.end()), "{report:?}");
    desk.set(session.plan.end() + TimeDelta::seconds(1));
    desk.tick().await;
    let after_the_end = desk.uses().await;
    assert!(before_the_end < after_the_end, "{before_the_end} and {after_the_end}");
}

#[tokio::test]
async fn the_report_says_when_the_next_class_needs_a_reminder_or_its_checks() {
    let cloud = Cloud::start().await;
    let mut reminding = Desk::open(&cloud, Group::Data);
    assert_eq!(reminding.tick().await.next_of_schedule, None);
    let start = reminding.plan(reminding.test.context.now() + TimeDelta::hours(3)).plan.start.instant();
    // From then on the class is near enough for any reminder.
    assert_eq!(reminding.tick().await.next_of_schedule, Some(start - TimeDelta::minutes(31)));
    for (at, next) in [(-30, -10), (-5, 0), (1, 5)] {
        reminding.set(start + TimeDelta::minutes(at));
        let report = reminding.tick().await;
        assert_eq!(report.next_of_schedule, Some(start + TimeDelta::minutes(next)), "{at} minutes");
    }
    let mut checking = Desk::open(&cloud, Group::Account);
    let start = checking.plan(checking.test.context.now() + TimeDelta::hours(3)).plan.start.instant();
    assert_eq!(checking.tick().await.next_of_schedule, Some(start - TimeDelta::minutes(10)));
}

#[tokio::test]
async fn the_checks_before_a_class_ask_stream_for_its_storage_once() {
    let cloud = Cloud::start().await;
    let desk = Desk::open(&cloud, Group::Account);
    let session = desk.plan(desk.test.context.now() + TimeDelta::hours(3));
    // A rule of the sandbox counts the requests that it applies to.
    cloud.fault("GET", "*/stream/storage-usage", 10, json!({ "kind": "stall", "seconds": 0.0 })).await;
    preflight::run(&desk.test.context, Some(session.id)).await.unwrap();
    assert_eq!(cloud.state().await["faults"][0]["count"], 9);
}

#[tokio::test]
async fn the_rosters_of_a_whole_series_are_read_at_once() {
    let cloud = Cloud::start().await;
    let desk = Desk::open(&cloud, Group::Account);
    let context = &desk.test.context;
    let input = input_at("Karate", context.now() + TimeDelta::hours(3));
    let made = series::schedule(context, &input, "FREQ=DAILY", &[], series::Mode::Make).unwrap().sessions;
    assert!(made.len() > 50);
    roster::import(context, made[0].id, "Ada\nBen", Present::Stay, WrongLines::Refused).unwrap();
    let uses = async |sessions: &[Session]| {
        let same = |session: &Session| SessionChange { before: Some(session.clone()), after: session.clone() };
        let changed = Changed {
            sessions: sessions.iter().map(same).collect(),
            left_out: Vec::new(),
            later_from: None,
            kept: Vec::new(),
            series: Vec::new(),
            entry: None,
        };
        let before = context.store().uses();
        conflicts::of_change(context, &changed).await.unwrap();
        context.store().uses() - before
    };
    // The first question also asks Stream.
    uses(&made).await;
    assert_eq!(uses(&made[..2]).await, uses(&made[..made.len() / 2]).await);
}
