//! The checks that every request passes before its route: faults, authentication, rate limits, permissions.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;

use futures_util::{StreamExt as _, future::BoxFuture, stream};

use crate::{
    call::{Call, KnownToken, query, segments},
    connection::ConnectionBreaker,
    control, delivery,
    faults::{self, Fault},
    ids, oddities,
    rate_limits::LimitStatus,
    reply::{Answer, Refusal, set_header},
    room, routes, sites,
    state::access::{ApiToken, Permission, TokenOwner},
    switches::Switches,
    world::World,
};

/// The path of the API, as at `api.cloudflare.com`.
pub const API_PATH: &str = "/client/v4";
/// The largest JSON body that is accepted. Real bodies are a few kilobytes.
const MAX_JSON_BYTES: usize = 1 << 20;
/// The longest delay that a fault can cause.
const MAX_FAULT_DELAY: Duration = Duration::from_hours(1);
/// The largest skew of the `Date` header: ten years.
const MAX_DATE_SKEW_SECONDS: i64 = 315_360_000;
/// Handles every request.
pub async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(breaker): ConnectInfo<ConnectionBreaker>,
    request: Request,
) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = if let Some(rest) = control::path(&world, &path) {
        control::handle(&world, &method, &rest, request).await
    } else {
        let fault = pick_fault(&world, &request);
        handle_with_fault(&world, Some(&breaker), fault, request).await
    };
    // Clients compare their clock with the `Date` header, so the header shows the verification clock, against which
    // their tokens are checked.
    let skew = TimeDelta::seconds(
        world.with(|model| model.switches.date_skew_seconds).clamp(-MAX_DATE_SKEW_SECONDS, MAX_DATE_SKEW_SECONDS),
    );
    let date = (world.clock.verification() + skew).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    set_header(&mut response, header::DATE, &date);
    response
}

/// The fault that a request meets now.
fn pick_fault(world: &World, request: &Request) -> Option<Fault> {
    let now = world.clock.verification();
    let mut faults = world.faults.lock().unwrap_or_else(PoisonError::into_inner);
    faults.pick(request.method(), request.uri().path(), now)
}

/// A request of a script that runs in the sandbox. It has no connection that a fault could break, and gets no answer instead.
fn from_script(world: Arc<World>, request: Request) -> BoxFuture<'static, Response> {
    Box::pin(async move {
        let fault = pick_fault(&world, &request);
        handle_with_fault(&world, None, fault, request).await
    })
}

/// Breaks the connection on which the response would go, if there is one.
fn broken(breaker: Option<&ConnectionBreaker>) -> Response {
    if let Some(breaker) = breaker {
        breaker.break_connection();
    }
    StatusCode::BAD_GATEWAY.into_response()
}

async fn handle_with_fault(
    world: &Arc<World>,
    breaker: Option<&ConnectionBreaker>,
    fault: Option<Fault>,
    request: Request,
) -> Response {
    match fault {
        None => dispatch(world, request).await,
        Some(Fault::Status { status }) => faults::v4_error(status).into_response(),
        Some(Fault::NotFound) => faults::not_found(request.uri().path()).into_response(),
        Some(Fault::Html { status }) => faults::bare_response(status, StatusCode::BAD_GATEWAY, true),
        Some(Fault::Empty { status }) => faults::bare_response(status, StatusCode::INTERNAL_SERVER_ERROR, false),
        Some(Fault::RateLimited { retry_after }) => {
            let refusal = rate_limited();
            match retry_after {
                Some(seconds) => refusal.retry_after(seconds).into_response(),
                None => refusal.into_response(),
            }
        }
        Some(Fault::Reset) => broken(breaker),
        Some(Fault::Stall { seconds }) => {
            delay(world, seconds).await;
            dispatch(world, request).await
        }
        Some(Fault::SlowHeaders { seconds }) => {
            let response = dispatch(world, request).await;
            delay(world, seconds).await;
            response
        }
        Some(Fault::SlowBody { seconds }) => slow_body(dispatch(world, request).await, seconds).await,
        Some(Fault::DropReply) => {
            dispatch(world, request).await;
            broken(breaker)
        }
        Some(Fault::Truncated) => truncated_body(dispatch(world, request).await).await,
        Some(Fault::CutBody) => broken_body(dispatch(world, request).await).await,
    }
}

async fn delay(world: &World, seconds: f64) {
    tokio::select! {
        () = tokio::time::sleep(fault_delay(seconds)) => {}
        () = world.closed() => {}
    }
}

fn fault_delay(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(MAX_FAULT_DELAY).min(MAX_FAULT_DELAY)
}

/// Returns the response with its body in ten delayed pieces, which take `seconds` together.
async fn slow_body(response: Response, seconds: f64) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let piece = bytes.len().div_ceil(10).max(1);
    let wait = fault_delay(seconds / 10.0);
    let pieces = stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(wait).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok::<_, std::convert::Infallible>(next), rest))
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

async fn truncated_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// Returns the response with a body that breaks off in the middle.
async fn broken_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    let pieces = stream::once(std::future::ready(Ok(half))).chain(stream::once(async {
        // The first half must have been sent before the connection breaks.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    }));
    Response::from_parts(parts, Body::from_stream(pieces))
}

async fn dispatch(world: &Arc<World>, request: Request) -> Response {
    // The join page of a site opens rooms of the sandbox.
    if let Some(site) = sites::named(&request).filter(|_| !request.uri().path().starts_with("/room/")) {
        return sites::handle(world, &site, request, from_script).await;
    }
    let path = request.uri().path();
    if let Some(rest) = path.strip_prefix(API_PATH).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        let rest = rest.to_owned();
        return api(world, &rest, request).await;
    }
    if path == "/room/ws" {
        return room::connect(world, request).await;
    }
    if path == "/room/details" {
        return room::details(world, request.headers());
    }
    if let Some(upload) = path.strip_prefix("/upload/tus/") {
        let upload = upload.to_owned();
        return routes::stream::tus_upload(world, &upload, request).await;
    }
    if let Some(uid) = path.strip_prefix("/upload/").filter(|_| request.method() == Method::POST) {
        let uid = uid.to_owned();
        return routes::stream::direct_form(world, &uid, request).await;
    }
    delivery::handle(world, request).await
}

async fn api(world: &Arc<World>, path: &str, request: Request) -> Response {
    let segments = segments(path);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let ["accounts", account, "workers", "assets", "upload"] = segments.as_slice()
        && request.method() == Method::POST
    {
        return routes::workers::upload(world, account, request).await;
    }
    let mut limits = Vec::new();
    let answer = authorize_and_route(world, &segments, request, &mut limits).await;
    let to_response = |reply| world.with(|model| oddities::apply(reply, &model.switches)).into_response();
    let mut response = answer.map_or_else(IntoResponse::into_response, to_response);
    for (name, left) in limits {
        let value = format!("\"{name}\";r={};t={}", left.remaining, left.reset);
        set_header(&mut response, HeaderName::from_static("ratelimit"), &value);
        let value = format!("\"{name}\";q={};w={}", left.quota, left.window);
        set_header(&mut response, HeaderName::from_static("ratelimit-policy"), &value);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Checks the token, the rate limits and the permissions of a call, and hands it to its route.
async fn authorize_and_route(
    world: &Arc<World>,
    segments: &[&str],
    request: Request,
    limits: &mut Vec<(&'static str, LimitStatus)>,
) -> Answer {
    let verifying = matches!(segments, ["user", "tokens", "verify"] | ["accounts", _, "tokens", "verify"]);
    let hash = match request.extensions().get::<KnownToken>() {
        Some(KnownToken(hash)) => hash.clone(),
        None => ids::sha256_hex(&bearer(world, request.headers())?),
    };
    let token = find_token(world, &hash).ok_or_else(|| {
        if verifying {
            return Refusal::v4(StatusCode::UNAUTHORIZED, 1_000, "Invalid API Token");
        }
        let status = world.with(|model| Switches::status(model.switches.unknown_token_status));
        Refusal::v4(status, 9_109, "Invalid access token")
    })?;
    let app = match segments {
        ["accounts", _, "realtime", "kit", app, ..] if *app != "apps" => Some(*app),
        ["accounts", _, "realtime", "kit", ..] => Some("all"),
        _ => None,
    };
    count_request(world, &token, app, limits)?;
    match segments {
        ["user", "tokens", "verify"] if request.method() == Method::GET => {
            return routes::tokens::verify_user(world, &token);
        }
        ["graphql"] if request.method() == Method::POST => {
            let left = count_query(world, &token);
            let body = axum::body::to_bytes(request.into_body(), MAX_JSON_BYTES).await.unwrap_or_default();
            return Ok(routes::graphql::answer(world, &token, left.exceeded, &body));
        }
        _ => {}
    }
    // Tokens of a user are made below the user; what they reach is the one account.
    let (segments, owner) = match segments {
        ["user", "tokens", rest @ ..] => {
            (&[&["accounts", token.account.as_str(), "tokens"], rest].concat()[..], TokenOwner::User)
        }
        _ => (segments, TokenOwner::Account),
    };
    let ["accounts", account, rest @ ..] = segments else { return Err(no_route(world, segments)) };
    if token.account != **account {
        return Err(Refusal::v4(StatusCode::FORBIDDEN, 9_109, "Unauthorized to access requested resource"));
    }
    if rest == ["tokens", "verify"] && request.method() == Method::GET {
        return routes::tokens::verify_account(world, &token);
    }
    let reading = request.method() == Method::GET || request.method() == Method::HEAD;
    let needed = match rest {
        ["realtime", "kit", ..] | ["calls", ..] => Permission::Realtime,
        ["stream", ..] if reading => Permission::StreamRead,
        ["stream", ..] => Permission::StreamWrite,
        ["workers", ..] => Permission::WorkersWrite,
        ["d1", ..] => Permission::D1Write,
        ["tokens", ..] => Permission::ApiTokensWrite,
        ["email", "sending", ..] => Permission::EmailSendingWrite,
        _ => return Err(no_route(world, segments)),
    };
    if token.is_expired(world.clock.verification()) {
        return Err(Refusal::v4(StatusCode::FORBIDDEN, 9_109, "Invalid access token"));
    }
    if !token.allows(needed) {
        return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_000, "Authentication error"));
    }
    let (parts, body) = request.into_parts();
    let mut call = Call {
        world: Arc::clone(world),
        account: (*account).to_owned(),
        method: parts.method,
        query: query(parts.uri.query()),
        headers: parts.headers,
        body: Bytes::new(),
    };
    if routes::stream::streams_body(&call, rest) {
        return routes::stream::receive(&call, rest, body).await;
    }
    if routes::workers::streams_body(&call, rest) {
        return routes::workers::receive(&call, rest, body).await;
    }
    let longest = if let ["email", ..] = rest { routes::email::MAX_BODY_BYTES } else { MAX_JSON_BYTES };
    call.body = axum::body::to_bytes(body, longest).await.map_err(|_| too_large(rest))?;
    let answer = match rest {
        ["realtime", "kit", rest @ ..] => routes::kit::handle(&call, rest),
        ["d1", rest @ ..] => routes::d1::handle(&call, rest),
        ["tokens", rest @ ..] => routes::tokens::made::handle(&call, owner, &token, rest),
        ["calls", rest @ ..] => routes::calls::handle(&call, rest),
        ["stream", rest @ ..] => routes::stream::handle(&call, rest).await,
        ["workers", rest @ ..] => routes::workers::handle(&call, rest),
        ["email", rest @ ..] => routes::email::handle(&call, rest),
        _ => None,
    };
    answer.unwrap_or_else(|| Err(no_route(world, segments)))
}

fn count_request(
    world: &Arc<World>,
    token: &ApiToken,
    app: Option<&str>,
    limits: &mut Vec<(&'static str, LimitStatus)>,
) -> Result<(), Refusal> {
    let (v4, kit, window) =
        world.with(|model| (model.switches.v4_requests, model.switches.kit_requests, model.switches.window_seconds));
    let now = world.clock.verification();
    let mut rate_limits = world.rate_limits.lock().unwrap_or_else(PoisonError::into_inner);
    let (name, left) = match app {
        Some(app) => ("realtimekit", rate_limits.count(&format!("app {app}"), kit, window, now)),
        // All tokens of one owner share a rate limit.
        None => ("default", rate_limits.count(&format!("owner {:?} {}", token.owner, token.account), v4, window, now)),
    };
    limits.push((name, left));
    if left.exceeded { Err(rate_limited().retry_after(left.reset)) } else { Ok(()) }
}

/// Counts a query of the analytics, which have a limit of their own beside the one of all calls.
fn count_query(world: &Arc<World>, token: &ApiToken) -> LimitStatus {
    let (quota, window) = world.with(|model| (model.switches.graphql_requests, model.switches.window_seconds));
    let mut rate_limits = world.rate_limits.lock().unwrap_or_else(PoisonError::into_inner);
    let client = format!("queries of {:?} {}", token.owner, token.account);
    rate_limits.count(&client, quota, window, world.clock.verification())
}

fn bearer(world: &Arc<World>, headers: &HeaderMap) -> Result<String, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let status = world.with(|model| Switches::status(model.switches.no_authorization_status));
        return Err(Refusal::v4(status, 9_106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"));
    };
    let garbled = || {
        Refusal::v4(StatusCode::BAD_REQUEST, 6_003, "Invalid request headers")
            .with_cause(6_111, "Invalid format for Authorization header")
    };
    let value = value.to_str().map_err(|_| garbled())?;
    let (scheme, token) = value.split_once(' ').ok_or_else(garbled)?;
    let sound = token.len() >= 8 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !scheme.eq_ignore_ascii_case("bearer") || !sound {
        return Err(garbled());
    }
    Ok(token.to_owned())
}

fn find_token(world: &Arc<World>, hash: &str) -> Option<ApiToken> {
    world.with(|model| {
        let run = model.run_token.as_ref().filter(|token| token.hash == hash);
        run.or_else(|| model.tokens.get(hash)).cloned()
    })
}

fn rate_limited() -> Refusal {
    let message = "Please wait and consider throttling your request speed";
    Refusal::v4(StatusCode::TOO_MANY_REQUESTS, 971, message)
}

fn too_large(rest: &[&str]) -> Refusal {
    match rest {
        ["realtime", ..] => Refusal::kit(StatusCode::PAYLOAD_TOO_LARGE, "The request body is too large"),
        _ => Refusal::v4(StatusCode::PAYLOAD_TOO_LARGE, 10_006, "The request body is too large"),
    }
}

/// The refusal of a path that no route has.
fn no_route(world: &Arc<World>, segments: &[&str]) -> Refusal {
    let path = segments.join("/");
    if segments.first().is_some_and(|first| ["accounts", "user", "zones"].contains(first)) {
        let status = world.with(|model| Switches::status(model.switches.no_route_status));
        let message = format!("Could not route to /client/v4/{path}, perhaps your object identifier is invalid?");
        return Refusal::v4(status, 7_003, message).with_cause(7_000, "No route for that URI");
    }
    Refusal::v4(StatusCode::NOT_FOUND, 7_000, "No route for that URI")
}
