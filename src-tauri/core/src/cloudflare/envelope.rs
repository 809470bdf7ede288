//! Parses the two envelopes in which Cloudflare wraps its replies.
//!
//! Stream and Cloudflare's API gateway answer `{result, success, errors[], messages[]}`. RealtimeKit answers `{success,
//! data, paging?}` or `{success: false, error: {code, message}}`, but its paths may also give the first form. Any field
//! may be missing.

use std::net::IpAddr;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::cloudflare::error::{Blocked, CredentialProblem, Error, Surface};
use crate::cloudflare::oddities::Oddity;
use crate::cloudflare::redact::plain;
use crate::cloudflare::wire::{self, Entry, Fields, Listed, Unfit};

/// A reply that was parsed.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The content of `result` or `data`. It is parsed once its type is known.
    payload: Option<Box<RawValue>>,
    /// The value of `paging` beside `data`, or of `result_info` beside `result`.
    paging: Option<Paging>,
    /// Whether there was no body. This is a success if no content is expected, but it is not an empty list.
    bodiless: bool,
}

/// The paging of a list. Offsets count from one, and the end offset is that of the last entry. RealtimeKit names it; elsewhere it follows
/// from the number of the page, the size of a page and the entries of this one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    pub(super) total_count: Option<f64>,
    pub(super) end_offset: Option<f64>,
}

impl Entry for Paging {
    const WHAT: &'static str = "page of a list";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let ends = fields.number("end_offset").or_else(|| {
            let (page, size) = (fields.number("page")?, fields.number("per_page")?);
            Some((page - 1.0).mul_add(size, fields.number("count")?))
        });
        Ok(Self { total_count: fields.number("total_count"), end_offset: ends })
    }
}

impl Paging {
    fn read(raw: &RawValue) -> Option<Self> {
        wire::one(raw.get())?.value.ok()
    }
}

/// The envelope of a success. The content is parsed only once, when it is asked for, because a list may have megabytes.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    success: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    paging: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result_info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// Whether the reply is a success. GraphQL has no `success`, and lists its errors also with the status 200.
    fn is_success(&self, surface: Surface) -> bool {
        match surface {
            Surface::Analytics => self.errors.is_none_or(|errors| matches!(errors.get(), "null" | "[]")),
            _ => self.success.is_none_or(|success| success.get() != "false"),
        }
    }
}

/// An object that may contain `paging` beside its entries.
#[derive(Deserialize)]
struct Within<'a> {
    #[serde(borrow, default)]
    paging: Option<&'a RawValue>,
}

impl Reply {
    /// The only thing in the reply, and what of it could not be read.
    pub(super) fn one<T: Entry>(&self, status: StatusCode) -> Result<(T, Option<Oddity>), Error> {
        let unreadable = |why: String| Error::Unreadable { status: status.as_u16(), why };
        let one = wire::one::<T>(self.text()).ok_or_else(|| unreadable(format!("no {}", T::WHAT)))?;
        let value = one.value.map_err(|unfit| unreadable(format!("{}: {unfit}", T::WHAT)))?;
        Ok((value, one.oddity))
    }

    /// The list in the reply.
    pub(super) fn list<T: Entry>(&self, status: StatusCode) -> Result<Listed<T>, Error> {
        if self.bodiless {
            return Err(Error::Unreadable { status: status.as_u16(), why: "an empty body".into() });
        }
        let why = || format!("no list of {}s", T::WHAT);
        wire::list(self.text()).ok_or_else(|| Error::Unreadable { status: status.as_u16(), why: why() })
    }

    /// The text of `result` or `data`, not parsed.
    pub(super) fn text(&self) -> &str {
        self.payload.as_deref().map_or("null", RawValue::get)
    }

    /// The paging of the page, beside the data or inside it.
    pub(super) fn paging(&self) -> Option<Paging> {
        let within = || {
            let text = self.text();
            // The text must be an object: the parser would read an array as the fields in their order.
            let within: Within<'_> = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
            within.paging.and_then(Paging::read)
        };
        self.paging.or_else(within)
    }
}

/// Parses a reply. `blocked` is the block that the budget derived from a 429.
pub(super) fn read(
    status: StatusCode,
    body: &[u8],
    surface: Surface,
    blocked: Option<Blocked>,
) -> Result<Reply, Error> {
    if status == StatusCode::TOO_MANY_REQUESTS {
        if surface == Surface::D1
            && let Some((code, message)) = serde_json::from_slice(body).ok().map(|body| complaint(&body))
            && let Some(error) = of_d1(status, code, &message)
        {
            return Err(error);
        }
        return Err(Error::RateLimited(blocked.unwrap_or_default()));
    }
    // One title with invalid UTF-8 must not make the whole reply unreadable.
    let body = String::from_utf8_lossy(body);
    let body = body.trim_start_matches('\u{feff}').trim_ascii();
    if status.is_success() && body.is_empty() {
        return Ok(Reply { bodiless: true, ..Reply::default() });
    }
    let unreadable = |why: &str| Error::Unreadable { status: status.as_u16(), why: why.to_owned() };
    if status.is_success() && body.starts_with('{') {
        let envelope: Envelope<'_> = serde_json::from_str(body).map_err(|_| unreadable("not JSON"))?;
        if envelope.is_success(surface) {
            return Ok(Reply {
                payload: envelope.result.or(envelope.data).map(ToOwned::to_owned),
                paging: envelope.paging.or(envelope.result_info).and_then(Paging::read),
                bodiless: false,
            });
        }
    }
    match serde_json::from_str::<Value>(body) {
        Ok(body @ Value::Object(_)) => Err(classify(status, &body, surface)),
        _ if status.is_server_error() => Err(Error::Server { status: status.as_u16() }),
        _ if body.is_empty() => Err(unreadable("an empty body")),
        _ => Err(unreadable("not JSON")),
    }
}

/// Cloudflare's error code and message, wherever the body has them.
fn complaint(body: &Value) -> (Option<i64>, String) {
    let candidates = [
        body.pointer("/errors/0"),
        body.get("error").filter(|error| error.is_object()),
        body.pointer("/errors/0/error_chain/0"),
        body.pointer("/messages/0"),
    ];
    // Email Sending declares its codes as texts for some statuses and as numbers for others.
    let number = |code: &Value| code.as_i64().or_else(|| code.as_str()?.trim().parse().ok());
    let code = candidates.iter().flatten().find_map(|item| number(item.get("code")?));
    let message = candidates.iter().flatten().find_map(|item| item.get("message")?.as_str());
    let message = message.or_else(|| body.get("error")?.as_str()).or_else(|| body.get("message")?.as_str());
    (code, plain(message.unwrap_or_default()))
}

/// The reason why a token was refused, if Cloudflare's message says more than its code.
fn said_of_token(message: &str) -> Option<CredentialProblem> {
    let said = message.to_lowercase();
    if said.contains("from location") {
        let word = message.rsplit(' ').next().unwrap_or_default();
        return Some(CredentialProblem::Location(word.trim_end_matches(['.', ',']).parse::<IpAddr>().ok()));
    }
    if said.contains("not yet valid") || said.contains("not valid yet") || said.contains("not yet active") {
        return Some(CredentialProblem::NotYetValid);
    }
    said.contains("expired").then_some(CredentialProblem::Expired)
}

/// Whether a complaint is one of Email Sending itself, and not of the gateway before it. Its numbers mean other things
/// elsewhere: 10000 is “not found” here and “not authorized” at the gateway. Cloudflare promises that no letter was sent
/// with a 400, 429 or 500 (Cloudflare API docs, “Send an email”); another server error promises nothing.
fn is_of_email_sending(status: StatusCode, code: Option<i64>, message: &str) -> bool {
    let named = message.contains("email.sending.error") && status.as_u16() <= 500;
    let numbered = matches!(
        (status.as_u16(), code),
        (400, Some(10001 | 10200..=10202 | 10250))
            | (401, Some(10101 | 10103))
            | (403, Some(10102 | 10105 | 10203 | 10204))
            | (404, Some(10000))
            | (500, Some(10002 | 10003))
    );
    named || numbered
}

/// What an error of GraphQL means, by its message: it has no code, and its status may be 200 (Cloudflare docs, “GraphQL Analytics API”,
/// “Error responses”). `None` for an error of the gateway before it.
fn of_graphql(status: StatusCode, message: &str) -> Option<Error> {
    let says = |words: &str| message.contains(words);
    if says("not authorized for that account") || says("does not have access to the path") {
        return Some(Error::Credentials(CredentialProblem::PermissionMissing(Surface::Analytics)));
    }
    if says("rate limiter budget depleted") {
        return Some(Error::RateLimited(Blocked::default()));
    }
    if says("unable to execute query") {
        return Some(Error::Server { status: 503 });
    }
    let is_refusal = status.is_success() || status == StatusCode::BAD_REQUEST;
    is_refusal.then(|| Error::Refused { status: status.as_u16(), code: None, message: message.to_owned() })
}

/// What an error of D1 means, also of one statement in a reply that is a success; `None` if it means the same as elsewhere.
///
/// The number of the daily limit is not documented, so its words decide. 7500 stands for a wrong statement and for trouble of D1's own, so
/// the status decides.
pub(super) fn of_d1(status: StatusCode, code: Option<i64>, message: &str) -> Option<Error> {
    let said = message.to_owned();
    if message.contains("daily row read limit") || message.contains("daily row write limit") {
        return Some(Error::DailyLimit { message: said });
    }
    match code {
        // Overloaded, or stopped on the way. The status is not documented, nor is what was done by then.
        Some(7429) => Some(Error::Server { status: status.as_u16() }),
        _ if status.is_server_error() => None,
        Some(7403) => Some(Error::Credentials(CredentialProblem::PermissionMissing(Surface::D1))),
        Some(7404) => Some(Error::Missing { message: said }),
        Some(7502) => Some(Error::Conflict { message: said }),
        _ => None,
    }
}

fn classify(status: StatusCode, body: &Value, surface: Surface) -> Error {
    let (code, message) = complaint(body);
    if surface == Surface::D1
        && let Some(error) = of_d1(status, code, &message)
    {
        return error;
    }
    if surface == Surface::Analytics
        && code.is_none()
        && let Some(error) = of_graphql(status, &message)
    {
        return error;
    }
    if surface == Surface::Email && is_of_email_sending(status, code, &message) {
        return Error::Refused { status: status.as_u16(), code, message };
    }
    match (status.as_u16(), code) {
        (_, Some(10011)) => Error::StorageFull { message },
        // A server error says nothing about the token or the thing that was asked for, whatever its code is.
        (500..=599, _) => Error::Server { status: status.as_u16() },
        (_, Some(10001)) if status == StatusCode::FORBIDDEN => Error::Credentials(CredentialProblem::Propagating),
        (400 | 401 | 403, Some(1000 | 9109 | 10000)) if let Some(problem) = said_of_token(&message) => {
            Error::Credentials(problem)
        }
        (_, Some(10000)) => Error::Credentials(CredentialProblem::PermissionMissing(surface)),
        (_, Some(9109)) if message.contains("Unauthorized") => Error::Credentials(CredentialProblem::AccountNotInScope),
        (_, Some(1000 | 6003 | 9106 | 9109)) => Error::Credentials(CredentialProblem::Unknown),
        // A reason that no document names is reported as unknown. The advice for a similar reason would mislead people.
        (401 | 403, code) => Error::Forbidden { status: status.as_u16(), code, message },
        // “No route” means a wrong address or a malformed id. It does not mean that the thing is missing.
        (status, Some(7000 | 7003)) => Error::Refused { status, code, message },
        // A 404 without a message comes from a server in between, such as a proxy. As Cloudflare's answer it would mean
        // that the thing was deleted.
        (404, None) if message.is_empty() => {
            Error::Unreadable { status: 404, why: "an answer without a reason".into() }
        }
        (404, _) | (_, Some(10003)) => Error::Missing { message },
        (409, _) => Error::Conflict { message },
        (408, _) => Error::Lost { why: "Cloudflare waited too long for the request".into() },
        (status, code) => Error::Refused { status, code, message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(status: u16, body: &str) -> String {
        let status = StatusCode::from_u16(status).unwrap();
        match read(status, body.as_bytes(), Surface::Stream, None) {
            Ok(reply) => {
                let paging = reply.paging().map(|paging| (paging.total_count, paging.end_offset));
                format!("ok {} {paging:?}", reply.text())
            }
            Err(error) => format!("{error:?} retryable={} unknown={}", error.retryable(), error.outcome_unknown()),
        }
    }

    #[test]
    fn every_body_means_one_thing() {
        let bodies = [
            (200, r#"{"result":{"a":1},"success":true,"errors":[],"messages":[]}"#),
            (200, r#"{"success":true,"data":[1],"paging":{"total_count":30,"start_offset":1,"end_offset":10}}"#),
            (200, r#"{"success":true,"data":{"participants":[],"paging":{"total_count":3.0,"end_offset":3}}}"#),
            (200, ""),
            (200, r#"{"success":false,"errors":[{"code":10005,"message":"Bad Request"}]}"#),
            (200, r#"{"result":{"a":"#),
            (200, "<html>sign in</html>"),
            (
                401,
                r#"{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}],"messages":[],"result":null}"#,
            ),
            (
                400,
                r#"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format"}]}]}"#,
            ),
            (403, r#"{"success":false,"errors":[{"code":9109,"message":"Invalid access token"}]}"#),
            (
                403,
                r#"{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]}"#,
            ),
            (403, r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#),
            (
                403,
                r#"{"success":false,"errors":[{"code":9109,"message":"Cannot use the access token from location: 203.0.113.7"}]}"#,
            ),
            (401, r#"{"success":false,"errors":[{"code":1000,"message":"API Token has expired"}]}"#),
            (403, r#"{"success":false,"errors":[{"code":9109,"message":"The access token is not yet valid"}]}"#),
            (403, r#"{"success":false,"errors":[{"code":12345,"message":"Something new"}]}"#),
            (401, "{}"),
            (413, r#"{"success":false,"errors":[{"code":10009,"message":"The file is too large"}]}"#),
            (403, r#"{"success":false,"errors":[{"code":10001,"message":"Unable to authenticate request"}]}"#),
            (
                403,
                r#"{"success":false,"errors":[{"code":10011,"message":"Storage capacity exceeded"}],"messages":[{"code":10011,"message":"allocated 0 minutes"}]}"#,
            ),
            (404, r#"{"success":false,"error":{"code":404,"message":"No active session found for meeting_id 1b9e"}}"#),
            (404, r#"{"success":false,"errors":[{"code":10003,"message":"Not Found"}]}"#),
            (404, r#"{"success":false,"errors":[{"code":7003,"message":"No route for the URI"}]}"#),
            (404, ""),
            (404, "{}"),
            (409, r#"{"success":false,"error":{"code":409,"message":"recording already in progress"}}"#),
            (422, r#"{"success":false,"error":"max_seconds is out of range"}"#),
            (400, r#"{"message":"malformed request"}"#),
            (429, "slow down"),
            (500, ""),
            (503, r#"{"success":false,"errors":[{"code":10000,"message":"Service Unavailable"}]}"#),
            (502, "<html><body>Bad gateway</body></html>"),
            (418, "[]"),
        ];
        let table: Vec<String> =
            bodies.iter().map(|(status, body)| format!("{status} {body}\n    {}", shown(*status, body))).collect();
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn an_error_of_graphql_is_read_from_its_message_whatever_its_status_is() {
        let error = |status: u16, message: &str| {
            let body = format!(r#"{{"data":null,"errors":[{{"message":"{message}","path":null}}]}}"#);
            let status = StatusCode::from_u16(status).unwrap();
            read(status, body.as_bytes(), Surface::Analytics, None).unwrap_err()
        };
        let missing = Error::Credentials(CredentialProblem::PermissionMissing(Surface::Analytics));
        assert_eq!(error(403, "not authorized for that account"), missing);
        assert_eq!(error(200, "zone does not have access to the path"), missing);
        assert!(matches!(error(200, "rate limiter budget depleted, try again"), Error::RateLimited(_)));
        assert_eq!(error(200, "unable to execute query, please try again later"), Error::Server { status: 503 });
        for status in [200, 400] {
            let refused = error(status, "query time range is too large");
            assert!(matches!(refused, Error::Refused { status: told, .. } if told == status), "{refused:?}");
        }
        assert!(matches!(error(401, "Unauthorized"), Error::Forbidden { status: 401, .. }));
        let fine = read(StatusCode::OK, br#"{"data":{"viewer":{}},"errors":null}"#, Surface::Analytics, None).unwrap();
        assert_eq!(fine.text(), r#"{"viewer":{}}"#);
    }

    #[test]
    fn invalid_utf_8_in_a_title_spoils_only_that_title() {
        let mut body = "\u{feff}".as_bytes().to_vec();
        body.extend(b"{\"success\":true,\"result\":[{\"name\":\"Karate \xff\"}]}");
        let reply = read(StatusCode::OK, &body, Surface::Stream, None).unwrap();
        assert_eq!(reply.text(), "[{\"name\":\"Karate \u{fffd}\"}]");
    }

    #[test]
    fn paging_numbers_may_be_texts_and_odd_paging_counts_as_absent() {
        let end = |paging: &str| {
            let body = format!(r#"{{"success":true,"data":[],"paging":{paging}}}"#);
            read(StatusCode::OK, body.as_bytes(), Surface::Realtime, None)
                .unwrap()
                .paging()
                .and_then(|page| page.end_offset)
        };
        assert_eq!(end(r#"{"total_count":"30","end_offset":"10"}"#), Some(10.0));
        for odd in ["null", "5", "[]", r#"{"end_offset":null}"#, r#"{"end_offset":-1}"#, r#"{"end_offset":1e999}"#] {
            assert_eq!(end(odd), None, "{odd}");
        }
    }

    #[test]
    fn every_status_has_one_class() {
        let class = |status: u16| match read(
            StatusCode::from_u16(status).unwrap(),
            br#"{"message":"no"}"#,
            Surface::Realtime,
            None,
        ) {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{} repeat={}", error.code(), crate::cloudflare::retry::worth_repeating(&error)),
        };
        let mut table: Vec<String> = Vec::new();
        for status in 200..600 {
            let line = class(status);
            match table.last() {
                Some(last) if last.ends_with(&format!(": {line}")) => {}
                _ => table.push(format!("{status}: {line}")),
            }
        }
        insta::assert_snapshot!(table.join("\n"));
    }
}
