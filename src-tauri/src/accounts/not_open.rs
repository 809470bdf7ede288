//! The reason why no account is open, for the page, and whether a database has to be restored first.

use std::path::{Path, PathBuf};

use hajime_core::config::ConfigError;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::AccountId;
use hajime_core::error::{Error, UserError};
use hajime_core::opening::choice::ChoiceError;
use hajime_core::ports::SecretError;

/// Why no account is open.
#[derive(Debug, Clone)]
pub(crate) struct NotOpen {
    error: UserError,
    /// The database that has to be restored first; `None` for any other reason. The path is not sent to the page.
    database: Option<PathBuf>,
}

impl NotOpen {
    /// The account is being opened.
    pub(super) fn opening() -> Self {
        UserError::new(ErrorCode::Internal, "Hajime is still opening.", "Wait a moment.").into()
    }

    /// The keyring has not given the account's token yet.
    pub(super) fn keyring_waiting(account: &AccountId) -> Self {
        let next = format!(
            "It holds the API token of the Cloudflare account {account}. Your desktop may be asking for the keyring’s password, \
             perhaps behind this window."
        );
        UserError::new(ErrorCode::KeyringWaiting, "Waiting for your keyring…", next).into()
    }

    /// The keyring did not give the account's token. The error names the account, so that people see that it is not
    /// lost.
    pub(super) fn no_token(account: &AccountId, error: &SecretError) -> Self {
        let (code, message, next) = match error {
            SecretError::Locked | SecretError::Silent(_) => (
                ErrorCode::KeyringLocked,
                "Your keyring is locked.",
                format!(
                    "It holds the API token of the Cloudflare account {account}. Nothing is lost: unlock it to go on."
                ),
            ),
            SecretError::Unavailable(_) => (
                ErrorCode::KeyringMissing,
                "This computer has no keyring that can be used.",
                format!(
                    "So the API token of the Cloudflare account {account} is not here. Enter it again, or start GNOME Keyring or \
                     KWallet and try again."
                ),
            ),
            SecretError::Gone => (
                ErrorCode::TokenMissing,
                "Your keyring no longer has the API token.",
                format!(
                    "It was the one of the Cloudflare account {account}. The schedule is still here: enter the token again."
                ),
            ),
            SecretError::Failed(_) => (
                ErrorCode::KeyringFailed,
                "Your keyring gave no usable answer.",
                format!(
                    "It should hold the API token of the Cloudflare account {account}. Try again, or enter the token again."
                ),
            ),
        };
        UserError::new(code, message, next).into()
    }

    /// The folder whose database has to be restored first; `None` if the database is not the reason.
    pub(super) fn folder_to_restore(&self) -> Option<&Path> {
        self.database.as_deref().and_then(Path::parent)
    }
}

/// The error for a bug of Hajime, such as a panic. The log has the details.
pub(crate) fn internal() -> UserError {
    UserError::new(
        ErrorCode::Internal,
        "Something went wrong inside Hajime.",
        "Try again. If it happens again, restart Hajime.",
    )
}

impl From<UserError> for NotOpen {
    fn from(error: UserError) -> Self {
        Self { error, database: None }
    }
}

impl From<Error> for NotOpen {
    fn from(error: Error) -> Self {
        let database = match &error {
            Error::Store(error) => error.unusable_database().map(Path::to_owned),
            _ => None,
        };
        Self { error: error.into(), database }
    }
}

impl From<ConfigError> for NotOpen {
    fn from(error: ConfigError) -> Self {
        UserError::from(error).into()
    }
}

impl From<ChoiceError> for NotOpen {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Credentials(error) => error.into(),
            ChoiceError::Data(error) => error.into(),
        }
    }
}

impl From<NotOpen> for UserError {
    fn from(not_open: NotOpen) -> Self {
        not_open.error
    }
}
