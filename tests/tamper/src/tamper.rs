//! What is done to a reply.

use std::time::Duration;

use serde_json::Value;

use crate::json::Edit;
use crate::wire::Answer;

/// What is done to a reply.
#[derive(Debug, Clone)]
pub enum Tamper {
    /// Its JSON is changed; of its entries only those whose text holds the second word, or an id that is known to belong to it.
    Json(Vec<Edit>, &'static str),
    /// The sandbox is not asked: this is the answer.
    Instead {
        /// The status.
        status: u16,
        /// Headers. `{trap}` and `{proxy}` stand for the foreign host and for the proxy itself.
        headers: Vec<(&'static str, &'static str)>,
        /// The body, with the same words.
        body: &'static str,
    },
    /// A header of the right reply becomes this, or is taken away.
    Header(&'static str, Option<&'static str>),
    /// The body of the right reply is sent in another way.
    Body(Body),
    /// Informational answers come first: early hints, and “continue” although nobody asked.
    Informed,
    /// The answer comes twice on the wire.
    AnsweredTwice,
    /// The request is carried out twice, as by a network that repeats what it believes lost.
    CarriedOutTwice,
    /// Nothing is answered, and the connection stays open.
    Hang,
    /// The connection breaks at once.
    Reset,
    /// The right reply a piece at a time, with that pause after each piece.
    Trickle {
        /// Bytes to a piece.
        piece: usize,
        /// The pause.
        pause: Duration,
    },
    /// The head of the right reply and then nothing.
    HangInBody,
    /// Several of them, one after the other.
    Both(Box<(Self, Self)>),
}

/// How a body is sent in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// The first half, as if it were all.
    Half,
    /// The first half, and then the connection ends although more was told.
    Cut,
    /// As it is, but said to be compressed.
    SaidToBeGzip,
    /// A sign-in page of a hotel.
    Html,
    /// In UTF-16 with a byte order mark.
    Utf16,
    /// With the byte order mark of UTF-8 before it.
    Bom,
    /// Text that is not UTF-8.
    NotUtf8,
    /// As it is, said to be HTML.
    SaidToBeHtml,
    /// A hundred thousand opening brackets.
    Nested,
    /// More than any reply is long.
    Huge,
    /// With `NaN` and numbers beyond all bounds where numbers stand.
    NotANumber,
    /// Each member of the reply a second time, as null.
    MembersTwice,
}

/// More than the largest body that is read.
const HUGE: usize = 40 * 1024 * 1024;

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
            Self::Huge => answer.body = vec![b' '; HUGE],
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
    /// One edit of every entry.
    #[must_use]
    pub fn json(edit: Edit) -> Self {
        Self::Json(vec![edit], "")
    }

    /// One edit of the entries whose text holds a word.
    #[must_use]
    pub fn of(only: &'static str, edit: Edit) -> Self {
        Self::Json(vec![edit], only)
    }

    /// A status with a body of JSON.
    #[must_use]
    pub fn status(status: u16, body: &'static str) -> Self {
        Self::Instead { status, headers: vec![("content-type", "application/json")], body }
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, to: &'static str) -> Self {
        Self::Instead { status, headers: vec![("location", to)], body: "" }
    }

    /// Changes what can be changed before anything is written.
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
