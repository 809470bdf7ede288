//! Parsing of request bodies and queries. A refusal names the wrong member and comes in the product's envelope.

use std::fmt::Display;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    clock::Moment,
    reply::{Paging, Refusal},
};

/// The longest text of any member, in bytes.
const MAX_TEXT_BYTES: usize = 10_000;

/// The envelope and the status of refused members.
#[derive(Debug, Clone, Copy)]
pub enum ErrorFormat {
    /// RealtimeKit's envelope, with this status for a member that is out of bounds.
    Kit(StatusCode),
    /// The v4 envelope, for Stream and Calls, with status 400.
    V4,
}

impl ErrorFormat {
    /// A refusal with this text.
    pub fn invalid(self, text: impl Into<String>) -> Refusal {
        match self {
            Self::Kit(status) => Refusal::kit(status, text),
            Self::V4 => Refusal::v4(StatusCode::BAD_REQUEST, 10_005, format!("Bad Request: {}", text.into())),
        }
    }
}

/// The members of a JSON object in a request.
#[derive(Debug, Clone)]
pub struct Fields {
    members: Map<String, Value>,
    within: String,
    error_format: ErrorFormat,
}

impl Fields {
    /// Parses a body. An empty body counts as an object without members.
    pub fn read(body: &[u8], error_format: ErrorFormat) -> Result<Self, Refusal> {
        let malformed = |text: &str| match error_format {
            ErrorFormat::Kit(_) => Refusal::kit(StatusCode::BAD_REQUEST, text),
            ErrorFormat::V4 => error_format.invalid(text),
        };
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self { members: Map::new(), within: String::new(), error_format });
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self { members, within: String::new(), error_format }),
            Ok(_) => Err(malformed("the request body must be a JSON object")),
            Err(_) => Err(malformed("the request body is not valid JSON")),
        }
    }

    /// Wraps members that were sent in a form or in headers instead of JSON.
    pub fn from_members(members: Map<String, Value>, error_format: ErrorFormat) -> Self {
        Self { members, within: String::new(), error_format }
    }

    /// Whether the member was sent. A member that is null counts as sent.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// All members as they were sent.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// A refusal of a member: its name after the names of the objects that hold it, followed by `why`.
    pub fn refuse(&self, name: &str, why: impl Display) -> Refusal {
        self.error_format.invalid(format!("{}{name} {why}", self.within))
    }

    /// Returns a member; `None` when it is absent or null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// Reads a text. Like all methods below, it returns `None` when the member is absent or null.
    pub fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= MAX_TEXT_BYTES => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(self.refuse(name, "is too long")),
            Some(_) => Err(self.refuse(name, "must be a string")),
        }
    }

    /// Reads a text. An absent, null or blank text is refused.
    pub fn required_text(&self, name: &str) -> Result<String, Refusal> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.refuse(name, "is required"))
    }

    /// Reads a boolean.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.refuse(name, "must be a boolean")),
        }
    }

    /// Reads a whole number within bounds.
    pub fn integer(&self, name: &str, bounds: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float outside the bounds of i64 saturates, and is refused"
        )]
        let number = value.as_i64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64));
        match number {
            Some(number) if bounds.contains(&number) => Ok(Some(number)),
            Some(_) => Err(self.refuse(name, format!("must be between {} and {}", bounds.start(), bounds.end()))),
            None => Err(self.refuse(name, "must be a whole number")),
        }
    }

    /// Reads a number within bounds.
    pub fn number(&self, name: &str, bounds: std::ops::RangeInclusive<f64>) -> Result<Option<f64>, Refusal> {
        match self.value(name).map(Value::as_f64) {
            None => Ok(None),
            Some(Some(number)) if bounds.contains(&number) => Ok(Some(number)),
            Some(Some(_)) => Err(self.refuse(name, format!("must be between {} and {}", bounds.start(), bounds.end()))),
            Some(None) => Err(self.refuse(name, "must be a number")),
        }
    }

    /// Reads one of the given words.
    pub fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Some(text) if !words.contains(&text.as_str()) => {
                Err(self.refuse(name, format!("must be one of {}", words.join(", "))))
            }
            text => Ok(text),
        }
    }

    /// Reads a list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let texts = value.as_array().and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        });
        texts.map(Some).ok_or_else(|| self.refuse(name, "must be a list of strings"))
    }

    /// Reads an object. Refusals of its members name this member too.
    pub fn object(&self, name: &str) -> Result<Option<Self>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => {
                let within = format!("{}{name}.", self.within);
                Ok(Some(Self { members: members.clone(), within, error_format: self.error_format }))
            }
            Some(_) => Err(self.refuse(name, "must be an object")),
        }
    }

    /// Reads a moment in RFC 3339, or a date.
    pub fn moment(&self, name: &str) -> Result<Option<Moment>, Refusal> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => moment(&text).map(Some).ok_or_else(|| self.refuse(name, "must be an RFC 3339 date")),
        }
    }
}

/// Parses a moment in RFC 3339, or a date, which means its start in UTC.
pub fn moment(text: &str) -> Option<Moment> {
    // A plus sign that was not percent-encoded in a query arrives as a space.
    let text = text.trim().replace(' ', "+");
    chrono::DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc()).or_else(|| {
        let day = chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    })
}

/// Whether a text contains another, ignoring case, as the API's searches do.
pub fn contains(text: &str, search: &str) -> bool {
    text.to_lowercase().contains(&search.to_lowercase())
}

/// Whether a text is an `http` or `https` address with a host.
pub fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

/// The members of a query.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    members: &'a [(String, String)],
    error_format: ErrorFormat,
}

impl<'a> Query<'a> {
    pub fn new(members: &'a [(String, String)], error_format: ErrorFormat) -> Self {
        Self { members, error_format }
    }

    /// Returns a member of the query; `None` when it is absent or empty.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
    }

    /// Returns all values of a list member, which may be repeated, have `[]` behind its name, or be separated by
    /// commas.
    pub fn list(&self, name: &str) -> Vec<&'a str> {
        self.members
            .iter()
            .filter(|(key, _)| key.trim_end_matches("[]") == name)
            .flat_map(|(_, value)| value.split(','))
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// Reads a boolean.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(self.refuse(name, "must be true or false")),
        }
    }

    /// Reads a whole number within bounds.
    pub fn count(&self, name: &str, bounds: std::ops::RangeInclusive<usize>) -> Result<Option<usize>, Refusal> {
        // The SDKs type some counts as floats and send "2.0".
        match self.text(name).map(|text| text.strip_suffix(".0").unwrap_or(text).parse()) {
            None => Ok(None),
            Some(Ok(count)) if bounds.contains(&count) => Ok(Some(count)),
            Some(_) => Err(self.refuse(name, format!("must be between {} and {}", bounds.start(), bounds.end()))),
        }
    }

    /// Reads a moment in RFC 3339, or a date.
    pub fn moment(&self, name: &str) -> Result<Option<Moment>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => moment(text).map(Some).ok_or_else(|| self.refuse(name, "must be an RFC 3339 date")),
        }
    }

    /// Reads one of the given words, in any case.
    pub fn one_of(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(text));
        known.map(|word| Some(*word)).ok_or_else(|| self.refuse(name, format!("must be one of {}", words.join(", "))))
    }

    /// Returns the requested page of a RealtimeKit list (`page_no` from 1, `per_page` 25 by default) and its position.
    pub fn page<T>(&self, items: Vec<T>) -> Result<(Vec<T>, Paging), Refusal> {
        let page = self.count("page_no", 0..=1_000_000_000)?.unwrap_or(1).max(1);
        let size = self.count("per_page", 1..=1_000_000)?.unwrap_or(25);
        let total = items.len();
        let skipped = (page - 1).saturating_mul(size);
        let shown: Vec<T> = items.into_iter().skip(skipped).take(size).collect();
        let start = if total == 0 { 0 } else { skipped + 1 };
        let end = if total == 0 { 0 } else { skipped + shown.len() };
        Ok((shown, Paging { total, start, end }))
    }

    /// A refusal of a member: its name, followed by `why`.
    pub fn refuse(&self, name: &str, why: impl Display) -> Refusal {
        self.error_format.invalid(format!("{name} {why}"))
    }
}
