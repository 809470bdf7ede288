//! A small web server on this computer only: the join page for Cloudflare's rooms, and one-time addresses that hand a browser its token.
//!
//! A browser is started with its address on a command line, which every program of the user can read. So it is started with a one-time
//! address, and the reply to that redirects to the page with the token in the fragment, which browsers send to nobody.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hajime_core::actions::SecretUrl;
use tauri::AppHandle;
use url::Url;
use uuid::Uuid;

/// How long a one-time address waits for its browser.
const VALID_FOR: Duration = Duration::from_secs(120);
/// What the join page may do: run its own scripts and talk to RealtimeKit's servers.
const JOIN_CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline' https://fonts.googleapis.com; \
                        font-src 'self' data: https://fonts.gstatic.com; img-src 'self' data: blob: https:; media-src 'self' blob: https:; \
                        connect-src 'self' https: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The server's addresses. It stops with the process.
#[derive(Clone)]
pub(crate) struct Loopback {
    address: SocketAddr,
    waiting: Arc<Mutex<HashMap<Uuid, (SecretUrl, Instant)>>>,
}

#[derive(Clone)]
struct Shared {
    waiting: Arc<Mutex<HashMap<Uuid, (SecretUrl, Instant)>>>,
    app: AppHandle,
}

impl Loopback {
    /// Listens on a free port of 127.0.0.1 and serves the join page that is embedded beside the window's own.
    pub(crate) async fn start(app: AppHandle) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let waiting: Arc<Mutex<HashMap<Uuid, (SecretUrl, Instant)>>> = Arc::default();
        let shared = Shared { waiting: Arc::clone(&waiting), app };
        let router = Router::new()
            .route("/open/{ticket}", get(open))
            .route("/join/", get(join_index))
            .route("/join/{*file}", get(join_file))
            .with_state(shared);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the join page stopped");
            }
        });
        Ok(Self { address, waiting })
    }

    /// The join page's address.
    pub(crate) fn join_page(&self) -> Option<Url> {
        format!("http://{}/join/", self.address).parse().ok()
    }

    /// A one-time address that leads to `target`.
    pub(crate) fn ticket(&self, target: SecretUrl) -> Option<Url> {
        let ticket = Uuid::new_v4();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (_, made)| made.elapsed() < VALID_FOR);
        waiting.insert(ticket, (target, Instant::now()));
        format!("http://{}/open/{ticket}", self.address).parse().ok()
    }
}

async fn open(State(shared): State<Shared>, Path(ticket): Path<String>) -> Response {
    let found = ticket
        .parse::<Uuid>()
        .ok()
        .and_then(|ticket| shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket))
        .filter(|(_, made)| made.elapsed() < VALID_FOR);
    let Some((target, _)) = found else {
        return (StatusCode::GONE, "This address was used already. Go back to Hajime and open the room again.")
            .into_response();
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

async fn join_index(state: State<Shared>) -> Response {
    join_file(state, Path("index.html".to_owned())).await
}

async fn join_file(State(shared): State<Shared>, Path(file): Path<String>) -> Response {
    // The embedded files are looked up by their exact names, so no path leads anywhere else.
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
