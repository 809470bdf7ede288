//! Tests of servers with well-behaved and with misbehaving clients.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, oneshot};

use super::*;

/// How long a test waits for a reply: longer than any reply takes on a busy machine, and shorter than the default idle
/// and request limits, which would hide that a server is blocked.
const REPLY_TIMEOUT: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    /// Lets the server answer one request for `/slow`.
    release: Arc<Notify>,
    stop: Option<oneshot::Sender<()>>,
    running: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        Self::admitting(limits, |socket, _| Some((socket, Extensions::new()))).await
    }

    async fn admitting(
        limits: Limits,
        admit: impl Fn(TcpStream, SocketAddr) -> Option<(TcpStream, Extensions)> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let release = Arc::new(Notify::new());
        let released = Arc::clone(&release);
        let slow = || async move { released.notified().await };
        let app = Router::new().route("/", get(|| async { "hello" })).route("/slow", get(slow));
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve(listener, app, limits, admit, async move {
            let _ = stopped.await;
        }));
        Self { address, release, stop: Some(stop), running }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ask(&self, path: &str) -> String {
        ask(&mut self.connect().await, path).await
    }
}

/// Sends a request and reads until the reply is complete or the connection is closed.
async fn ask(socket: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if socket.write_all(request.as_bytes()).await.is_err() {
        return String::new();
    }
    let mut reply = Vec::new();
    let whole = async {
        while !reply.ends_with(b"hello") && !reply.ends_with(b"content-length: 0\r\n\r\n") {
            if socket.read_buf(&mut reply).await.unwrap_or(0) == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(REPLY_TIMEOUT, whole).await.expect("a reply or the end of the connection");
    String::from_utf8(reply).unwrap()
}

/// Whether the server closes the connection within [`REPLY_TIMEOUT`].
async fn is_closed(socket: &mut TcpStream) -> bool {
    tokio::time::timeout(REPLY_TIMEOUT, socket.read(&mut [0])).await.is_ok_and(|read| read.unwrap_or(0) == 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_answered_despite_a_thousand_idle_connections() {
    let server = Server::start(Limits { head: Duration::from_secs(300), ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..1094 {
        idle.push(server.connect().await);
    }
    assert!(server.ask("/").await.ends_with("hello"));
    assert!(is_closed(&mut idle[0]).await, "a connection that sent nothing lost its slot");
}

#[tokio::test]
async fn an_idle_connection_loses_its_slot_to_a_new_one_and_a_busy_connection_keeps_its_slot() {
    let server = Server::start(Limits { connections: 2, ..Limits::default() }).await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    assert!(ask(&mut idle, "/").await.ends_with("hello"));
    let slow = tokio::spawn(async move { ask(&mut busy, "/slow").await });
    assert!(server.ask("/").await.ends_with("hello"));
    assert!(is_closed(&mut idle).await);
    server.release.notify_one();
    assert!(slow.await.unwrap().starts_with("HTTP/1.1 200"), "the running reply was sent");
}

#[tokio::test]
async fn a_connection_with_an_unfinished_head_loses_its_slot_to_a_new_one() {
    let limits = Limits { connections: 1, head: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut silent = server.connect().await;
    assert!(server.ask("/").await.ends_with("hello"), "the slot of a silent connection goes to the next one");
    assert!(is_closed(&mut silent).await);
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    assert!(server.ask("/").await.ends_with("hello"), "the slot of a slow client goes to the next one");
    assert!(is_closed(&mut slow).await);
}

#[tokio::test]
async fn a_connection_is_closed_after_the_idle_limit_and_after_the_request_limit() {
    let idle = Server::start(Limits { idle: Duration::from_millis(100), ..Limits::default() }).await;
    let mut socket = idle.connect().await;
    assert!(ask(&mut socket, "/").await.ends_with("hello"));
    assert!(is_closed(&mut socket).await);
    let short = Server::start(Limits { request: Some(Duration::from_millis(100)), ..Limits::default() }).await;
    assert_eq!(short.ask("/slow").await, "");
}

#[tokio::test]
async fn a_connection_that_is_not_admitted_is_closed_and_takes_no_slot() {
    let refused = AtomicUsize::new(0);
    let server = Server::admitting(Limits { connections: 1, ..Limits::default() }, move |socket, _| {
        (refused.fetch_add(1, Ordering::Relaxed) >= 40).then(|| (socket, Extensions::new()))
    })
    .await;
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(server.connect().await);
    }
    assert!(server.ask("/").await.ends_with("hello"));
    for stranger in &mut strangers {
        assert_eq!(ask(stranger, "/").await, "");
    }
}

#[tokio::test]
async fn stopping_finishes_the_running_reply_and_closes_idle_connections() {
    let mut server = Server::start(Limits::default()).await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    assert!(ask(&mut idle, "/").await.ends_with("hello"));
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    // This later request is answered, so the request for `/slow` arrived before the server stops.
    assert!(server.ask("/").await.ends_with("hello"));
    server.stop.take().unwrap().send(()).unwrap();
    assert!(is_closed(&mut idle).await);
    server.release.notify_one();
    let mut reply = Vec::new();
    busy.read_to_end(&mut reply).await.unwrap();
    assert!(reply.starts_with(b"HTTP/1.1 200"));
    tokio::time::timeout(REPLY_TIMEOUT, server.running).await.unwrap().unwrap();
}
