//! A small web server that only this computer can reach. It serves the join page for RealtimeKit rooms, and one-time
//! addresses that redirect a browser to a page with its token.
//!
//! The address to open stands on the command line of the browser, which other users of the computer can read. So the
//! browser gets a one-time address (see [`super::handover`]), whose reply redirects to the page with the token in the
//! fragment of the address. Browsers send the fragment to no server. Where the system tells which user made a
//! connection, the server answers only programs of this user.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Path as Segment, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use hajime_core::secret_url::SecretUrl;
use local_listener::{Limits, peers};
use tauri::AppHandle;
use tokio::net::TcpStream;
use url::Url;

use super::handover::{self, Handover};
use super::tickets::{Redeemed, Tickets};

/// The content security policy of the join page: its own scripts, and requests to RealtimeKit's servers.
const JOIN_CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline' https://fonts.googleapis.com; \
                        font-src 'self' data: https://fonts.gstatic.com; img-src 'self' data: blob: https:; media-src 'self' blob: https:; \
                        connect-src 'self' https: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The running server: its address, its one-time addresses and the folder for pages. It stops with the process.
#[derive(Clone)]
pub(crate) struct Loopback {
    address: SocketAddr,
    tickets: Arc<Tickets>,
    folder: PathBuf,
}

#[derive(Clone)]
struct Shared {
    address: SocketAddr,
    tickets: Arc<Tickets>,
    app: AppHandle,
}

impl Loopback {
    /// Listens on a free port of 127.0.0.1 and serves the join page that is embedded in the app. Pages that redirect a
    /// browser ([`handover::page`]) are written below `folder`.
    pub(crate) async fn start(app: AppHandle, folder: &Path) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let tickets = Arc::new(Tickets::default());
        let shared = Shared { address, tickets: Arc::clone(&tickets), app };
        let router = Router::new()
            .route("/open/{ticket}", get(open).head(refuse_head))
            .route("/join/", get(join_index))
            .route("/join/{*file}", get(join_file))
            .layer(middleware::from_fn_with_state(shared.clone(), by_this_address))
            .with_state(shared);
        tokio::spawn(local_listener::serve(listener, router, Limits::default(), admit, std::future::pending()));
        Ok(Self { address, tickets, folder: folder.to_owned() })
    }

    /// The join page's address.
    pub(crate) fn join_page(&self) -> Option<Url> {
        format!("http://{}/join/", self.address).parse().ok()
    }

    /// Makes a one-time address for `target`, and returns the argument with which a browser is started to open it.
    pub(crate) fn hand_over(&self, target: SecretUrl) -> Option<Handover> {
        let ticket = self.tickets.issue(target, Instant::now());
        let address: Url = format!("http://{}/open/{ticket}", self.address).parse().ok()?;
        if handover::addresses_are_safe() {
            return Some(Handover::Address(address));
        }
        match handover::page(&self.folder, &address) {
            Ok(page) => Some(Handover::Page(page)),
            Err(error) => {
                tracing::warn!(%error, "the page that leads a browser to the room could not be written");
                None
            }
        }
    }
}

/// Accepts connections of this user's programs. Where the system does not tell the user, it accepts every connection,
/// and only the one-time addresses keep others out.
fn admit(socket: TcpStream, peer: SocketAddr) -> Option<(TcpStream, Extensions)> {
    if !peers::can_tell() {
        return Some((socket, Extensions::new()));
    }
    match peers::peer(peer, socket.local_addr().ok()?) {
        peers::Peer::SameUser => Some((socket, Extensions::new())),
        peers::Peer::OtherUser(uid) => {
            tracing::warn!(uid, "another user of this computer connected to the join page and was refused");
            None
        }
        peers::Peer::Unknown => None,
    }
}

/// Answers only requests whose `Host` is the address that this server gives out. This stops pages of other sites whose
/// name resolves to 127.0.0.1 (DNS rebinding).
async fn by_this_address(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| host == shared.address.to_string()) {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

async fn open(State(shared): State<Shared>, Segment(ticket): Segment<String>, headers: HeaderMap) -> Response {
    // A browser may fetch an address before anybody opens it. Such a prefetch must not use up a one-time address.
    if headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch")) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let target = match shared.tickets.redeem(&ticket, Instant::now()) {
        Redeemed::Target(target) => target,
        Redeemed::UsedBefore => return (StatusCode::GONE, Html(USED_PAGE)).into_response(),
        Redeemed::Unknown => return (StatusCode::GONE, Html(EXPIRED_PAGE)).into_response(),
    };
    let Ok(location) = HeaderValue::from_str(target.expose()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Refuses `HEAD`, so that only a request for the page uses up a one-time address.
async fn refuse_head() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

const USED_PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>This address was used</title>\
    <h1>This address was opened before</h1>\
    <p>It lets one browser in, once. If you opened it yourself, go on in the tab where the room is.</p>\
    <p><b>If you did not, another program on this computer opened it and is in the room as you.</b> \
    Go back to Hajime, end the session, and start it again.</p>";

const EXPIRED_PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>This address is too old</title>\
    <h1>This address does not work any more</h1>\
    <p>It works for two minutes. Go back to Hajime and open the room again.</p>";

async fn join_index(state: State<Shared>) -> Response {
    join_file(state, Segment("index.html".to_owned())).await
}

async fn join_file(State(shared): State<Shared>, Segment(file): Segment<String>) -> Response {
    // Embedded files are looked up by their exact names, so no path leads out of the folder `join`.
    let Some(asset) = shared.app.asset_resolver().get(format!("join/{file}")).filter(|_| !file.contains("..")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(kind) = HeaderValue::from_str(&asset.mime_type) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(JOIN_CSP)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, asset.bytes).into_response()
}
