//! Replies, and why something is not done.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value};

use crate::reply::{json_response, set_header};

/// What every reply carries.
pub const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
];

/// The longest body that is read.
const BODY_MAX_BYTES: usize = 4_096;

/// Why the door does not do what it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    BadRequest,
    Passphrase,
    Removed,
    Refused,
    Country,
    Unknown,
    Method,
    Full,
    Revoked,
    Over,
    Cancelled,
    TooLarge,
    Name,
    Consent,
    Early,
    Slow,
    Realtimekit,
    Later,
}

impl Reason {
    /// Its name, its status, and the seconds after which a page asks again.
    const fn told(self) -> (&'static str, u16, Option<&'static str>) {
        match self {
            Self::BadRequest => ("bad_request", 400, None),
            Self::Passphrase => ("passphrase", 401, None),
            Self::Removed => ("removed", 403, None),
            Self::Refused => ("refused", 403, None),
            Self::Country => ("country", 403, None),
            Self::Unknown => ("unknown", 404, None),
            Self::Method => ("method", 405, None),
            Self::Full => ("full", 409, None),
            Self::Revoked => ("revoked", 410, None),
            Self::Over => ("over", 410, None),
            Self::Cancelled => ("cancelled", 410, None),
            Self::TooLarge => ("too_large", 413, None),
            Self::Name => ("name", 422, None),
            Self::Consent => ("consent", 422, None),
            Self::Early => ("early", 425, None),
            Self::Slow => ("slow", 429, Some("60")),
            Self::Realtimekit => ("realtimekit", 502, Some("5")),
            Self::Later => ("later", 503, Some("5")),
        }
    }

    /// The name that a reply has for it.
    pub const fn name(self) -> &'static str {
        self.told().0
    }
}

/// Something that is not done.
#[derive(Debug)]
pub struct Refusal {
    pub reason: Reason,
    /// What the reply says beside the reason.
    facts: Map<String, Value>,
    /// What the desk must know, where only people there can help.
    pub trouble: Option<&'static str>,
}

impl Refusal {
    pub fn of(reason: Reason) -> Self {
        Self { reason, facts: Map::new(), trouble: None }
    }

    /// With a fact for the page.
    pub fn with(mut self, name: &str, value: i64) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// `RealtimeKit` did not do what the door needs.
    pub fn of_realtimekit() -> Self {
        Self { trouble: Some("realtimekit"), ..Self::of(Reason::Realtimekit) }
    }

    /// No token to play could be signed.
    pub fn of_signing() -> Self {
        Self { trouble: Some("signing"), ..Self::of(Reason::Later) }
    }

    pub fn into_response(self) -> Response {
        let (name, status, again) = self.reason.told();
        let mut body = self.facts;
        body.insert("error".into(), name.into());
        let mut reply = reply(StatusCode::from_u16(status).unwrap_or_default(), &Value::Object(body));
        if let Some(seconds) = again {
            set_header(&mut reply, header::RETRY_AFTER, seconds);
        }
        reply.into_response()
    }
}

/// A reply with JSON.
pub fn reply(status: StatusCode, body: &Value) -> Response {
    let mut response = json_response(status, body);
    for (name, value) in HEADERS {
        set_header(&mut response, HeaderName::from_static(name), value);
    }
    set_header(&mut response, header::CONTENT_TYPE, "application/json; charset=utf-8");
    response
}

/// The body of a request as an object.
pub async fn body_of(request: Request<Body>) -> Result<Value, Refusal> {
    let bytes = axum::body::to_bytes(request.into_body(), BODY_MAX_BYTES).await;
    let bytes = bytes.map_err(|_| Refusal::of(Reason::TooLarge))?;
    let sent: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if sent.is_object() { Ok(sent) } else { Err(Refusal::of(Reason::BadRequest)) }
}
