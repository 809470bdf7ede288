use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::health::alert::metric::Metric;
use crate::domain::health::alert::reading::{AffectedKind, Item, Reading};
use crate::domain::health::alert::rule::{RuleChannel, all};
use crate::domain::ids::OwnRuleId;

const ALL_ON: [ChannelNow; 4] = [ChannelNow { is_on: true, is_quiet: false }; 4];
const QUIET: [ChannelNow; 4] = [ChannelNow { is_on: true, is_quiet: true }; 4];

fn begin() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

/// Alerts and messages as a desk keeps them.
struct Desk {
    rules: Vec<Rule>,
    readings: Readings,
    alerts: Vec<Alert>,
    told: Vec<Told>,
    channels: [ChannelNow; 4],
    now: DateTime<Utc>,
}

impl Desk {
    fn new() -> Self {
        let rules = all(&[]);
        Self { rules, readings: BTreeMap::new(), alerts: Vec::new(), told: Vec::new(), channels: ALL_ON, now: begin() }
    }

    fn with_rule(mut self, metric: Metric, change: impl FnOnce(&mut Rule)) -> Self {
        change(self.rules.iter_mut().find(|rule| rule.id == RuleId::Brought(metric)).unwrap());
        self
    }

    fn read(&mut self, metric: Metric, value: f64) {
        self.readings.insert(metric, Reading::of(value, "Measured."));
    }

    fn late(&mut self, count: u32, late_by: f64) {
        let item = |number: u32| Item {
            affected: Affected {
                kind: AffectedKind::Recording,
                id: number.to_string(),
                title: format!("Class {number}"),
            },
            value: Some(late_by),
        };
        let items = (0..count).map(item).collect();
        self.readings.insert(Metric::NotWatchable, Reading::worst(Metric::NotWatchable, items, "Late."));
    }

    fn step(&mut self, seconds: i64) -> Vec<Change> {
        self.now += TimeDelta::seconds(seconds);
        let state = State {
            rules: &self.rules,
            readings: &self.readings,
            alerts: &self.alerts,
            told: &self.told,
            channels: self.channels,
        };
        let changes = evaluate(&state, self.now);
        for change in &changes {
            match change {
                Change::Wait(alert) | Change::Open(alert) | Change::Extend(alert) | Change::Close(alert) => {
                    self.alerts.retain(|known| known.id != alert.id);
                    self.alerts.push(alert.clone());
                }
                Change::Forget(id) => self.alerts.retain(|known| known.id != *id),
                Change::Tell { alert, channel, news } => {
                    let rule = self.alerts.iter().find(|known| known.id == *alert).unwrap().rule;
                    let (alert, channel, news) = (*alert, *channel, *news);
                    self.told.push(Told { alert, rule, channel, news, at: self.now });
                }
            }
        }
        changes
    }

    fn told_through(&self, channel: AlertChannel) -> Vec<News> {
        self.told.iter().filter(|told| told.channel == channel).map(|told| told.news).collect()
    }

    fn open(&self) -> Vec<Metric> {
        self.alerts.iter().filter(|alert| alert.is_open()).map(|alert| alert.metric).collect()
    }
}

#[test]
fn an_alert_opens_once_ends_below_the_lower_value_and_is_told_once_each() {
    let mut desk = Desk::new();
    desk.read(Metric::StorageShare, 79.0);
    assert_eq!(desk.step(0), []);
    desk.read(Metric::StorageShare, 81.0);
    desk.step(60);
    desk.read(Metric::StorageShare, 79.0);
    desk.step(60);
    assert_eq!(desk.open(), [Metric::StorageShare], "between both values it stays");
    desk.read(Metric::StorageShare, 77.0);
    desk.step(60);
    desk.step(59 * 60);
    assert_eq!(desk.open(), [Metric::StorageShare], "it must be over for an hour");
    desk.step(60);
    assert_eq!(desk.open(), []);
    for channel in [AlertChannel::Desktop, AlertChannel::Email] {
        assert_eq!(desk.told_through(channel), [News::Opened, News::Over]);
    }
    assert_eq!(desk.told_through(AlertChannel::Slack), []);
}

#[test]
fn what_is_not_known_neither_begins_nor_ends_an_alert() {
    let mut desk = Desk::new();
    desk.read(Metric::Muted, 1.0);
    desk.step(0);
    desk.readings.clear();
    desk.step(86_400);
    assert_eq!(desk.open(), [Metric::Muted]);
}

#[test]
fn a_rule_that_holds_too_short_is_forgotten() {
    let mut desk = Desk::new();
    desk.read(Metric::JobFails, 1.0);
    desk.step(0);
    desk.step(59 * 60);
    assert_eq!((desk.open(), desk.alerts.len()), (Vec::new(), 1));
    desk.read(Metric::JobFails, 0.0);
    desk.step(30);
    assert!(desk.alerts.is_empty() && desk.told.is_empty());
}

#[test]
fn a_later_channel_is_told_later_and_not_at_all_after_a_person_took_note() {
    let mut desk = Desk::new();
    desk.read(Metric::FailureShare, 10.0);
    desk.step(0);
    assert_eq!(desk.told_through(AlertChannel::Email), []);
    desk.step(15 * 60);
    assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened]);
    let mut noted = Desk::new();
    noted.read(Metric::FailureShare, 10.0);
    noted.step(0);
    noted.alerts[0].acknowledged_at = Some(noted.now);
    noted.step(15 * 60);
    assert_eq!(noted.told_through(AlertChannel::Email), []);
    assert_eq!(noted.told_through(AlertChannel::Desktop), [News::Opened]);
}

#[test]
fn a_snoozed_alert_is_told_again_when_the_snooze_is_over() {
    let mut desk = Desk::new().with_rule(Metric::StorageShare, |rule| rule.repeat_minutes = Some(60));
    desk.read(Metric::StorageShare, 90.0);
    desk.step(0);
    desk.alerts[0].snoozed_until = Some(desk.now + TimeDelta::hours(5));
    for _ in 0..4 {
        desk.step(3_600);
    }
    assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened]);
    desk.step(3_600);
    assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened, News::Repeated]);
}

#[test]
fn nothing_is_told_in_quiet_hours_but_what_cannot_wait() {
    let mut desk = Desk::new();
    desk.channels = QUIET;
    desk.read(Metric::StorageShare, 90.0);
    desk.read(Metric::Muted, 1.0);
    desk.read(Metric::Rescue, 0.5);
    desk.step(0);
    assert_eq!(desk.told.len(), 3, "the copy that is about to be deleted, through its three channels: {:?}", desk.told);
    desk.read(Metric::Muted, 0.0);
    desk.step(3_600);
    desk.channels = ALL_ON;
    desk.step(3_600);
    let late: Vec<_> = desk.told.iter().skip(3).map(|told| (told.rule, told.news)).collect();
    let storage = (RuleId::Brought(Metric::StorageShare), News::Opened);
    assert_eq!(late, [storage; 2], "what was over meanwhile is not told: {late:?}");
}

#[test]
fn a_cause_holds_back_what_follows_from_it_and_names_it() {
    let mut desk = Desk::new().with_rule(Metric::Cloudflare, |rule| rule.channels[1].after_minutes = 0);
    for minute in 0..10 {
        desk.read(Metric::Cloudflare, 1.0);
        desk.read(Metric::JobFails, 1.0);
        desk.late(50, 12.0 + f64::from(minute));
        desk.step(60);
    }
    assert_eq!(desk.open(), [Metric::Cloudflare]);
    let cause = desk.alerts.iter().find(|alert| alert.is_open()).unwrap();
    assert_eq!((cause.held_back, cause.affected_total, cause.affected.len()), (51, 50, 20));
    desk.read(Metric::Cloudflare, 0.0);
    desk.read(Metric::JobFails, 0.0);
    for _ in 0..14 {
        desk.step(60);
    }
    assert_eq!(desk.open(), []);
    desk.late(0, 0.0);
    desk.step(3_600);
    assert_eq!(desk.told_through(AlertChannel::Slack), [News::Opened, News::Over]);
    assert_eq!(desk.told_through(AlertChannel::Desktop), [News::Opened, News::Over]);
}

#[test]
fn what_is_still_late_long_after_the_cause_is_told() {
    let mut desk = Desk::new();
    desk.read(Metric::Cloudflare, 1.0);
    desk.late(3, 20.0);
    desk.step(0);
    desk.step(300);
    desk.read(Metric::Cloudflare, 0.0);
    desk.step(60);
    desk.step(60);
    assert_eq!(desk.open(), []);
    desk.step(15 * 60);
    assert_eq!(desk.open(), [Metric::NotWatchable]);
}

#[test]
fn a_cause_that_lasts_for_days_does_not_hide_what_follows() {
    let mut desk = Desk::new();
    desk.read(Metric::Token, 1.0);
    desk.late(1, 99.0);
    desk.step(0);
    desk.step(23 * 3_600);
    assert_eq!(desk.open(), [Metric::Token]);
    desk.step(3_600);
    assert!(desk.open().contains(&Metric::NotWatchable));
}

#[test]
fn ten_thousand_late_videos_make_one_message_that_names_twenty() {
    let mut desk = Desk::new();
    desk.late(10_000, 99.0);
    desk.step(0);
    assert_eq!((desk.alerts[0].affected.len(), desk.alerts[0].affected_total), (AFFECTED_MAX, 10_000));
    assert_eq!(desk.told_through(AlertChannel::Slack), [News::Opened]);
}

#[test]
fn the_end_of_a_rule_that_was_switched_off_or_removed_is_told_to_those_who_were_told() {
    for remove in [true, false] {
        let mut desk = Desk::new();
        desk.read(Metric::StorageShare, 90.0);
        desk.step(0);
        if remove {
            desk.rules.retain(|rule| rule.metric != Metric::StorageShare);
        } else {
            desk = desk.with_rule(Metric::StorageShare, |rule| rule.is_on = false);
        }
        desk.step(60);
        desk.step(60);
        assert_eq!(desk.open(), []);
        assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened, News::Over]);
    }
}

#[test]
fn a_clock_that_is_set_back_loses_no_alert_and_no_end() {
    let mut desk = Desk::new();
    desk.read(Metric::StorageShare, 90.0);
    desk.step(0);
    desk.step(-86_400);
    assert_eq!(desk.open(), [Metric::StorageShare]);
    desk.read(Metric::StorageShare, 10.0);
    desk.step(60);
    desk.step(3_600);
    assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened, News::Over]);
}

#[test]
fn a_clock_that_is_set_back_repeats_nothing_early_more_than_once() {
    let mut desk = Desk::new().with_rule(Metric::StorageShare, |rule| rule.repeat_minutes = Some(60));
    desk.read(Metric::StorageShare, 90.0);
    desk.step(0);
    desk.step(3_600);
    desk.step(-1_800);
    for _ in 0..50 {
        desk.step(30);
    }
    assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened, News::Repeated]);
}

#[test]
fn a_clock_that_is_set_back_by_a_year_keeps_no_later_channel_and_no_snoozed_alert_silent() {
    let mut desk = Desk::new();
    desk.read(Metric::FailureShare, 10.0);
    desk.step(0);
    desk.step(-365 * 86_400);
    desk.step(15 * 60);
    assert_eq!(desk.told_through(AlertChannel::Email), [News::Opened]);
    let mut snoozed = Desk::new().with_rule(Metric::StorageShare, |rule| rule.repeat_minutes = Some(60));
    snoozed.read(Metric::StorageShare, 90.0);
    snoozed.step(0);
    snoozed.alerts[0].snoozed_until = Some(snoozed.now + TimeDelta::hours(1));
    snoozed.step(-365 * 86_400);
    snoozed.step(3_600);
    assert_eq!(snoozed.told_through(AlertChannel::Email), [News::Opened, News::Repeated]);
}

#[test]
fn a_rule_that_now_compares_something_else_ends_its_alert_under_the_name_that_was_told() {
    let id = RuleId::Own(OwnRuleId::new());
    let mut desk = Desk::new();
    desk.rules.push(Rule { id, threshold: Some(90.0), closes_at: None, ..Rule::brought(Metric::StorageShare) });
    desk.read(Metric::StorageShare, 95.0);
    desk.late(1, 99.0);
    desk.step(0);
    let last = desk.rules.last_mut().unwrap();
    *last = Rule { id, threshold: Some(20.0), ..Rule::brought(Metric::NotWatchable) };
    desk.step(60);
    let own = |desk: &Desk| -> Vec<(String, bool)> {
        let mine = desk.alerts.iter().filter(|alert| alert.rule == id);
        mine.map(|alert| (alert.title(), alert.is_open())).collect()
    };
    assert_eq!(own(&desk), [("Storage is over 90 %".to_owned(), false)]);
    desk.step(60);
    let late = ("A video is later than 20 min".to_owned(), true);
    assert_eq!(own(&desk), [("Storage is over 90 %".to_owned(), false), late]);
}

#[test]
fn a_long_text_of_what_was_measured_changes_nothing_by_itself() {
    let mut desk = Desk::new();
    desk.readings.insert(Metric::Token, Reading::of(1.0, "é".repeat(10_000)));
    desk.step(0);
    assert_eq!(desk.alerts[0].detail.chars().count(), 500);
    assert_eq!(desk.step(30), []);
}

proptest! {
    #[test]
    fn a_rule_never_opens_twice_without_an_end_and_never_tells_more_than_twice_an_hour(
        values in prop::collection::vec((0.0_f64..10.0, any::<bool>(), 1_i64..900), 1..200),
        quiet in prop::collection::vec(any::<bool>(), 200),
    ) {
        let one = RuleChannel { channel: AlertChannel::Slack, after_minutes: 0 };
        let mut desk = Desk::new().with_rule(Metric::FailureShare, |rule| {
            (rule.channels, rule.closes_at, rule.repeat_minutes) = (vec![one], None, Some(60));
        });
        for (step, (value, offline, seconds)) in values.into_iter().enumerate() {
            desk.read(Metric::FailureShare, value);
            desk.read(Metric::Cloudflare, if offline { 1.0 } else { 0.0 });
            desk.channels = if quiet[step] { QUIET } else { ALL_ON };
            let before = desk.told.len();
            desk.step(seconds);
            prop_assert!(!quiet[step] || desk.told.len() == before, "told in quiet hours");
            for rule in &desk.rules {
                let open = desk.alerts.iter().filter(|alert| alert.rule == rule.id && alert.closed_at.is_none());
                prop_assert!(open.count() <= 1);
            }
        }
        desk.channels = ALL_ON;
        desk.read(Metric::FailureShare, 0.0);
        desk.read(Metric::Cloudflare, 0.0);
        for _ in 0..8 {
            desk.step(3_600);
        }
        prop_assert!(desk.open().is_empty());
        for alert in &desk.alerts {
            for channel in AlertChannel::ALL {
                let mine = desk.told.iter().filter(|told| told.alert == alert.id && told.channel == channel);
                let news: Vec<News> = mine.map(|told| told.news).collect();
                let count = |wanted| news.iter().filter(|one| **one == wanted).count();
                prop_assert!(count(News::Opened) <= 1 && count(News::Over) == count(News::Opened), "{news:?}");
            }
        }
        for told in &desk.told {
            let near = desk.told.iter().filter(|other| {
                (other.rule, other.channel) == (told.rule, told.channel)
                    && other.at >= told.at
                    && other.at < told.at + MESSAGES_WITHIN
            });
            prop_assert!(near.count() <= MESSAGES_MAX);
        }
    }
}
