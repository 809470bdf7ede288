//! The channels through which an event leaves this computer.

use std::fmt;
use std::str::FromStr;

use crate::domain::invalid::Invalid;

/// A channel for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// The association's own server, which gets the events as JSON.
    Webhook,
    /// A channel in Slack.
    Slack,
    /// E-mail to one person.
    Email,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Webhook, Self::Slack, Self::Email];

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Email => "email",
        }
    }

    /// The name for people, at the beginning of a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Webhook => "The webhook",
            Self::Slack => "Slack",
            Self::Email => "E-mail",
        }
    }

    /// Whether the same event may be sent again when it is not known whether it arrived. A program drops an id that it
    /// has seen, and a second line in Slack does no harm; a person is never written to twice.
    #[must_use]
    pub const fn may_repeat(self) -> bool {
        match self {
            Self::Webhook | Self::Slack => true,
            Self::Email => false,
        }
    }

    /// Whether several events for one recipient are put into one message.
    #[must_use]
    pub const fn digests(self) -> bool {
        match self {
            Self::Webhook | Self::Slack => false,
            Self::Email => true,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Channel {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|channel| channel.name() == text).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Invalid::one("channel", format!("“{shown}” is not a channel."), "Choose webhook, slack or email.")
        })
    }
}
