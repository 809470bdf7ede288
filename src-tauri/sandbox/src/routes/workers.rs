//! The routes of Workers, as far as publishing static files takes them: upload sessions, scripts with their code and secrets, addresses
//! below `workers.dev`, and custom domains.

mod assets;
mod code;
mod domains;
mod scripts;
mod subdomains;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

pub use self::assets::upload;
use crate::{
    call::Call,
    reply::{Answer, Refusal},
};

/// `/workers/…`
pub fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    Some(match (&call.method, rest) {
        (&Method::GET, ["subdomain"]) => subdomains::get(call),
        (&Method::PUT, ["subdomain"]) => subdomains::register(call),
        (&Method::GET, ["subdomains", name]) => Err(subdomains::look_up(call, name)),
        (&Method::GET, ["domains"]) => Ok(domains::list(call)),
        (&Method::PUT, ["domains"]) => domains::attach(call),
        (&Method::GET, ["domains", id]) => domains::get(call, id),
        (&Method::DELETE, ["domains", id]) => domains::detach(call, id),
        (&Method::DELETE, ["scripts", script]) => scripts::delete(call, script),
        (&Method::GET, ["scripts", script, "secrets"]) => code::secrets(call, script),
        (&Method::PUT, ["scripts", script, "secrets"]) => code::put_secret(call, script),
        (&Method::DELETE, ["scripts", script, "secrets", name]) => code::delete_secret(call, script, name),
        (&Method::GET, ["scripts", script, "subdomain"]) => scripts::address(call, script),
        (&Method::POST, ["scripts", script, "subdomain"]) => scripts::set_address(call, script),
        (&Method::DELETE, ["scripts", script, "subdomain"]) => scripts::remove_address(call, script),
        _ => return None,
    })
}

/// Whether a route reads its body as a stream instead of holding it.
pub fn streams_body(call: &Call, rest: &[&str]) -> bool {
    matches!(
        (&call.method, rest),
        (&Method::POST, ["workers", "scripts", _, "assets-upload-session"]) | (&Method::PUT, ["workers", "scripts", _])
    )
}

/// The routes that read their body as a stream, because it may be large.
pub async fn receive(call: &Call, rest: &[&str], body: Body) -> Answer {
    match rest {
        ["workers", "scripts", script, "assets-upload-session"] => assets::begin(call, script, body).await,
        ["workers", "scripts", script] => scripts::deploy(call, script, body).await,
        _ => Err(not_found()),
    }
}

/// The refusal for a script or a subdomain that does not exist.
fn not_found() -> Refusal {
    Refusal::v4(StatusCode::NOT_FOUND, 10_007, "This Worker does not exist on your account.")
}

/// The refusal of something that is not valid.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::v4(StatusCode::BAD_REQUEST, 10_021, message)
}

/// Whether a text can be the name of a script or of a subdomain.
fn is_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| word(*byte) || *byte == b'-')
        && bytes.first().is_some_and(|byte| word(*byte))
        && bytes.last().is_some_and(|byte| word(*byte))
}
