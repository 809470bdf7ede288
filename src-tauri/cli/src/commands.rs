//! The commands, by what they are about.

pub(crate) mod library;
pub(crate) mod profile;
pub(crate) mod recorder;
pub(crate) mod sandbox;
pub(crate) mod schedule;
pub(crate) mod sharing;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use hajime_core::config::{Profile, Variables};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::{Error, UserError};
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::choice::{self, Choice};
use hajime_core::opening::{self, Platform, SavedAccount};
use hajime_core::ports::{Quiet, SecretError, SecretStore};

use crate::output::Output;

/// How long a command waits for the keyring. Nobody may be there to unlock it.
const KEYRING_LIMIT: Duration = Duration::from_secs(3);

/// Where the data and the credentials are.
pub(crate) struct Surrounding<'a> {
    /// The data folder.
    pub(crate) folder: &'a Path,
    /// The variables this process was started with.
    pub(crate) variables: &'a Variables,
}

/// The account to work on.
pub(crate) enum Account {
    /// Credentials from the environment or a file, and which of them.
    Given(Profile, String),
    /// The one that was connected in the window. Its token is in the keyring.
    Saved(SavedAccount),
}

/// The account to work on: the environment's, else that of the data folder's `.env`, else the one connected in the window.
pub(crate) fn account(here: &Surrounding<'_>) -> Result<Account, UserError> {
    let chosen = choice::choose(here.variables, here.folder)?;
    for note in &chosen.notes {
        Output::note(note);
    }
    match chosen.choice {
        Choice::Given(connection, place) => Ok(Account::Given(connection, place.to_string())),
        Choice::Connected(saved) => Ok(Account::Saved(saved)),
        Choice::Nobody => Err(UserError::new(
            ErrorCode::Credentials,
            "No Cloudflare account is connected.",
            "Set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, connect one in the window, or try the sandbox: hajime-cli sandbox serve.",
        )),
    }
}

/// The keyring, which is asked only when something in it is needed.
pub(crate) fn keyring() -> OsKeyring {
    OsKeyring::within(KEYRING_LIMIT)
}

/// The error for a connected account whose token cannot be read from the keyring.
pub(crate) fn no_token(saved: &SavedAccount, error: SecretError) -> UserError {
    let error = Error::from(error);
    let message =
        format!("The API token of the Cloudflare account {} is in the keyring. {}", saved.account, error.message());
    UserError::new(
        error.code(),
        message,
        format!("{} Or set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN.", error.next()),
    )
}

/// A desk on the account. Asks no keyring: what needs a secret of it asks then.
pub(crate) fn context(here: &Surrounding<'_>) -> Result<Context, UserError> {
    let account = account(here)?;
    let keyring: Arc<dyn SecretStore> = Arc::new(keyring());
    let surroundings = Platform {
        secrets: Some(Arc::clone(&keyring)),
        notifier: Arc::new(Quiet),
        events: Arc::new(Quiet),
        local_join_page: None,
    };
    let context = match account {
        Account::Given(connection, _) => opening::open_context(here.folder, &connection, surroundings)?,
        Account::Saved(saved) => opening::open_saved_context(here.folder, &saved, keyring, surroundings)?,
    };
    say_where_locks_are_missing(here.folder);
    Ok(context)
}

/// Warns on a disk without locks, where the window and a command could damage the database together.
fn say_where_locks_are_missing(folder: &Path) {
    if !opening::has_locks(folder) {
        Output::note(&format!(
            "The disk of {} has no locks, so only one Hajime at a time may work on this data: close its window and end its other commands first.",
            folder.display()
        ));
    }
}

/// RFC 3339 in UTC, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
