//! The two JSON envelopes that Cloudflare answers with. Each route decides which of them it uses.
//!
//! Stream, Calls, tokens and the checks before every route answer `{result, success, errors, messages}`. RealtimeKit
//! answers `{success, data, paging?}` and `{success: false, error: {code, message}}`.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json, value::RawValue};

/// The outcome of a route.
pub type Answer = Result<Reply, Refusal>;

/// A successful reply.
#[derive(Debug)]
pub enum Reply {
    /// The v4 envelope with status 200.
    Result(Value),
    /// The v4 envelope with another status or with messages.
    Envelope {
        /// The HTTP status.
        status: StatusCode,
        /// The `result` member.
        result: Value,
        /// The `messages` member.
        messages: Vec<Value>,
    },
    /// The v4 envelope around a list that is already JSON.
    List {
        /// The `result` member.
        result: Box<RawValue>,
        /// Other members of the envelope, such as `total` and `range`.
        beside: Map<String, Value>,
    },
    /// The RealtimeKit envelope.
    Data {
        /// The HTTP status.
        status: StatusCode,
        /// The `data` member.
        data: Value,
        /// The `paging` member, for lists.
        paging: Option<Paging>,
    },
    /// Status 200 without a body.
    Empty,
    /// An HTML page without an envelope.
    Html(String),
    /// Any other reply without an envelope.
    Raw(Response),
}

/// The position of a page in a RealtimeKit list. Offsets count from 1 and include both ends; both are 0 for an empty
/// list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// The number of items in the whole list.
    pub total: usize,
    /// The position of the first item on this page.
    pub start: usize,
    /// The position of the last item on this page.
    pub end: usize,
}

/// A refused request.
#[derive(Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    shape: Shape,
    /// The value of the `retry-after` header, in seconds; `None` for no header.
    pub retry_after: Option<u64>,
}

#[derive(Debug)]
enum Shape {
    V4 { code: Code, message: String, chain: Option<(u32, String)>, note: Option<(u32, String)> },
    Kit { message: String },
}

/// The code of an error.
#[derive(Debug, Clone, Copy)]
struct Code {
    number: u32,
    /// Whether it is written as text.
    is_text: bool,
}

impl From<Code> for Value {
    fn from(code: Code) -> Self {
        if code.is_text { code.number.to_string().into() } else { code.number.into() }
    }
}

impl Reply {
    /// A list in the v4 envelope. The list is serialized without intermediate values, because it may hold a thousand
    /// objects.
    pub fn list<T: Serialize>(items: &[T], beside: Map<String, Value>) -> Self {
        let result = serde_json::value::to_raw_value(items).unwrap_or_default();
        Self::List { result, beside }
    }

    /// RealtimeKit's `data` with status 200.
    pub fn data(data: Value) -> Self {
        Self::Data { status: StatusCode::OK, data, paging: None }
    }

    /// RealtimeKit's `data` with status 201.
    pub fn created(data: Value) -> Self {
        Self::Data { status: StatusCode::CREATED, data, paging: None }
    }
}

impl Refusal {
    /// A refusal in the v4 envelope.
    pub fn v4(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        let shape =
            Shape::V4 { code: Code { number: code, is_text: false }, message: message.into(), chain: None, note: None };
        Self { status, shape, retry_after: None }
    }

    /// A refusal in RealtimeKit's envelope, whose code is the HTTP status.
    pub fn kit(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, shape: Shape::Kit { message: message.into() }, retry_after: None }
    }

    /// Writes the code as text, in a refusal in the v4 envelope.
    pub fn with_code_as_text(mut self) -> Self {
        if let Shape::V4 { code, .. } = &mut self.shape {
            code.is_text = true;
        }
        self
    }

    /// Adds an `error_chain` with the cause of the error, to a refusal in the v4 envelope.
    pub fn with_cause(mut self, code: u32, reason: impl Into<String>) -> Self {
        if let Shape::V4 { chain, .. } = &mut self.shape {
            *chain = Some((code, reason.into()));
        }
        self
    }

    /// Adds an entry to `messages`, to a refusal in the v4 envelope.
    pub fn with_message(mut self, code: u32, text: impl Into<String>) -> Self {
        if let Shape::V4 { note, .. } = &mut self.shape {
            *note = Some((code, text.into()));
        }
        self
    }

    /// Adds the `retry-after` header, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match self {
            Self::Result(result) => envelope(StatusCode::OK, &result, &[]),
            Self::Envelope { status, result, messages } => envelope(status, &result, &messages),
            Self::Data { status, data, paging } => {
                let mut body = json!({ "success": true, "data": data });
                if let Some(Paging { total, start, end }) = paging {
                    body["paging"] = json!({ "total_count": total, "start_offset": start, "end_offset": end });
                }
                json_response(status, &body)
            }
            Self::List { result, beside } => {
                #[derive(Serialize)]
                struct Envelope {
                    result: Box<RawValue>,
                    success: bool,
                    errors: [(); 0],
                    messages: [(); 0],
                    #[serde(flatten)]
                    beside: Map<String, Value>,
                }
                json_response(StatusCode::OK, &Envelope { result, success: true, errors: [], messages: [], beside })
            }
            Self::Empty => StatusCode::OK.into_response(),
            Self::Html(html) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
            Self::Raw(response) => response,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = match self.shape {
            Shape::Kit { message } => {
                json!({ "success": false, "error": { "code": self.status.as_u16(), "message": message } })
            }
            Shape::V4 { code, message, chain, note } => {
                let mut error = json!({ "code": Value::from(code), "message": message });
                if let Some((code, message)) = chain {
                    error["error_chain"] = json!([{ "code": code, "message": message }]);
                }
                let messages: Vec<_> =
                    note.map(|(code, message)| json!({ "code": code, "message": message })).into_iter().collect();
                json!({ "result": null, "success": false, "errors": [error], "messages": messages })
            }
        };
        let mut response = json_response(self.status, &body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn envelope(status: StatusCode, result: &Value, messages: &[Value]) -> Response {
    json_response(status, &json!({ "result": result, "success": true, "errors": [], "messages": messages }))
}

/// A reply with a JSON body.
pub fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(body).unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Sets a header, unless the value is not a valid header value.
pub fn set_header(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
