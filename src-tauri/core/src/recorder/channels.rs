//! Opens the channels through which other people and programs hear of recordings. Their secrets come from the keyring.

use std::sync::Arc;

use crate::context::Context;
use crate::delivery::email::words::Words;
use crate::delivery::http::Sender;
use crate::delivery::slack::SlackChannel;
use crate::delivery::unusable::Unusable;
use crate::delivery::webhook::Receiver;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::queued::QueuedDelivery;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::schedule::person::Email;
use crate::error::Error;
use crate::ports::{SecretError, SecretStore};
use crate::recorder::mail::{Item, Mailer};

impl From<Unusable> for Error {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Refused(refusal) => refusal.into(),
            Unusable::Secret(error) => error.into(),
        }
    }
}

/// A channel that is ready to send.
pub(crate) struct OpenChannel {
    sender: Sender,
    way: Way,
}

enum Way {
    Webhook(Receiver),
    Slack(SlackChannel),
    Email(Mailer),
}

/// One message with what it needs, gathered before anything is sent.
pub(crate) enum Prepared {
    /// A message of which the event says everything.
    Event,
    /// A letter: what it tells of each delivery, by the number of the delivery.
    Letter(Vec<(i64, Item)>),
}

/// Opens a channel that is on.
pub(crate) async fn open(context: &Context, channel: Channel) -> Result<OpenChannel, Error> {
    let settings = context.store().channel(channel)?;
    if !settings.is_on {
        return Err(DeliveryRefusal::Off(channel).into());
    }
    let (account, now) = (context.account().as_str().to_owned(), context.now());
    let api_is_here = context.cloudflare().is_on_this_computer();
    let mail = context.store().mail_settings()?;
    let way = with_secrets(context, move |secrets| match channel {
        Channel::Webhook => Receiver::open(&settings, secrets, &account, now).map(Way::Webhook),
        Channel::Slack => SlackChannel::open(secrets, &account, api_is_here).map(Way::Slack),
        Channel::Email => Mailer::open(mail, secrets, &account).map(Way::Email),
    });
    Ok(OpenChannel { sender: Sender::new()?, way: way.await? })
}

/// Asks the keyring where nobody else waits for it.
pub(crate) async fn with_secrets<T: Send + 'static, E: Into<Error> + Send + 'static>(
    context: &Context,
    ask: impl FnOnce(Option<&Arc<dyn SecretStore>>) -> Result<T, E> + Send + 'static,
) -> Result<T, Error> {
    let secrets = context.secrets().cloned();
    let answer =
        context.supervisor().spawn_blocking("asking the keyring", move || ask(secrets.as_ref())).join().await?;
    answer.map_err(Into::into)
}

/// The keyring, or why there is none.
pub(crate) fn keyring(secrets: Option<&Arc<dyn SecretStore>>) -> Result<&Arc<dyn SecretStore>, SecretError> {
    secrets.ok_or_else(|| SecretError::Unavailable("none was offered".into()))
}

impl OpenChannel {
    /// Gathers what a message needs. Nothing is sent.
    pub(crate) async fn prepare(&self, context: &Context, message: &[QueuedDelivery]) -> Result<Prepared, Error> {
        let Way::Email(mailer) = &self.way else { return Ok(Prepared::Event) };
        let mut items = Vec::with_capacity(message.len());
        for delivery in message {
            items.push((delivery.id, mailer.item(context, delivery).await?));
        }
        Ok(Prepared::Letter(items))
    }

    /// Sends one message: one delivery, or several that the channel puts together. `None` if there is none to send.
    pub(crate) async fn send(
        &self,
        context: &Context,
        message: &[QueuedDelivery],
        prepared: Prepared,
    ) -> Option<Attempt> {
        let event = &message.first()?.event;
        match (&self.way, prepared) {
            (Way::Webhook(receiver), _) => Some(receiver.send(&self.sender, event, context.now()).await),
            (Way::Slack(channel), _) => Some(channel.send(&self.sender, &event.facts, context.now()).await),
            (Way::Email(mailer), Prepared::Letter(items)) => {
                let begun = items.into_iter().filter_map(|(id, item)| {
                    let delivery = message.iter().find(|delivery| delivery.id == id)?;
                    Some((delivery.clone(), item))
                });
                mailer.send(context, &begun.collect::<Vec<_>>()).await
            }
            (Way::Email(_), Prepared::Event) => None,
        }
    }

    /// Sends a letter of these words; `None` where the channel is not e-mail.
    pub(crate) async fn write(&self, context: &Context, to: &Email, words: Words) -> Option<Attempt> {
        match &self.way {
            Way::Email(mailer) => Some(mailer.write(context, to, words).await),
            Way::Webhook(_) | Way::Slack(_) => None,
        }
    }

    /// Sends a test.
    pub(crate) async fn test(&self, context: &Context) -> Attempt {
        match &self.way {
            Way::Webhook(receiver) => receiver.test(&self.sender, context.now()).await,
            Way::Slack(channel) => channel.test(&self.sender, context.now()).await,
            Way::Email(mailer) => mailer.test(context, None).await,
        }
    }

    /// Sends a test by e-mail to an address; by another channel, its usual test.
    pub(crate) async fn test_to(&self, context: &Context, to: &Email) -> Attempt {
        match &self.way {
            Way::Email(mailer) => mailer.test(context, Some(to)).await,
            Way::Webhook(_) | Way::Slack(_) => self.test(context).await,
        }
    }
}
