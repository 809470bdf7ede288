//! The account, the RealtimeKit app and the organization name that every sandbox starts with.

/// The id of the account that a new API token can reach, unless the control API names another account.
pub const ACCOUNT_ID: &str = "5a6d1c0e4b7f4f0e9a3c2d1b8e7f6a50";
/// The id of the RealtimeKit app that exists from the start. It has the two presets of an app made in the dashboard.
pub const APP_ID: &str = "0f2d8c1a-6b3e-4d5f-8a7c-9e1b2c3d4f50";
/// The account's name in replies and webhooks.
pub const ORGANIZATION: &str = "Sandbox";
