//! Checks a connection before it is used: what works, what is missing, and what to do about it.

use chrono::{DateTime, Utc};

use crate::cloudflare::Client;
use crate::domain::ids::AppId;
pub use crate::domain::profile::connection_check::{Check, Outcome, Report, Subject};
use crate::recorder::connection;

/// Checks token, permissions, app, presets and clock. Changes nothing at Cloudflare. `app` is the app that is configured
/// or was chosen.
pub async fn check(cloudflare: &Client, app: Option<&AppId>, now: DateTime<Utc>) -> Report {
    connection::check(cloudflare, app, now).await
}
