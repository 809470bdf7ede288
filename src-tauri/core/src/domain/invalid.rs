//! Input that a person can correct, by field, so that a form can mark the fields.

use std::fmt;

use serde::Serialize;

/// One field of a form and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name as the CLI and the IPC spell it, for example `start_local`.
    pub field: &'static str,
    /// A sentence that names what is wrong.
    pub message: String,
    /// A sentence that says how to correct the field.
    pub next: &'static str,
}

/// Input that was refused and not saved. It holds at least one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// Refuses the input because of a single field.
    #[must_use]
    pub fn one(field: &'static str, message: impl Into<String>, next: &'static str) -> Self {
        Self(vec![FieldError { field, message: message.into(), next }])
    }

    /// The problems, in the order of the form.
    #[must_use]
    pub fn problems(&self) -> &[FieldError] {
        &self.0
    }

    /// Returns `Err` when there is at least one problem.
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
