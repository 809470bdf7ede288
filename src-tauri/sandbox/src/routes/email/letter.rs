//! Parses a letter and checks it against the documented limits.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use crate::{
    clock::Moment,
    state::mail::{Mail, MailAddress, MailFate},
};

/// The members of a letter.
const MEMBERS: [&str; 10] =
    ["from", "to", "cc", "bcc", "subject", "text", "html", "reply_to", "headers", "attachments"];
/// The most recipients of one letter, in `to`, `cc` and `bcc` together.
const MAX_RECIPIENTS: usize = 50;
/// The longest subject, in characters.
const MAX_SUBJECT: usize = 998;
/// The largest letter after it was encoded.
const MAX_MESSAGE_BYTES: usize = 5 << 20;
/// The limits of headers.
const MAX_HEADERS_BYTES: usize = 16 << 10;
const MAX_HEADERS_WITHOUT_X: usize = 20;
const MAX_HEADER_NAME_BYTES: usize = 100;
const MAX_HEADER_VALUE_BYTES: usize = 2_048;
/// The headers that may be sent besides those that begin with `X-` or `List-`, in lower case.
const ALLOWED_HEADERS: [&str; 15] = [
    "in-reply-to",
    "references",
    "precedence",
    "auto-submitted",
    "content-language",
    "keywords",
    "comments",
    "importance",
    "priority",
    "sensitivity",
    "organization",
    "require-recipient-valid-since",
    "expires",
    "reply-by",
    "archived-at",
];

/// Why a letter is not taken.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// A member is missing or not valid: why.
    Schema(String),
    /// The letter is too large.
    Size,
}

/// A letter as it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) from: MailAddress,
    to: Vec<MailAddress>,
    cc: Vec<MailAddress>,
    bcc: Vec<MailAddress>,
    reply_to: Option<MailAddress>,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    headers: Map<String, Value>,
    attachments: Vec<String>,
}

type Read<T> = Result<T, NotTaken>;

fn schema<T>(why: impl Into<String>) -> Read<T> {
    Err(NotTaken::Schema(why.into()))
}

impl Sent {
    pub(super) fn read(body: &[u8]) -> Read<Self> {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return schema("the body must be a JSON object");
        };
        if let Some(odd) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return schema(format!("{odd} is not a member of a letter"));
        }
        let value = |name: &str| members.get(name).filter(|value| !value.is_null());
        let Some(from) = value("from") else { return schema("from is required") };
        let from = address("from", from)?;
        let list = |name: &str| value(name).map_or_else(|| Ok(Vec::new()), |value| addresses(name, value));
        let (to, cc, bcc) = (list("to")?, list("cc")?, list("bcc")?);
        match to.len() + cc.len() + bcc.len() {
            0 => return schema("at least one recipient is required"),
            1..=MAX_RECIPIENTS => {}
            _ => return schema(format!("more than {MAX_RECIPIENTS} recipients")),
        }
        let Some(subject) = value("subject").and_then(Value::as_str) else { return schema("subject is required") };
        if subject.chars().count() > MAX_SUBJECT || subject.contains(['\r', '\n']) {
            return schema("subject must be one line of at most 998 characters");
        }
        let content = |name: &str| match value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => schema(format!("{name} must be a string")),
        };
        let (text, html) = (content("text")?, content("html")?);
        if text.is_none() && html.is_none() {
            return schema("text or html is required");
        }
        let reply_to = value("reply_to").map(|value| address("reply_to", value)).transpose()?;
        let headers = headers(value("headers"))?;
        let (attachments, attached) = attachments(value("attachments"))?;
        let longest = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        if longest(&text) + longest(&html) + attached > MAX_MESSAGE_BYTES {
            return Err(NotTaken::Size);
        }
        Ok(Self { from, to, cc, bcc, reply_to, subject: subject.to_owned(), text, html, headers, attachments })
    }

    /// The addresses of everybody whom the letter is for.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &str> {
        self.to.iter().chain(&self.cc).chain(&self.bcc).map(|one| one.address.as_str())
    }

    pub(super) fn into_mail(
        self,
        message_id: String,
        account: String,
        at: Moment,
        fates: BTreeMap<String, MailFate>,
    ) -> Mail {
        let Self { from, to, cc, bcc, reply_to, subject, text, html, headers, attachments } = self;
        Mail { message_id, account, at, from, to, cc, bcc, reply_to, subject, text, html, headers, attachments, fates }
    }
}

/// An address as a text, or as an object with `address` and `name`.
fn address(name: &str, value: &Value) -> Read<MailAddress> {
    let (address, shown) = match value {
        Value::String(text) => (text.as_str(), None),
        Value::Object(members) => {
            if let Some(odd) = members.keys().find(|member| !["address", "name"].contains(&member.as_str())) {
                return schema(format!("{name}.{odd} is not a member of an address"));
            }
            let shown = match members.get("name") {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(_) => return schema(format!("{name}.name must be a string")),
            };
            let Some(Value::String(address)) = members.get("address") else {
                return schema(format!("{name}.address is required"));
            };
            (address.as_str(), shown)
        }
        _ => return schema(format!("{name} must be a string or an object")),
    };
    let one_line = |text: &str| !text.chars().any(char::is_control);
    let sound = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@') && address.len() <= 254
    });
    if !sound || address.contains([' ', '<', '>', ',']) || !one_line(address) || !shown.as_deref().is_none_or(one_line)
    {
        return schema(format!("{name} is not an e-mail address"));
    }
    Ok(MailAddress { address: address.to_owned(), name: shown })
}

fn addresses(name: &str, value: &Value) -> Read<Vec<MailAddress>> {
    match value {
        Value::Array(all) => all.iter().map(|one| address(name, one)).collect(),
        one => Ok(vec![address(name, one)?]),
    }
}

fn headers(value: Option<&Value>) -> Read<Map<String, Value>> {
    let all = match value {
        None => return Ok(Map::new()),
        Some(Value::Object(all)) => all,
        Some(_) => return schema("headers must be an object"),
    };
    let (mut bytes, mut without_x) = (0, 0);
    for (name, value) in all {
        let Value::String(value) = value else { return schema(format!("the header {name} must be a string")) };
        let lower = name.to_ascii_lowercase();
        let is_x = lower.strip_prefix("x-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
        if !is_x && !lower.starts_with("list-") && !ALLOWED_HEADERS.contains(&lower.as_str()) {
            return schema(format!("the header {name} is not allowed"));
        }
        if name.len() > MAX_HEADER_NAME_BYTES || value.len() > MAX_HEADER_VALUE_BYTES {
            return schema(format!("the header {name} is too long"));
        }
        if value.chars().any(char::is_control) {
            return schema(format!("the header {name} must be one line"));
        }
        bytes += name.len() + value.len();
        without_x += usize::from(!is_x);
    }
    if bytes > MAX_HEADERS_BYTES || without_x > MAX_HEADERS_WITHOUT_X {
        return schema("there are too many headers");
    }
    Ok(all.clone())
}

/// The file names of the attachments, and how many bytes they have together once they are encoded.
fn attachments(value: Option<&Value>) -> Read<(Vec<String>, usize)> {
    let all = match value {
        None => return Ok((Vec::new(), 0)),
        Some(Value::Array(all)) => all,
        Some(_) => return schema("attachments must be an array"),
    };
    let mut bytes = 0;
    let mut names = Vec::new();
    for one in all {
        let text = |name: &str| one.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(content), Some(name), Some(_)) = (text("content"), text("filename"), text("type")) else {
            return schema("an attachment needs content, filename and type");
        };
        match text("disposition") {
            Some("attachment") => {}
            Some("inline") if text("content_id").is_some() => {}
            _ => return schema("the disposition of an attachment must be attachment, or inline with content_id"),
        }
        if STANDARD.decode(content).is_err() {
            return schema("the content of an attachment must be base64");
        }
        bytes += content.len();
        names.push(name.to_owned());
    }
    Ok((names, bytes))
}
