//! Alerts and their rules.

use hajime_core::actions::health::alerts::{self, AlertView, Message, RuleInput, RuleView};
use hajime_core::domain::health::alert::channel::AlertChannel;
use hajime_core::domain::health::alert::metric::{Metric, Severity};
use hajime_core::domain::health::alert::reading::{Affected, AffectedKind};
use hajime_core::domain::health::alert::rule::RuleChannel;
use hajime_core::domain::health::alert::rule_id::RuleId;
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{id as parsed, instant, maybe_instant};

hajime_macros::commands![
    alerts_list,
    alert_acknowledge,
    alert_snooze,
    alert_unsnooze,
    alert_rules,
    alert_rule_save,
    alert_rule_delete,
    alert_rule_reset,
    alert_rule_test,
    alert_metrics,
];

/// Returns the alerts that are open, and those that ended within 30 days.
#[hajime_macros::command]
pub(crate) async fn alerts_list(accounts: State<'_, Accounts>) -> Result<AlertsDto, UserError> {
    let all = alerts::list(&accounts.current().await?.context)?;
    let shown = |views: Vec<AlertView>| views.into_iter().map(AlertDto::from).collect();
    Ok(AlertsDto { open: shown(all.open), closed: shown(all.closed) })
}

/// Takes note of an open alert, so that only its end is told.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn alert_acknowledge(accounts: State<'_, Accounts>, id: String) -> Result<AlertDto, UserError> {
    Ok(alerts::acknowledge(&accounts.current().await?.context, parsed(&id)?)?.into())
}

/// Snoozes an open alert: nobody is told of it for so many minutes.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn alert_snooze(
    accounts: State<'_, Accounts>,
    id: String,
    minutes: u32,
) -> Result<AlertDto, UserError> {
    Ok(alerts::snooze(&accounts.current().await?.context, parsed(&id)?, minutes)?.into())
}

/// Ends the snooze of an alert.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn alert_unsnooze(accounts: State<'_, Accounts>, id: String) -> Result<AlertDto, UserError> {
    Ok(alerts::unsnooze(&accounts.current().await?.context, parsed(&id)?)?.into())
}

/// Returns every rule: those that Hajime brings, then those that people added.
#[hajime_macros::command]
pub(crate) async fn alert_rules(accounts: State<'_, Accounts>) -> Result<Vec<AlertRuleDto>, UserError> {
    Ok(alerts::rules(&accounts.current().await?.context)?.into_iter().map(AlertRuleDto::from).collect())
}

/// Changes a rule, or adds one where there is no id.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn alert_rule_save(
    accounts: State<'_, Accounts>,
    rule: AlertRuleInput,
) -> Result<AlertRuleDto, UserError> {
    let key = rule.id.as_deref().map(parsed).transpose()?;
    Ok(alerts::save(&accounts.current().await?.context, key, rule.into())?.into())
}

/// Removes a rule that a person added.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn alert_rule_delete(accounts: State<'_, Accounts>, id: String) -> Result<(), UserError> {
    Ok(alerts::delete(&accounts.current().await?.context, parsed(&id)?)?)
}

/// Makes a rule that Hajime brings what it was at first.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn alert_rule_reset(accounts: State<'_, Accounts>, id: String) -> Result<AlertRuleDto, UserError> {
    Ok(alerts::reset(&accounts.current().await?.context, parsed(&id)?)?.into())
}

/// Sends a test through every channel of a rule.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn alert_rule_test(accounts: State<'_, Accounts>, id: String) -> Result<Vec<ToldDto>, UserError> {
    let told = alerts::test(&accounts.current().await?.context, parsed(&id)?).await?;
    Ok(told.into_iter().map(ToldDto::from).collect())
}

/// Returns what can be measured.
#[hajime_macros::command]
pub(crate) async fn alert_metrics(accounts: State<'_, Accounts>) -> Result<Vec<AlertMetricDto>, UserError> {
    let all = alerts::metrics(&accounts.current().await?.context)?;
    Ok(all.into_iter().map(AlertMetricDto::from).collect())
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AlertsDto {
    open: Vec<AlertDto>,
    /// Those of the last 30 days.
    closed: Vec<AlertDto>,
}

/// How much an alert matters.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SeverityDto {
    Critical,
    Warning,
    Notice,
}

impl From<Severity> for SeverityDto {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::Warning => Self::Warning,
            Severity::Notice => Self::Notice,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AlertDto {
    id: String,
    /// The id of its rule.
    rule: String,
    title: String,
    detail: String,
    /// What to do.
    next: String,
    severity: SeverityDto,
    since: String,
    /// When it ended; `null` while it is open.
    until: Option<String>,
    acknowledged_at: Option<String>,
    snoozed_until: Option<String>,
    told: Vec<ToldDto>,
    /// When it ends by itself, in words; `null` where it has ended.
    closes: Option<String>,
    /// What it is about, twenty things at most.
    affected: Vec<AffectedDto>,
    affected_total: u32,
    /// How many messages that follow from it were held back.
    held_back: u32,
    /// The name of the view where it is put right.
    go_to: Option<String>,
}

impl From<AlertView> for AlertDto {
    fn from(AlertView { alert, closes, told }: AlertView) -> Self {
        let about = alert.metric.about();
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.to_string(),
            title: alert.title(),
            next: about.next.to_owned(),
            severity: about.severity.into(),
            since: instant(alert.since),
            until: maybe_instant(alert.closed_at),
            acknowledged_at: maybe_instant(alert.acknowledged_at),
            snoozed_until: maybe_instant(alert.snoozed_until),
            told: told.into_iter().map(ToldDto::from).collect(),
            closes,
            detail: alert.detail,
            affected: alert.affected.into_iter().map(AffectedDto::from).collect(),
            affected_total: alert.affected_total,
            held_back: alert.held_back,
            go_to: about.go_to.map(str::to_owned),
        }
    }
}

/// One message to one recipient.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ToldDto {
    channel: AlertChannelDto,
    to: String,
    /// When it was sent; `null` while it was not.
    at: Option<String>,
    /// What became of it, in words.
    state: String,
}

impl From<Message> for ToldDto {
    fn from(Message { channel, to, at, state }: Message) -> Self {
        Self { channel: channel.into(), to, at: maybe_instant(at), state }
    }
}

/// The kind of a thing that an alert is about.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AffectedKindDto {
    Recording,
    Session,
    Job,
    Channel,
    Key,
    Desk,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AffectedDto {
    kind: AffectedKindDto,
    id: String,
    title: String,
}

impl From<Affected> for AffectedDto {
    fn from(Affected { kind, id, title }: Affected) -> Self {
        let kind = match kind {
            AffectedKind::Recording => AffectedKindDto::Recording,
            AffectedKind::Session => AffectedKindDto::Session,
            AffectedKind::Job => AffectedKindDto::Job,
            AffectedKind::Channel => AffectedKindDto::Channel,
            AffectedKind::Key => AffectedKindDto::Key,
            AffectedKind::Desk => AffectedKindDto::Desk,
        };
        Self { kind, id, title }
    }
}

/// A channel through which people are told of an alert.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertChannelDto {
    Desktop,
    Email,
    Slack,
    Webhook,
}

impl From<AlertChannel> for AlertChannelDto {
    fn from(channel: AlertChannel) -> Self {
        match channel {
            AlertChannel::Desktop => Self::Desktop,
            AlertChannel::Email => Self::Email,
            AlertChannel::Slack => Self::Slack,
            AlertChannel::Webhook => Self::Webhook,
        }
    }
}

impl From<AlertChannelDto> for AlertChannel {
    fn from(channel: AlertChannelDto) -> Self {
        match channel {
            AlertChannelDto::Desktop => Self::Desktop,
            AlertChannelDto::Email => Self::Email,
            AlertChannelDto::Slack => Self::Slack,
            AlertChannelDto::Webhook => Self::Webhook,
        }
    }
}

/// A channel of a rule, and how many minutes after the alert has opened it is told.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub(crate) struct RuleChannelDto {
    channel: AlertChannelDto,
    after_minutes: u32,
}

#[derive(Debug, Clone, Serialize, TS)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself that the page shows")]
pub(crate) struct AlertRuleDto {
    id: String,
    metric: String,
    /// The rule as a sentence.
    name: String,
    /// How it is counted, and which channels are not set up.
    explanation: String,
    /// `percent`, `minutes`, `days`, or empty where there is no threshold.
    unit: String,
    threshold: Option<f64>,
    closes_at: Option<f64>,
    for_minutes: u32,
    clears_after_minutes: u32,
    channels: Vec<RuleChannelDto>,
    repeat_minutes: Option<u32>,
    is_on: bool,
    /// Whether a person added it.
    is_own: bool,
    may_turn_off: bool,
    /// Whether it is told also in quiet hours.
    breaks_quiet: bool,
    is_open: bool,
    /// When its alert last opened.
    last: Option<String>,
}

impl From<RuleView> for AlertRuleDto {
    fn from(view: RuleView) -> Self {
        let about = view.rule.metric.about();
        let explanation = view.explanation();
        let RuleView { rule, may_turn_off, is_open, last, not_set_up: _ } = view;
        Self {
            id: rule.id.to_string(),
            metric: about.name.to_owned(),
            name: rule.name(),
            explanation,
            unit: about.unit.name().to_owned(),
            threshold: rule.threshold,
            closes_at: rule.closes_at,
            for_minutes: rule.for_minutes,
            clears_after_minutes: rule.clears_after_minutes,
            channels: rule
                .channels
                .iter()
                .map(|one| RuleChannelDto { channel: one.channel.into(), after_minutes: one.after_minutes })
                .collect(),
            repeat_minutes: rule.repeat_minutes,
            is_on: rule.is_on,
            is_own: matches!(rule.id, RuleId::Own(_)),
            may_turn_off,
            breaks_quiet: about.breaks_quiet,
            is_open,
            last: maybe_instant(last),
        }
    }
}

/// What a person typed about a rule; without an id it is a new one.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct AlertRuleInput {
    id: Option<String>,
    metric: String,
    threshold: Option<f64>,
    closes_at: Option<f64>,
    for_minutes: u32,
    clears_after_minutes: u32,
    channels: Vec<RuleChannelDto>,
    repeat_minutes: Option<u32>,
    is_on: bool,
}

impl From<AlertRuleInput> for RuleInput {
    fn from(input: AlertRuleInput) -> Self {
        let channels = input.channels.into_iter();
        Self {
            metric: input.metric,
            threshold: input.threshold,
            closes_at: input.closes_at,
            for_minutes: input.for_minutes,
            clears_after_minutes: input.clears_after_minutes,
            channels: channels
                .map(|one| RuleChannel { channel: one.channel.into(), after_minutes: one.after_minutes })
                .collect(),
            repeat_minutes: input.repeat_minutes,
            is_on: input.is_on,
        }
    }
}

/// Something that can be measured. Where the unit is empty it holds or does not, and the numbers are 0.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AlertMetricDto {
    name: String,
    label: String,
    /// `percent`, `minutes`, `days`, or empty where there is no threshold.
    unit: String,
    default: f64,
    lowest: f64,
    highest: f64,
    explanation: String,
}

impl From<Metric> for AlertMetricDto {
    fn from(metric: Metric) -> Self {
        let about = metric.about();
        Self {
            name: about.name.to_owned(),
            label: about.label.to_owned(),
            unit: about.unit.name().to_owned(),
            default: about.brought.threshold.unwrap_or_default(),
            lowest: about.bounds.0,
            highest: about.bounds.1,
            explanation: about.explanation.to_owned(),
        }
    }
}
