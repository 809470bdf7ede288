//! The ways to tamper with a reply.

use std::time::Duration;

use serde_json::Value;

use crate::json::Edit;
use crate::wire::Answer;

/// A way to tamper with a reply.
#[derive(Debug, Clone)]
pub enum Tamper {
    /// Edits the reply's JSON. Only entries change whose text contains the word, or an id that belongs to the word; an
    /// empty word means every entry.
    Json(Vec<Edit>, &'static str),
    /// Sends this reply in place of the sandbox's, which is not asked.
    Instead {
        /// The HTTP status.
        status: u16,
        /// Names and values of the headers. `{trap}` stands for the foreign host and `{proxy}` for the proxy itself.
        headers: Vec<(&'static str, &'static str)>,
        /// The body, with the same placeholders.
        body: &'static str,
    },
    /// Sets a header of the sandbox's reply, or with `None` removes it.
    Header(&'static str, Option<&'static str>),
    /// Changes the body of the sandbox's reply.
    Body(Body),
    /// Sends informational answers first: early hints (103), and a “continue” (100) that was not asked for.
    Informed,
    /// Sends the sandbox's reply twice on one connection.
    AnsweredTwice,
    /// Sends the request to the sandbox twice, as a network does that believes a request lost.
    CarriedOutTwice,
    /// Sends no reply and keeps the connection open.
    Hang,
    /// Closes the connection without a reply.
    Reset,
    /// Sends the sandbox's reply in pieces, with a pause after each piece.
    Trickle {
        /// Bytes of each piece.
        piece: usize,
        /// The pause after each piece.
        pause: Duration,
    },
    /// Sends the head of the sandbox's reply and then nothing.
    HangInBody,
    /// Applies both ways, one after the other.
    Both(Box<(Self, Self)>),
}

/// A change of a reply's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// An empty body.
    Empty,
    /// The first half, with a matching `Content-Length`.
    Half,
    /// The first half with the `Content-Length` of the whole, then the end of the connection.
    Cut,
    /// Unchanged, with a header that declares it as compressed.
    SaidToBeGzip,
    /// The sign-in page of a hotel's network, as HTML.
    Html,
    /// The body in UTF-16, with a byte order mark.
    Utf16,
    /// The body after the byte order mark of UTF-8.
    Bom,
    /// Bytes that are not valid UTF-8.
    NotUtf8,
    /// Unchanged, with a header that declares it as HTML.
    SaidToBeHtml,
    /// A hundred thousand opening brackets.
    Nested,
    /// A body larger than the largest that Hajime reads.
    Huge,
    /// The body with its numbers replaced by `NaN` and impossible numbers.
    NotANumber,
    /// The body with `result` and `data` a second time, as null.
    MembersTwice,
}

/// Bytes of [`Body::Huge`], more than Hajime reads of any reply.
const HUGE_BODY_BYTES: usize = 40 * 1024 * 1024;

impl Body {
    /// Applies this change to an answer.
    pub fn apply(self, answer: &mut Answer) {
        match self {
            Self::Empty => answer.body.clear(),
            Self::Half => answer.body.truncate(answer.body.len() / 2),
            Self::Cut => {
                answer.told_length = Some(answer.body.len() as u64);
                answer.body.truncate(answer.body.len() / 2);
            }
            Self::SaidToBeGzip => answer.set("content-encoding", Some("gzip")),
            Self::Html => {
                answer.set("content-type", Some("text/html"));
                answer.body =
                    b"<!doctype html><title>Welcome</title><p>Please sign in to the hotel's network.".to_vec();
            }
            Self::Utf16 => {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                answer.body = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
            }
            Self::Bom => drop(answer.body.splice(0..0, [0xEF, 0xBB, 0xBF])),
            Self::NotUtf8 => {
                answer.body = b"{\"success\":true,\"result\":[\"\xFF\xFE\"],\"data\":\"\xC3\x28\"}".to_vec();
            }
            Self::SaidToBeHtml => answer.set("content-type", Some("text/html; charset=utf-16")),
            Self::Nested => {
                answer.body = format!("{{\"success\":true,\"result\":{0},\"data\":{0}}}", "[".repeat(100_000)).into();
            }
            Self::Huge => answer.body = vec![b' '; HUGE_BODY_BYTES],
            Self::NotANumber => {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                answer.body = text.replace(":0", ":NaN").replace(":1", ":1e9999").replace(":2", ":-2e9999").into();
            }
            Self::MembersTwice => {
                let text = String::from_utf8_lossy(&answer.body).trim_end().to_owned();
                answer.body = format!("{},\"result\":null,\"data\":null}}", text.trim_end_matches('}')).into();
            }
        }
    }
}

impl Tamper {
    /// A change of every entry.
    #[must_use]
    pub fn json(edit: Edit) -> Self {
        Self::Json(vec![edit], "")
    }

    /// A change of the entries whose text contains the word `only`.
    #[must_use]
    pub fn of(only: &'static str, edit: Edit) -> Self {
        Self::Json(vec![edit], only)
    }

    /// A reply with this status and a JSON body, sent without asking the sandbox.
    #[must_use]
    pub fn status(status: u16, body: &'static str) -> Self {
        Self::Instead { status, headers: vec![("content-type", "application/json")], body }
    }

    /// A redirect to the address `to`.
    #[must_use]
    pub fn redirect(status: u16, to: &'static str) -> Self {
        Self::Instead { status, headers: vec![("location", to)], body: "" }
    }

    /// Applies the changes that are made before the first byte is sent. `filled` replaces the placeholders, and `known`
    /// holds words with the ids that belong to them.
    pub(crate) fn apply(&self, answer: &mut Answer, filled: &impl Fn(&str) -> String, known: &[(String, String)]) {
        match self {
            Self::Json(edits, only) => {
                if let Ok(mut reply) = serde_json::from_slice::<Value>(&answer.body) {
                    let is_meant = |entry: &Value| {
                        let text = entry.to_string();
                        text.contains(only) || known.iter().any(|(word, id)| word == only && text.contains(id.as_str()))
                    };
                    for edit in edits {
                        edit.apply(&mut reply, &is_meant);
                    }
                    answer.body = filled(&reply.to_string()).into_bytes();
                }
            }
            Self::Header(name, value) => answer.set(name, value.map(filled).as_deref()),
            Self::Body(body) => body.apply(answer),
            Self::Both(both) => {
                both.0.apply(answer, filled, known);
                both.1.apply(answer, filled, known);
            }
            Self::Instead { status, headers, body } => {
                let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), filled(value))).collect();
                *answer = Answer { status: *status, headers, body: filled(body).into_bytes(), told_length: None };
            }
            Self::Informed
            | Self::AnsweredTwice
            | Self::CarriedOutTwice
            | Self::Hang
            | Self::Reset
            | Self::Trickle { .. }
            | Self::HangInBody => {}
        }
    }
}
