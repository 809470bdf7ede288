//! Who hears of recordings: a server for the webhook and for Slack. It keeps what it gets.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A server on this computer. Dropping it ends it.
pub(crate) struct Receiver<T> {
    address: String,
    got: Arc<Mutex<Vec<T>>>,
    server: JoinHandle<()>,
}

impl<T: Clone + Send + 'static> Receiver<T> {
    async fn start<F: Future<Output = Option<()>> + Send + 'static>(
        answer: impl Fn(TcpStream, Arc<Mutex<Vec<T>>>) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket, Arc::clone(&kept)));
            }
        });
        Self { address, got, server }
    }

    /// Its host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What came so far, oldest first.
    pub(crate) fn got(&self) -> Vec<T> {
        self.got.lock().unwrap().clone()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver<Posted> {
    /// A server that answers every request with `ok`, as Slack does.
    pub(crate) async fn of_posts() -> Self {
        Self::start(take_post).await
    }
}

async fn take_post(socket: TcpStream, got: Arc<Mutex<Vec<Posted>>>) -> Option<()> {
    let mut socket = BufReader::new(socket);
    let mut first = String::new();
    socket.read_line(&mut first).await.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut headers = HeaderMap::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?);
    }
    let length: usize =
        headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    got.lock().unwrap().push(Posted { path, headers, body: String::from_utf8(body).ok()? });
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    socket.write_all(answer.as_bytes()).await.ok()
}
