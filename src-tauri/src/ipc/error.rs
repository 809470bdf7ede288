//! What the page is told when something was not done: a stable word, a sentence, the next step. Internal detail stays in the log.

use std::path::{Path, PathBuf};

use hajime_core::config::ConfigError;
use hajime_core::domain::ids::AccountId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::error::{Error, UserError};
use hajime_core::opening::choice::ChoiceError;
use hajime_core::ports::SecretError;
use serde::Serialize;
use ts_rs::TS;

/// A refusal or a failure.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct IpcError {
    /// A stable word.
    code: String,
    /// A sentence that names the thing.
    message: String,
    /// What to do next.
    next: String,
    /// The database that has to be restored first, when that is what is wrong. The page needs no path.
    #[serde(skip)]
    #[ts(skip)]
    database: Option<PathBuf>,
}

impl IpcError {
    pub(crate) fn new(code: &str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), next: next.into(), database: None }
    }

    /// What is answered while the account is still being opened.
    pub(crate) fn opening() -> Self {
        Self::new("internal", "Hajime is still opening.", "Wait a moment.")
    }

    /// What is answered while the keyring has not given the account's token yet.
    pub(crate) fn keyring_waiting(account: &AccountId) -> Self {
        Self::new(
            "keyring_waiting",
            "Waiting for your keyring…",
            format!(
                "It holds the API token of the Cloudflare account {account}. Your desktop may be asking for the keyring’s password, \
                 perhaps behind this window."
            ),
        )
    }

    /// Why the account's token cannot be had. The account is named: nothing of it is lost.
    pub(crate) fn no_token(account: &AccountId, error: &SecretError) -> Self {
        let (code, message, next) = match error {
            SecretError::Locked | SecretError::Silent(_) => (
                "keyring_locked",
                "Your keyring is locked.",
                format!(
                    "It holds the API token of the Cloudflare account {account}. Nothing is lost: unlock it to go on."
                ),
            ),
            SecretError::Unavailable(_) => (
                "keyring_missing",
                "This computer has no keyring that can be used.",
                format!(
                    "So the API token of the Cloudflare account {account} is not here. Enter it again, or start GNOME Keyring or \
                     KWallet and try again."
                ),
            ),
            SecretError::Gone => (
                "token_missing",
                "Your keyring no longer has the API token.",
                format!(
                    "It was the one of the Cloudflare account {account}. The schedule is still here: enter the token again."
                ),
            ),
            SecretError::Failed(_) => (
                "keyring_failed",
                "Your keyring gave no usable answer.",
                format!(
                    "It should hold the API token of the Cloudflare account {account}. Try again, or enter the token again."
                ),
            ),
        };
        Self::new(code, message, next)
    }

    /// The data folder whose database has to be restored first.
    pub(crate) fn folder_to_restore(&self) -> Option<&Path> {
        self.database.as_deref().and_then(Path::parent)
    }

    /// Something that cannot happen happened.
    pub(crate) fn internal() -> Self {
        Self::new("internal", "Something went wrong inside Hajime.", "Try again; if it stays, start Hajime again.")
    }
}

impl From<Error> for IpcError {
    fn from(error: Error) -> Self {
        tracing::warn!(%error, code = error.code(), "refused");
        let database = match &error {
            Error::Store(error) => error.unusable_database().map(Path::to_owned),
            _ => None,
        };
        Self { database, ..Self::new(error.code(), error.message(), error.next()) }
    }
}

impl From<Invalid> for IpcError {
    fn from(invalid: Invalid) -> Self {
        Error::from(invalid).into()
    }
}

impl From<ConfigError> for IpcError {
    fn from(error: ConfigError) -> Self {
        Self::new("invalid_input", format!("{error}."), error.next())
    }
}

impl From<ChoiceError> for IpcError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Credentials(error) => error.into(),
            ChoiceError::Data(error) => error.into(),
        }
    }
}

impl From<UserError> for IpcError {
    fn from(trouble: UserError) -> Self {
        Self::new(trouble.code, trouble.message, trouble.next)
    }
}
