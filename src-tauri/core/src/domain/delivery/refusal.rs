//! Why nothing is sent through a channel, in words for people.

use crate::domain::delivery::channel::Channel;
use crate::domain::error_code::ErrorCode;

/// Why nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryRefusal {
    /// The channel is off.
    #[error("{0} is off")]
    Off(Channel),
    /// No channel is on.
    #[error("no channel is on")]
    NoChannel,
    /// The keyring has no secret to sign with.
    #[error("the webhook has no secret")]
    NoSecret,
    /// The keyring has no address of a Slack channel.
    #[error("Slack has no address")]
    NoSlackAddress,
    /// The keyring has no password for the mail server, by its host.
    #[error("the mail server {0} has no password")]
    NoSmtpPassword(String),
    /// Nobody is told of the recording.
    #[error("nobody is told of “{0}”")]
    Nobody(String),
    /// The delivery is being sent at this moment.
    #[error("delivery {0} is being sent")]
    BeingSent(i64),
    /// The recording is neither ready nor failed, so that there is no event to send.
    #[error("“{0}” has no event")]
    NoEvent(String),
    /// This computer cannot make an encrypted connection.
    #[error("no HTTP client: {0}")]
    NoClient(String),
}

impl DeliveryRefusal {
    /// The stable word for it.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Off(_) | Self::NoChannel | Self::Nobody(_) | Self::BeingSent(_) => ErrorCode::Conflict,
            Self::NoSecret | Self::NoSlackAddress | Self::NoSmtpPassword(_) => ErrorCode::Keyring,
            Self::NoEvent(_) => ErrorCode::NotReady,
            Self::NoClient(_) => ErrorCode::Internal,
        }
    }

    /// A sentence that names the thing.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Off(channel) => format!("{} is off.", channel.title()),
            Self::NoChannel => "Neither e-mail nor Slack nor a webhook is set up.".into(),
            Self::NoSecret => "This computer’s keyring has no secret for the webhook.".into(),
            Self::NoSlackAddress => "This computer’s keyring has no address of a Slack channel.".into(),
            Self::NoSmtpPassword(host) => {
                format!("This computer’s keyring has no password for the mail server {host}.")
            }
            Self::Nobody(title) => format!("Nobody with an e-mail address is to be told of “{title}”."),
            Self::BeingSent(id) => format!("Delivery {id} is being sent at this moment."),
            Self::NoEvent(title) => format!("“{title}” is neither ready nor failed, so there is nothing to tell."),
            Self::NoClient(why) => format!("This computer cannot make encrypted connections: {why}."),
        }
    }

    /// The next step.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::Off(Channel::Email) => "Choose who sends it under Settings, E-mail.",
            Self::Off(_) | Self::NoChannel => "Turn it on under Settings, Slack and webhook.",
            Self::NoSecret => "Make a new secret under Settings, Slack and webhook, and put it into the receiver.",
            Self::NoSlackAddress => "Paste the address again under Settings, Slack and webhook.",
            Self::NoSmtpPassword(_) => "Enter it again under Settings, E-mail.",
            Self::Nobody(_) => {
                "Give the host on the list of the class an address, or name an instructor under Settings, E-mail."
            }
            Self::BeingSent(_) => "Look at the list again in a moment.",
            Self::NoEvent(_) => "Wait until the recording is ready or failed.",
            Self::NoClient(_) => "Check the certificates of this computer, then try again.",
        }
    }
}
