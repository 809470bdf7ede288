//! Opens the channels through which other people and programs hear of recordings. Their secrets come from the keyring.

use std::sync::Arc;

use crate::context::Context;
use crate::delivery::http::Sender;
use crate::delivery::slack::SlackChannel;
use crate::delivery::unusable::Unusable;
use crate::delivery::webhook::Receiver;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::queued::QueuedDelivery;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::error::Error;
use crate::ports::{SecretError, SecretStore};

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
}

/// Opens a channel that is on.
pub(crate) async fn open(context: &Context, channel: Channel) -> Result<OpenChannel, Error> {
    let settings = context.store().channel(channel)?;
    if !settings.is_on {
        return Err(DeliveryRefusal::Off(channel).into());
    }
    let (account, now) = (context.account().as_str().to_owned(), context.now());
    let api_is_here = context.cloudflare().is_on_this_computer();
    let way = with_secrets(context, move |secrets| match channel {
        Channel::Webhook => Receiver::open(&settings, secrets, &account, now).map(Way::Webhook),
        Channel::Slack => SlackChannel::open(secrets, &account, api_is_here).map(Way::Slack),
        Channel::Email => Err(Unusable::Refused(DeliveryRefusal::Off(channel))),
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
    /// Sends one message: one delivery, or several that the channel puts together.
    pub(crate) async fn send(&self, context: &Context, message: &[QueuedDelivery]) -> Option<Attempt> {
        let event = &message.first()?.event;
        Some(match &self.way {
            Way::Webhook(receiver) => receiver.send(&self.sender, event, context.now()).await,
            Way::Slack(channel) => channel.send(&self.sender, &event.facts, context.now()).await,
        })
    }

    /// Sends a test.
    pub(crate) async fn test(&self, context: &Context) -> Attempt {
        match &self.way {
            Way::Webhook(receiver) => receiver.test(&self.sender, context.now()).await,
            Way::Slack(channel) => channel.test(&self.sender, context.now()).await,
        }
    }
}
