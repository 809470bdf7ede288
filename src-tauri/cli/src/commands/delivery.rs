//! `delivery …` and `mail …`: events on their way to people by e-mail, to Slack and to the webhook.

pub(crate) mod deliveries;
pub(crate) mod mail;
