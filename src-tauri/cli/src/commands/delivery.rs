//! `delivery …`: events on their way to Slack and the webhook.

pub(crate) mod deliveries;
