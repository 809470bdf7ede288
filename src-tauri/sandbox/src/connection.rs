//! The sandbox's TCP connections. A fault can break one in the middle of a reply, as a failing network would.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{extract::ConnectInfo, http::Extensions};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Breaks the connection on which a request came in.
#[derive(Debug, Clone, Default)]
pub struct ConnectionBreaker(Arc<AtomicBool>);

impl ConnectionBreaker {
    /// Stops all reading and writing: the client sees the connection end without the rest of the reply.
    pub fn break_connection(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_broken(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A TCP connection that its [`ConnectionBreaker`] can break.
#[derive(Debug)]
pub struct BreakableConnection {
    socket: TcpStream,
    breaker: ConnectionBreaker,
}

impl BreakableConnection {
    /// Wraps an accepted connection. The returned extensions give the connection's breaker to every request.
    pub fn new(socket: TcpStream) -> (Self, Extensions) {
        // Replies are small and requested one at a time; Nagle's algorithm would only delay them.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "could not switch off Nagle's algorithm");
        }
        let breaker = ConnectionBreaker::default();
        let mut about = Extensions::new();
        about.insert(ConnectInfo(breaker.clone()));
        (Self { socket, breaker }, about)
    }
}

impl AsyncRead for BreakableConnection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.breaker.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for BreakableConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.breaker.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
