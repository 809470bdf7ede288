//! The ways to tamper with a reply.

use std::time::Duration;

use serde_json::Value;

use crate::json::Edit;
use crate::wire::Answer;

/// A way to tamper with a reply.
#[derive(Debug, Clone)]
pub enum Tamper {
    /// Edits its JSON; of its entries only those whose text contains the word, or an id that belongs to the word.
    Json(Vec<Edit>, &'static str),
    /// Answers by itself, without the sandbox.
    Instead {
        /// The status.
        status: u16,
        /// The headers. `{trap}` and `{proxy}` stand for the foreign host and for the proxy itself.
        headers: Vec<(&'static str, &'static str)>,
        /// The body, with the same placeholders.
        body: &'static str,
    },
    /// Sets a header of the right reply, or removes it.
    Header(&'static str, Option<&'static str>),
    /// Sends the body of the right reply in another way.
    Body(Body),
    /// Sends informational answers first: early hints, and an unrequested “continue”.
    Informed,
    /// Sends the answer twice on the connection.
    AnsweredTwice,
    /// Sends the request twice, like a network that repeats a request that it believes lost.
    CarriedOutTwice,
    /// Sends no answer, and keeps the connection open.
    Hang,
    /// Closes the connection at once.
    Reset,
    /// Sends the right reply in pieces, with a pause after each.
    Trickle {
        /// Bytes of a piece.
        piece: usize,
        /// The pause after each piece.
        pause: Duration,
    },
    /// Sends the head of the right reply and then nothing.
    HangInBody,
    /// Tampers in several ways, one after the other.
    Both(Box<(Self, Self)>),
}

/// A way to send a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// An empty body.
    Empty,
    /// The first half, with its own length.
    Half,
    /// The first half with the whole length, before the connection ends.
    Cut,
    /// Unchanged, but declared as compressed.
    SaidToBeGzip,
    /// The sign-in page of a hotel's network.
    Html,
    /// In UTF-16 with a byte order mark.
    Utf16,
    /// With the byte order mark of UTF-8 before it.
    Bom,
    /// Text that is not UTF-8.
    NotUtf8,
    /// Unchanged, but declared as HTML.
    SaidToBeHtml,
    /// A hundred thousand opening brackets.
    Nested,
    /// A body larger than any that Hajime reads.
    Huge,
    /// `NaN` and impossible numbers in place of its numbers.
    NotANumber,
    /// Each member of the reply twice, the second time as null.
    MembersTwice,
}

/// Bytes of a body that is larger than any that Hajime reads.
const HUGE_BODY_BYTES: usize = 40 * 1024 * 1024;

impl Body {
    /// Changes the answer.
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
    /// An edit of every entry.
    #[must_use]
    pub fn json(edit: Edit) -> Self {
        Self::Json(vec![edit], "")
    }

    /// An edit of the entries whose text contains a word.
    #[must_use]
    pub fn of(only: &'static str, edit: Edit) -> Self {
        Self::Json(vec![edit], only)
    }

    /// An answer with this status and a JSON body.
    #[must_use]
    pub fn status(status: u16, body: &'static str) -> Self {
        Self::Instead { status, headers: vec![("content-type", "application/json")], body }
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, to: &'static str) -> Self {
        Self::Instead { status, headers: vec![("location", to)], body: "" }
    }

    /// Applies the changes that precede the first byte.
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
