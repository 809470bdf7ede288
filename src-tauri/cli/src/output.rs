//! Prints results, notes and errors.

use std::io::Write as _;
use std::process::ExitCode;

use hajime_core::error::UserError;
use serde::Serialize;

/// How results are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints a result: JSON for scripts, lines for people. A closed pipe is not reported as an error.
    pub(crate) fn print<T: Serialize>(self, value: &T, words: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned())
        } else {
            words(value)
        };
        Self::line(&text);
    }

    /// Prints a note on standard error, for example about credentials that were not used, as a JSON object on one line.
    pub(crate) fn note(text: &str) {
        let written = writeln!(std::io::stderr(), "{}", serde_json::json!({ "note": text }));
        drop(written);
    }

    /// Prints the content of a file as it is.
    pub(crate) fn whole(text: &str) {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        drop(written);
    }

    /// Prints one line.
    pub(crate) fn line(text: &str) {
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        drop(written);
    }
}

/// The message of an error and its next step, on one line.
pub(crate) fn words(error: &UserError) -> String {
    format!("{} {}", error.message, error.next)
}

/// Prints an error as a JSON object on standard error, and returns exit code 1.
pub(crate) fn report(error: &UserError) -> ExitCode {
    let text = serde_json::to_string(error).unwrap_or_else(|_| r#"{"code":"internal"}"#.to_owned());
    let written = writeln!(std::io::stderr(), "{text}");
    drop(written);
    ExitCode::from(1)
}
