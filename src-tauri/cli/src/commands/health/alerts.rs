//! `alert list|rules|metrics|set|add|remove|reset|test|acknowledge|snooze|unsnooze`.

use clap::{Args, Subcommand};
use hajime_core::actions::health::alerts::{self, AlertView, Message, RuleInput, RuleView};
use hajime_core::context::Context;
use hajime_core::domain::health::alert::channel::AlertChannel;
use hajime_core::domain::health::alert::metric::Metric;
use hajime_core::domain::health::alert::rule::RuleChannel;
use hajime_core::domain::health::alert::rule_id::RuleId;
use hajime_core::domain::ids::AlertId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What is open, and what ended within 30 days.
    List,
    /// The rules: when an alert is raised, and through which channels it is told.
    Rules,
    /// What can be measured.
    Metrics,
    /// Change a rule. What is not given stays.
    Set {
        /// The rule’s id, as `alert rules` shows it.
        rule: String,
        #[command(flatten)]
        change: Change,
    },
    /// Add a rule. What is not given is as in the rule that Hajime brings for the metric.
    Add {
        /// The metric, as `alert metrics` shows it.
        metric: String,
        #[command(flatten)]
        change: Change,
    },
    /// Remove a rule that a person added.
    Remove {
        /// The rule’s id.
        rule: String,
    },
    /// Make a rule that Hajime brings what it was at first.
    Reset {
        /// The rule’s id.
        rule: String,
    },
    /// Send a test through every channel of a rule.
    Test {
        /// The rule’s id.
        rule: String,
    },
    /// Take note of an open alert, so that only its end is told.
    Acknowledge {
        /// The alert’s id.
        alert: String,
    },
    /// Tell nothing of an open alert for some minutes.
    Snooze {
        /// The alert’s id.
        alert: String,
        /// For how many minutes.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
    },
    /// End the snooze of an alert.
    Unsnooze {
        /// The alert’s id.
        alert: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// What the metric is compared with.
    #[arg(long, value_name = "NUMBER")]
    threshold: Option<f64>,
    /// The value at which an alert ends.
    #[arg(long, value_name = "NUMBER")]
    closes_at: Option<f64>,
    /// How many minutes the metric must hold.
    #[arg(long = "for", value_name = "MINUTES")]
    for_minutes: Option<u32>,
    /// How many minutes it must have been over.
    #[arg(long, value_name = "MINUTES")]
    clears_after: Option<u32>,
    /// A channel instead of all present ones: desktop, email, slack or webhook, with `:15` behind it to be told after 15
    /// minutes. May be given several times.
    #[arg(long, value_name = "CHANNEL[:MINUTES]")]
    channel: Option<Vec<String>>,
    /// After how many minutes an open alert is told again; 0 for never.
    #[arg(long, value_name = "MINUTES")]
    repeat: Option<u32>,
    /// Switch the rule on.
    #[arg(long, conflicts_with = "off")]
    on: bool,
    /// Switch the rule off.
    #[arg(long)]
    off: bool,
}

impl Change {
    fn applied(self, to: RuleInput) -> Result<RuleInput, UserError> {
        let channels =
            self.channel.map(|all| all.iter().map(|text| channel(text)).collect::<Result<Vec<_>, _>>()).transpose()?;
        let repeat = match self.repeat {
            Some(0) => None,
            given => given.or(to.repeat_minutes),
        };
        // A value at which the alert of another threshold ended says nothing about this one.
        let kept = if self.threshold.is_some() { None } else { to.closes_at };
        Ok(RuleInput {
            threshold: self.threshold.or(to.threshold),
            closes_at: self.closes_at.or(kept),
            for_minutes: self.for_minutes.unwrap_or(to.for_minutes),
            clears_after_minutes: self.clears_after.unwrap_or(to.clears_after_minutes),
            channels: channels.unwrap_or(to.channels),
            repeat_minutes: repeat,
            is_on: (to.is_on || self.on) && !self.off,
            metric: to.metric,
        })
    }
}

fn channel(text: &str) -> Result<RuleChannel, UserError> {
    let (name, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let read = || Some(RuleChannel { channel: AlertChannel::named(name)?, after_minutes: minutes.parse().ok()? });
    read().ok_or_else(|| {
        let message = format!("“{}” is not a channel.", text.chars().take(40).collect::<String>());
        Error::from(Invalid::one("channels", message, "Write desktop, email, slack or webhook, or email:15.")).into()
    })
}

/// An alert as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct AlertLine {
    id: String,
    rule: String,
    title: String,
    detail: String,
    next: &'static str,
    severity: &'static str,
    since: String,
    until: Option<String>,
    acknowledged_at: Option<String>,
    snoozed_until: Option<String>,
    affected: Vec<AffectedLine>,
    affected_total: u32,
    held_back: u32,
    told: Vec<ToldLine>,
}

#[derive(Debug, Serialize)]
struct AffectedLine {
    kind: &'static str,
    id: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct ToldLine {
    channel: &'static str,
    to: String,
    at: Option<String>,
    state: String,
}

impl From<Message> for ToldLine {
    fn from(Message { channel, to, at, state }: Message) -> Self {
        Self { channel: channel.name(), to, at: at.map(instant), state }
    }
}

impl ToldLine {
    fn line(&self) -> String {
        format!("    {} to {}: {}", self.channel, self.to, self.state)
    }
}

impl From<AlertView> for AlertLine {
    fn from(AlertView { alert, told, .. }: AlertView) -> Self {
        let about = alert.metric.about();
        let affected = alert.affected.iter();
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.to_string(),
            title: alert.title(),
            next: about.next,
            severity: about.severity.name(),
            since: instant(alert.since),
            until: alert.closed_at.map(instant),
            acknowledged_at: alert.acknowledged_at.map(instant),
            snoozed_until: alert.snoozed_until.map(instant),
            affected: affected
                .map(|one| AffectedLine { kind: one.kind.name(), id: one.id.clone(), title: one.title.clone() })
                .collect(),
            affected_total: alert.affected_total,
            held_back: alert.held_back,
            told: told.into_iter().map(ToldLine::from).collect(),
            detail: alert.detail,
        }
    }
}

impl AlertLine {
    fn line(&self) -> String {
        let until = self.until.as_ref().map_or_else(|| "open".to_owned(), |until| format!("until {until}"));
        let mut lines = vec![format!("{}  {}, {}, since {}, {until}", self.id, self.title, self.severity, self.since)];
        lines.push(format!("    {}", self.detail));
        lines.extend(self.told.iter().map(ToldLine::line));
        if self.until.is_none() {
            lines.push(format!("    {}", self.next));
        }
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct AlertsList {
    open: Vec<AlertLine>,
    closed: Vec<AlertLine>,
}

/// A rule as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct RuleLine {
    id: String,
    metric: &'static str,
    name: String,
    explanation: String,
    unit: &'static str,
    threshold: Option<f64>,
    closes_at: Option<f64>,
    for_minutes: u32,
    clears_after_minutes: u32,
    channels: Vec<RuleChannel>,
    repeat_minutes: Option<u32>,
    is_on: bool,
    is_own: bool,
    is_open: bool,
    last: Option<String>,
}

impl From<RuleView> for RuleLine {
    fn from(view: RuleView) -> Self {
        let (explanation, about) = (view.explanation(), view.rule.metric.about());
        let RuleView { rule, is_open, last, .. } = view;
        Self {
            id: rule.id.to_string(),
            metric: about.name,
            name: rule.name(),
            explanation,
            unit: about.unit.name(),
            threshold: rule.threshold,
            closes_at: rule.closes_at,
            for_minutes: rule.for_minutes,
            clears_after_minutes: rule.clears_after_minutes,
            repeat_minutes: rule.repeat_minutes,
            is_on: rule.is_on,
            is_own: matches!(rule.id, RuleId::Own(_)),
            channels: rule.channels,
            is_open,
            last: last.map(instant),
        }
    }
}

impl RuleLine {
    fn line(&self) -> String {
        let state = match (self.is_on, self.is_open) {
            (false, _) => "off",
            (true, true) => "open now",
            (true, false) => "on",
        };
        let channels = self.channels.iter().map(|one| match one.after_minutes {
            0 => one.channel.name().to_owned(),
            minutes => format!("{} after {minutes} min", one.channel.name()),
        });
        let channels = channels.collect::<Vec<_>>().join(", ");
        format!("{}  {} ({state})\n    told by: {channels}\n    {}", self.id, self.name, self.explanation)
    }
}

/// A metric as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct MetricLine {
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    default: Option<f64>,
    lowest: f64,
    highest: f64,
    explanation: &'static str,
}

impl From<Metric> for MetricLine {
    fn from(metric: Metric) -> Self {
        let about = metric.about();
        Self {
            name: about.name,
            label: about.label,
            unit: about.unit.name(),
            default: about.brought.threshold,
            lowest: about.bounds.0,
            highest: about.bounds.1,
            explanation: about.explanation,
        }
    }
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List => {
            let all = alerts::list(context)?;
            let shown = |views: Vec<AlertView>| views.into_iter().map(AlertLine::from).collect();
            output.print(&AlertsList { open: shown(all.open), closed: shown(all.closed) }, |all| {
                let open = match all.open.len() {
                    0 => "Nothing is open.".to_owned(),
                    count => format!("Open: {count}"),
                };
                let lines = all.open.iter().map(AlertLine::line);
                let closed = all.closed.iter().map(AlertLine::line);
                let title = format!("Ended within 30 days: {}", all.closed.len());
                std::iter::once(open).chain(lines).chain([title]).chain(closed).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Rules => {
            let all: Vec<_> = alerts::rules(context)?.into_iter().map(RuleLine::from).collect();
            output.print(&all, |all| all.iter().map(RuleLine::line).collect::<Vec<_>>().join("\n"));
        }
        Command::Metrics => {
            let all: Vec<_> = alerts::metrics(context)?.into_iter().map(MetricLine::from).collect();
            output.print(&all, |all| {
                let line = |one: &MetricLine| format!("{:<16} {}. {}", one.name, one.label, one.explanation);
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Set { rule, change } => {
            let id: RuleId = rule.parse()?;
            let input = change.applied(typed(&alerts::rule(context, id)?))?;
            print_rule(alerts::save(context, Some(id), input)?, output);
        }
        Command::Add { metric, change } => {
            let brought = metric.parse::<RuleId>().ok().filter(|id| matches!(id, RuleId::Brought(_)));
            let input = match brought {
                Some(id) => RuleInput { is_on: true, ..typed(&alerts::rule(context, id)?) },
                None => unknown_metric(metric),
            };
            print_rule(alerts::save(context, None, change.applied(input)?)?, output);
        }
        Command::Remove { rule } => {
            alerts::delete(context, rule.parse()?)?;
            output.print(&serde_json::json!({ "removed": rule }), |_| "The rule was removed.".to_owned());
        }
        Command::Reset { rule } => print_rule(alerts::reset(context, rule.parse()?)?, output),
        Command::Test { rule } => {
            let told: Vec<_> = alerts::test(context, rule.parse()?).await?.into_iter().map(ToldLine::from).collect();
            output.print(&told, |told| match told.as_slice() {
                [] => "The rule names no channel.".to_owned(),
                told => told.iter().map(ToldLine::line).collect::<Vec<_>>().join("\n"),
            });
        }
        Command::Acknowledge { alert } => print_alert(alerts::acknowledge(context, read_id(&alert)?)?, output),
        Command::Snooze { alert, minutes } => print_alert(alerts::snooze(context, read_id(&alert)?, minutes)?, output),
        Command::Unsnooze { alert } => print_alert(alerts::unsnooze(context, read_id(&alert)?)?, output),
    }
    Ok(())
}

fn read_id(text: &str) -> Result<AlertId, UserError> {
    Ok(text.parse()?)
}

/// A rule as a person would type it.
fn typed(view: &RuleView) -> RuleInput {
    let rule = &view.rule;
    RuleInput {
        metric: rule.metric.about().name.to_owned(),
        threshold: rule.threshold,
        closes_at: rule.closes_at,
        for_minutes: rule.for_minutes,
        clears_after_minutes: rule.clears_after_minutes,
        channels: rule.channels.clone(),
        repeat_minutes: rule.repeat_minutes,
        is_on: rule.is_on,
    }
}

/// The action refuses it with the words for people.
fn unknown_metric(metric: String) -> RuleInput {
    RuleInput {
        metric,
        threshold: None,
        closes_at: None,
        for_minutes: 0,
        clears_after_minutes: 0,
        channels: Vec::new(),
        repeat_minutes: None,
        is_on: true,
    }
}

fn print_rule(view: RuleView, output: Output) {
    output.print(&RuleLine::from(view), RuleLine::line);
}

fn print_alert(view: AlertView, output: Output) {
    output.print(&AlertLine::from(view), AlertLine::line);
}
