//! The commands, by what they are about.

pub(crate) mod account;
pub(crate) mod attaching;
pub(crate) mod gone;
pub(crate) mod link;
pub(crate) mod recording;
pub(crate) mod sandbox;
pub(crate) mod session;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use hajime_core::actions::Desk;
use hajime_core::config::{self, Connection};
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::{self, Surroundings};
use hajime_core::ports::{Quiet, SecretError, SecretStore};

use crate::output::Failure;

/// The account to work on: the environment or `.env`, else the one connected in the window.
pub(crate) fn connection(folder: &Path, keyring: &Result<(), SecretError>) -> Result<Connection, Failure> {
    let files = [PathBuf::from(".env"), folder.join(".env")];
    if let Some(connection) = config::connection(|name| std::env::var(name).ok(), &files)? {
        return Ok(connection);
    }
    let address = config::api_address(|name| std::env::var(name).ok())?;
    let saved = if keyring.is_ok() { opening::saved_connection(folder, address, &OsKeyring)? } else { None };
    saved.ok_or_else(|| {
        Failure::new(
            "credentials",
            "No Cloudflare account is connected.",
            "Set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, connect one in the window, or try the sandbox: hajime-cli sandbox serve.",
        )
    })
}

/// Whether secrets can be kept on this computer.
pub(crate) async fn keyring() -> Result<(), SecretError> {
    tokio::task::spawn_blocking(|| OsKeyring.probe())
        .await
        .unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))
}

/// A desk on the account.
pub(crate) async fn desk(folder: &Path) -> Result<Desk, Failure> {
    let keyring = keyring().await;
    let connection = connection(folder, &keyring)?;
    let secrets: Option<Arc<dyn SecretStore>> = keyring.is_ok().then(|| Arc::new(OsKeyring) as Arc<dyn SecretStore>);
    let surroundings =
        Surroundings { secrets, notifier: Arc::new(Quiet), events: Arc::new(Quiet), local_join_page: None };
    Ok(opening::open_desk(folder, &connection, surroundings)?)
}

/// RFC 3339 in UTC, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
