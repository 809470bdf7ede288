//! Both envelopes through one parser.
//!
//! Stream and the gateway answer `{result, success, errors[], messages[]}`, RealtimeKit `{success, data, paging?}` and
//! `{success: false, error: {code, message}}`; the gateway's shape also comes on RealtimeKit's paths. Every field may be missing.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::{CredentialProblem, Error, Surface};
use super::redact::plain;

/// A body that was understood.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// `result` or `data`, read once it is known what it is to be.
    payload: Option<Box<RawValue>>,
    /// `paging`, where it stands beside the data.
    paging: Option<Paging>,
}

/// RealtimeKit's paging: offsets count from one and include both ends.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    pub(super) total_count: Option<f64>,
    #[serde(default)]
    pub(super) end_offset: Option<f64>,
}

impl Paging {
    fn read(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }
}

/// The outside of a success. Nothing in it is read twice, nor before somebody asks for it: a list may be megabytes.
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
}

/// `paging`, where it stands inside the data.
#[derive(Deserialize)]
struct Within<'a> {
    #[serde(borrow, default)]
    paging: Option<&'a RawValue>,
}

impl Reply {
    pub(super) fn decode<T: DeserializeOwned>(self, status: StatusCode) -> Result<T, Error> {
        serde_json::from_str(self.text()).map_err(|error| {
            // Serde repeats a value it did not expect, and that may be a token; only a missing field's name is safe to show.
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            let why =
                if said.starts_with("missing field") { plain(said) } else { "a field is of another type".to_owned() };
            Error::Unreadable { status: status.as_u16(), why }
        })
    }

    /// `result` or `data` as it came.
    pub(super) fn text(&self) -> &str {
        self.payload.as_deref().map_or("null", RawValue::get)
    }

    /// Where a page of a list ends, if it says.
    pub(super) fn paging(&self) -> Option<Paging> {
        let within = || {
            let text = self.text();
            // An array would be read as the fields in order.
            let within: Within<'_> = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
            within.paging.and_then(Paging::read)
        };
        self.paging.or_else(within)
    }
}

/// Reads a reply. `blocked_for` is what the budget made of a 429.
pub(super) fn read(
    status: StatusCode,
    body: &[u8],
    surface: Surface,
    blocked_for: Option<Duration>,
) -> Result<Reply, Error> {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::RateLimited { retry_after: blocked_for.unwrap_or(Duration::from_secs(300)) });
    }
    let body = body.trim_ascii();
    if status.is_success() && body.is_empty() {
        return Ok(Reply::default());
    }
    let unreadable = |why: &str| Error::Unreadable { status: status.as_u16(), why: why.to_owned() };
    if status.is_success() && body.starts_with(b"{") {
        let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|_| unreadable("not JSON"))?;
        if envelope.success.is_none_or(|success| success.get() != "false") {
            return Ok(Reply {
                payload: envelope.result.or(envelope.data).map(ToOwned::to_owned),
                paging: envelope.paging.and_then(Paging::read),
            });
        }
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(body @ Value::Object(_)) => Err(classify(status, &body, surface)),
        _ if status.is_server_error() => Err(Error::Server { status: status.as_u16() }),
        _ if body.is_empty() => Err(unreadable("an empty body")),
        _ => Err(unreadable("not JSON")),
    }
}

/// Cloudflare's own code and words, wherever they stand.
fn complaint(body: &Value) -> (Option<i64>, String) {
    let candidates = [
        body.pointer("/errors/0"),
        body.get("error").filter(|error| error.is_object()),
        body.pointer("/errors/0/error_chain/0"),
        body.pointer("/messages/0"),
    ];
    let code = candidates.iter().flatten().find_map(|item| item.get("code")?.as_i64());
    let message = candidates.iter().flatten().find_map(|item| item.get("message")?.as_str());
    let message = message.or_else(|| body.get("error")?.as_str()).or_else(|| body.get("message")?.as_str());
    (code, plain(message.unwrap_or_default()))
}

fn classify(status: StatusCode, body: &Value, surface: Surface) -> Error {
    let (code, message) = complaint(body);
    match (status.as_u16(), code) {
        (_, Some(10011)) => Error::StorageFull { message },
        // Whatever the code: trouble of Cloudflare's says nothing about the token or the thing.
        (500..=599, _) => Error::Server { status: status.as_u16() },
        (_, Some(10001)) if status == StatusCode::FORBIDDEN => Error::Credentials(CredentialProblem::Propagating),
        (_, Some(10000)) => Error::Credentials(CredentialProblem::PermissionMissing(surface)),
        (_, Some(9109)) if message.contains("Unauthorized") => Error::Credentials(CredentialProblem::AccountNotInScope),
        (401, _) | (_, Some(1000 | 6003 | 9106 | 9109)) => Error::Credentials(CredentialProblem::Unknown),
        (403, _) => Error::Credentials(CredentialProblem::PermissionMissing(surface)),
        // No route is a wrong address or a malformed id, which says nothing about the thing itself.
        (status, Some(7000 | 7003)) => Error::Refused { status, code, message },
        // A 404 that says nothing comes from something in between: taking it for Cloudflare's would declare recordings gone.
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
    fn every_status_has_one_class() {
        let class = |status: u16| match read(
            StatusCode::from_u16(status).unwrap(),
            br#"{"message":"no"}"#,
            Surface::Realtime,
            None,
        ) {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{} repeat={}", error.code(), super::super::retry::worth_repeating(&error)),
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
