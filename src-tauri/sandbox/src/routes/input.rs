//! Reading what a caller sent, so that every refusal names the member that is wrong and comes in the right envelope.

use std::fmt::Display;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    clock::Moment,
    reply::{Paging, Refusal},
};

/// The longest text any member may hold.
const MOST_TEXT: usize = 10_000;

/// Which envelope refusals come in, and with which status.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// RealtimeKit, with this status for a member that is out of bounds.
    Kit(StatusCode),
    /// Stream and Calls.
    V4,
}

impl Manner {
    /// A refusal saying what is wrong.
    pub fn invalid(self, text: impl Into<String>) -> Refusal {
        match self {
            Self::Kit(status) => Refusal::kit(status, text),
            Self::V4 => Refusal::v4(StatusCode::BAD_REQUEST, 10_005, format!("Bad Request: {}", text.into())),
        }
    }
}

/// The members of a JSON object someone sent.
#[derive(Debug, Clone)]
pub struct Fields {
    members: Map<String, Value>,
    within: String,
    manner: Manner,
}

impl Fields {
    /// Reads a body. An empty one counts as an object without members.
    pub fn read(body: &[u8], manner: Manner) -> Result<Self, Refusal> {
        let malformed = |text: &str| match manner {
            Manner::Kit(_) => Refusal::kit(StatusCode::BAD_REQUEST, text),
            Manner::V4 => manner.invalid(text),
        };
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self { members: Map::new(), within: String::new(), manner });
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self { members, within: String::new(), manner }),
            Ok(_) => Err(malformed("the request body must be a JSON object")),
            Err(_) => Err(malformed("the request body is not valid JSON")),
        }
    }

    /// Takes members that were sent as something else than JSON.
    pub fn of(members: Map<String, Value>, manner: Manner) -> Self {
        Self { members, within: String::new(), manner }
    }

    /// Whether the member was sent, be it as null.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// All members as they were sent.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// A refusal naming a member.
    pub fn wrong(&self, name: &str, why: impl Display) -> Refusal {
        self.manner.invalid(format!("{}{name} {why}", self.within))
    }

    /// The member, unless it is missing or null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= MOST_TEXT => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(self.wrong(name, "is too long")),
            Some(_) => Err(self.wrong(name, "must be a string")),
        }
    }

    /// A text that must be there and say something.
    pub fn needed_text(&self, name: &str) -> Result<String, Refusal> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// A truth value.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(name, "must be a boolean")),
        }
    }

    /// A whole number within bounds.
    pub fn whole(&self, name: &str, bounds: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float outside the bounds of i64 saturates, and is refused"
        )]
        let number = value.as_i64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64));
        match number {
            Some(number) if bounds.contains(&number) => Ok(Some(number)),
            Some(_) => Err(self.wrong(name, format!("must be between {} and {}", bounds.start(), bounds.end()))),
            None => Err(self.wrong(name, "must be a whole number")),
        }
    }

    /// A number within bounds.
    pub fn number(&self, name: &str, bounds: std::ops::RangeInclusive<f64>) -> Result<Option<f64>, Refusal> {
        match self.value(name).map(Value::as_f64) {
            None => Ok(None),
            Some(Some(number)) if bounds.contains(&number) => Ok(Some(number)),
            Some(Some(_)) => Err(self.wrong(name, format!("must be between {} and {}", bounds.start(), bounds.end()))),
            Some(None) => Err(self.wrong(name, "must be a number")),
        }
    }

    /// One of some words.
    pub fn word(&self, name: &str, words: &[&str]) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Some(text) if !words.contains(&text.as_str()) => {
                Err(self.wrong(name, format!("must be one of {}", words.join(", "))))
            }
            text => Ok(text),
        }
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let texts = value.as_array().and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        });
        texts.map(Some).ok_or_else(|| self.wrong(name, "must be a list of strings"))
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Option<Self>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => {
                let within = format!("{}{name}.", self.within);
                Ok(Some(Self { members: members.clone(), within, manner: self.manner }))
            }
            Some(_) => Err(self.wrong(name, "must be an object")),
        }
    }

    /// A moment in RFC 3339.
    pub fn moment(&self, name: &str) -> Result<Option<Moment>, Refusal> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => moment(&text).map(Some).ok_or_else(|| self.wrong(name, "must be an RFC 3339 date")),
        }
    }
}

/// A moment in RFC 3339, or the beginning of a day.
pub fn moment(text: &str) -> Option<Moment> {
    // A plus sign sent unescaped in a query arrives as a space.
    let text = text.trim().replace(' ', "+");
    chrono::DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc()).or_else(|| {
        let day = chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    })
}

/// Whether a text holds another the way searches see it, whatever the case.
pub fn contains(text: &str, sought: &str) -> bool {
    text.to_lowercase().contains(&sought.to_lowercase())
}

/// Whether a text is an `http` or `https` address with a host.
pub fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

/// The members of a query.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    members: &'a [(String, String)],
    manner: Manner,
}

impl<'a> Query<'a> {
    /// Looks at a query.
    pub fn new(members: &'a [(String, String)], manner: Manner) -> Self {
        Self { members, manner }
    }

    /// A member that is there and not empty.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
    }

    /// Every value of a list member: repeated, with brackets, or separated by commas.
    pub fn list(&self, name: &str) -> Vec<&'a str> {
        self.members
            .iter()
            .filter(|(key, _)| key.trim_end_matches("[]") == name)
            .flat_map(|(_, value)| value.split(','))
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// A truth value.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(self.wrong(name, "must be true or false")),
        }
    }

    /// A count within bounds.
    pub fn count(&self, name: &str, bounds: std::ops::RangeInclusive<usize>) -> Result<Option<usize>, Refusal> {
        // The SDKs type some counts as floats, and write "2.0".
        match self.text(name).map(|text| text.strip_suffix(".0").unwrap_or(text).parse()) {
            None => Ok(None),
            Some(Ok(count)) if bounds.contains(&count) => Ok(Some(count)),
            Some(_) => Err(self.wrong(name, format!("must be between {} and {}", bounds.start(), bounds.end()))),
        }
    }

    /// A moment.
    pub fn moment(&self, name: &str) -> Result<Option<Moment>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => moment(text).map(Some).ok_or_else(|| self.wrong(name, "must be an RFC 3339 date")),
        }
    }

    /// One of some words, in any case.
    pub fn word(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(text));
        known.map(|word| Some(*word)).ok_or_else(|| self.wrong(name, format!("must be one of {}", words.join(", "))))
    }

    /// The page of a RealtimeKit list that was asked for.
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

    /// A refusal naming a member.
    pub fn wrong(&self, name: &str, why: impl Display) -> Refusal {
        self.manner.invalid(format!("{name} {why}"))
    }
}
