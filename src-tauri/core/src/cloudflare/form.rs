//! Forms with files (RFC 7578), as Workers and Stream take them.

use uuid::Uuid;

/// A part of a form. Names and media types are ours.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    pub(super) file_name: Option<&'a str>,
    pub(super) media_type: &'a str,
    pub(super) text: &'a str,
}

/// A `multipart/form-data` body (RFC 7578).
pub(super) struct Form {
    pub(super) media_type: String,
    pub(super) body: String,
}

impl Form {
    pub(super) fn of<'a>(parts: impl IntoIterator<Item = Part<'a>>) -> Self {
        // Random, so that no text contains it.
        let boundary = Uuid::new_v4().simple().to_string();
        let mut body = String::new();
        for Part { name, file_name, media_type, text } in parts {
            let file_name = file_name.map_or_else(String::new, |file_name| format!("; filename=\"{file_name}\""));
            let head =
                format!("Content-Disposition: form-data; name=\"{name}\"{file_name}\r\nContent-Type: {media_type}");
            for piece in ["--", &boundary, "\r\n", &head, "\r\n\r\n", text, "\r\n"] {
                body.push_str(piece);
            }
        }
        for piece in ["--", &boundary, "--\r\n"] {
            body.push_str(piece);
        }
        Self { media_type: format!("multipart/form-data; boundary={boundary}"), body }
    }
}
