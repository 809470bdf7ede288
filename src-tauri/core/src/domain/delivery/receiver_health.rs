//! What the receiver of the webhook said about its health.

use std::time::Duration;

use url::Url;

/// What the receiver said about its health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverHealth {
    /// Where it was asked.
    pub address: Url,
    /// Whether it said that it is healthy, as the guide has it: `{"status": "healthy", …}`.
    pub healthy: bool,
    /// The name that it gave itself, if it did.
    pub service: Option<String>,
    /// What it answered, or why there is no answer.
    pub said: String,
    /// How long it took.
    pub took: Duration,
}
