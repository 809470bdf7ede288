//! Alerts: what is open and what was, taking note of one, and the rules.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::delivery::desktop;
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::queued::DeliveryState;
use crate::domain::health::alert::channel::AlertChannel;
use crate::domain::health::alert::episode::{Alert, News, SNOOZE_MAX, Told};
use crate::domain::health::alert::metric::Metric;
use crate::domain::health::alert::rule::{self, Rule, RuleChannel};
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::ids::{AlertId, OwnRuleId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::channels;

/// How far back alerts that ended are listed.
const LISTED: TimeDelta = TimeDelta::days(30);
/// The most alerts that ended which are listed.
const LISTED_MAX: u32 = 200;

/// One message about an alert, to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The channel.
    pub channel: AlertChannel,
    /// The recipient.
    pub to: String,
    /// When it was sent; `None` while it was not.
    pub at: Option<DateTime<Utc>>,
    /// What became of it, in words.
    pub state: String,
}

/// An alert with what was told of it.
#[derive(Debug, Clone)]
pub struct AlertView {
    /// The alert.
    pub alert: Alert,
    /// When it ends by itself, in words; `None` where it has ended.
    pub closes: Option<String>,
    /// What was told.
    pub told: Vec<Message>,
}

/// The alerts of a desk.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// Those that are open, the newest first.
    pub open: Vec<AlertView>,
    /// Those that ended within 30 days, the newest first.
    pub closed: Vec<AlertView>,
}

/// A rule with what is known of it.
#[derive(Debug, Clone)]
pub struct RuleView {
    /// The rule.
    pub rule: Rule,
    /// Whether it may be turned off now.
    pub may_turn_off: bool,
    /// Whether its alert is open.
    pub is_open: bool,
    /// When its alert last opened.
    pub last: Option<DateTime<Utc>>,
    /// The channels that it names and that are not set up.
    pub not_set_up: Vec<AlertChannel>,
}

impl RuleView {
    /// How the rule is counted, and which of its channels are not set up.
    #[must_use]
    pub fn explanation(&self) -> String {
        let missing = self.not_set_up.iter().filter_map(|channel| channel.outward());
        let missing = missing.map(|channel| format!(" {} is not set up.", channel.title()));
        format!("{}{}", self.rule.metric.about().explanation, missing.collect::<String>())
    }
}

/// What a person typed about a rule, without its id.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleInput {
    /// The word of the metric.
    pub metric: String,
    /// As in [`Rule::threshold`].
    pub threshold: Option<f64>,
    /// As in [`Rule::closes_at`].
    pub closes_at: Option<f64>,
    /// As in [`Rule::for_minutes`].
    pub for_minutes: u32,
    /// As in [`Rule::clears_after_minutes`].
    pub clears_after_minutes: u32,
    /// As in [`Rule::channels`].
    pub channels: Vec<RuleChannel>,
    /// As in [`Rule::repeat_minutes`].
    pub repeat_minutes: Option<u32>,
    /// As in [`Rule::is_on`].
    pub is_on: bool,
}

/// The alerts that are open, and those that ended within 30 days.
pub fn list(context: &Context) -> Result<Alerts, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let store = context.store();
    let rules = store.alert_rules()?;
    let shown = |alerts: Vec<Alert>| -> Result<Vec<AlertView>, Error> {
        alerts.into_iter().map(|alert| view(context, &rules, alert)).collect()
    };
    let since = context.now().earlier(LISTED);
    let closed = store.closed_alerts(since, LISTED_MAX)?;
    Ok(Alerts { open: shown(store.open_alerts()?)?, closed: shown(closed)? })
}

/// How many alerts are open.
pub fn count_open(context: &Context) -> Result<u32, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    Ok(context.store().open_alerts_count()?)
}

/// Takes note of an open alert: it is not told again, and its end is.
pub fn acknowledge(context: &Context, id: AlertId) -> Result<AlertView, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let now = context.now();
    change(context, id, |alert| alert.acknowledged_at = Some(now))
}

/// Snoozes an open alert: nobody is told of it for so many minutes.
pub fn snooze(context: &Context, id: AlertId, minutes: u32) -> Result<AlertView, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let length = TimeDelta::minutes(i64::from(minutes));
    if minutes == 0 || length > SNOOZE_MAX {
        let message = format!("{minutes} minutes cannot be chosen.");
        return Err(Invalid::one("minutes", message, "Choose from 1 minute to 30 days.").into());
    }
    let until = context.now().later(length);
    change(context, id, |alert| alert.snoozed_until = Some(until))
}

/// Ends the snooze of an alert.
pub fn unsnooze(context: &Context, id: AlertId) -> Result<AlertView, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    change(context, id, |alert| alert.snoozed_until = None)
}

fn change(context: &Context, id: AlertId, change: impl FnOnce(&mut Alert)) -> Result<AlertView, Error> {
    let changed = context.store().change_open_alert(id, change)?;
    let alert = changed.ok_or_else(|| Error::NotFound { what: "open alert", id: id.to_string() })?;
    context.changed(&[Topic::Desk]);
    view(context, &context.store().alert_rules()?, alert)
}

/// What can be measured.
pub fn metrics(context: &Context) -> Result<[Metric; Metric::ALL.len()], Error> {
    guard::allow(context, Permission::SeeHealth)?;
    Ok(Metric::ALL)
}

/// Every rule: those that Hajime brings, then those that people added.
pub fn rules(context: &Context) -> Result<Vec<RuleView>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    rule_views(context, context.store().alert_rules()?)
}

/// One rule.
pub fn rule(context: &Context, id: RuleId) -> Result<RuleView, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let found = context.store().alert_rules()?.into_iter().find(|rule| rule.id == id);
    rule_views(context, found.into_iter().collect())?.pop().ok_or_else(|| no_rule(id))
}

/// Changes a rule, or adds one where there is no id.
pub fn save(context: &Context, id: Option<RuleId>, input: RuleInput) -> Result<RuleView, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let metric = Metric::named(input.metric.trim()).ok_or_else(|| {
        let shown: String = input.metric.chars().take(40).collect();
        Invalid::one("metric", format!("“{shown}” cannot be measured."), "Choose a metric from the list.")
    })?;
    let new = Rule {
        id: id.unwrap_or_else(|| RuleId::Own(OwnRuleId::new())),
        metric,
        threshold: input.threshold,
        closes_at: input.closes_at,
        for_minutes: input.for_minutes,
        clears_after_minutes: input.clears_after_minutes,
        channels: input.channels,
        repeat_minutes: input.repeat_minutes,
        is_on: input.is_on,
    };
    if !new.is_on && matches!(new.id, RuleId::Brought(metric) if !may_turn_off(context, metric)?) {
        return Err(Error::Conflict {
            message: "This rule cannot be switched off while a class is live.".into(),
            next: "Switch it off after the class.",
        });
    }
    let key = new.id;
    context.store().change_alert_rule_by_hand::<Error>(key, context.now(), |all| {
        if id.is_some() && !all.iter().any(|rule| rule.id == key) {
            return Err(no_rule(key));
        }
        Ok(rule::with(&all, new)?)
    })?;
    changed(context);
    self::rule(context, key)
}

/// Removes a rule that a person added.
pub fn delete(context: &Context, id: RuleId) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    if let RuleId::Brought(_) = id {
        return Err(Error::Conflict {
            message: "Hajime brings this rule, so it cannot be removed.".into(),
            next: "Switch it off.",
        });
    }
    context.store().change_alert_rule_by_hand::<Error>(id, context.now(), |all| {
        if !all.iter().any(|rule| rule.id == id) {
            return Err(no_rule(id));
        }
        Ok(all.into_iter().filter(|rule| rule.id != id).collect())
    })?;
    changed(context);
    Ok(())
}

/// Makes a rule that Hajime brings what it was at first.
pub fn reset(context: &Context, id: RuleId) -> Result<RuleView, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let RuleId::Brought(metric) = id else {
        return Err(Error::Conflict {
            message: "A person added this rule, so there is nothing to go back to.".into(),
            next: "Change it, or remove it.",
        });
    };
    context
        .store()
        .change_alert_rule_by_hand::<Error>(id, context.now(), |all| Ok(rule::with(&all, Rule::brought(metric))?))?;
    changed(context);
    self::rule(context, id)
}

/// Sends a test through every channel of a rule, also in quiet hours. No alert is raised.
pub async fn test(context: &Context, id: RuleId) -> Result<Vec<Message>, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let found = rule(context, id)?.rule;
    let mut all = Vec::new();
    for RuleChannel { channel, .. } in found.channels {
        let said = match channel.outward() {
            None => desktop::test(context.notifier()).await.map_err(|error| error.said()),
            Some(outward) => match channels::open(context, outward).await {
                Err(error) => Err(error.message()),
                Ok(open) => match open.test(context).await {
                    Attempt::Accepted { .. } => Ok(()),
                    other => Err(other.said().to_owned()),
                },
            },
        };
        let (at, state) = match said {
            Ok(()) => (Some(context.now()), "sent".to_owned()),
            Err(said) => (None, said),
        };
        all.push(Message { channel, to: recipient(context, channel)?, at, state });
    }
    Ok(all)
}

fn changed(context: &Context) {
    context.changed(&[Topic::Desk]);
    context.wake_jobs();
}

fn no_rule(id: RuleId) -> Error {
    Error::NotFound { what: "rule for alerts", id: id.to_string() }
}

/// A class that is live must not lose its alarm.
fn may_turn_off(context: &Context, metric: Metric) -> Result<bool, Error> {
    Ok(metric != Metric::NotRecorded || context.store().open_sessions()?.is_empty())
}

fn rule_views(context: &Context, rules: Vec<Rule>) -> Result<Vec<RuleView>, Error> {
    let store = context.store();
    let mut missing = Vec::new();
    for channel in AlertChannel::ALL {
        let Some(outward) = channel.outward() else { continue };
        let nobody = channel == AlertChannel::Email && store.alert_mail_recipients()?.is_empty();
        if nobody || !store.channel(outward)?.is_on {
            missing.push(channel);
        }
    }
    let open: HashSet<RuleId> = store.open_alerts()?.into_iter().map(|alert| alert.rule).collect();
    let last = store.last_openings()?;
    let view = |rule: Rule| -> Result<RuleView, Error> {
        let named = rule.channels.iter().map(|named| named.channel);
        Ok(RuleView {
            may_turn_off: may_turn_off(context, rule.metric)?,
            is_open: open.contains(&rule.id),
            last: last.get(&rule.id).copied(),
            not_set_up: named.filter(|channel| missing.contains(channel)).collect(),
            rule,
        })
    };
    rules.into_iter().map(view).collect()
}

fn recipient(context: &Context, channel: AlertChannel) -> Result<String, Error> {
    Ok(match channel.outward() {
        None => "this computer".to_owned(),
        Some(_) if channel == AlertChannel::Email => context.store().alert_mail_recipients()?.join(", "),
        Some(outward) => context.store().channel(outward)?.recipient(),
    })
}

fn view(context: &Context, rules: &[Rule], alert: Alert) -> Result<AlertView, Error> {
    let (on_desktop, deliveries) = context.store().told_of_alert(alert.id)?;
    // Where the desktop has a notification of its own, nothing is shown of the end.
    let is_shown = |told: &Told| {
        told.channel == AlertChannel::Desktop && !(alert.metric.about().shown_elsewhere && told.news != News::Opened)
    };
    let on_desktop = on_desktop.into_iter().filter(is_shown).map(|told| Message {
        channel: told.channel,
        to: "this computer".to_owned(),
        at: Some(told.at),
        state: "shown".to_owned(),
    });
    let sent = deliveries.into_iter().map(|delivery| Message {
        channel: delivery.channel.into(),
        to: delivery.recipient,
        at: delivery.sent_at,
        state: state(delivery.state).to_owned(),
    });
    let rule = rules.iter().find(|rule| rule.id == alert.rule);
    let closes = rule.filter(|_| alert.closed_at.is_none()).map(Rule::closing_words);
    Ok(AlertView { closes, told: on_desktop.chain(sent).collect(), alert })
}

/// What became of a message, in words.
const fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waits",
        DeliveryState::Sending => "is being sent",
        DeliveryState::Accepted => "sent",
        DeliveryState::Failed => "did not arrive",
        DeliveryState::Stopped => "was not sent",
    }
}
