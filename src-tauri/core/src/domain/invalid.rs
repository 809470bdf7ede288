//! Input a person can correct, named by field so that a form can point at it.

use std::fmt;

use serde::Serialize;

/// One field of a form and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name as the CLI and the IPC spell it, for example `start_local`.
    pub field: &'static str,
    /// A sentence naming the thing that is wrong.
    pub message: String,
    /// The next step, as a sentence.
    pub next: &'static str,
}

/// At least one problem. Nothing was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// A single problem.
    #[must_use]
    pub fn one(field: &'static str, message: impl Into<String>, next: &'static str) -> Self {
        Self(vec![FieldError { field, message: message.into(), next }])
    }

    /// All problems, in the order of the form.
    #[must_use]
    pub fn problems(&self) -> &[FieldError] {
        &self.0
    }

    /// `Err` when anything was collected.
    pub(crate) fn check(problems: Vec<FieldError>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}
