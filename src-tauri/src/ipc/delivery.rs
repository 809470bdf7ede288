//! Slack and the webhook: setting them up, testing them, and the events on their way.

use hajime_core::actions::delivery::{channels, deliveries, desktop};
use hajime_core::context::Context;
use hajime_core::domain::delivery::attempt::Attempt;
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::channel_settings::{ChannelSettings, webhook_address};
use hajime_core::domain::delivery::desktop_settings::DesktopSettings;
use hajime_core::domain::delivery::queued::{DeliveryState, QueuedDelivery};
use hajime_core::domain::delivery::quiet_hours::QuietHours;
use hajime_core::domain::delivery::receiver_health::ReceiverHealth;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::{id, instant, maybe_instant};
use crate::accounts::Accounts;
use crate::platform::ask;

pub(crate) mod mail;

hajime_macros::commands![
    channels_get,
    desktop_quiet_save,
    desktop_test,
    webhook_save,
    webhook_secret_renew,
    webhook_health,
    slack_save,
    channel_quiet_save,
    channel_remove,
    channel_test,
    deliveries_list,
    delivery_retry,
    recording_replay,
];

/// How many deliveries the page shows.
const SHOWN: u32 = 50;

/// How Slack and the webhook are set, and how they fared.
#[hajime_macros::command]
pub(crate) async fn channels_get(accounts: State<'_, Accounts>) -> Result<ChannelsDto, UserError> {
    ChannelsDto::read(&accounts.current().await?.context)
}

/// Sets the quiet hours of this desk, in which only what cannot wait is shown, or removes them.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn desktop_quiet_save(
    accounts: State<'_, Accounts>,
    quiet: Option<QuietDto>,
) -> Result<ChannelsDto, UserError> {
    let context = &accounts.current().await?.context;
    desktop::set_quiet_hours(context, quiet.map(QuietDto::parsed).transpose()?)?;
    ChannelsDto::read(context)
}

/// Shows a test on this desktop. The answer is the one of its notification service.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn desktop_test(accounts: State<'_, Accounts>) -> Result<TestAnswerDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(desktop::test(context).await?.into())
}

/// Turns the webhook on, at this address. A new one is confirmed in a dialog of the system first. The answer has the
/// secret if a new one was made; it is never shown again.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn webhook_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    address: String,
) -> Result<SavedWebhookDto, UserError> {
    let context = &accounts.current().await?.context;
    let wanted = webhook_address(&address)?;
    let known = channels::get(context, Channel::Webhook)?.address;
    if known.as_ref() != Some(&wanted) && !ask::receiver(&app, &wanted).await {
        return Err(not_confirmed("The webhook"));
    }
    let made = channels::set_webhook(context, &address).await?;
    let secret = made.map(|secret| secret.expose_secret().to_owned());
    Ok(SavedWebhookDto { channels: ChannelsDto::read(context)?, secret })
}

/// Makes a new secret for the webhook. It is never shown again.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn webhook_secret_renew(accounts: State<'_, Accounts>) -> Result<String, UserError> {
    let context = &accounts.current().await?.context;
    Ok(channels::renew_webhook_secret(context).await?.expose_secret().to_owned())
}

/// Asks the webhook’s receiver whether it is healthy.
#[hajime_macros::command]
pub(crate) async fn webhook_health(accounts: State<'_, Accounts>) -> Result<ReceiverHealthDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(channels::health(context).await?.into())
}

/// Turns Slack on, with the address of an incoming webhook. It is confirmed in a dialog of the system first, and goes
/// to the keyring.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn slack_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    address: String,
) -> Result<ChannelsDto, UserError> {
    let context = &accounts.current().await?.context;
    let address = SecretString::from(address);
    channels::check_slack(context, &address)?;
    if !ask::slack(&app).await {
        return Err(not_confirmed("Slack"));
    }
    channels::set_slack(context, address).await?;
    ChannelsDto::read(context)
}

/// Where recordings are told is confirmed outside the page.
fn not_confirmed(what: &str) -> UserError {
    UserError::new(
        ErrorCode::NotConfirmed,
        format!("{what} was not changed, because the question about it was not answered with “Use this address”."),
        "Save it again, and check the question.",
    )
}

/// Sets the quiet hours of a channel, in which it sends nothing, or removes them.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn channel_quiet_save(
    accounts: State<'_, Accounts>,
    channel: ChannelDto,
    quiet: Option<QuietDto>,
) -> Result<ChannelsDto, UserError> {
    let context = &accounts.current().await?.context;
    let quiet = quiet.map(QuietDto::parsed).transpose()?;
    channels::set_quiet_hours(context, channel.into(), quiet)?;
    ChannelsDto::read(context)
}

/// Turns a channel off and forgets its address and its secrets.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn channel_remove(
    accounts: State<'_, Accounts>,
    channel: ChannelDto,
) -> Result<ChannelsDto, UserError> {
    let context = &accounts.current().await?.context;
    channels::remove(context, channel.into()).await?;
    ChannelsDto::read(context)
}

/// Sends a test through a channel. The answer is the receiver’s own.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn channel_test(
    accounts: State<'_, Accounts>,
    channel: ChannelDto,
) -> Result<TestAnswerDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(channels::test(context, channel.into()).await?.into())
}

/// What was told to whom, newest first.
#[hajime_macros::command]
pub(crate) async fn deliveries_list(accounts: State<'_, Accounts>) -> Result<Vec<DeliveryDto>, UserError> {
    let context = &accounts.current().await?.context;
    Ok(deliveries::list(context, SHOWN)?.into_iter().map(DeliveryDto::from).collect())
}

/// Sends a delivery again, with the id that its event has.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn delivery_retry(accounts: State<'_, Accounts>, delivery_id: i64) -> Result<DeliveryDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(deliveries::retry(context, delivery_id)?.into())
}

/// Sends the last event of a recording again to every channel that is on, with the id that it has.
#[hajime_macros::command(changes(Deliveries))]
pub(crate) async fn recording_replay(
    accounts: State<'_, Accounts>,
    recording_id: String,
) -> Result<Vec<DeliveryDto>, UserError> {
    let context = &accounts.current().await?.context;
    Ok(deliveries::replay(context, id(&recording_id)?)?.into_iter().map(DeliveryDto::from).collect())
}

/// A channel for events.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChannelDto {
    Webhook,
    Slack,
    Email,
}

impl From<ChannelDto> for Channel {
    fn from(channel: ChannelDto) -> Self {
        match channel {
            ChannelDto::Webhook => Self::Webhook,
            ChannelDto::Slack => Self::Slack,
            ChannelDto::Email => Self::Email,
        }
    }
}

impl From<Channel> for ChannelDto {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Webhook => Self::Webhook,
            Channel::Slack => Self::Slack,
            Channel::Email => Self::Email,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChannelsDto {
    desktop: ChannelSettingsDto,
    webhook: ChannelSettingsDto,
    slack: ChannelSettingsDto,
}

impl ChannelsDto {
    fn read(context: &Context) -> Result<Self, UserError> {
        let read = |channel| Ok::<_, UserError>(channels::get(context, channel)?.into());
        let desktop = desktop::get(context)?.into();
        Ok(Self { desktop, webhook: read(Channel::Webhook)?, slack: read(Channel::Slack)? })
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChannelSettingsDto {
    on: bool,
    /// Where the webhook sends to. Slack’s address is a secret and never comes here.
    address: Option<String>,
    quiet: Option<QuietDto>,
    last_sent: Option<String>,
    /// What went wrong last, until something was accepted.
    last_error: Option<ChannelErrorDto>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChannelErrorDto {
    said: String,
    at: String,
}

/// The hours in which a channel sends nothing: two wall-clock times as `HH:MM`, and their zone.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct QuietDto {
    from: String,
    to: String,
    zone: String,
}

impl QuietDto {
    fn parsed(self) -> Result<QuietHours, UserError> {
        Ok(QuietHours::parse(&self.from, &self.to, &self.zone)?)
    }
}

impl From<QuietHours> for QuietDto {
    fn from(quiet: QuietHours) -> Self {
        Self { from: quiet.from(), to: quiet.to(), zone: quiet.zone().name().to_owned() }
    }
}

impl From<DesktopSettings> for ChannelSettingsDto {
    fn from(settings: DesktopSettings) -> Self {
        Self {
            on: true,
            address: None,
            quiet: settings.quiet.map(QuietDto::from),
            last_sent: maybe_instant(settings.last_sent),
            last_error: settings.last_error.map(|(said, at)| ChannelErrorDto { said, at: instant(at) }),
        }
    }
}

impl From<ChannelSettings> for ChannelSettingsDto {
    fn from(settings: ChannelSettings) -> Self {
        let ChannelSettings { channel: _, is_on, address, quiet, secret_renewed: _, last_sent, last_error } = settings;
        let fate = DesktopSettings { quiet, last_sent, last_error };
        Self { on: is_on, address: address.map(String::from), ..fate.into() }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SavedWebhookDto {
    channels: ChannelsDto,
    /// The secret, if a new one was made.
    secret: Option<String>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ReceiverHealthDto {
    /// Where it was asked.
    address: String,
    healthy: bool,
    service: Option<String>,
    /// What it answered, or why there is no answer.
    said: String,
    seconds: f64,
}

impl From<ReceiverHealth> for ReceiverHealthDto {
    fn from(health: ReceiverHealth) -> Self {
        Self {
            address: health.address.into(),
            healthy: health.healthy,
            service: health.service,
            said: health.said,
            seconds: health.took.as_secs_f64(),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct TestAnswerDto {
    accepted: bool,
    said: String,
}

impl From<Attempt> for TestAnswerDto {
    fn from(attempt: Attempt) -> Self {
        Self { accepted: matches!(attempt, Attempt::Accepted { .. }), said: attempt.said().to_owned() }
    }
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryStateDto {
    Waiting,
    Sending,
    Accepted,
    Failed,
    Stopped,
}

impl From<DeliveryState> for DeliveryStateDto {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Waiting => Self::Waiting,
            DeliveryState::Sending => Self::Sending,
            DeliveryState::Accepted => Self::Accepted,
            DeliveryState::Failed => Self::Failed,
            DeliveryState::Stopped => Self::Stopped,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DeliveryDto {
    id: i64,
    /// The id of the event, which the receiver sees.
    event_id: String,
    /// `recording.complete`, `recording.failed`, `alert.opened` or `alert.closed`.
    event: String,
    channel: ChannelDto,
    recipient: String,
    /// `null` where it is about no recording.
    recording_id: Option<String>,
    title: String,
    state: DeliveryStateDto,
    attempts: u32,
    next_attempt: Option<String>,
    last_answer: Option<String>,
    created_at: String,
    sent_at: Option<String>,
}

impl From<QueuedDelivery> for DeliveryDto {
    fn from(delivery: QueuedDelivery) -> Self {
        Self {
            id: delivery.id,
            event_id: delivery.event.id.to_string(),
            event: delivery.event.facts.kind().name().to_owned(),
            channel: delivery.channel.into(),
            recipient: delivery.recipient,
            recording_id: delivery.event.recording().map(|id| id.to_string()),
            title: delivery.event.facts.title().to_owned(),
            state: delivery.state.into(),
            attempts: delivery.attempts,
            next_attempt: maybe_instant(delivery.next_attempt),
            last_answer: delivery.last_answer,
            created_at: instant(delivery.created_at),
            sent_at: maybe_instant(delivery.sent_at),
        }
    }
}
