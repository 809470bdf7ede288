//! Small multipart forms, held in memory: captions, watermarks, and what Workers is sent.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{HeaderMap, StatusCode, header},
};

use crate::{call::Call, reply::Refusal, routes::input::ErrorFormat};

const MAX_FORM_PARTS: usize = 32;

/// A part of a form.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    /// Its `Content-Type`.
    pub kind: Option<String>,
    pub bytes: Vec<u8>,
}

/// How much a form may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The bytes of all parts together.
    pub bytes: usize,
    /// How many parts.
    pub parts: usize,
}

/// Whether the request's body is a multipart form.
pub fn is_form(call: &Call) -> bool {
    let kind = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Reads the parts of a form, by name. A form whose parts have more than `most` bytes together is refused.
pub async fn parts(call: &Call, body: Body, most: usize) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let limits = Limits { bytes: most, parts: MAX_FORM_PARTS };
    let all = read(&call.headers, body, limits).await?;
    Ok(all.into_iter().map(|part| (part.name, part.bytes)).collect())
}

/// The parts of a form in the order in which they were sent.
pub async fn read(headers: &HeaderMap, body: Body, limits: Limits) -> Result<Vec<Part>, Refusal> {
    let unreadable = || ErrorFormat::V4.invalid("the form cannot be read");
    let mut request = Request::new(body);
    *request.headers_mut() = headers.clone();
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let (mut parts, mut held) = (Vec::new(), 0);
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        let kind = field.content_type().map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|_| unreadable())? {
            held += piece.len();
            if held > limits.bytes {
                return Err(too_large(limits.bytes));
            }
            bytes.extend_from_slice(&piece);
        }
        parts.push(Part { name, kind, bytes });
        if parts.len() > limits.parts {
            return Err(ErrorFormat::V4.invalid("the form has too many parts"));
        }
    }
    Ok(parts)
}

/// The refusal of a file with more than `most` bytes.
pub fn too_large(most: usize) -> Refusal {
    Refusal::v4(StatusCode::PAYLOAD_TOO_LARGE, 10_006, format!("The file is larger than {} MiB", most >> 20))
}
