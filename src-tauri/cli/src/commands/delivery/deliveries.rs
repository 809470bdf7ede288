//! `delivery list|retry|replay|test|health`.

use clap::{Subcommand, ValueEnum};
use hajime_core::actions::delivery::{channels, deliveries, desktop};
use hajime_core::context::Context;
use hajime_core::domain::delivery::attempt::Attempt;
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::queued::{DeliveryState, QueuedDelivery};
use hajime_core::error::UserError;
use hajime_core::jobs::{self, Lease};
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What was told to whom, newest first, and what waits to be told.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Send a delivery again, with the id that its event has.
    Retry {
        /// The delivery’s number.
        delivery: i64,
    },
    /// Send the last event of a recording again to every channel that is on, with the id that it has.
    Replay {
        /// The recording’s id.
        recording: String,
    },
    /// Send a test and show the answer.
    Test {
        /// The channel.
        channel: ChannelArgument,
    },
    /// Ask the webhook’s receiver whether it is healthy: POST …/health beside its address.
    Health,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ChannelArgument {
    Webhook,
    Slack,
    /// Notifications on this computer; only the window shows them.
    Desktop,
}

/// A delivery as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct DeliveryView {
    id: i64,
    event_id: String,
    event: &'static str,
    channel: &'static str,
    recipient: String,
    recording_id: Option<String>,
    title: String,
    state: &'static str,
    attempts: u32,
    next_attempt: Option<String>,
    last_answer: Option<String>,
    created_at: String,
    sent_at: Option<String>,
}

impl From<&QueuedDelivery> for DeliveryView {
    fn from(delivery: &QueuedDelivery) -> Self {
        let event = &delivery.event;
        Self {
            id: delivery.id,
            event_id: event.id.to_string(),
            event: event.facts.kind().name(),
            channel: delivery.channel.name(),
            recipient: delivery.recipient.clone(),
            recording_id: event.recording().map(|id| id.to_string()),
            title: event.facts.title().to_owned(),
            state: delivery.state.name(),
            attempts: delivery.attempts,
            next_attempt: delivery.next_attempt.map(instant),
            last_answer: delivery.last_answer.clone(),
            created_at: instant(delivery.created_at),
            sent_at: delivery.sent_at.map(instant),
        }
    }
}

impl DeliveryView {
    fn line(&self) -> String {
        let Self { id, created_at, event, channel, recipient, state, title, .. } = self;
        let next = self.next_attempt.as_ref().map_or_else(String::new, |next| format!(", next attempt {next}"));
        let answer = self.last_answer.as_ref().map_or_else(String::new, |answer| format!("\n    {answer}"));
        format!("{id:>5}  {created_at}  {event:<18}  {channel} to {recipient}: {state}{next}  {title}{answer}")
    }
}

/// What a channel answered to a test, as the CLI prints it. Scripts rely on the names.
#[derive(Debug, Serialize)]
struct TestView {
    channel: &'static str,
    accepted: bool,
    said: String,
}

/// Prints what a channel answered to a test.
pub(super) fn print_test(channel: &'static str, attempt: &Attempt, output: Output) {
    let accepted = matches!(attempt, Attempt::Accepted { .. });
    let view = TestView { channel, accepted, said: attempt.said().to_owned() };
    output.print(&view, |view| {
        let word = if view.accepted { "Accepted" } else { "Not accepted" };
        format!("{word}: {}", view.said)
    });
}

/// The answer of the receiver about its health. The names are stable.
#[derive(Debug, Serialize)]
struct HealthView {
    address: String,
    healthy: bool,
    service: Option<String>,
    said: String,
    took_ms: u64,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List { limit } => {
            let all = deliveries::list(context, limit)?;
            print(&all, "Nothing was told yet.", output);
        }
        Command::Retry { delivery } => {
            let queued = deliveries::retry(context, delivery)?;
            print(&sent(context, vec![queued]).await?, "", output);
        }
        Command::Replay { recording } => {
            let queued = deliveries::replay(context, recording.parse()?)?;
            print(&sent(context, queued).await?, "", output);
        }
        Command::Test { channel } => {
            let (name, attempt) = match channel {
                ChannelArgument::Webhook => ("webhook", channels::test(context, Channel::Webhook).await?),
                ChannelArgument::Slack => ("slack", channels::test(context, Channel::Slack).await?),
                ChannelArgument::Desktop => ("desktop", desktop::test(context).await?),
            };
            print_test(name, &attempt, output);
        }
        Command::Health => {
            let health = channels::health(context).await?;
            let view = HealthView {
                address: health.address.to_string(),
                healthy: health.healthy,
                service: health.service,
                said: health.said,
                took_ms: u64::try_from(health.took.as_millis()).unwrap_or(u64::MAX),
            };
            output.print(&view, |view| {
                let word = if view.healthy { "Healthy" } else { "Not healthy" };
                format!("{word}, asked at {} in {} ms: {}", view.address, view.took_ms, view.said)
            });
        }
    }
    Ok(())
}

/// Sends what was queued, unless another process runs the jobs: then that one sends it within seconds.
async fn sent(context: &Context, queued: Vec<QueuedDelivery>) -> Result<Vec<QueuedDelivery>, UserError> {
    let mut lease = Lease::default();
    if lease.hold(context)? {
        jobs::send_what_is_due(context).await?;
    }
    let now = queued.iter().map(|delivery| deliveries::get(context, delivery.id));
    Ok(now.collect::<Result<_, _>>()?)
}

fn print(all: &[QueuedDelivery], none: &str, output: Output) {
    let views: Vec<DeliveryView> = all.iter().map(DeliveryView::from).collect();
    output.print(&views, |views| {
        let mut lines: Vec<String> = views.iter().map(DeliveryView::line).collect();
        if lines.is_empty() {
            lines.push(none.to_owned());
        }
        if all.iter().any(|delivery| delivery.state == DeliveryState::Waiting) {
            lines.push("What waits is sent by the window, or by hajime-cli watch.".to_owned());
        }
        lines.join("\n")
    });
}
