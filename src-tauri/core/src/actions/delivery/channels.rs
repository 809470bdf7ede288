//! Sets up Slack and the webhook, tests every channel, and turns channels off. Secrets go to the keyring and nowhere else.

use secrecy::{ExposeSecret as _, SecretString};

use crate::actions::guard;
use crate::context::Context;
use crate::delivery::http::Sender;
use crate::delivery::slack;
use crate::delivery::webhook::{self, WebhookSecret};
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::{ChannelSettings, webhook_address};
use crate::domain::delivery::mail_settings::{MailSender, MailSettings};
use crate::domain::delivery::quiet_hours::QuietHours;
use crate::domain::delivery::receiver_health::ReceiverHealth;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::{SecretError, SecretName, Topic};
use crate::recorder::channels::{self, keyring, with_secrets};

/// What is said of events that wait for a channel when it is removed.
const REMOVED: &str = "The channel was removed.";

/// How a channel is set, and how it fared.
pub fn get(context: &Context, channel: Channel) -> Result<ChannelSettings, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    Ok(context.store().channel(channel)?)
}

/// Turns the webhook on, at this address. Answers with the secret where a new one was made: it is shown once, to be put
/// into the receiver.
pub async fn set_webhook(context: &Context, address: &str) -> Result<Option<SecretString>, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let address = webhook_address(address)?;
    let name = SecretName::WebhookSecret(context.account().as_str().to_owned());
    // The secret is kept before the address is: an event without a signature is never sent.
    let made = with_secrets(context, move |secrets| {
        let secrets = keyring(secrets)?;
        if secrets.get(&name)?.and_then(WebhookSecret::kept).is_some() {
            return Ok::<_, SecretError>(None);
        }
        let secret = WebhookSecret::new().into_secret();
        secrets.set(&name, &secret)?;
        Ok(Some(secret))
    })
    .await?;
    context.store().change_channel(Channel::Webhook, REMOVED, |settings| {
        settings.is_on = true;
        settings.address = Some(address);
        settings.last_error = None;
    })?;
    changed(context);
    Ok(made)
}

/// Makes a new secret for the webhook. For a day the one before signs beside it, for receivers that take several
/// signatures.
pub async fn renew_webhook_secret(context: &Context) -> Result<SecretString, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    if context.store().channel(Channel::Webhook)?.address.is_none() {
        return Err(DeliveryRefusal::Off(Channel::Webhook).into());
    }
    let account = context.account().as_str().to_owned();
    let (secret, had_one) = with_secrets(context, move |secrets| {
        let secrets = keyring(secrets)?;
        let name = SecretName::WebhookSecret(account.clone());
        let before = secrets.get(&name)?;
        if let Some(before) = &before {
            secrets.set(&SecretName::EarlierWebhookSecret(account), before)?;
        }
        let secret = WebhookSecret::new().into_secret();
        secrets.set(&name, &secret)?;
        Ok::<_, SecretError>((secret, before.is_some()))
    })
    .await?;
    let now = context.now();
    context.store().change_channel(Channel::Webhook, REMOVED, |settings| {
        settings.secret_renewed = had_one.then_some(now);
    })?;
    changed(context);
    Ok(secret)
}

/// Whether an address is one of an incoming webhook of Slack.
pub fn check_slack(context: &Context, address: &SecretString) -> Result<(), Error> {
    guard::allow(context, Permission::ManageChannels)?;
    Ok(slack::checked(address, context.cloudflare().is_on_this_computer())?)
}

/// Turns Slack on, with the address of an incoming webhook.
pub async fn set_slack(context: &Context, address: SecretString) -> Result<(), Error> {
    guard::allow(context, Permission::ManageChannels)?;
    check_slack(context, &address)?;
    let address = SecretString::from(address.expose_secret().trim());
    let name = SecretName::SlackAddress(context.account().as_str().to_owned());
    with_secrets(context, move |secrets| keyring(secrets)?.set(&name, &address)).await?;
    context.store().change_channel(Channel::Slack, REMOVED, |settings| {
        settings.is_on = true;
        settings.last_error = None;
    })?;
    changed(context);
    Ok(())
}

/// Turns a channel off and forgets its address and its secrets. What waits for it is not sent.
pub async fn remove(context: &Context, channel: Channel) -> Result<(), Error> {
    guard::allow(context, Permission::ManageChannels)?;
    if channel == Channel::Email {
        let settings = MailSettings { sender: MailSender::Program, ..context.store().mail_settings()? };
        context.store().set_mail(&settings, REMOVED)?;
    }
    context.store().change_channel(channel, REMOVED, |settings| {
        *settings = ChannelSettings { quiet: settings.quiet, ..ChannelSettings::off(channel) };
    })?;
    changed(context);
    let account = context.account().as_str().to_owned();
    let names = match channel {
        Channel::Webhook => vec![SecretName::WebhookSecret(account.clone()), SecretName::EarlierWebhookSecret(account)],
        Channel::Slack => vec![SecretName::SlackAddress(account)],
        Channel::Email => vec![SecretName::SmtpPassword(account)],
    };
    with_secrets(context, move |secrets| {
        let secrets = keyring(secrets)?;
        names.iter().try_for_each(|name| secrets.remove(name))
    })
    .await
}

/// Sets the quiet hours of a channel, in which it sends nothing; `None` removes them.
pub fn set_quiet_hours(context: &Context, channel: Channel, quiet: Option<QuietHours>) -> Result<(), Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let words = format!("{} is off.", channel.title());
    context.store().change_channel(channel, &words, |settings| settings.quiet = quiet)?;
    changed(context);
    Ok(())
}

/// Sends a test through a channel, also in its quiet hours, and notes how it went.
pub async fn test(context: &Context, channel: Channel) -> Result<Attempt, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let attempt = channels::open(context, channel).await?.test(context).await;
    let result = if matches!(attempt, Attempt::Accepted { .. }) { Ok(()) } else { Err(attempt.said()) };
    context.store().note_channel(channel, result, context.now())?;
    changed(context);
    Ok(attempt)
}

/// Asks the receiver of the webhook whether it is healthy.
pub async fn health(context: &Context) -> Result<ReceiverHealth, Error> {
    guard::allow(context, Permission::ManageChannels)?;
    let address = context.store().channel(Channel::Webhook)?.address.ok_or(DeliveryRefusal::Off(Channel::Webhook))?;
    Ok(webhook::health(&address, &Sender::new()?, context.now()).await)
}

fn changed(context: &Context) {
    context.changed(&[Topic::Deliveries]);
    context.wake_jobs();
}
