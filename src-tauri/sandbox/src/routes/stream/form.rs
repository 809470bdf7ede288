//! Small multipart forms, held in memory: captions and watermarks.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{StatusCode, header},
};

use crate::{call::Call, reply::Refusal, routes::input::ErrorFormat};

const MAX_FORM_PARTS: usize = 32;

/// Whether the request's body is a multipart form.
pub fn is_form(call: &Call) -> bool {
    let kind = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Reads the parts of a form, by name. A form whose parts have more than `most` bytes together is refused.
pub async fn parts(call: &Call, body: Body, most: usize) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let unreadable = || ErrorFormat::V4.invalid("the form cannot be read");
    let mut request = Request::new(body);
    *request.headers_mut() = call.headers.clone();
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let (mut parts, mut held) = (BTreeMap::new(), 0);
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|_| unreadable())? {
            held += piece.len();
            if held > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&piece);
        }
        parts.insert(name, bytes);
        if parts.len() > MAX_FORM_PARTS {
            return Err(ErrorFormat::V4.invalid("the form has too many parts"));
        }
    }
    Ok(parts)
}

/// The refusal of a file with more than `most` bytes.
pub fn too_large(most: usize) -> Refusal {
    Refusal::v4(StatusCode::PAYLOAD_TOO_LARGE, 10_006, format!("The file is larger than {} MiB", most >> 20))
}
