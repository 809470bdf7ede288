//! The sockets the sandbox listens on, each with a switch that breaks it, so that a fault can end a connection in the
//! middle of a reply exactly as a failing network would.

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

/// Breaks the connection a request came in on.
#[derive(Debug, Clone, Default)]
pub struct Cord(Arc<AtomicBool>);

impl Cord {
    /// From here on nothing more is written to the connection: the peer sees it end without (the rest of) a reply.
    pub fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A TCP connection that its [`Cord`] can break.
#[derive(Debug)]
pub struct Line {
    socket: TcpStream,
    cord: Cord,
}

impl Line {
    /// A connection that was accepted, and the cord that its requests are told of.
    pub fn new(socket: TcpStream) -> (Self, Extensions) {
        // Replies are small and asked for one at a time; waiting to fill a segment only slows them down.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "could not switch off Nagle's algorithm");
        }
        let cord = Cord::default();
        let mut about = Extensions::new();
        about.insert(ConnectInfo(cord.clone()));
        (Self { socket, cord }, about)
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.cord.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.cord.is_cut() {
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
