//! The commands, grouped by feature as in the core.

pub(crate) mod delivery;
pub(crate) mod health;
pub(crate) mod library;
pub(crate) mod profile;
pub(crate) mod recorder;
pub(crate) mod sandbox;
pub(crate) mod schedule;
pub(crate) mod sharing;

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use hajime_core::config::{Profile, Variables};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::environment;
use hajime_core::error::{Error, UserError};
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::choice::{self, Choice};
use hajime_core::opening::{self, Platform, SavedAccount};
use hajime_core::ports::{Quiet, SecretError, SecretStore};
use secrecy::SecretString;

use crate::output::Output;

/// How long a command waits for the keyring. The limit is short, because a script has nobody to unlock it.
const KEYRING_LIMIT: Duration = Duration::from_secs(3);

/// Where a command finds the data and the credentials.
pub(crate) struct Surrounding<'a> {
    /// The data folder.
    pub(crate) folder: &'a Path,
    /// The environment variables with which this process was started.
    pub(crate) variables: &'a Variables,
}

/// The account on which a command works.
pub(crate) enum Account {
    /// Credentials from the environment or a file, with the words that name the source.
    Given(Profile, String),
    /// The account that was connected in the window. Its token is in the keyring.
    Saved(SavedAccount),
}

/// Chooses the account: the one in the environment, else the one in the data folder's `.env`, else the one connected in
/// the window.
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

/// Returns access to the keyring. The keyring is asked only when a secret is read or written.
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

/// Opens the data of the account. Secrets are read from the keyring only when an action needs them.
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

/// Prints a note if the disk has no file locks: the window and a command could then damage the database.
fn say_where_locks_are_missing(folder: &Path) {
    if !opening::has_locks(folder) {
        Output::note(&format!(
            "The disk of {} has no locks, so only one Hajime at a time may work on this data: close its window and end its other commands first.",
            folder.display()
        ));
    }
}

/// What is on standard input. `taken` is what was taken from there already.
fn standard_input(taken: Option<SecretString>) -> std::io::Result<SecretString> {
    if let Some(taken) = taken {
        return Ok(taken);
    }
    let mut text = String::new();
    std::io::stdin().take(environment::MAX_INPUT_BYTES).read_to_string(&mut text)?;
    Ok(SecretString::from(text))
}

/// The instant as RFC 3339 text in UTC, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
