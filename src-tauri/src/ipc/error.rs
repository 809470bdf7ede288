//! What the page is told when something was not done: a stable word, a sentence, the next step. Internal detail stays in the log.

use hajime_core::actions::{Error, Trouble};
use hajime_core::config::ConfigError;
use hajime_core::domain::invalid::Invalid;
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
}

impl IpcError {
    pub(crate) fn new(code: &str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), next: next.into() }
    }

    /// What is answered while the account is still being opened.
    pub(crate) fn opening() -> Self {
        Self::new("internal", "Hajime is still opening.", "Wait a moment.")
    }

    /// Something that cannot happen happened.
    pub(crate) fn internal() -> Self {
        Self::new("internal", "Something went wrong inside Hajime.", "Try again; if it stays, start Hajime again.")
    }
}

impl From<Error> for IpcError {
    fn from(error: Error) -> Self {
        tracing::warn!(%error, code = error.code(), "refused");
        Self::new(error.code(), error.message(), error.next())
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

impl From<Trouble> for IpcError {
    fn from(trouble: Trouble) -> Self {
        Self::new(trouble.code, trouble.message, trouble.next)
    }
}
