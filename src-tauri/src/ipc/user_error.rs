//! The shape of the core's `UserError` in TypeScript. The page receives the core's type itself; a test compares the two.

use hajime_core::error::UserError;
use serde::Serialize;
use ts_rs::TS;

/// An error of the core, in words for people.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "UserError")]
pub(crate) struct UserErrorShape {
    /// A stable word for programs.
    #[ts(type = "ErrorCode")]
    code: &'static str,
    /// A sentence that says what failed and names the thing.
    message: String,
    /// A sentence that says what to do next.
    next: String,
    /// The fields of the form that have to be corrected; absent where no field is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<FieldErrorShape>>")]
    fields: Vec<FieldErrorShape>,
}

/// The error in one field of a form.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "FieldError")]
pub(crate) struct FieldErrorShape {
    /// The field's name, as the command's input spells it.
    field: &'static str,
    /// A sentence that says what is wrong.
    message: String,
    /// A sentence that says how to correct it.
    next: &'static str,
}

/// An error as the answer of a command.
#[derive(Debug, Serialize, TS)]
#[serde(transparent)]
#[ts(type = "UserError")]
pub(crate) struct ErrorDto(pub(crate) UserError);

#[cfg(test)]
mod tests {
    use hajime_core::domain::invalid::Invalid;

    use super::*;

    #[test]
    fn the_shape_has_the_fields_of_the_cores_error() {
        let error = UserError::from(Invalid::one("title", "The title is empty.", "Name the class."));
        let shape = UserErrorShape {
            code: "invalid_input",
            message: error.message.clone(),
            next: error.next.clone(),
            fields: vec![FieldErrorShape {
                field: "title",
                message: "The title is empty.".into(),
                next: "Name the class.",
            }],
        };
        assert_eq!(serde_json::to_value(&error).unwrap(), serde_json::to_value(&shape).unwrap());
        let without = UserError::new(error.code, "m", "n");
        assert!(serde_json::to_value(&without).unwrap().get("fields").is_none());
    }
}
