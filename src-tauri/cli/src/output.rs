//! What is printed, and how failures are said.

use std::io::Write as _;
use std::process::ExitCode;

use hajime_core::config::ConfigError;
use hajime_core::domain::ids::IdError;
use hajime_core::domain::invalid::Invalid;
use hajime_core::error::{Error, UserError};
use hajime_core::opening::choice::ChoiceError;
use serde::Serialize;

/// How results are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints a result: JSON for scripts, lines for people. A reader that went away is no failure.
    pub(crate) fn print<T: Serialize>(self, value: &T, words: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned())
        } else {
            words(value)
        };
        Self::line(&text);
    }

    /// Says on standard error what was passed over, as a JSON object on a line of its own.
    pub(crate) fn note(text: &str) {
        let written = writeln!(std::io::stderr(), "{}", serde_json::json!({ "note": text }));
        drop(written);
    }

    /// Prints one line.
    pub(crate) fn line(text: &str) {
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        drop(written);
    }
}

/// Something that was refused or failed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: String,
    message: String,
    next: String,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), next: next.into() }
    }

    /// The sentence and what to do next.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.message, self.next)
    }

    /// One JSON object on standard error, and exit code 1.
    pub(crate) fn report(&self) -> ExitCode {
        let text = serde_json::to_string(self).unwrap_or_else(|_| r#"{"code":"internal"}"#.to_owned());
        let written = writeln!(std::io::stderr(), "{text}");
        drop(written);
        ExitCode::from(1)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        tracing::warn!(%error, "refused");
        Self::new(error.code(), error.message(), error.next())
    }
}

impl From<UserError> for Failure {
    fn from(trouble: UserError) -> Self {
        Self::new(trouble.code, trouble.message, trouble.next)
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Error::from(invalid).into()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new("invalid_input", format!("{error}."), error.next())
    }
}

impl From<ChoiceError> for Failure {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Credentials(error) => error.into(),
            ChoiceError::Data(error) => error.into(),
        }
    }
}

impl From<IdError> for Failure {
    fn from(error: IdError) -> Self {
        Self::new("invalid_input", format!("{error}."), "List what there is and copy an id from there.")
    }
}
