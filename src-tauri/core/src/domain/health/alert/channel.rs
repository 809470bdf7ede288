//! The channels through which people are told of an alert.

use serde::{Deserialize, Serialize};

use crate::domain::delivery::channel::Channel;

/// A channel through which people are told of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertChannel {
    /// Notifications of this computer.
    Desktop,
    /// E-mail to whoever hears of failures.
    Email,
    /// Slack.
    Slack,
    /// The association's own server.
    Webhook,
}

impl AlertChannel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Desktop, Self::Email, Self::Slack, Self::Webhook];

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Email => "email",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }

    /// Finds a channel by its word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// The channel for events; `None` for the desktop.
    #[must_use]
    pub const fn outward(self) -> Option<Channel> {
        match self {
            Self::Desktop => None,
            Self::Email => Some(Channel::Email),
            Self::Slack => Some(Channel::Slack),
            Self::Webhook => Some(Channel::Webhook),
        }
    }
}

impl From<Channel> for AlertChannel {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Slack => Self::Slack,
            Channel::Webhook => Self::Webhook,
        }
    }
}
