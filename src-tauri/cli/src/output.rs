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

/// The sentence and what to do next, on one line.
pub(crate) fn words(error: &UserError) -> String {
    format!("{} {}", error.message, error.next)
}

/// Prints one JSON object on standard error; exit code 1.
pub(crate) fn report(error: &UserError) -> ExitCode {
    let text = serde_json::to_string(error).unwrap_or_else(|_| r#"{"code":"internal"}"#.to_owned());
    let written = writeln!(std::io::stderr(), "{text}");
    drop(written);
    ExitCode::from(1)
}
