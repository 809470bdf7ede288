//! A web server for the loopback interface that neither many connections nor another user of the computer can block.
//!
//! Every program on the computer can connect to a port of 127.0.0.1, and every connection costs a file descriptor. A
//! server that accepts all of them lets any program use up the descriptors of this process. This server has a fixed
//! number of slots, and it closes idle connections while others wait for a slot.
//!
//! # Map
//!
//! | module | for |
//! |---|---|
//! | [`serve`](self) | the accept loop: slots and the deadlines of each connection |
//! | [`phase`] | what a connection is doing, and when it is overdue |
//! | [`peers`] | which user of this computer is at the other end |
//!
//! # Invariants
//!
//! * At most [`Limits::connections`] connections have a slot, and one more connection is accepted and waits for one.
//! * A slot becomes free when its socket is closed, also after an upgrade to a WebSocket.
//! * Dropping the future of [`serve`] closes every connection that was not upgraded.

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

use phase::{Phase, TrackedBody};

/// The delay before the next accept after the system refused one, for example because no file descriptor was free.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(200);

/// The limits of a server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest number of connections that are served at the same time. One more may wait for a slot.
    pub connections: usize,
    /// How long the head of a request may take, counted from its first byte. While another connection waits for a slot,
    /// a new connection has the same time, counted from its start.
    pub head: Duration,
    /// How long a connection may stay open without a request. Browsers and HTTP clients open connections before they
    /// need them.
    pub idle: Duration,
    /// How long a request may take from its head to the last byte of its reply; `None` for no limit.
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

/// Serves `app` until `stop` resolves, and returns when the replies that had begun are sent.
///
/// `admit` is called for every connection, on a thread that may block. It returns `None` to close the connection, or
/// the stream to serve and the extensions that are added to every request on it.
pub async fn serve<Io, A>(listener: TcpListener, app: Router, limits: Limits, admit: A, stop: impl Future<Output = ()>)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(TcpStream, SocketAddr) -> Option<(Io, Extensions)> + Send + Sync + 'static,
{
    let slots = Arc::new(Semaphore::new(limits.connections));
    let admit = Arc::new(admit);
    let clients_waiting = watch::Sender::new(());
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
                if !is_the_clients_error(&error) {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
                continue;
            }
        };
        let admit = Arc::clone(&admit);
        let Ok(Some((io, about))) = tokio::task::spawn_blocking(move || admit(socket, peer)).await else { continue };
        let slot = tokio::select! {
            biased;
            () = &mut stop => break,
            slot = slot(&slots, &clients_waiting) => slot,
        };
        let phase = Phase::new(limits);
        let io = LimitedConnection { io, phase: Arc::clone(&phase), _place: slot };
        open.spawn(serve_connection(io, app.clone(), about, phase, clients_waiting.subscribe()));
    }
    drop(listener);
    clients_waiting.send_replace(());
    while open.join_next().await.is_some() {}
}

/// Waits for a free slot. If every slot is taken, idle connections are told to close.
async fn slot(slots: &Arc<Semaphore>, clients_waiting: &watch::Sender<()>) -> Option<OwnedSemaphorePermit> {
    if let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        return Some(slot);
    }
    clients_waiting.send_replace(());
    // The semaphore is never closed, so this cannot fail. A slot becomes free when a connection reaches a time limit
    // or, with `request: None`, when a request ends.
    Arc::clone(slots).acquire_owned().await.ok()
}

/// Serves one connection until the client closes it, it is overdue, or it is idle while another connection waits.
async fn serve_connection<Io>(
    io: LimitedConnection<Io>,
    app: Router,
    about: Extensions,
    phase: Arc<Phase>,
    mut clients_waiting: watch::Receiver<()>,
) where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let current = Arc::clone(&phase);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let guard = current.begin();
        request.extensions_mut().extend(about.clone());
        let mut app = app.clone();
        async move { app.call(request.map(Body::new)).await.map(|reply| reply.map(|body| TrackedBody::new(body, guard))) }
    });
    // `Phase` keeps the deadlines, because hyper's own deadline for the head would also close a connection that waits
    // for its next request.
    let connection = http1::Builder::new().serve_connection(TokioIo::new(io), service).with_upgrades();
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            // Received bytes are handled before the deadline: on a busy machine, this task may run only after the
            // deadline although the bytes arrived in time.
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::trace!(%error, "a connection broke");
                }
                return;
            }
            Ok(()) = clients_waiting.changed() => {
                phase.shorten_wait();
                connection.as_mut().graceful_shutdown();
            }
            () = phase.overdue() => {
                tracing::trace!("a connection took too long");
                return;
            }
        }
    }
}

/// Whether accepting failed because the client broke the connection, and not because of this process or the system.
fn is_the_clients_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A connection that holds a slot until its socket is closed, and tells its [`Phase`] when bytes arrive.
struct LimitedConnection<Io> {
    io: Io,
    phase: Arc<Phase>,
    _place: Option<OwnedSemaphorePermit>,
}

impl<Io: AsyncRead + Unpin> AsyncRead for LimitedConnection<Io> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.phase.bytes_received();
        }
        read
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for LimitedConnection<Io> {
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
