//! Servers that are asked by polite and by impolite clients.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, oneshot};

use super::*;

/// Longer than any reply takes on a busy machine, shorter than what a blocked server would take.
const SOON: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    /// Lets a request for `/slow` be answered.
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

/// Sends a request and reads until the reply is whole or the connection is closed.
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
    tokio::time::timeout(SOON, whole).await.expect("a reply or the end of the connection");
    String::from_utf8(reply).unwrap()
}

/// Whether the server closes the connection soon.
async fn is_closed(socket: &mut TcpStream) -> bool {
    tokio::time::timeout(SOON, socket.read(&mut [0])).await.is_ok_and(|read| read.unwrap_or(0) == 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_idle_connections_do_not_keep_a_request_waiting() {
    let server = Server::start(Limits { head: Duration::from_secs(300), ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..1094 {
        idle.push(server.connect().await);
    }
    assert!(server.ask("/").await.ends_with("hello"));
    assert!(is_closed(&mut idle[0]).await, "a connection that never said anything gave up its place");
}

#[tokio::test]
async fn an_idle_connection_gives_up_its_place_and_a_busy_one_does_not() {
    let server = Server::start(Limits { connections: 2, ..Limits::default() }).await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    assert!(ask(&mut idle, "/").await.ends_with("hello"));
    let slow = tokio::spawn(async move { ask(&mut busy, "/slow").await });
    assert!(server.ask("/").await.ends_with("hello"));
    assert!(is_closed(&mut idle).await);
    server.release.notify_one();
    assert!(slow.await.unwrap().starts_with("HTTP/1.1 200"), "the reply under way was sent");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let limits = Limits { connections: 1, head: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut silent = server.connect().await;
    assert!(server.ask("/").await.ends_with("hello"), "the place of who says nothing is given to the next");
    assert!(is_closed(&mut silent).await);
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    assert!(server.ask("/").await.ends_with("hello"), "the place of a slow client is given to the next");
    assert!(is_closed(&mut slow).await);
}

#[tokio::test]
async fn a_connection_that_waits_too_long_or_is_answered_for_too_long_ends() {
    let idle = Server::start(Limits { idle: Duration::from_millis(100), ..Limits::default() }).await;
    let mut socket = idle.connect().await;
    assert!(ask(&mut socket, "/").await.ends_with("hello"));
    assert!(is_closed(&mut socket).await);
    let short = Server::start(Limits { request: Some(Duration::from_millis(100)), ..Limits::default() }).await;
    assert_eq!(short.ask("/slow").await, "");
}

#[tokio::test]
async fn who_is_not_admitted_is_closed_and_takes_no_place() {
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
async fn stopping_sends_the_reply_under_way_and_closes_the_rest() {
    let mut server = Server::start(Limits::default()).await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    assert!(ask(&mut idle, "/").await.ends_with("hello"));
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    // The request is in before the server is told to stop: another one that came later is answered.
    assert!(server.ask("/").await.ends_with("hello"));
    server.stop.take().unwrap().send(()).unwrap();
    assert!(is_closed(&mut idle).await);
    server.release.notify_one();
    let mut reply = Vec::new();
    busy.read_to_end(&mut reply).await.unwrap();
    assert!(reply.starts_with(b"HTTP/1.1 200"));
    tokio::time::timeout(SOON, server.running).await.unwrap().unwrap();
}
