//! What follows from rules, readings and the alerts that there are. Pure: it takes the moment and returns the changes.
//!
//! A rule has one alert at a time, whatever number of things it is about. Where a cause holds, what follows from it is
//! counted in the alert of the cause, and begins anew only some time after the cause is over.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::health::alert::channel::AlertChannel;
use crate::domain::health::alert::episode::{Alert, News, SNOOZE_MAX, Told};
use crate::domain::health::alert::metric::Place;
use crate::domain::health::alert::reading::{AFFECTED_MAX, Affected, Readings};
use crate::domain::health::alert::rule::Rule;
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::ids::AlertId;

/// The most messages about a rule through one channel within [`MESSAGES_WITHIN`].
pub const MESSAGES_MAX: usize = 2;
/// See [`MESSAGES_MAX`].
pub const MESSAGES_WITHIN: TimeDelta = TimeDelta::hours(1);
/// How long a cause holds back what follows from it. What goes on for longer is told by itself.
const HOLDS_BACK_MAX: TimeDelta = TimeDelta::hours(24);
/// How long what follows from a cause is held back after the cause is over: as long as the cause lasted, and within these
/// bounds.
const AFTERMATH: (TimeDelta, TimeDelta) = (TimeDelta::minutes(15), TimeDelta::hours(2));
/// After this time, the end of an alert is not told any more.
pub const END_TOLD_WITHIN: TimeDelta = TimeDelta::days(3);

/// A channel at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChannelNow {
    /// Whether it is set up.
    pub is_on: bool,
    /// Whether its quiet hours are on.
    pub is_quiet: bool,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The rules, also those that are off.
    pub rules: &'a [Rule],
    /// What was measured.
    pub readings: &'a Readings,
    /// The alerts that wait or are open, and those that ended within [`END_TOLD_WITHIN`].
    pub alerts: &'a [Alert],
    /// What was told of these alerts, and of all alerts within [`MESSAGES_WITHIN`].
    pub told: &'a [Told],
    /// The channels, in the order of [`AlertChannel::ALL`].
    pub channels: [ChannelNow; 4],
}

/// What follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A rule holds, and has not held long enough.
    Wait(Alert),
    /// An alert opens.
    Open(Alert),
    /// What an alert is about has changed.
    Extend(Alert),
    /// An alert ends.
    Close(Alert),
    /// A rule held and does not any more, and nobody was told.
    Forget(AlertId),
    /// People are told through a channel.
    Tell {
        /// The alert.
        alert: AlertId,
        /// The channel.
        channel: AlertChannel,
        /// What they are told.
        news: News,
    },
}

/// Returns what follows, in the order in which it is to be done.
#[must_use]
pub fn evaluate(state: &State<'_>, now: DateTime<Utc>) -> Vec<Change> {
    let mut present: HashMap<RuleId, Alert> = HashMap::new();
    for alert in state.alerts.iter().filter(|alert| alert.closed_at.is_none()) {
        present.insert(alert.rule, alert.clone());
    }
    let mut changes = Vec::new();
    let is_cause = |rule: &&Rule| rule.metric.about().place == Place::Cause;
    let (causes, others): (Vec<&Rule>, Vec<&Rule>) = state.rules.iter().partition(is_cause);
    for rule in &causes {
        changes.extend(next(rule, state.readings, &mut present, now));
    }
    let holds = |alert: &&Alert| now.since(alert.since) < HOLDS_BACK_MAX;
    let cause = causes.iter().find_map(|rule| present.get(&rule.id).filter(holds)).map(|alert| alert.id);
    let just_ended = |change: &Change| matches!(change, Change::Close(alert) if in_aftermath(alert, now));
    let holds_back =
        cause.is_some() || changes.iter().any(just_ended) || state.alerts.iter().any(|alert| in_aftermath(alert, now));
    let mut held = Held::default();
    for rule in others {
        let follows = rule.metric.about().place == Place::Follows;
        if holds_back && follows && !present.get(&rule.id).is_some_and(Alert::is_open) {
            held.count(rule, state.readings);
            changes.extend(present.remove(&rule.id).map(|waiting| Change::Forget(waiting.id)));
            continue;
        }
        changes.extend(next(rule, state.readings, &mut present, now));
    }
    if let Some(id) = cause {
        held.note_in(id, &mut present, &mut changes);
    }
    // Alerts of rules that are there no longer.
    for alert in present.values().filter(|alert| !state.rules.iter().any(|rule| rule.id == alert.rule)) {
        changes.push(ended(alert.clone(), now));
    }
    tell(state, holds_back, &mut changes, now);
    changes
}

/// Whether an alert of a cause ended so recently that its consequences are still held back.
fn in_aftermath(alert: &Alert, now: DateTime<Utc>) -> bool {
    let Some(closed) = alert.closed_at.filter(|_| alert.metric.about().place == Place::Cause) else { return false };
    let lasted = closed.since(alert.since).clamp(AFTERMATH.0, AFTERMATH.1);
    alert.opened_at.is_some() && is_within(closed, lasted, now)
}

/// What is held back.
#[derive(Default)]
struct Held {
    messages: u32,
    things: u32,
    affected: Vec<Affected>,
}

impl Held {
    fn count(&mut self, rule: &Rule, readings: &Readings) {
        let Some(reading) = readings.get(&rule.metric).filter(|_| rule.is_on) else { return };
        if !reading.value.is_some_and(|value| rule.begins_at(value)) {
            return;
        }
        let (affected, total) = reading.beyond(rule.metric, rule.threshold);
        self.messages = self.messages.saturating_add(total.max(1));
        for one in affected {
            if self.affected.len() < AFFECTED_MAX && !self.affected.contains(&one) {
                self.affected.push(one);
            }
        }
        self.things = self.things.saturating_add(total);
    }

    /// Notes in the alert of the cause what it holds back. The numbers only grow: the alert says what it kept from people.
    fn note_in(self, cause: AlertId, present: &mut HashMap<RuleId, Alert>, changes: &mut Vec<Change>) {
        let Some(alert) = present.values_mut().find(|alert| alert.id == cause) else { return };
        if self.messages <= alert.held_back {
            return;
        }
        (alert.held_back, alert.affected, alert.affected_total) = (self.messages, self.affected, self.things);
        let mine = changes.iter_mut().find_map(|change| match change {
            Change::Wait(known) | Change::Open(known) | Change::Extend(known) if known.id == cause => Some(known),
            _ => None,
        });
        match mine {
            Some(known) => *known = alert.clone(),
            None => changes.push(Change::Extend(alert.clone())),
        }
    }
}

fn ended(alert: Alert, now: DateTime<Utc>) -> Change {
    if alert.opened_at.is_none() {
        return Change::Forget(alert.id);
    }
    Change::Close(Alert { closed_at: Some(now), ..alert })
}

fn minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

/// What becomes of the alert of a rule.
fn next(rule: &Rule, readings: &Readings, present: &mut HashMap<RuleId, Alert>, now: DateTime<Utc>) -> Option<Change> {
    let known = present.remove(&rule.id);
    let is_about_another = known.as_ref().is_some_and(|alert| alert.metric != rule.metric);
    if !rule.is_on || is_about_another {
        return known.map(|alert| ended(alert, now));
    }
    let reading = readings.get(&rule.metric);
    let value = reading.and_then(|reading| reading.value);
    // What is not known neither begins nor ends anything.
    let (Some(reading), Some(value)) = (reading, value) else {
        if let Some(alert) = known {
            present.insert(rule.id, alert);
        }
        return None;
    };
    let Some(before) = known else {
        if !rule.begins_at(value) {
            return None;
        }
        let (affected, affected_total) = reading.beyond(rule.metric, rule.threshold);
        let opens = rule.for_minutes == 0;
        let alert = Alert {
            id: AlertId::new(),
            rule: rule.id,
            metric: rule.metric,
            threshold: rule.threshold,
            since: now,
            opened_at: opens.then_some(now),
            well_since: None,
            closed_at: None,
            detail: reading.short_detail(),
            affected,
            affected_total,
            held_back: 0,
            acknowledged_at: None,
            snoozed_until: None,
        };
        present.insert(rule.id, alert.clone());
        return Some(if opens { Change::Open(alert) } else { Change::Wait(alert) });
    };
    let mut alert = before.clone();
    // A moment in the future was noted by a clock that has since been set back, and counts as now.
    alert.since = alert.since.min(now);
    alert.opened_at = alert.opened_at.map(|at| at.min(now));
    let is_beyond = if alert.opened_at.is_some() { rule.holds_at(value) } else { rule.begins_at(value) };
    if is_beyond {
        (alert.well_since, alert.threshold) = (None, rule.threshold);
        if alert.opened_at.is_none() && now.since(alert.since) >= minutes(rule.for_minutes) {
            alert.opened_at = Some(now);
        }
        alert.detail = reading.short_detail();
        let is_cause = rule.metric.about().place == Place::Cause;
        // The alert of a cause names what follows from it.
        if !(is_cause && alert.held_back > 0) {
            (alert.affected, alert.affected_total) = reading.beyond(rule.metric, rule.threshold);
        }
    } else {
        let well_since = alert.well_since.unwrap_or(now).min(now);
        let is_over = now.since(well_since) >= minutes(rule.clears_after_minutes);
        if is_over || alert.opened_at.is_none() {
            return Some(ended(Alert { well_since: Some(well_since), ..alert }, now));
        }
        alert.well_since = Some(well_since);
    }
    let opens = before.opened_at.is_none() && alert.opened_at.is_some();
    let changed = alert != before;
    present.insert(rule.id, alert.clone());
    match (opens, alert.opened_at) {
        (true, _) => Some(Change::Open(alert)),
        (false, _) if !changed => None,
        (false, Some(_)) => Some(Change::Extend(alert)),
        (false, None) => Some(Change::Wait(alert)),
    }
}

/// Adds what is told. Everything is told after the changes that it tells of.
fn tell(state: &State<'_>, holds_back: bool, changes: &mut Vec<Change>, now: DateTime<Utc>) {
    let mut alerts: Vec<Alert> = state.alerts.to_vec();
    for change in changes.iter() {
        let (Change::Wait(new) | Change::Open(new) | Change::Extend(new) | Change::Close(new)) = change else {
            continue;
        };
        match alerts.iter_mut().find(|alert| alert.id == new.id) {
            Some(known) => known.clone_from(new),
            None => alerts.push(new.clone()),
        }
    }
    let mut told: Vec<Told> = state.told.to_vec();
    // The ends first: they are owed to those who were told of the beginning.
    alerts.sort_by_key(|alert| alert.closed_at.is_none());
    for alert in alerts.iter().filter(|alert| alert.opened_at.is_some()) {
        let rule = state.rules.iter().find(|rule| rule.id == alert.rule);
        for (channel, here) in AlertChannel::ALL.into_iter().zip(state.channels) {
            let Some(news) = due(alert, rule, channel, &told, holds_back, now) else { continue };
            let of_rule = told.iter().filter(|one| {
                one.rule == alert.rule && one.channel == channel && is_within(one.at, MESSAGES_WITHIN, now)
            });
            let is_quiet = here.is_quiet && !alert.metric.about().breaks_quiet;
            if !here.is_on || is_quiet || of_rule.count() >= MESSAGES_MAX {
                continue;
            }
            told.push(Told { alert: alert.id, rule: alert.rule, channel, news, at: now });
            changes.push(Change::Tell { alert: alert.id, channel, news });
        }
    }
}

/// What there is to tell of an alert through a channel.
fn due(
    alert: &Alert,
    rule: Option<&Rule>,
    channel: AlertChannel,
    told: &[Told],
    holds_back: bool,
    now: DateTime<Utc>,
) -> Option<News> {
    let mine = || told.iter().filter(|one| one.alert == alert.id && one.channel == channel);
    let was_told = mine().next().is_some();
    if alert.closed_at.is_some() {
        let is_owed = was_told && mine().all(|one| one.news != News::Over);
        return is_owed.then_some(News::Over);
    }
    let rule = rule.filter(|rule| rule.is_on)?;
    let wanted = rule.channels.iter().find(|wanted| wanted.channel == channel)?;
    let held = holds_back && alert.metric.about().place == Place::Follows;
    // No snooze is longer than the longest: such a moment was noted by a clock that has since been set back.
    let snoozed = alert.snoozed_until.is_some_and(|until| until > now && until.since(now) <= SNOOZE_MAX);
    if held || snoozed || alert.acknowledged_at.is_some() || alert.well_since.is_some() {
        return None;
    }
    if !was_told {
        let open_for = now.since(alert.opened_at?.min(now));
        return (open_for >= minutes(wanted.after_minutes)).then_some(News::Opened);
    }
    // A message of the future was noted by a clock that has since been set back. It says that people were told, not when.
    let last = mine().map(|one| one.at).filter(|at| *at <= now).max().unwrap_or(alert.since);
    rule.repeat_minutes.filter(|wait| now.since(last) >= minutes(*wait)).map(|_| News::Repeated)
}

#[cfg(test)]
mod tests;
