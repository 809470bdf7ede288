//! A web server for this computer only that neither many connections nor another user can block.
//!
//! Every program on the computer can connect to a port of 127.0.0.1, and every connection costs a file descriptor. A server that
//! accepts them all lets any program use up the descriptors that the rest of the process needs. So this one has a fixed number of
//! places, gives none to a connection that says nothing, and takes a place back from an idle connection when another one waits.
//!
//! # Map
//!
//! | module | for |
//! |---|---|
//! | [`serve`](self) | the accept loop: places, and the deadlines of each connection |
//! | [`phase`] | what a connection is doing, and until when it may |
//! | [`peers`] | which user of this computer is at the other end |
//!
//! # Invariants
//!
//! * At most [`Limits::connections`] connections are open, and one more that was accepted and waits for its place.
//! * A place is given back when the socket is closed, also after an upgrade to a WebSocket.
//! * Dropping the future of [`serve`] ends every connection that was not upgraded.

pub mod peers;
mod phase;

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;

use phase::{Phase, Whole};

/// How long to wait before accepting again after the system refused, for example because there are no file descriptors left.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(200);

/// What a server allows its clients.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many connections may be open at once.
    pub connections: usize,
    /// How long the head of a request may take from its first byte on. While others wait for a place, a connection that has sent
    /// nothing yet has as long from its start.
    pub head: Duration,
    /// How long a connection may wait for its first or its next request. Browsers and HTTP clients open connections ahead of need.
    pub idle: Duration,
    /// How long a request may take from its head to the last byte of its reply; `None` for any time.
    pub request: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 32,
            head: Duration::from_secs(5),
            idle: Duration::from_secs(75),
            request: Some(Duration::from_secs(60)),
        }
    }
}

/// Serves `app` until `stop` is done and the replies under way are sent.
///
/// `admit` is asked about every connection, on a thread that may block. `None` closes the connection at once. Otherwise it says what
/// is read from and written to, and what is added to the extensions of every request.
pub async fn serve<Io, A>(listener: TcpListener, app: Router, limits: Limits, admit: A, stop: impl Future<Output = ()>)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(TcpStream, SocketAddr) -> Option<(Io, Extensions)> + Send + Sync + 'static,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let admit = Arc::new(admit);
    let hurry = watch::Sender::new(());
    let mut open = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let socket = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match socket {
            Ok(accepted) => accepted,
            Err(error) => {
                if !is_the_clients(&error) {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
                }
                continue;
            }
        };
        let ask = Arc::clone(&admit);
        let Ok(Some((io, about))) = tokio::task::spawn_blocking(move || ask(socket, peer)).await else { continue };
        let place = tokio::select! {
            biased;
            () = &mut stop => break,
            place = place(&places, &hurry) => place,
        };
        let phase = Phase::new(limits);
        let io = Seated { io, phase: Arc::clone(&phase), _place: place };
        open.spawn(converse(io, app.clone(), about, phase, hurry.subscribe()));
    }
    drop(listener);
    hurry.send_replace(());
    while open.join_next().await.is_some() {}
}

/// A free place; when there is none, whoever is idle gives theirs up.
async fn place(places: &Arc<Semaphore>, hurry: &watch::Sender<()>) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Some(place);
    }
    hurry.send_replace(());
    // Nobody closes the semaphore. Limits on all that a connection may do bring a place in the end; with `request: None`, a place may be
    // waited for as long as those who have one are being served.
    Arc::clone(places).acquire_owned().await.ok()
}

/// Answers the requests of one connection until it is closed, overdue, or idle while others wait.
async fn converse<Io>(io: Seated<Io>, app: Router, about: Extensions, phase: Arc<Phase>, mut hurry: watch::Receiver<()>)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let current = Arc::clone(&phase);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let busy = current.begin();
        request.extensions_mut().extend(about.clone());
        let mut app = app.clone();
        async move { app.call(request.map(Body::new)).await.map(|reply| reply.map(|body| Whole::new(body, busy))) }
    });
    // The deadlines are `phase`'s: hyper's own for the head would also end connections that merely wait for their next request.
    let connection = http1::Builder::new().serve_connection(TokioIo::new(io), service).with_upgrades();
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            // What has arrived is read before it is called late: this task may not have run for as long as the deadline.
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::trace!(%error, "a connection broke");
                }
                return;
            }
            Ok(()) = hurry.changed() => {
                phase.hurry();
                connection.as_mut().graceful_shutdown();
            }
            () = phase.overdue() => {
                tracing::trace!("a connection took too long");
                return;
            }
        }
    }
}

/// Whether accepting failed because of the one connection and not because of this process.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A connection with its place.
struct Seated<Io> {
    io: Io,
    phase: Arc<Phase>,
    _place: Option<OwnedSemaphorePermit>,
}

impl<Io: AsyncRead + Unpin> AsyncRead for Seated<Io> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.phase.heard();
        }
        read
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Seated<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
